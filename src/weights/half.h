// weights/half.h — the two 16-bit floats: float16 (IEEE half) and bfloat16, to and from float and double.
//
// Narrowing rounds to the nearest, ties to even; what is too large becomes infinite; NaN stays NaN, quiet.

#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace kelt {

struct Half {
  uint16_t bits = 0;
};
struct BFloat16 {
  uint16_t bits = 0;
};

[[nodiscard]] inline float to_float(BFloat16 value) { return std::bit_cast<float>(static_cast<uint32_t>(value.bits) << 16); }

[[nodiscard]] inline float to_float(Half value) {
  const uint32_t sign = static_cast<uint32_t>(value.bits & 0x8000) << 16;
  const uint32_t exponent = (value.bits >> 10) & 31;
  const uint32_t mantissa = value.bits & 0x3ff;
  if (exponent == 0) {  // zero and denormals: mantissa × 2^-24
    return std::bit_cast<float>(std::bit_cast<uint32_t>(static_cast<float>(mantissa) * 0x1p-24F) | sign);
  }
  const uint32_t wide_exponent = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | (wide_exponent << 23) | (mantissa << 13));
}

[[nodiscard]] inline BFloat16 to_bfloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return {static_cast<uint16_t>((bits >> 16) | 0x40)};
  return {static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
}

[[nodiscard]] inline Half to_half(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  const uint32_t magnitude = bits & 0x7fffffff;
  uint32_t half = 0;
  if (magnitude > 0x7f800000) {
    half = 0x7e00 | ((magnitude >> 13) & 0x3ff);
  } else if (magnitude >= 0x47800000) {  // 2^16 and above
    half = 0x7c00;
  } else if (magnitude < 0x38800000) {  // below 2^-14: adding 0.5 rounds to a multiple of 2^-24, the step of denormals
    half = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<uint32_t>(0.5F);
  } else {  // rebias the exponent by -112; a carry out of the mantissa rightly goes into it
    half = (magnitude - (112U << 23) + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  }
  return {static_cast<uint16_t>(half | sign)};
}

// double → float so that a second rounding to 16 bits gives what one rounding would: an inexact result gets an odd last bit.
[[nodiscard]] inline float round_to_odd(double value) {
  const auto rounded = static_cast<float>(value);
  const auto bits = std::bit_cast<uint32_t>(rounded);
  if (std::isnan(value) || static_cast<double>(rounded) == value || (bits & 1) != 0) return rounded;
  return std::bit_cast<float>(std::fabs(static_cast<double>(rounded)) > std::fabs(value) ? bits - 1 : bits + 1);
}

[[nodiscard]] inline BFloat16 to_bfloat16(double value) { return to_bfloat16(round_to_odd(value)); }
[[nodiscard]] inline Half to_half(double value) { return to_half(round_to_odd(value)); }

}  // namespace kelt
