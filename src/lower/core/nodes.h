// lower/core/nodes.h — the nodes of a function, lowered in order.

#pragma once

#include <span>
#include <vector>

#include "lower/core/lowering.h"

namespace kelt::lower {

// What is rejected goes to the session; placeholders stand for it.
void lower_nodes(const graph::Function& function, Lowering& to);

// The operators of a nested function, put here as they are; its outputs for these inputs.
Result<std::vector<Value>> inline_function(Lowering& to, const graph::Function& function, std::span<const Value> inputs);

}  // namespace kelt::lower
