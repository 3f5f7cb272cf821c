// weights/quantized.h — integers that stand for floats: (values − zeros) × scales, at any rank.
//
// dequantize() makes an array of floats that any transpose or reshape works on as on every other; whoever can write integers
// asks for them at the end (quantized_form). Values and scales are read in slices, and never held.

#pragma once

#include <optional>

#include "weights/array.h"

namespace kelt {

// The scales have the values' rank. Along each axis there is one for all values (1), one for each value (as many), or one for
// each block of values (a divisor). So [1, 1] is per tensor, [rows, 1] per row, [rows, columns / 32] blocks of 32 along rows.
struct Quantized {
  Array values;                // int8
  int bits = 8;                // 2, 4 or 8: that the values need
  Array scales;                // float32 or float16
  std::optional<Array> zeros;  // of the scales' shape; none: all zero
};

// What is wrong with it, if anything: kinds, ranks and lengths. The values are not read.
[[nodiscard]] Result<void> check_quantized(const Quantized& quantized);
// How many values share a scale along each axis.
[[nodiscard]] Shape block_shape(const Quantized& quantized);
// The one axis that scales differ along, value by value; -1 if one scale is all. Empty for blocks, and for several axes.
[[nodiscard]] std::optional<int> channel_axis(const Quantized& quantized);
// Reads the zeros.
[[nodiscard]] Result<bool> is_symmetric(const Quantized& quantized);

// float32, computed as it is read. One that fails check_quantized() fails when it is read.
[[nodiscard]] Array dequantize(const Quantized& quantized);
[[nodiscard]] Quantized transposed(const Quantized& quantized, std::span<const int> permutation);
// `length` places of an axis, from `begin` on; empty where that cuts a block.
[[nodiscard]] std::optional<Quantized> sliced(const Quantized& quantized, int axis, int64_t begin, int64_t length);

// The integers behind an array of floats: behind dequantize() and any transposes and reshapes, as long as the scales still have
// a form along the array's own axes. Empty if the floats come from anything else.
[[nodiscard]] std::optional<Quantized> quantized_form(const Array& array);
// Whether integers are behind the floats, in whatever form.
[[nodiscard]] bool comes_from_integers(const Array& array);

}  // namespace kelt
