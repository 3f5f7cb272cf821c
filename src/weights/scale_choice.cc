#include "weights/scale_choice.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "weights/half.h"

namespace kelt {
namespace {

constexpr size_t kLanes = 16;  // a loop of so many is compiled into vectors

struct Extremes {
  float highest = 0;
  float lowest = 0;
  float not_finite = 0;  // NaN if a weight is NaN or infinite

  void add(std::span<const float> weights) {
    std::array<float, kLanes> high{}, low{}, bad{};
    size_t begin = 0;
    for (; begin + kLanes <= weights.size(); begin += kLanes) {
      for (size_t i = 0; i < kLanes; ++i) {
        const float weight = weights[begin + i];
        high[i] = weight > high[i] ? weight : high[i];
        low[i] = weight < low[i] ? weight : low[i];
        bad[i] += weight * 0;
      }
    }
    for (size_t i = 0; begin < weights.size(); ++begin, ++i) {
      high[i] = std::max(high[i], weights[begin]);
      low[i] = std::min(low[i], weights[begin]);
      bad[i] += weights[begin] * 0;
    }
    for (size_t i = 0; i < kLanes; ++i) {
      highest = std::max(highest, high[i]);
      lowest = std::min(lowest, low[i]);
      not_finite += bad[i];
    }
  }
};

// What can be stored: above zero, where kernels want it a normal number as a float.
Result<float> stored_scale(float scale, DType type) {
  if (type == DType::kFloat32) return std::max(scale, std::numeric_limits<float>::min());
  constexpr float kLargestHalf = 65504, kSmallestNormal = 0x1p-14F, kStep = 0x1p-24F;
  if (scale > kLargestHalf) {
    return Error{.code = Code::kUnsupported,
                 .what = "the weights are too large for scales in float16",
                 .remedy = "Quantize this layer per channel, or keep it in float"};
  }
  // Between the few halves below the normal ones the next above: no weight is cut off.
  if (scale < kSmallestNormal) return std::max(std::ceil(scale / kStep), 1.0F) * kStep;
  return to_float(to_half(scale));
}

Result<float> min_max_scale(const Extremes& extremes, const Steps& steps) {
  if (std::isnan(extremes.not_finite)) {
    return Error{.code = Code::kUnsupported,
                 .what = "a weight is NaN or infinite, which no integer stands for",
                 .remedy = "Keep this layer in float, or mend its weights"};
  }
  if (extremes.highest == 0 && extremes.lowest == 0) return 0.0F;
  const Grid grid = grid_of(steps.bits);
  return stored_scale(std::max(extremes.highest / grid.highest, extremes.lowest / grid.lowest), steps.type);
}

}  // namespace

Result<std::vector<float>> choose_scales(const Array& weights, const ScaleRuns& runs, const Steps& steps) {
  const size_t each = runs.elements_of_a_scale();
  std::vector<float> scales(weights.count() / each);
  Extremes extremes;
  KELT_RETURN_IF_ERROR(read_groups(runs.grouped(weights), each, [&](size_t first, std::span<const float> floats) -> Result<void> {
    for (size_t i = 0; i < floats.size();) {
      const size_t count = std::min(each - (first + i) % each, floats.size() - i);
      extremes.add(floats.subspan(i, count));
      i += count;
      if ((first + i) % each != 0) continue;
      KELT_ASSIGN_OR_RETURN(scales[(first + i) / each - 1], min_max_scale(extremes, steps));
      extremes = {};
    }
    return {};
  }));
  const float largest = *std::ranges::max_element(scales);
  std::ranges::replace(scales, 0.0F, largest > 0 ? largest : 1.0F);
  return scales;
}

}  // namespace kelt
