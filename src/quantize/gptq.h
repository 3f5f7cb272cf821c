// quantize/gptq.h — integers that keep the products of a matrix with the inputs it meets, rather than the weights themselves.

#pragma once

#include <span>

#include "weights/quantize.h"

namespace kelt::quantize {

struct GptqOptions {
  uint64_t samples = 0;  // how many inputs the moments are summed over; 0: not known
  int threads = 1;       // 0: one for each core
};

// The integers of float32 weights [out, in], for which Σ |(weights − integers × scales) x|² is small. `second_moments` is Σ x xᵀ over
// the inputs x, [in, in] row-major, in any unit. The scales are those of quantize_weights(), with all integers that 2 or 4 bits hold:
// the mean error that -8 leaves is made up for. Not lazy: the integers are held, and 12 bytes for each moment while it works.
[[nodiscard]] Result<Quantized> gptq(const Array& weights, Steps steps, std::span<const float> second_moments,
                                     const GptqOptions& options = {});

}  // namespace kelt::quantize
