// lower/sums.h — sums and means of many numbers.
//
// The runtime adds one element after the other in float32, on every kernel: of 65,536 equal numbers the mean is 6e-4 off. What is
// more than a few hundred is therefore added in blocks of 16 and less, whose sums are added likewise: 3e-7 at any length. Where a
// length is not known, a convolution makes the blocks (lower/unknown_sums.h).

#pragma once

#include <span>

#include "lower/core/lowering.h"

namespace kelt::lower {

// Over `axes`, counted from the front. Of few elements, of integers and of constants a single SUM or MEAN.
Value sum_of(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims);
Value mean_of(Lowering& to, const Value& x, std::span<const int> axes, bool keep_dims);

// The mean, with its axes kept, and x less it. Of many elements the mean of what is left is taken off too, since a small variance
// magnifies its rounding.
struct Centred {
  Value mean, rest;
};
Centred centred(Lowering& to, const Value& x, std::span<const int> axes);

}  // namespace kelt::lower
