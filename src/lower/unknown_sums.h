// lower/unknown_sums.h — sums and counts along axes of unknown length, in blocks (lower/sums.h).
//
// Blocks along height and width of an image whose channels are known are added by a depthwise convolution with ones: it fills up
// the last block by itself and keeps NaN and infinities (of which the builtin kernels make the largest number, as everywhere).
// Other axes are added by AVERAGE_POOL_2D of what PAD has filled up. NaN is lost there: a sum one by one brings it back.
// Elements are counted as a sum of ones. No size is asked for at run time, so that all stays in the delegate.

#pragma once

#include <span>

#include "lower/core/lowering.h"

namespace kelt::lower {

[[nodiscard]] bool contains(std::span<const int> axes, int axis);

// The sum along axes, counted from the front and sorted, as a value of four axes: those of `x` with others of length 1 in front.
// Reduced axes stay, with length 1. Of more than four axes the surplus is added up one by one, and `x` keeps its own.
Result<Value> sum_in_blocks(Lowering& to, const Value& x, std::span<const int> axes);
// The number of elements, in the same form. Where one of them is NaN it may be NaN.
Result<Value> count_in_blocks(Lowering& to, const Value& x, std::span<const int> axes);
// What such a form of a reduction of `x` stands for.
Value from_blocks(Lowering& to, const Value& y, const Value& x, std::span<const int> axes, bool keep_dims);

}  // namespace kelt::lower
