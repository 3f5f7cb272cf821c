#include "statistics/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace kelt::statistics {
namespace {

constexpr size_t kBlock = 4096;  // values that are looked at twice, the second time in the first cache
constexpr size_t kLanes = 16;    // worked on at once; a sum in floats has at most kBlock / kLanes terms

struct BlockSummary {
  Range bounds{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
  double sum = 0;
  uint64_t zeros = 0;
};

template <typename T, typename Combine>
T fold(const std::array<T, kLanes>& lanes, T value, Combine combine) {
  for (const T lane : lanes) value = combine(value, lane);
  return value;
}

// Where a value is not finite, the sum is not either; where none is, it may overflow all the same.
BlockSummary summarize(std::span<const float> values) {
  BlockSummary summary;
  std::array<float, kLanes> min;
  std::array<float, kLanes> max;
  std::array<float, kLanes> sum{};
  std::array<int32_t, kLanes> zeros{};
  min.fill(summary.bounds.min);
  max.fill(summary.bounds.max);
  size_t at = 0;
  for (; at + kLanes <= values.size(); at += kLanes) {
    const float* const x = values.data() + at;
    for (size_t i = 0; i < kLanes; ++i) min[i] = x[i] < min[i] ? x[i] : min[i];
    for (size_t i = 0; i < kLanes; ++i) max[i] = x[i] > max[i] ? x[i] : max[i];
    for (size_t i = 0; i < kLanes; ++i) sum[i] += x[i];
    for (size_t i = 0; i < kLanes; ++i) zeros[i] += static_cast<int32_t>(x[i] == 0.0F);
  }
  for (size_t i = 0; at + i < values.size(); ++i) {
    const float x = values[at + i];
    min[i] = x < min[i] ? x : min[i];
    max[i] = x > max[i] ? x : max[i];
    sum[i] += x;
    zeros[i] += static_cast<int32_t>(x == 0.0F);
  }
  summary.bounds.min = fold(min, summary.bounds.min, [](float a, float b) { return std::min(a, b); });
  summary.bounds.max = fold(max, summary.bounds.max, [](float a, float b) { return std::max(a, b); });
  for (const float lane : sum) summary.sum += lane;
  for (const int32_t lane : zeros) summary.zeros += static_cast<uint64_t>(lane);
  return summary;
}

Range hull(const Range& a, const Range& b) { return {std::min(a.min, b.min), std::max(a.max, b.max)}; }

// The part of a sample that was added so far.
struct SampleSummary {
  bool any = false;
  Range bounds;
};

void add_finite(TensorStatistics& statistics, SampleSummary& sample, std::span<const float> values, const BlockSummary& block) {
  statistics.values += values.size();
  statistics.zeros += block.zeros;
  statistics.sum += block.sum;
  sample.bounds = sample.any ? hull(sample.bounds, block.bounds) : block.bounds;
  sample.any = true;
  count(statistics.histogram, values, std::max(std::abs(block.bounds.min), std::abs(block.bounds.max)));
}

void add_block(TensorStatistics& statistics, SampleSummary& sample, std::span<const float> values) {
  const BlockSummary block = summarize(values);
  if (std::isfinite(block.sum)) return add_finite(statistics, sample, values, block);
  std::vector<float> finite(values.begin(), values.end());
  std::erase_if(finite, [](float value) { return !std::isfinite(value); });
  statistics.not_finite += values.size() - finite.size();
  if (finite.empty()) return;
  BlockSummary rest = summarize(finite);
  rest.sum = 0;
  for (const float value : finite) rest.sum += value;
  add_finite(statistics, sample, finite, rest);
}

}  // namespace

void add(TensorStatistics& statistics, std::span<const float> values) {
  SampleSummary sample;
  for (; !values.empty(); values = values.subspan(std::min(kBlock, values.size()))) {
    add_block(statistics, sample, values.first(std::min(kBlock, values.size())));
  }
  if (sample.any) add_bounds(statistics, sample.bounds);
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
