// graph/parse.h — text form → Module (print.h shows the form).
//
// Everything in the text is checked before use: ids, counts, nesting, sizes. What the graph means is not: that is verify's.
// Errors are kBadModule, "line:column: what".

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/module.h"

namespace kelt::graph {

// Gives the weight that `file("name", offset)` stands for.
using FileWeights = std::function<Result<Array>(DType dtype, Shape shape, const std::string& name, uint64_t offset)>;

// Without `files`, a text that refers to a file is rejected.
[[nodiscard]] Result<Module> parse(std::string_view text, const FileWeights& files = {});

// Nodes by themselves, for patterns (rewrite/rule.h): values have names (`%x`), types may be left out, wholly or but for the
// dtype, `$name` stands for any attribute, and a value may be defined more than once.
struct Fragment {
  struct Type {
    std::optional<DType> dtype;
    std::optional<Dims> dims;
  };
  std::vector<Node> nodes;             // a variable is a StateId
  std::vector<std::string> values;     // the names, by ValueId
  std::vector<std::string> variables;  // likewise
  std::vector<Type> types;             // by ValueId
};

[[nodiscard]] Result<Fragment> parse_fragment(std::string_view text);

}  // namespace kelt::graph
