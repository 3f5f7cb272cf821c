// weights/quantized.h — floats that are known to come from integers, so that the integers can be written instead.
//
// dequantize() (array.h) makes an array of floats that any transpose or reshape works on as on every other. Whoever can
// write integers asks for them here, at the end.

#pragma once

#include <optional>

#include "weights/array.h"

namespace kelt {

// The integers behind a matrix of floats: behind dequantize() and any transposes and reshapes that left its two axes whole.
// `channel_axis` is that of the matrix at hand. Empty if the floats come from anything else.
[[nodiscard]] std::optional<Quantized> quantized_form(const Array& matrix);

// Whether integers are behind the floats, at whatever rank.
[[nodiscard]] bool comes_from_integers(const Array& array);

// The nearest int8 of each row of a float32 matrix, with one scale a row: [−127, 127], symmetric. Reads it once, in slices, for
// the ranges; the values are computed as they are read.
[[nodiscard]] Result<Quantized> quantize_rows(const Array& matrix);

}  // namespace kelt
