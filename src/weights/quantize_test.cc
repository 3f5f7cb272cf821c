#include "weights/quantize.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "weights/testing.h"

namespace kelt {
namespace {

std::vector<float> read_floats_of(const Array& array) {
  const auto values = read_as<float>(array);
  EXPECT_TRUE(values.ok()) << values.error().to_string();
  return values.ok() ? *values : std::vector<float>{};
}

std::vector<float> normal_weights(std::mt19937& random, size_t count) {
  std::normal_distribution<float> normal;
  std::vector<float> weights(count);
  for (float& weight : weights) weight = normal(random);
  return weights;
}

// The scale of each element, by the definition of Quantized.
std::vector<size_t> places_of(const Shape& values, const Shape& scales) {
  std::vector<size_t> places;
  for (size_t element = 0; element < Array{DType::kFloat32, values, nullptr}.count(); ++element) {
    size_t rest = element, place = 0, stride = 1;
    for (size_t axis = values.size(); axis-- > 0;) {
      const auto length = static_cast<size_t>(values[axis]);
      const auto count = static_cast<size_t>(scales[axis]);
      place += rest % length / (length / count) * stride;
      stride *= count;
      rest /= length;
    }
    places.push_back(place);
  }
  return places;
}

struct Layout {
  Shape values, scales;
};

// Lengths on both sides of what is computed together (16) and of what is read at a time (65536).
const std::vector<Layout> kShapes = {{{}, {}},
                                     {{1}, {1}},
                                     {{15}, {1}},
                                     {{17}, {17}},
                                     {{4, 64}, {4, 1}},
                                     {{4, 64}, {1, 64}},
                                     {{4, 64}, {1, 1}},
                                     {{4, 64}, {4, 2}},
                                     {{64, 6}, {2, 6}},
                                     {{12, 6}, {4, 3}},
                                     {{12, 6}, {12, 6}},
                                     {{1, 3, 3, 19}, {1, 1, 1, 19}},
                                     {{5, 3, 3, 7}, {5, 1, 1, 1}},
                                     {{3, 40, 33}, {1, 1, 33}},
                                     {{3, 40, 33}, {3, 1, 33}},
                                     {{3, 40, 32}, {3, 1, 4}},
                                     {{257, 300}, {257, 1}},
                                     {{257, 300}, {1, 300}},
                                     {{3, 70001}, {3, 1}},
                                     {{70001, 3}, {1, 3}},
                                     {{2, 300001}, {2, 1}},
                                     {{600001}, {1}}};

float limit_of(int bits) { return static_cast<float>((1 << (bits - 1)) - 1); }

TEST(QuantizeWeights, TakesTheNearestIntegersInEveryForm) {
  std::mt19937 random(1);
  for (const Layout& form : kShapes) {
    for (const int bits : {2, 4, 8}) {
      for (const DType type : {DType::kFloat32, DType::kFloat16}) {
        SCOPED_TRACE(::testing::PrintToString(form.values) + " by " + ::testing::PrintToString(form.scales));
        const size_t count = Array{DType::kFloat32, form.values, nullptr}.count();
        if (count > 10000 && (bits != 8 || type != DType::kFloat32)) continue;
        const std::vector<float> weights = normal_weights(random, count);
        const Array source = testing::only_readable(array_from<float>(form.values, weights));
        const auto quantized = quantize_weights(source, {.bits = bits, .scales = form.scales, .type = type});
        ASSERT_TRUE(quantized.ok()) << quantized.error().to_string();
        EXPECT_EQ(quantized->scales.dtype, type);
        const std::vector<size_t> places = places_of(form.values, form.scales);
        std::vector<float> largest(quantized->scales.count());
        for (size_t i = 0; i < weights.size(); ++i) largest[places[i]] = std::max(largest[places[i]], std::abs(weights[i]));
        const std::vector<float> scales = read_floats_of(quantized->scales);
        for (size_t i = 0; i < scales.size(); ++i)
          ASSERT_NEAR(scales[i], largest[i] / limit_of(bits), scales[i] * 0x1p-11 + (type == DType::kFloat16 ? 0x1p-24 : 0));
        std::vector<std::byte> expected;
        for (size_t i = 0; i < weights.size(); ++i) {
          const float near = std::clamp(std::nearbyint(weights[i] / scales[places[i]]), -limit_of(bits), limit_of(bits));
          expected.push_back(static_cast<std::byte>(static_cast<int8_t>(near)));
        }
        testing::expect_bytes(quantized->values, expected, random);
      }
    }
  }
}

TEST(QuantizeWeights, WorksBehindTransposes) {
  std::mt19937 random(2);
  const Array stored = array_from<float>({640, 300}, normal_weights(random, 640UL * 300));
  const Array turned = transpose(stored, std::vector{1, 0});
  const Array plain = array_of(DType::kFloat32, {300, 640}, *read_all(turned));
  for (const Steps& steps : {per_channel({300, 640}, 0, 8), per_channel({300, 640}, 1, 8), in_blocks({300, 640}, 32, 4)}) {
    const auto lazy = quantize_weights(turned, steps);
    const auto direct = quantize_weights(plain, steps);
    EXPECT_EQ(*read_all(lazy->scales), *read_all(direct->scales));
    testing::expect_bytes(lazy->values, *read_all(direct->values), random);
  }
}

TEST(QuantizeWeights, RoundsTiesToEven) {
  const auto quantized =
      quantize_weights(array_from<float>({8}, std::vector<float>{127, 0.5F, 1.5F, 2.5F, -0.5F, -1.5F, -2.5F, -127}), per_tensor({8}, 8));
  EXPECT_EQ(read_floats_of(quantized->scales), std::vector<float>{1});
  EXPECT_EQ(read_floats_of(quantized->values), (std::vector<float>{127, 0, 2, 2, 0, -2, -2, -127}));
}

TEST(QuantizeWeights, GivesWeightsThatAreAllZeroTheScaleOfTheOthers) {
  const auto some = quantize_weights(array_from<float>({3, 2}, std::vector<float>{0, -0.0F, 254, 1, 127, 1}), per_channel({3, 2}, 0, 8));
  EXPECT_EQ(read_floats_of(some->scales), (std::vector<float>{2, 2, 1}));
  EXPECT_EQ(read_floats_of(some->values), (std::vector<float>{0, 0, 127, 0, 127, 1}));
  const auto all = quantize_weights(array_from<float>({2, 2}, std::vector<float>(4)), per_channel({2, 2}, 0, 4));
  EXPECT_EQ(read_floats_of(all->scales), (std::vector<float>{1, 1}));
}

TEST(QuantizeWeights, StoresScalesThatAreNeitherZeroNorInfinite) {
  const float tiny = std::numeric_limits<float>::denorm_min();
  const float huge = std::numeric_limits<float>::max();
  const auto floats = quantize_weights(array_from<float>({2, 2}, std::vector<float>{tiny, 0, huge, -huge}), per_channel({2, 2}, 0, 8));
  EXPECT_EQ(read_floats_of(floats->scales)[0], std::numeric_limits<float>::min());
  EXPECT_EQ(read_floats_of(floats->values), (std::vector<float>{0, 0, 127, -127}));
  // 2^-24 is the smallest half, and 1.5 × 2^-24 would lie between two: the one above cuts nothing off.
  const std::vector<float> small = {1e-30F, 0, 7 * 0x1.8p-24F, 0, 7 * 65504.0F, 0};
  const auto halves = quantize_weights(array_from<float>({3, 2}, small), in_blocks({3, 2}, 2, 4));
  EXPECT_EQ(read_floats_of(halves->scales), (std::vector<float>{0x1p-24F, 0x1p-23F, 65504}));
  EXPECT_EQ(read_floats_of(halves->values), (std::vector<float>{0, 0, 5, 0, 7, 0}));
  const auto beyond = quantize_weights(array_from<float>({1, 2}, std::vector<float>{7 * 65505.0F, 0}), in_blocks({1, 2}, 2, 4));
  EXPECT_EQ(beyond.error().what, "the weights are too large for scales in float16");
}

TEST(QuantizeWeights, UsesMinusEightInShortBlocksOnly) {
  const Array weights = array_from<float>({1, 128}, [] {
    std::vector<float> values(128, 7);
    for (size_t i = 0; i < values.size(); i += 32) values[i] = -8;
    return values;
  }());
  const auto first = [&](const Steps& steps) { return read_floats_of(quantize_weights(weights, steps)->values)[0]; };
  EXPECT_EQ(first(in_blocks(weights.shape, 32, 4)), -8);
  EXPECT_EQ(first(in_blocks(weights.shape, 64, 4)), -8);
  EXPECT_EQ(first(in_blocks(weights.shape, 128, 4)), -7);
  EXPECT_EQ(first(per_channel(weights.shape, 0, 4)), -7);
  EXPECT_EQ(first(in_blocks(weights.shape, 32, 8)), -127);
}

TEST(QuantizeWeights, RejectsNumbersThatNoIntegerStandsFor) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {std::nanf(""), infinity, -infinity}) {
    for (const size_t place : {size_t{0}, size_t{20}, size_t{39}}) {
      std::vector<float> weights(40, 1);
      weights[place] = bad;
      const auto quantized = quantize_weights(array_from<float>({40}, weights), per_tensor({40}, 8));
      EXPECT_EQ(quantized.error().what, "a weight is NaN or infinite, which no integer stands for");
      EXPECT_EQ(quantized.error().code, Code::kUnsupported);
    }
  }
}

