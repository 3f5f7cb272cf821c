// lower/control/hoist.h — what a step of a recurrent layer does with its input alone, done for all steps at once.
//
// x · W + b needs no state: one FULLY_CONNECTED in front of the loop does it for every step, better than hundreds of small ones.
// It is found on the source graph. Steps are joined with the batch, axis 0, so only ops that treat each element of the batch
// alike may leave the loop.

#pragma once

#include <cstddef>
#include <vector>

#include "graph/module.h"

namespace kelt::lower {

struct Hoisted {
  graph::Function ahead;   // x's of all steps, [steps * batch, …] → what a step needs of them
  graph::Function step;    // outputs of `ahead`, x's that are still read, then states and captures as before
  std::vector<size_t> xs;  // which x's those are
};

// The first `x_count` inputs of `step` are the x's.
[[nodiscard]] Hoisted hoist(const graph::Function& step, size_t x_count, const Dim& steps);

}  // namespace kelt::lower
