#include "weights/scale_choice.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "weights/clip.h"
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
  return stored_scale(std::max(extremes.highest / steps.grid.highest, extremes.lowest / steps.grid.lowest), steps.type);
}

// The better of a scale that was searched and that of min-max, as they are stored.
float clipped_scale(ClipSearch& search, const WeightGroup& group, float min_max, const Steps& steps) {
  constexpr float kLargestSearched = 0x1p40F;  // beyond, and below the inverse, sums of squares leave the range of float32
  if (min_max < 1 / kLargestSearched || min_max > kLargestSearched) return min_max;
  const Result<float> stored = stored_scale(search.best(group, min_max), steps.type);
  if (!stored.ok() || *stored == min_max) return min_max;
  return search.error(group, *stored) < search.error(group, min_max) ? *stored : min_max;
}

// So many weights that they are not held: those within a narrow range stand together for their mean.
class Histogram {
 public:
  void start(float scale, Grid grid) {
    counts_.assign(kBins, 0);
    sums_.assign(kBins, 0);
    bottom_ = scale * grid.lowest * kMargin;
    per_bin_ = static_cast<float>(kBins) / (scale * (grid.highest - grid.lowest) * kMargin);
  }

  void add(std::span<const float> weights) {
    for (const float weight : weights) {
      const auto bin = static_cast<size_t>(std::clamp((weight - bottom_) * per_bin_, 0.0F, static_cast<float>(kBins - 1)));
      counts_[bin] += 1;
      sums_[bin] += static_cast<double>(weight);
    }
  }

  [[nodiscard]] WeightGroup group() {
    means_.clear();
    times_.clear();
    for (size_t bin = 0; bin < kBins; ++bin) {
      if (counts_[bin] == 0) continue;
      means_.push_back(static_cast<float>(sums_[bin] / counts_[bin]));
      times_.push_back(static_cast<float>(counts_[bin]));
    }
    return {means_, times_};
  }

 private:
  static constexpr size_t kBins = size_t{1} << 15;
  static constexpr float kMargin = 1.001F;

  std::vector<double> counts_, sums_;
  std::vector<float> means_, times_;
  float bottom_ = 0, per_bin_ = 0;
};

// The scales of one scan: of min-max, and searched ones where a group is held.
Result<std::vector<float>> scan(const Array& grouped, size_t each, const Steps& steps, ClipSearch* search) {
  std::vector<float> scales(grouped.count() / each);
  Extremes extremes;
  const auto visit = [&](size_t first, std::span<const float> part) -> Result<void> {
    extremes.add(part);
    if ((first + part.size()) % each != 0) return {};
    KELT_ASSIGN_OR_RETURN(float scale, min_max_scale(extremes, steps));
    if (search != nullptr && part.size() == each) scale = clipped_scale(*search, {part}, scale, steps);
    scales[first / each] = scale;
    extremes = {};
    return {};
  };
  KELT_RETURN_IF_ERROR(read_groups(grouped, each, visit));
  return scales;
}

Result<void> search_large(const Array& grouped, size_t each, const Steps& steps, ClipSearch& search, std::span<float> scales) {
  Histogram histogram;
  return read_groups(grouped, each, [&](size_t first, std::span<const float> part) -> Result<void> {
    float& scale = scales[first / each];
    if (scale == 0) return {};
    if (first % each == 0) histogram.start(scale, steps.grid);
    histogram.add(part);
    if ((first + part.size()) % each != 0) return {};
    scale = clipped_scale(search, histogram.group(), scale, steps);
    return {};
  });
}

}  // namespace

Result<std::vector<float>> choose_scales(const Array& weights, const ScaleRuns& runs, const Steps& steps) {
  const size_t each = runs.elements_of_a_scale();
  const Array grouped = runs.grouped(weights);
  ClipSearch search(steps);
  const bool clip = steps.choice == ScaleChoice::kClip;
  KELT_ASSIGN_OR_RETURN(std::vector<float> scales, scan(grouped, each, steps, clip ? &search : nullptr));
  if (clip && each > kLargestGroup) KELT_RETURN_IF_ERROR(search_large(grouped, each, steps, search, scales));
  const float largest = *std::ranges::max_element(scales);
  std::ranges::replace(scales, 0.0F, largest > 0 ? largest : 1.0F);
  return scales;
}

}  // namespace kelt
