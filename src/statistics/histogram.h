// statistics/histogram.h — counts of values in 2,048 bins around 0, whose width is a power of two.
//
// A wider histogram is made by adding neighbours, which is exact: the histogram of some values is the same in whatever order and
// on however many machines they were counted.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kelt::statistics {

struct Histogram {
  static constexpr int kBins = 2048;
  static constexpr int kZero = kBins / 2;  // the bin that begins at 0
  static constexpr int kSmallestExponent = -126;
  static constexpr int kLargestExponent = 118;

  int exponent = 0;                // bin i holds [i − kZero, i + 1 − kZero) × 2^exponent
  std::vector<uint64_t> counts{};  // of each bin; empty while nothing is counted
  friend bool operator==(const Histogram&, const Histogram&) = default;
};

[[nodiscard]] double width_of(const Histogram& histogram);
// The smallest exponent whose bins reach this far to both sides.
[[nodiscard]] int exponent_for(float magnitude);
// Makes the bins as wide as 2^exponent, if they are narrower.
void widen(Histogram& histogram, int exponent);
void merge(Histogram& into, const Histogram& other);
// Counts into a histogram, which is complete when the counter is gone.
class Counter {
 public:
  explicit Counter(Histogram& histogram) : histogram_(&histogram) {}
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter() { hand_over(); }

  // Finite values of at most this magnitude.
  void count(std::span<const float> values, float magnitude);

 private:
  void hand_over();

  Histogram* histogram_;
  // Two tables in turns: equal values in a row would wait for each other's increments. Small, so that the first cache holds both.
  std::array<std::array<uint32_t, Histogram::kBins>, 2> tables_{};
  size_t counted_ = 0;  // since they were handed over
};

}  // namespace kelt::statistics
