#include "statistics/histogram.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace kelt::statistics {
namespace {

constexpr size_t kBinsAtOnce = 16;  // values whose bins are found at once

// Rounds down. Converting alone rounds towards 0; both are exact, as the scale is a power of two.
void find_bins(const float* values, float scale, std::array<int32_t, kBinsAtOnce>& bins) {
  for (size_t i = 0; i < kBinsAtOnce; ++i) {
    const float scaled = values[i] * scale;
    const auto towards_zero = static_cast<int32_t>(scaled);
    bins[i] = towards_zero - static_cast<int32_t>(scaled < static_cast<float>(towards_zero)) + Histogram::kZero;
  }
}

}  // namespace

double width_of(const Histogram& histogram) { return std::ldexp(1.0, histogram.exponent); }

int exponent_for(float magnitude) {
  int exponent = 0;
  std::frexp(magnitude, &exponent);  // magnitude < 2^exponent
  constexpr int kHalf = 10;          // log₂(kZero)
  return magnitude == 0 ? Histogram::kSmallestExponent : std::max(exponent - kHalf, Histogram::kSmallestExponent);
}

void widen(Histogram& histogram, int exponent) {
  const int steps = exponent - histogram.exponent;
  if (steps <= 0) return;
  histogram.exponent = exponent;
  if (histogram.counts.empty()) return;
  std::vector<uint64_t> wider(Histogram::kBins, 0);
  for (int i = 0; i < Histogram::kBins; ++i) {
    const int from_zero = steps < 11 ? (i - Histogram::kZero) >> steps : (i < Histogram::kZero ? -1 : 0);
    wider[static_cast<size_t>(from_zero + Histogram::kZero)] += histogram.counts[static_cast<size_t>(i)];
  }
  histogram.counts = std::move(wider);
}

void merge(Histogram& into, const Histogram& other) {
  if (other.counts.empty()) return;
  if (into.counts.empty()) {
    into = other;
    return;
  }
  Histogram added = other;
  widen(added, into.exponent);
  widen(into, added.exponent);
  for (size_t i = 0; i < into.counts.size(); ++i) into.counts[i] += added.counts[i];
}

void count(Histogram& histogram, std::span<const float> values, float magnitude) {
  if (values.empty()) return;
  if (histogram.counts.empty()) {
    histogram.exponent = exponent_for(magnitude);
    histogram.counts.resize(Histogram::kBins, 0);
  } else {
    widen(histogram, exponent_for(magnitude));
  }
  const float scale = std::ldexp(1.0F, -histogram.exponent);
  uint64_t* const counts = histogram.counts.data();
  std::array<int32_t, kBinsAtOnce> bins;
  size_t at = 0;
  for (; at + kBinsAtOnce <= values.size(); at += kBinsAtOnce) {
    find_bins(values.data() + at, scale, bins);
    for (const int32_t bin : bins) ++counts[bin];
  }
  std::array<float, kBinsAtOnce> rest{};
  std::copy(values.begin() + static_cast<ptrdiff_t>(at), values.end(), rest.begin());
  find_bins(rest.data(), scale, bins);
  for (size_t i = 0; at + i < values.size(); ++i) ++counts[bins[i]];
}

}  // namespace kelt::statistics
