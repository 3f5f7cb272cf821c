// verify/weights.h — whether the constants of a quantized file are those of the float file, as near as their form has them.
//
// Each integer has to be the nearest to its float in the file's own scale, or the last of its range where the float lies beyond: a
// scale that was changed, or weights of another layer, break that at once. Integers that were chosen together (GPTQ) are not the nearest;
// those must have the right size on the average, channel by channel, and a signal to noise ratio that their bits allow.

#pragma once

#include <optional>
#include <string>

#include "quantize/weighted.h"
#include "verify/noise.h"

namespace kelt::verify {

inline constexpr double kHalfAStep = 0.5 + 1e-3;  // that rounding may cost; the quotient is rounded too

struct Constant {
  std::string name;
  litert::TensorId tensor = litert::kNoTensor;  // of the quantized file
  int bits = 32;                                // 16: float16
  bool block = false;
  uint64_t values = 0;
  uint64_t not_nearest = 0;  // of the values
  uint64_t clipped = 0;      // values beyond the range of their scale
  Noise noise;
  uint64_t bytes_before = 0, bytes_after = 0;  // scales included
  std::string why;                             // it is not the float file's; empty if it is
};

// Empty for a constant that has neither floats nor integers with scales (indices, shapes, axes).
[[nodiscard]] Result<std::optional<Constant>> check_constant(const quantize::Graph& quantized, litert::TensorId id, const Array& floats);

}  // namespace kelt::verify
