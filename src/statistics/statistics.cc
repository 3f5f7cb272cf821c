#include "statistics/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

namespace kelt::statistics {
namespace {

constexpr size_t kBlock = 4096;  // values that are looked at twice, the second time in the first cache
constexpr size_t kLanes = 16;    // worked on at once; a sum in floats has at most kBlock / kLanes terms

using SummedFloats = float __attribute__((vector_size(16)));
using SummedIntegers = int32_t __attribute__((vector_size(16)));

struct BlockSummary {
  Range bounds;
  double sum = 0;
  uint64_t zeros = 0;
};

struct Lanes {
  std::array<SummedFloats, kLanes / 4> min, max, sum{};
  std::array<SummedIntegers, kLanes / 4> zeros{};

  void add(const float* values) {
    for (size_t i = 0; i < kLanes / 4; ++i) {
      SummedFloats x;
      std::memcpy(&x, values + i * 4, sizeof(x));
      min[i] = x < min[i] ? x : min[i];
      max[i] = x > max[i] ? x : max[i];
      sum[i] += x;
      zeros[i] -= (x == SummedFloats{});  // true is -1
    }
  }
};

// Where a value is not finite, the sum is not either; where none is, it may overflow all the same.
BlockSummary summarize(std::span<const float> values) {
  Lanes lanes;
  lanes.min.fill(SummedFloats{} + values[0]);
  lanes.max.fill(SummedFloats{} + values[0]);
  size_t at = 0;
  for (; at + kLanes <= values.size(); at += kLanes) lanes.add(values.data() + at);
  BlockSummary summary{.bounds = {values[0], values[0]}};
  for (size_t i = 0; i < kLanes; ++i) {
    summary.bounds.min = std::min(summary.bounds.min, lanes.min[i / 4][i % 4]);
    summary.bounds.max = std::max(summary.bounds.max, lanes.max[i / 4][i % 4]);
    summary.sum += lanes.sum[i / 4][i % 4];
    summary.zeros += static_cast<uint64_t>(lanes.zeros[i / 4][i % 4]);
  }
  for (const float value : values.subspan(at)) {
    summary.bounds.min = std::min(summary.bounds.min, value);
    summary.bounds.max = std::max(summary.bounds.max, value);
    summary.sum += value;
    summary.zeros += static_cast<uint64_t>(value == 0.0F);
  }
  return summary;
}

Range hull(const Range& a, const Range& b) { return {std::min(a.min, b.min), std::max(a.max, b.max)}; }

// The values of one sample, in blocks.
class SampleAdder {
 public:
  explicit SampleAdder(TensorStatistics& statistics) : statistics_(statistics), counter_(statistics.histogram) {}

  void add(std::span<const float> values) {
    const BlockSummary block = summarize(values);
    if (std::isfinite(block.sum)) return add_finite(values, block);
    std::vector<float> finite(values.begin(), values.end());
    std::erase_if(finite, [](float value) { return !std::isfinite(value); });
    statistics_.not_finite += values.size() - finite.size();
    if (finite.empty()) return;
    BlockSummary rest = summarize(finite);
    rest.sum = 0;
    for (const float value : finite) rest.sum += value;
    add_finite(finite, rest);
  }

  [[nodiscard]] const std::optional<Range>& bounds() const { return bounds_; }

 private:
  void add_finite(std::span<const float> values, const BlockSummary& block) {
    statistics_.values += values.size();
    statistics_.zeros += block.zeros;
    statistics_.sum += block.sum;
    bounds_ = bounds_ ? hull(*bounds_, block.bounds) : block.bounds;
    counter_.count(values, std::max(std::abs(block.bounds.min), std::abs(block.bounds.max)));
  }

  TensorStatistics& statistics_;
  Counter counter_;
  std::optional<Range> bounds_;
};

void merge(ChannelSums& into, const ChannelSums& other) {
  if (into.rows == 0)
    into = other;
  else if (into.sums.size() == other.sums.size()) {
    into.rows += other.rows;
    for (size_t i = 0; i < into.sums.size(); ++i) into.sums[i] += other.sums[i];
  }
}

}  // namespace

void add(TensorStatistics& statistics, std::span<const float> values) {
  SampleAdder sample(statistics);
  for (; !values.empty(); values = values.subspan(std::min(kBlock, values.size()))) {
    sample.add(values.first(std::min(kBlock, values.size())));
  }
  if (sample.bounds()) add_bounds(statistics, *sample.bounds());
}

void add_channels(TensorStatistics& statistics, std::span<const float> values, size_t channels) {
  std::vector<double>& sums = statistics.channels.sums;
  if (sums.empty()) sums.resize(channels, 0.0);
  if (channels == 0 || sums.size() != channels) return;
  for (; values.size() >= channels; values = values.subspan(channels), ++statistics.channels.rows) {
    for (size_t i = 0; i < channels; ++i) sums[i] += std::isfinite(values[i]) ? static_cast<double>(values[i]) : 0.0;
  }
}

void add_bounds(TensorStatistics& statistics, const Range& bounds) {
  if (statistics.samples == 0) {
    statistics.bounds = statistics.first = statistics.average = bounds;
  } else {
    statistics.bounds = hull(statistics.bounds, bounds);
    const auto moved = [](float from, float to) { return kMomentum * from + (1 - kMomentum) * to; };
    statistics.average = {moved(statistics.average.min, bounds.min), moved(statistics.average.max, bounds.max)};
  }
  ++statistics.samples;
}

void merge(TensorStatistics& into, const TensorStatistics& other) {
  if (into.name.empty()) into.name = other.name;
  into.values += other.values;
  into.zeros += other.zeros;
  into.not_finite += other.not_finite;
  into.sum += other.sum;
  merge(into.histogram, other.histogram);
  merge(into.channels, other.channels);
  if (other.samples == 0) return;
  if (into.samples == 0) {
    into.bounds = other.bounds;
    into.first = other.first;
    into.average = other.average;
  } else {
    into.bounds = hull(into.bounds, other.bounds);
    // The other average began at its first sample; what it would be had it begun at this one:
    const double left = std::pow(double{kMomentum}, static_cast<double>(other.samples));
    const auto joined = [left](float from, float first, float average) {
      return static_cast<float>(average + left * (double{from} - double{first}));
    };
    into.average = {joined(into.average.min, other.first.min, other.average.min),
                    joined(into.average.max, other.first.max, other.average.max)};
  }
  into.samples += other.samples;
}

double mean_of(const TensorStatistics& statistics) {
  return statistics.values == 0 ? 0.0 : statistics.sum / static_cast<double>(statistics.values);
}

double mean_square_of(const TensorStatistics& statistics) {
  const double width = width_of(statistics.histogram);
  double sum = 0;
  for (size_t i = 0; i < statistics.histogram.counts.size(); ++i) {
    const double middle = (static_cast<double>(i) - Histogram::kZero + 0.5) * width;
    sum += static_cast<double>(statistics.histogram.counts[i]) * middle * middle;
  }
  return statistics.values == 0 ? 0.0 : sum / static_cast<double>(statistics.values);
}

Result<void> merge(Statistics& into, const Statistics& other) {
  if (into.model != 0 && other.model != 0 && into.model != other.model) {
    return Error{.code = Code::kBadStatistics,
                 .what = "the statistics are of different models",
                 .remedy = "Merge only statistics that were made with one and the same file"};
  }
  if (into.model == 0) into.model = other.model;
  into.samples += other.samples;
  for (const auto& [place, statistics] : other.tensors) merge(into.tensors[place], statistics);
  return {};
}

}  // namespace kelt::statistics