TEST(QuantizeWeights, RejectsScalesThatDoNotFitAndOtherTypes) {
  const Array weights = array_from<float>({2, 6}, std::vector<float>(12));
  EXPECT_EQ(quantize_weights(weights, {.bits = 8, .scales = {2, 4}}).error().what, "scales of 2x4 don't fit quantized values of 2x6");
  EXPECT_EQ(quantize_weights(weights, per_tensor(weights.shape, 3)).error().what, "quantized values have 2, 4 or 8 bits, not 3");
  EXPECT_EQ(quantize_weights(cast(weights, DType::kFloat16), per_tensor(weights.shape, 8)).error().what,
            "float32 weights can be quantized, not float16");
}

TEST(QuantizeWeights, IsEqualWhereItsSourceAndStepsAre) {
  const Array weights = array_from<float>({4, 64}, std::vector<float>(256, 1));
  const auto identities = [&](const Steps& steps) {
    const auto quantized = quantize_weights(weights, steps);
    return std::pair(quantized->values.source->identity(), quantized->scales.source->identity());
  };
  const Steps steps = per_channel(weights.shape, 0, 8);
  EXPECT_EQ(identities(steps), identities(steps));
  for (const Steps& other :
       {per_channel(weights.shape, 0, 4), per_tensor(weights.shape, 8), Steps{8, {4, 1}, DType::kFloat16},
        Steps{8, {4, 1}, DType::kFloat32, ScaleChoice::kClip}, Steps{8, {4, 1}, DType::kFloat32, ScaleChoice::kMinMax, {-128, 127}}}) {
    EXPECT_NE(identities(steps).first, identities(other).first);
    EXPECT_NE(identities(steps).second, identities(other).second);
  }
}

