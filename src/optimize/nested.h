// optimize/nested.h — which operators change something besides their results, in the subgraphs that they run too.

#pragma once

#include "litert/nested.h"

namespace kelt::optimize {

// Whether running the subgraph changes something that outlives it.
[[nodiscard]] bool has_effect(litert::Model& model, int subgraph, int depth = 0);
// Whether the operator does, or can't be told not to.
[[nodiscard]] bool has_effect(litert::Model& model, litert::Operator& op, int depth = 0);

// Whether its results are a function of its operands: no state, nothing random, no subgraph, nothing that only its maker knows.
[[nodiscard]] bool is_pure(const litert::Operator& op);

}  // namespace kelt::optimize
