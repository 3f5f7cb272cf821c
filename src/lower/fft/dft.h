// lower/fft/dft.h — Fourier transforms over the last axis, of pairs: LiteRT has complex tensors, but next to no operator for them.
//
// A transform is a product with a matrix of cosines and one of sines; a long one is two short ones with a turn between, as far as
// its length has factors. A length that is not known, or has a large prime factor, computes its matrices when the model runs.

#pragma once

#include <optional>

#include "lower/core/lowering.h"

namespace kelt::lower {

struct Complex {
  Value re, im;  // im absent: zeros
};

enum class Direction { kForward, kInverse };  // the inverse divides by the length

Result<Complex> transform(Lowering& to, const Complex& x, Direction direction);
// The length / 2 + 1 first of them, of a real x, which is cut or padded with zeros to `length`.
Result<Complex> transform_real(Lowering& to, const Value& x, const Dim& length);
// The real signal of `length` whose transform begins with x.
Result<Value> inverse_to_real(Lowering& to, const Complex& x, const Dim& length);

// Cuts the last axis, or pads it with zeros.
Result<Value> with_length(Lowering& to, const Value& x, const Dim& length);

}  // namespace kelt::lower
