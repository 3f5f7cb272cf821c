// lower/spread.h — a transposed convolution as a convolution of the input with zeros between its elements.

#pragma once

#include <vector>

#include "lower/subpixel.h"

namespace kelt::lower {

// x [n, h, w, in] by any kernel [kh, kw, out, in]: stride² times the work of other forms, for those that they don't fit.
Result<Value> convolve_spread(Lowering& to, const Value& x, const Value& kernel, const std::vector<Cut>& cuts);

}  // namespace kelt::lower
