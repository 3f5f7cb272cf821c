#include "statistics/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "litert/testing.h"
#include "statistics/fingerprint.h"

namespace kelt::statistics {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> random_values(size_t count, uint32_t seed, float deviation = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = normal(generator);
  return values;
}

TensorStatistics of(const std::vector<std::vector<float>>& samples) {
  TensorStatistics statistics;
  for (const std::vector<float>& sample : samples) add(statistics, sample);
  return statistics;
}

uint64_t counted(const Histogram& histogram) {
  uint64_t sum = 0;
  for (const uint64_t count : histogram.counts) sum += count;
  return sum;
}

// The bins that the definition gives, with the width of the histogram.
Histogram slow_histogram(const std::vector<std::vector<float>>& samples, int exponent) {
  Histogram slow{.exponent = exponent, .counts = std::vector<uint64_t>(Histogram::kBins, 0)};
  for (const auto& sample : samples) {
    for (const float value : sample) {
      ++slow.counts[static_cast<size_t>(std::floor(std::ldexp(double{value}, -exponent)) + Histogram::kZero)];
    }
  }
  return slow;
}

TEST(TensorStatistics, SumChannelsAndMergeThem) {
  TensorStatistics one, other;
  add_channels(one, std::vector<float>{1, 2, 3, 4, kInfinity, kNan}, 2);
  EXPECT_EQ(one.channels, (ChannelSums{.rows = 3, .sums = {4, 6}}));
  add_channels(other, std::vector<float>{10, 20}, 2);
  merge(one, other);
  EXPECT_EQ(one.channels, (ChannelSums{.rows = 4, .sums = {14, 26}}));
  TensorStatistics without;
  merge(one, without);
  merge(without, one);
  EXPECT_EQ(without.channels, one.channels);
  EXPECT_EQ(one.channels.rows, 4U);
}

TEST(TensorStatistics, HaveTheMeanSquareOfTheirHistogram) {
  const std::vector<float> values = random_values(10'000, 3, 2);
  double sum = 0;
  for (const float value : values) sum += double{value} * value;
  EXPECT_NEAR(mean_square_of(of({values})), sum / 10'000, 0.01);
  EXPECT_EQ(mean_square_of({}), 0);
}

TEST(TensorStatistics, HoldBoundsAndCountsExactly) {
  const TensorStatistics statistics = of({{1, -2, 0, 3}, {0.5F, 0, 0}});
  EXPECT_EQ(statistics.samples, 2U);
  EXPECT_EQ(statistics.values, 7U);
  EXPECT_EQ(statistics.zeros, 3U);
  EXPECT_EQ(statistics.bounds, (Range{-2, 3}));
  EXPECT_EQ(statistics.first, (Range{-2, 3}));
  EXPECT_NEAR(statistics.average.min, 0.95 * -2, 1e-6);
  EXPECT_NEAR(statistics.average.max, 0.95 * 3 + 0.05 * 0.5, 1e-6);
  EXPECT_EQ(mean_of(statistics), 2.5 / 7);
  EXPECT_EQ(counted(statistics.histogram), 7U);
}

TEST(TensorStatistics, AreThoseOfTheDefinitionAtAnyLength) {
  for (const size_t count : {1U, 15U, 16U, 17U, 4095U, 4096U, 4097U, 10'000U}) {
    const std::vector<float> values = random_values(count, static_cast<uint32_t>(count));
    const TensorStatistics statistics = of({values});
    const auto [min, max] = std::ranges::minmax(values);
    EXPECT_EQ(statistics.bounds, (Range{min, max})) << count;
    double sum = 0;
    for (const float value : values) sum += value;
    EXPECT_NEAR(statistics.sum, sum, 1e-6 * static_cast<double>(count)) << count;
    EXPECT_EQ(statistics.histogram, slow_histogram({values}, statistics.histogram.exponent)) << count;
    EXPECT_EQ(statistics.histogram.exponent, exponent_for(std::max(-min, max))) << count;
  }
}

TEST(TensorStatistics, LeaveOutWhatIsNotFinite) {
  std::vector<float> values = random_values(5000, 1);
  const TensorStatistics clean = of({values});
  values.insert(values.begin() + 100, kNan);
  values.insert(values.begin() + 4500, kInfinity);
  values.push_back(-kInfinity);
  const TensorStatistics statistics = of({values});
  EXPECT_EQ(statistics.not_finite, 3U);
  EXPECT_EQ(statistics.values, 5000U);
  EXPECT_EQ(statistics.bounds, clean.bounds);
  EXPECT_EQ(statistics.histogram, clean.histogram);
  EXPECT_NEAR(statistics.sum, clean.sum, 1e-3);
  EXPECT_EQ(of({{kNan, kInfinity}}).samples, 0U);
  EXPECT_EQ(of({{}}).samples, 0U);
}

TEST(TensorStatistics, TakeTheLargestAndTheSmallestFloats) {
  constexpr float kMost = std::numeric_limits<float>::max();
  constexpr float kLeast = std::numeric_limits<float>::denorm_min();
  const TensorStatistics statistics = of({{kMost, -kMost, kLeast, -kLeast, 0}, {kMost, kMost}});
  EXPECT_EQ(statistics.bounds, (Range{-kMost, kMost}));
  EXPECT_EQ(counted(statistics.histogram), 7U);
  EXPECT_EQ(of({{kLeast, -kLeast}}).bounds, (Range{-kLeast, kLeast}));
}

TEST(TensorStatistics, HaveOneHistogramWhateverTheOrder) {
  const std::vector<float> small = random_values(3000, 1, 0.01F);
  const std::vector<float> middle = random_values(3000, 2, 3);
  const std::vector<float> large = random_values(3000, 3, 1000);
  const TensorStatistics rising = of({small, middle, large});
  EXPECT_EQ(rising.histogram, of({large, middle, small}).histogram);
  EXPECT_EQ(rising.histogram, slow_histogram({small, middle, large}, rising.histogram.exponent));
}

TEST(TensorStatistics, MergeIntoThoseOfAllSamples) {
  std::vector<std::vector<float>> samples;
  for (uint32_t i = 0; i < 9; ++i) samples.push_back(random_values(500, i, std::ldexp(1.0F, static_cast<int>(i * 5 % 7))));
  const TensorStatistics whole = of(samples);
  for (const ptrdiff_t cut : {0, 1, 4, 8, 9}) {
    TensorStatistics merged = of({samples.begin(), samples.begin() + cut});
    merge(merged, of({samples.begin() + cut, samples.end()}));
    EXPECT_EQ(merged.bounds, whole.bounds);
    EXPECT_EQ(merged.first, whole.first);
    EXPECT_EQ(merged.samples, whole.samples);
    EXPECT_EQ(merged.histogram, whole.histogram);
    EXPECT_NEAR(merged.sum, whole.sum, 1e-9 * std::abs(whole.sum) + 1e-9);
    EXPECT_NEAR(merged.average.min, whole.average.min, 1e-5 * std::abs(whole.average.min)) << cut;
    EXPECT_NEAR(merged.average.max, whole.average.max, 1e-5 * std::abs(whole.average.max)) << cut;
  }
}

TEST(TensorStatistics, TakeBoundsAlone) {
  TensorStatistics statistics;
  add_bounds(statistics, {-1, 2});
  add_bounds(statistics, {0, 4});
  EXPECT_EQ(statistics.bounds, (Range{-1, 4}));
  EXPECT_EQ(statistics.samples, 2U);
  EXPECT_EQ(statistics.values, 0U);
  EXPECT_TRUE(statistics.histogram.counts.empty());
}

TEST(Histogram, WidensByAddingNeighbours) {
  Histogram histogram;
  Counter(histogram).count(std::vector<float>{-3, -2, -1, 0, 1, 2, 3}, 3);
  Histogram wider = histogram;
  widen(wider, histogram.exponent + 9);  // 2 wide
  EXPECT_EQ(wider.counts[Histogram::kZero - 2], 1U);
  EXPECT_EQ(wider.counts[Histogram::kZero - 1], 2U);
  EXPECT_EQ(wider.counts[Histogram::kZero], 2U);
  EXPECT_EQ(wider.counts[Histogram::kZero + 1], 2U);
  widen(wider, Histogram::kLargestExponent);
  EXPECT_EQ(wider.counts[Histogram::kZero - 1], 3U);
  EXPECT_EQ(wider.counts[Histogram::kZero], 4U);
  Histogram same = histogram;
  widen(same, histogram.exponent - 3);
  EXPECT_EQ(same, histogram);
}

TEST(Statistics, MergePlaceByPlace) {
  Statistics a{.model = 7, .samples = 1};
  add(a.tensors[{0, 1}], std::vector<float>{1});
  Statistics b{.model = 7, .samples = 2};
  add(b.tensors[{0, 1}], std::vector<float>{2});
  add(b.tensors[{1, 1}], std::vector<float>{3});
  ASSERT_TRUE(merge(a, b).ok());
  EXPECT_EQ(a.samples, 3U);
  EXPECT_EQ((a.tensors[{0, 1}].bounds), (Range{1, 2}));
  EXPECT_EQ((a.tensors[{1, 1}].bounds), (Range{3, 3}));
  Statistics none;
  ASSERT_TRUE(merge(none, a).ok());
  EXPECT_EQ(none, a);
}

TEST(Statistics, OfDifferentModelsAreNotMerged) {
  Statistics a{.model = 7};
  const Result<void> merged = merge(a, {.model = 8});
  ASSERT_FALSE(merged.ok());
  EXPECT_EQ(merged.error().code, Code::kBadStatistics);
  EXPECT_EQ(merged.error().what, "the statistics are of different models");
}

uint64_t fingerprint(const std::string& text) {
  const Result<uint64_t> found = fingerprint_of(litert::model_of(text));
  EXPECT_TRUE(found.ok());
  return *found;
}

TEST(Fingerprint, TellsModelsApartByStructureNamesAndWeights) {
  const uint64_t one = fingerprint("fn (x: f32[2]) { y: f32[2] = ADD(x, const f32[2] [1, 2]) } -> (y)");
  EXPECT_EQ(fingerprint("fn (x: f32[2]) { y: f32[2] = ADD(x, const f32[2] [1, 2]) } -> (y)"), one);
  EXPECT_NE(fingerprint("fn (x: f32[2]) { y: f32[2] = ADD(x, const f32[2] [1, 3]) } -> (y)"), one);
  EXPECT_NE(fingerprint("fn (x: f32[2]) { y: f32[2] = MUL(x, const f32[2] [1, 2]) } -> (y)"), one);
  EXPECT_NE(fingerprint("fn (x: f32[2]) { z: f32[2] = ADD(x, const f32[2] [1, 2]) } -> (z)"), one);
  EXPECT_NE(fingerprint("fn (x: f32[1, 2]) { y: f32[1, 2] = ADD(x, const f32[2] [1, 2]) } -> (y)"), one);
  EXPECT_NE(one, 0U);
}

TEST(Fingerprint, RejectsStatisticsOfAnotherModel) {
  const litert::Model model = litert::model_of("fn (x: f32[2]) { y: f32[2] = NEG(x) } -> (y)");
  EXPECT_TRUE(check_model({.model = *fingerprint_of(model)}, model).ok());
  const Result<void> other = check_model({.model = 7}, model);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, Code::kBadStatistics);
  EXPECT_EQ(other.error().what, "the statistics are of another model, or of this one before it was trained on");
}

}  // namespace
}  // namespace kelt::statistics
