// weights/quantize.h — float weights as integers: symmetric, with a scale for all, for each channel or for each block.
//
// One scan finds the scales; the integers are computed as they are read, and never held.

#pragma once

#include <vector>

#include "weights/quantized.h"

namespace kelt {

enum class ScaleChoice : uint8_t {
  kMinMax,  // the largest weight becomes the largest integer
  kClip,    // the squared error is least: what is beyond the largest integer is cut off
};

struct Grid {
  float lowest, highest;
};
// One integer less than the bits could hold, so that it is symmetric.
[[nodiscard]] Grid symmetric_grid(int bits);

// The integers that weights become.
struct Steps {
  int bits = 8;                  // 2, 4 or 8
  Shape scales;                  // as in Quantized: along each axis 1, the length, or a divisor
  DType type = DType::kFloat32;  // of the scales; weights are rounded with the scale as it is stored
  ScaleChoice choice = ScaleChoice::kMinMax;
  Grid grid = symmetric_grid(bits);
  double of_sum = 0;              // how much of (Σ errors)² kClip counts beside Σ errors²: inputs with a mean make an offset of it
  std::vector<float> least = {};  // if any, a scale each that the chosen ones are no smaller than
};

[[nodiscard]] Steps per_tensor(const Shape& weights, int bits);
[[nodiscard]] Steps per_channel(const Shape& weights, int axis, int bits);
// Of `block` weights along the last axis, which it divides; float16 scales, as files have them. Short blocks of 4 bits use -8 as well.
[[nodiscard]] Steps in_blocks(const Shape& weights, int64_t block, int bits);

// The nearest integers of float32 weights of any rank. Weights that are all zero get the largest scale of the others, so that a
// bias in steps of it keeps its digits. Fails if a weight is NaN or infinite; the caller knows the layer.
[[nodiscard]] Result<Quantized> quantize_weights(const Array& weights, const Steps& steps);

}  // namespace kelt
