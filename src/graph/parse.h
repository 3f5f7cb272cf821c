// graph/parse.h — text form → Module (print.h shows the form).
//
// Everything in the text is checked before use: ids, counts, nesting, sizes. What the graph means is not: that is verify's.
// Errors are kBadModule, "line:column: what".

#pragma once

#include <functional>
#include <string_view>

#include "graph/module.h"

namespace kelt::graph {

// Gives the weight that `file("name", offset)` stands for.
using FileWeights = std::function<Result<Array>(DType dtype, Shape shape, const std::string& name, uint64_t offset)>;

// Without `files`, a text that refers to a file is refused.
[[nodiscard]] Result<Module> parse(std::string_view text, const FileWeights& files = {});

}  // namespace kelt::graph
