// weights/scale_choice.h — the scales of weights, from one scan of them. Private to the room.

#pragma once

#include <vector>

#include "weights/quantize.h"
#include "weights/scale_runs.h"

namespace kelt {

// One for each group of weights, in the scales' order, as the type of the steps can hold it: finite and above zero.
[[nodiscard]] Result<std::vector<float>> choose_scales(const Array& weights, const ScaleRuns& runs, const Steps& steps);

}  // namespace kelt