TEST(QuantizeWeights, HoldsASliceOfItsSource) {
  const Array weights = array_from<float>({2000, 1000}, std::vector<float>(2000000, 1));
  for (const Steps& steps : {per_channel(weights.shape, 0, 8), per_tensor(weights.shape, 8)}) {
    const auto meter = std::make_shared<testing::Meter>();
    const auto quantized = quantize_weights(testing::metered(weights, meter), steps);
    EXPECT_EQ(meter->bytes, weights.bytes()) << "one scan";
    ASSERT_TRUE(read_all(quantized->values).ok());
    EXPECT_EQ(meter->bytes, 2 * weights.bytes());
    EXPECT_LE(meter->largest, uint64_t{1} << 20);
  }
}

TEST(QuantizeWeights, KeepsScalesFromBeingSmallerThanItIsTold) {
  const std::vector<float> weights = {1, 127, 1e-9F, -2e-9F};
  Steps steps = per_channel({2, 2}, 0, 8);
  steps.least = {0.5F, 0.25F};
  const Result<Quantized> quantized = quantize_weights(array_from<float>({2, 2}, weights), steps);
  ASSERT_TRUE(quantized.ok());
  EXPECT_EQ(*read_as<float>(quantized->scales), (std::vector<float>{1, 0.25F}));
  EXPECT_EQ(*read_as<float>(quantized->values), (std::vector<float>{1, 127, 0, 0}));
}

}  // namespace
}  // namespace kelt
