#include "statistics/histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace kelt::statistics {
namespace {

using Floats = float __attribute__((vector_size(16)));
using Integers = int32_t __attribute__((vector_size(16)));
constexpr size_t kBinsAtOnce = 16;  // values whose bins are found at once

// Rounds down. Converting alone rounds towards 0; both are exact, as the scale is a power of two.
void find_bins(const float* values, float scale, std::array<int32_t, kBinsAtOnce>& bins) {
  for (size_t i = 0; i < kBinsAtOnce; i += 4) {
    Floats scaled;
    std::memcpy(&scaled, values + i, sizeof(scaled));
    scaled *= scale;
    const auto towards_zero = __builtin_convertvector(scaled, Integers);
    const Integers found = towards_zero + (scaled < __builtin_convertvector(towards_zero, Floats)) + Histogram::kZero;  // true is -1
    std::memcpy(&bins[i], &found, sizeof(found));
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

void Counter::count(std::span<const float> values, float magnitude) {
  if (values.empty()) return;
  constexpr size_t kMost = size_t{1} << 30U;  // that a table can take
  const int exponent = exponent_for(magnitude);
  if (histogram_->counts.empty() || exponent > histogram_->exponent || counted_ > kMost) hand_over();
  if (histogram_->counts.empty()) {
    histogram_->exponent = exponent;
    histogram_->counts.resize(Histogram::kBins, 0);
  }
  widen(*histogram_, exponent);
  counted_ += values.size();
  const float scale = std::ldexp(1.0F, -histogram_->exponent);
  std::array<int32_t, kBinsAtOnce> bins;
  size_t at = 0;
  for (; at + kBinsAtOnce <= values.size(); at += kBinsAtOnce) {
    find_bins(values.data() + at, scale, bins);
    for (size_t i = 0; i < kBinsAtOnce; ++i) ++tables_[i % 2][static_cast<size_t>(bins[i])];
  }
  std::array<float, kBinsAtOnce> rest{};
  std::copy(values.begin() + static_cast<ptrdiff_t>(at), values.end(), rest.begin());
  find_bins(rest.data(), scale, bins);
  for (size_t i = 0; at + i < values.size(); ++i) ++tables_[0][static_cast<size_t>(bins[i])];
}

void Counter::hand_over() {
  if (counted_ == 0) return;
  for (auto& table : tables_) {
    for (size_t i = 0; i < table.size(); ++i) histogram_->counts[i] += table[i];
    table.fill(0);
  }
  counted_ = 0;
}

}  // namespace kelt::statistics
