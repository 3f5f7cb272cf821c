// verify/limits.h — how far a value of the file may be from the model's: max|a − b| / max|b|, by dtype; and in dB, by the form of what
// was quantized. The one place of limits.

#pragma once

#include <string>

#include "quantize/form.h"
#include "weights/dtype.h"

namespace kelt::verify {

// 0: must be exact, as integers and booleans are.
[[nodiscard]] constexpr double limit_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:  // its kernels use constants of float32
    case DType::kFloat32:
    case DType::kComplex64: return 1e-5;
    case DType::kFloat16: return 2e-3;     // two steps of its 11 bits
    case DType::kBFloat16: return 1.6e-2;  // two steps of its 8 bits
    default: return 0;
  }
}

// Of floats behind a product whose weights are integers: the runtime rounds its other operand to 8 bits a row, and several such
// products stand one after the other.
inline constexpr double kRoundedActivations = 5e-2;

// What was computed with less precision than its dtype has is held to another limit.
[[nodiscard]] constexpr double limit_of(DType dtype, double at_least) {
  const double limit = limit_of(dtype);
  return limit > 0 && at_least > limit ? at_least : limit;
}

// Signal to noise, in dB, that a quantized file has at least beside its float file.
struct FormLimit {
  double layer = 0;   // a layer alone, on the float file's values
  double output = 0;  // an output of the file whose coarsest form this is
};
// A line a form, in limits.cc.
[[nodiscard]] FormLimit limit_of(const quantize::Form& form);
// Of constants, by the bits that are left of each value.
[[nodiscard]] double least_weights_snr(int bits);
// "31.4 dB"
[[nodiscard]] std::string decibels(double value);

}  // namespace kelt::verify
