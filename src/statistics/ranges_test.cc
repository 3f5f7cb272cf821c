#include "statistics/ranges.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace kelt::statistics {
namespace {

std::vector<float> normal_values(size_t count, float cut_below = -1e9F) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = std::max(normal(generator), cut_below);
  return values;
}

TensorStatistics statistics_of(const std::vector<float>& values) {
  TensorStatistics statistics;
  add(statistics, values);
  return statistics;
}

// What quantization really costs.
double measured_error(const std::vector<float>& values, const Range& range, int bits, bool symmetric) {
  const double steps = std::ldexp(1.0, bits) - (symmetric ? 2 : 1);
  const double step = (double{range.max} - range.min) / steps;
  const double zero = std::round(-range.min / step);
  double sum = 0;
  for (const float value : values) {
    const double integer = std::clamp(std::round(value / step) + zero, 0.0, steps);
    sum += std::pow((integer - zero) * step - value, 2);
  }
  return sum / static_cast<double>(values.size());
}

TEST(RangeOf, IsExactlyTheBoundsForMinMax) {
  const TensorStatistics statistics = statistics_of({-1.25F, 0.5F, 3.1F});
  EXPECT_EQ(range_of(statistics, RangeMethod::kMinMax, 8, false), (Range{-1.25F, 3.1F}));
  EXPECT_EQ(range_of(statistics, RangeMethod::kMinMax, 8, true), (Range{-3.1F, 3.1F}));
}

TEST(RangeOf, HoldsZero) {
  for (const RangeMethod method : {RangeMethod::kMinMax, RangeMethod::kMovingAverage, RangeMethod::kPercentile, RangeMethod::kMse}) {
    const Range above = range_of(statistics_of({2, 3}), method, 8, false);
    EXPECT_EQ(above.min, 0);
    EXPECT_NEAR(above.max, 3, 0.02);
    const Range below = range_of(statistics_of({-2, -3}), method, 8, false);
    EXPECT_NEAR(below.min, -3, 0.02);
    EXPECT_EQ(below.max, 0);
  }
}

TEST(RangeOf, OfAConstantIsNotEmpty) {
  for (const RangeMethod method : {RangeMethod::kMinMax, RangeMethod::kMovingAverage, RangeMethod::kPercentile, RangeMethod::kMse}) {
    const auto of = [&](float value, bool symmetric) { return range_of(statistics_of({value, value}), method, 8, symmetric); };
    EXPECT_EQ(of(0, false), (Range{0, 1}));
    EXPECT_EQ(of(0, true), (Range{-1, 1}));
    EXPECT_EQ(of(0.75F, false), (Range{0, 0.75F}));
    EXPECT_EQ(of(-0.75F, false), (Range{-0.75F, 0}));
    EXPECT_EQ(of(-0.75F, true), (Range{-0.75F, 0.75F}));
    EXPECT_GT(of(1e-40F, false).max / 255, std::numeric_limits<float>::min());
  }
}

TEST(RangeOf, ATensorWithoutValuesIsUsable) {
  EXPECT_EQ(range_of({}, RangeMethod::kMse, 8, false), (Range{0, 1}));
  TensorStatistics bounds_alone;
  add_bounds(bounds_alone, {-1, 5});
  for (const RangeMethod method : {RangeMethod::kPercentile, RangeMethod::kMse}) {
    EXPECT_EQ(range_of(bounds_alone, method, 8, false), (Range{-1, 5}));
  }
}

TEST(RangeOf, APercentileLeavesOutTheOutermost) {
  std::vector<float> values(20'000, 0.5F);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 100) / 100;
  values.push_back(10);
  const Range range = range_of(statistics_of(values), RangeMethod::kPercentile, 8, false);
  EXPECT_EQ(range.min, 0);
  EXPECT_NEAR(range.max, 1, 0.02);
  EXPECT_NEAR(range_of(statistics_of(values), RangeMethod::kPercentile, 8, false, 0.5).max, 0.75, 0.03);
}

TEST(RangeOf, TheMovingAverageForgets) {
  TensorStatistics statistics;
  add(statistics, std::vector<float>{-100, 100});
  for (int i = 0; i < 200; ++i) add(statistics, std::vector<float>{-1, 2});
  const Range range = range_of(statistics, RangeMethod::kMovingAverage, 8, false);
  EXPECT_NEAR(range.min, -1, 0.01);
  EXPECT_NEAR(range.max, 2, 0.01);
}

TEST(RangeOf, MseCostsNoMoreThanAnyNarrowerRange) {
  for (const float cut : {-1e9F, 0.0F}) {
    std::vector<float> values = normal_values(20'000, cut);
    values.push_back(12);  // an outlier
    const TensorStatistics statistics = statistics_of(values);
    for (const bool symmetric : {false, true}) {
      for (const int bits : {4, 8}) {
        const Range found = range_of(statistics, RangeMethod::kMse, bits, symmetric);
        const double error = measured_error(values, found, bits, symmetric);
        const Range widest = range_of(statistics, RangeMethod::kMinMax, bits, symmetric);
        for (int i = 1; i <= 40; ++i) {
          const float shrink = static_cast<float>(i) / 40;
          const double other = measured_error(values, {widest.min * shrink, widest.max * shrink}, bits, symmetric);
          EXPECT_LE(error, other * 1.03) << cut << ' ' << symmetric << ' ' << bits << ' ' << shrink;
        }
      }
    }
  }
}

TEST(RangeOf, MseClipsAnOutlierFromFewBitsOnly) {
  std::vector<float> values = normal_values(20'000);
  values.push_back(40);
  const TensorStatistics statistics = statistics_of(values);
  EXPECT_LT(range_of(statistics, RangeMethod::kMse, 4, false).max, 5);
  EXPECT_EQ(range_of(statistics, RangeMethod::kMse, 16, true).max, 40);
}

TEST(MeanSquaredError, IsWhatQuantizationCosts) {
  const std::vector<float> values = normal_values(50'000, 0);
  const TensorStatistics statistics = statistics_of(values);
  for (const float max : {1.0F, 2.0F, 3.5F}) {
    const double measured = measured_error(values, {0, max}, 8, false);
    EXPECT_NEAR(mean_squared_error(statistics, {0, max}, 8, false) / measured, 1, 0.05) << max;
  }
  EXPECT_EQ(mean_squared_error({}, {0, 1}, 8, false), 0);
}

}  // namespace
}  // namespace kelt::statistics
