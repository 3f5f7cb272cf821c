// lower/lower.h — the room's entry: source module in, LiteRT model out.

#pragma once

#include <vector>

#include "graph/module.h"
#include "litert/model.h"

namespace kelt::lower {

// One subgraph and one signature per function. Every rejection of the module is listed in the one Error that comes back.
// The model refers to the module's weights and must not outlive what they borrow.
[[nodiscard]] Result<litert::Model> lower_module(const graph::Module& module);

// Every rejection by itself.
[[nodiscard]] std::vector<Error> find_rejections(const graph::Module& module);

}  // namespace kelt::lower
