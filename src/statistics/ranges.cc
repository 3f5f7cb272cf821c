#include "statistics/ranges.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace kelt::statistics {
namespace {

// Below this a scale times a weight's scale would be no normal number.
constexpr float kSmallest = 0x1p-64F;

// Range that can be quantized: 0 within, not empty.
Range usable(Range range, bool symmetric) {
  range = {std::min(range.min, 0.0F), std::max(range.max, 0.0F)};
  if (symmetric) {
    const float reach = std::max(-range.min, range.max);
    range = {-reach, reach};
  }
  if (range.max - range.min == 0) return symmetric ? Range{-1, 1} : Range{0, 1};
  if (std::max(-range.min, range.max) < kSmallest) return {range.min < 0 ? -kSmallest : 0, range.max > 0 ? kSmallest : 0};
  return range;
}

// Sums over the values below and above any edge of the histogram: their number, and their squared distance from a bound.
class Sums {
 public:
  explicit Sums(const Histogram& histogram) : width_(width_of(histogram)) {
    sums_.resize(Histogram::kBins + 1);
    for (int i = 0; i < Histogram::kBins; ++i) {
      const auto number = static_cast<double>(histogram.counts[static_cast<size_t>(i)]);
      const double middle = (i - Histogram::kZero + 0.5) * width_;
      const Moments& before = sums_[static_cast<size_t>(i)];
      sums_[static_cast<size_t>(i) + 1] = {before.number + number, before.sum + number * middle,
                                           before.squares + number * (middle * middle + width_ * width_ / 12)};
    }
  }

  [[nodiscard]] double edge(int bin) const { return (bin - Histogram::kZero) * width_; }
  [[nodiscard]] double number() const { return sums_.back().number; }
  struct Clipped {
    double number;
    double error;  // sum of the squared distances
  };
  // Of the bins that lie below a bound as a whole, and above.
  [[nodiscard]] Clipped below(double bound) const { return clipped(sums_[edge_at(std::floor(bound / width_))], bound); }
  [[nodiscard]] Clipped above(double bound) const {
    const Moments& until = sums_[edge_at(std::ceil(bound / width_))];
    const Moments& all = sums_.back();
    return clipped({all.number - until.number, all.sum - until.sum, all.squares - until.squares}, bound);
  }
  // The first bin with which this share of all values is reached, from below.
  [[nodiscard]] int quantile(double share) const {
    int bin = 0;
    while (bin < Histogram::kBins - 1 && sums_[static_cast<size_t>(bin) + 1].number < share * number()) ++bin;
    return bin;
  }

 private:
  struct Moments {
    double number = 0, sum = 0, squares = 0;
  };
  static size_t edge_at(double from_zero) {
    return static_cast<size_t>(std::clamp(from_zero + Histogram::kZero, 0.0, double{Histogram::kBins}));
  }
  static Clipped clipped(const Moments& moments, double bound) {
    return {moments.number, std::max(moments.squares - 2 * bound * moments.sum + bound * bound * moments.number, 0.0)};
  }

  double width_;
  std::vector<Moments> sums_;  // of the bins below each edge
};

double steps_of(int bits, bool symmetric) { return std::ldexp(1.0, bits) - (symmetric ? 2 : 1); }

class SquaredError {
 public:
  SquaredError(const TensorStatistics& statistics, int bits, bool symmetric)
      : statistics_(statistics), sums_(statistics.histogram), steps_(steps_of(bits, symmetric)) {}

  // The sum over all values. Zeros are exact in every form.
  [[nodiscard]] double operator()(double min, double max) const {
    const double step = (max - min) / steps_;
    const Sums::Clipped below = sums_.below(min);
    const Sums::Clipped above = sums_.above(max);
    const double inside = sums_.number() - below.number - above.number - static_cast<double>(statistics_.zeros);
    return below.error + above.error + std::max(inside, 0.0) * step * step / 12;
  }
  [[nodiscard]] const Sums& sums() const { return sums_; }

 private:
  const TensorStatistics& statistics_;
  Sums sums_;
  double steps_;
};

// Edges of bins between 0 and the outermost value, and that value.
std::vector<double> candidates(const Sums& sums, double outermost) {
  std::vector<double> all = {outermost};
  const int direction = outermost < 0 ? -1 : 1;
  for (int bin = Histogram::kZero + direction; bin > 0 && bin < Histogram::kBins && std::abs(sums.edge(bin)) < std::abs(outermost);
       bin += direction) {
    all.push_back(sums.edge(bin));
  }
  return all;
}

template <typename Error>
double best_of(const std::vector<double>& bounds, const Error& error) {
  double best = bounds[0];
  double least = error(best);
  for (const double bound : bounds) {
    const double found = error(bound);
    if (found < least) {
      least = found;
      best = bound;
    }
  }
  return best;
}

Range least_error(const TensorStatistics& statistics, const Range& bounds, int bits, bool symmetric) {
  const SquaredError error(statistics, bits, symmetric);
  if (symmetric) {
    const double reach = best_of(candidates(error.sums(), bounds.max), [&](double to) { return error(-to, to); });
    return {static_cast<float>(-reach), static_cast<float>(reach)};
  }
  double min = bounds.min;
  double max = bounds.max;
  const std::vector<double> below = min < 0 ? candidates(error.sums(), min) : std::vector{0.0};
  const std::vector<double> above = max > 0 ? candidates(error.sums(), max) : std::vector{0.0};
  // Each end with the other where it is; more rounds than two change little.
  for (int round = 0; round < 3; ++round) {
    if (max > 0 || min < 0) max = best_of(above, [&](double to) { return error(min, to); });
    min = best_of(below, [&](double from) { return error(from, max); });
  }
  return {static_cast<float>(min), static_cast<float>(max)};
}

Range percentile_range(const TensorStatistics& statistics, double percentile) {
  const Sums sums(statistics.histogram);
  const double tail = (1 - percentile) / 2;
  const double min = sums.edge(sums.quantile(tail));
  const double max = sums.edge(sums.quantile(1 - tail) + 1);
  return {std::max(static_cast<float>(min), statistics.bounds.min), std::min(static_cast<float>(max), statistics.bounds.max)};
}

}  // namespace

Range range_of(const TensorStatistics& statistics, RangeMethod method, int bits, bool symmetric, double percentile) {
  if (statistics.samples == 0) return usable({}, symmetric);
  if (method == RangeMethod::kMovingAverage) return usable(statistics.average, symmetric);
  const bool constant = statistics.bounds.min == statistics.bounds.max;  // an end of the range stands for it exactly
  if (method == RangeMethod::kMinMax || constant || statistics.histogram.counts.empty()) return usable(statistics.bounds, symmetric);
  if (method == RangeMethod::kPercentile) return usable(percentile_range(statistics, percentile), symmetric);
  return usable(least_error(statistics, usable(statistics.bounds, symmetric), bits, symmetric), symmetric);
}

double mean_squared_error(const TensorStatistics& statistics, const Range& range, int bits, bool symmetric) {
  if (statistics.values == 0 || statistics.histogram.counts.empty()) return 0;
  return SquaredError(statistics, bits, symmetric)(range.min, range.max) / static_cast<double>(statistics.values);
}

}  // namespace kelt::statistics
