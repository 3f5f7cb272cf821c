#include "weights/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "weights/testing.h"

namespace kelt {
namespace {

std::vector<float> values_of(const Array& array) {
  const auto values = read_as<float>(array);
  EXPECT_TRUE(values.ok()) << values.error().to_string();
  return values.ok() ? *values : std::vector<float>{};
}

double error_of(std::span<const float> weights, float scale, Grid grid) {
  double error = 0;
  for (const float weight : weights) {
    const float difference = weight - std::clamp(std::nearbyint(weight / scale), grid.lowest, grid.highest) * scale;
    error += static_cast<double>(difference * difference);
  }
  return error;
}

// The least over scales 0.1 % apart, from half the root mean square to 1.5 times the scale of min-max.
double least_error(std::span<const float> weights, Grid grid) {
  float largest = 0, energy = 0;
  for (const float weight : weights) {
    largest = std::max(largest, std::abs(weight));
    energy += weight * weight;
  }
  const float end = std::sqrt(energy / static_cast<float>(weights.size())) / grid.highest / 2;
  double least = std::numeric_limits<double>::max();
  for (float scale = largest / grid.highest * 1.5F; scale > end; scale *= 0.999F) {
    least = std::min(least, error_of(weights, scale, grid));
  }
  return least;
}

enum class Kind : uint8_t { kNormal, kLaplace, kUniform, kOutlier, kOneSided };
constexpr Kind kKinds[] = {Kind::kNormal, Kind::kLaplace, Kind::kUniform, Kind::kOutlier, Kind::kOneSided};

std::vector<float> drawn_weights(std::mt19937& random, size_t count, Kind kind) {
  std::normal_distribution<float> normal(0, 0.05F);
  std::exponential_distribution<float> exponential(20);
  std::uniform_real_distribution<float> uniform(-0.1F, 0.1F);
  std::vector<float> weights(count);
  for (float& weight : weights) {
    weight = normal(random);
    if (kind == Kind::kLaplace) weight = exponential(random) * (random() % 2 == 0 ? 1.0F : -1.0F);
    if (kind == Kind::kUniform) weight = uniform(random);
    if (kind == Kind::kOneSided) weight = 0.1F + uniform(random);
  }
  if (kind == Kind::kOutlier) weights[count / 2] = -3;
  return weights;
}

double error_after(const Array& weights, Steps steps, ScaleChoice choice) {
  steps.choice = choice;
  const auto quantized = quantize_weights(weights, steps);
  EXPECT_TRUE(quantized.ok()) << quantized.error().to_string();
  const std::vector<float> before = values_of(weights), after = values_of(dequantize(*quantized));
  double error = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    error += std::pow(static_cast<double>(before[i]) - static_cast<double>(after[i]), 2);
  }
  return error;
}

TEST(ClipSearch, FindsAScaleThatNoOtherBeats) {
  std::mt19937 random(5);
  for (const Kind kind : kKinds) {
    for (const size_t count : {2, 9, 32, 140, 300}) {
      for (const auto& [bits, lowest] : {std::pair(2, -1.0F), {2, -2.0F}, {4, -7.0F}, {4, -8.0F}, {8, -127.0F}}) {
        const std::vector<float> weights = drawn_weights(random, count, kind);
        Steps steps{.bits = bits, .scales = {1}, .choice = ScaleChoice::kClip};
        steps.grid.lowest = lowest;
        const auto quantized = quantize_weights(array_from<float>({static_cast<int64_t>(count)}, weights), steps);
        const double error = error_of(weights, values_of(quantized->scales)[0], steps.grid);
        EXPECT_LE(error, least_error(weights, steps.grid) * 1.01)
            << count << " weights of kind " << static_cast<int>(kind) << " in " << bits << " bits from " << lowest;
      }
    }
  }
}

// The same where the sum of the errors counts.
TEST(ClipSearch, FindsAScaleUnderWhichErrorsCancel) {
  std::mt19937 random(15);
  const auto error = [](std::span<const float> weights, float scale, Grid grid) {
    double sum = 0;
    for (const float weight : weights) {
      sum += static_cast<double>(weight - std::clamp(std::nearbyint(weight / scale), grid.lowest, grid.highest) * scale);
    }
    return error_of(weights, scale, grid) + sum * sum;
  };
  for (const Kind kind : kKinds) {
    for (const size_t count : {64, 300}) {
      const std::vector<float> weights = drawn_weights(random, count, kind);
      Steps steps{.bits = 4, .scales = {1}, .choice = ScaleChoice::kClip};
      steps.grid.lowest = -8;
      const Array array = array_from<float>({static_cast<int64_t>(count)}, weights);
      const float plain = values_of(quantize_weights(array, steps)->scales)[0];
      steps.of_sum = 1;
      const float found = values_of(quantize_weights(array, steps)->scales)[0];
      EXPECT_LE(error(weights, found, steps.grid), error(weights, plain, steps.grid));
      const float largest = std::abs(*std::ranges::max_element(weights, {}, [](float weight) { return std::abs(weight); }));
      int better = 0, tried = 0;
      for (float scale = plain * 0.9F; scale < std::min(plain * 1.4F, largest / 7); scale *= 1.002F, ++tried) {
        better += error(weights, scale, steps.grid) < error(weights, found, steps.grid) ? 1 : 0;
      }
      EXPECT_LE(better, tried / 10) << count << " weights of kind " << static_cast<int>(kind);
    }
  }
}

TEST(ClipSearch, FindsItForWeightsThatAreNotHeldAtOnce) {
  std::mt19937 random(6);
  for (const Kind kind : {Kind::kLaplace, Kind::kOutlier}) {
    for (const int bits : {2, 4, 8}) {
      constexpr size_t kEach = 270001;  // more than is held
      std::vector<float> weights = drawn_weights(random, kEach, kind);
      const float smaller = 0.25F;
      for (size_t i = 0; i < kEach; ++i) weights.push_back(weights[i] * smaller);
      Steps steps = per_channel({2, kEach}, 0, bits);
      steps.choice = ScaleChoice::kClip;
      const auto quantized = quantize_weights(array_from<float>({2, kEach}, weights), steps);
      const std::vector<float> scales = values_of(quantized->scales);
      EXPECT_FLOAT_EQ(scales[1], scales[0] * smaller);
      const std::span first = std::span(weights).first(kEach);
      const double error = error_of(first, scales[0], steps.grid);
      for (const float other : {0.5F, 0.7F, 0.8F, 0.9F, 0.95F, 1.05F, 1.1F, 1.2F, 1.4F, 2.0F}) {
        EXPECT_LE(error, error_of(first, scales[0] * other, steps.grid) * 1.001) << bits << " bits, " << other;
      }
    }
  }
}

TEST(ClipSearch, CutsOffWhatGainsDecibels) {
  std::mt19937 random(7);
  const Shape shape = {64, 768};
  const auto gain = [&](Kind kind, const Steps& steps) {
    const Array weights = array_from<float>(shape, drawn_weights(random, 64UL * 768, kind));
    return 10 * std::log10(error_after(weights, steps, ScaleChoice::kMinMax) / error_after(weights, steps, ScaleChoice::kClip));
  };
  EXPECT_GE(gain(Kind::kUniform, per_channel(shape, 0, 4)), 0.55);
  EXPECT_GE(gain(Kind::kNormal, per_channel(shape, 0, 4)), 1.8);
  EXPECT_GE(gain(Kind::kLaplace, per_channel(shape, 0, 4)), 2);
  EXPECT_GE(gain(Kind::kNormal, per_channel(shape, 1, 4)), 0.6);
  EXPECT_GE(gain(Kind::kNormal, in_blocks(shape, 32, 4)), 0.5);
  EXPECT_GE(gain(Kind::kLaplace, per_tensor(shape, 8)), 0.9);
}

TEST(ClipSearch, IsNeverWorseThanMinMaxWhateverCanBeStored) {
  std::mt19937 random(8);
  for (const float size : {1e-38F, 1e-24F, 1e-6F, 1e-4F, 1.0F, 1e5F, 1e19F, 1e37F}) {
    for (const int bits : {2, 4, 8}) {
      std::vector<float> weights = drawn_weights(random, 4UL * 64, Kind::kNormal);
      std::fill_n(weights.begin(), 64, 0.0F);
      for (float& weight : weights) weight *= size;
      const Array array = array_from<float>({4, 64}, weights);
      for (const Steps& steps : {per_channel(array.shape, 0, bits), in_blocks(array.shape, 32, bits)}) {
        if (steps.type == DType::kFloat16 && size > 1e5F) continue;
        EXPECT_LE(error_after(array, steps, ScaleChoice::kClip), error_after(array, steps, ScaleChoice::kMinMax)) << size;
      }
    }
  }
}

TEST(ClipSearch, TakesMinMaxWhereSquaresLeaveTheRangeOfFloats) {
  for (const float size : {1e-35F, 1e-30F, 1e-20F, 1e20F, 1e30F, 3e38F}) {
    const std::vector<float> weights = {size, -size / 3, size / 7, size / 5};
    Steps steps = per_tensor({4}, 4);
    steps.choice = ScaleChoice::kClip;
    const Result<Quantized> quantized = quantize_weights(array_from<float>({4}, weights), steps);
    ASSERT_TRUE(quantized.ok()) << size << quantized.error().to_string();
    EXPECT_EQ(read_as<float>(quantized->scales)->front(), size / steps.grid.highest) << size;
  }
}

TEST(ClipSearch, KeepsTheLargestScaleThatAHalfHolds) {
  std::vector<float> weights = {6, 3, 5, -6, 1, 2, -4, 3};  // in steps of 1 they are exact; that of min-max is 6/7
  for (float& weight : weights) weight *= 65504 * 1.16F;
  Steps steps = in_blocks({1, 8}, 8, 4);
  steps.choice = ScaleChoice::kClip;
  const auto quantized = quantize_weights(array_from<float>({1, 8}, weights), steps);
  ASSERT_TRUE(quantized.ok()) << quantized.error().to_string();
  EXPECT_LE(values_of(quantized->scales)[0], 65504);
}

}  // namespace
}  // namespace kelt
