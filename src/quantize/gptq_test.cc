#include "quantize/gptq.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "quantize/cholesky.h"

namespace kelt::quantize {
namespace {

std::vector<float> normal_floats(std::mt19937& random, size_t count) {
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

// Inputs that have a few causes in common, and differ in size by 10.
std::vector<float> related_inputs(std::mt19937& random, size_t samples, size_t size) {
  constexpr size_t kCauses = 4;
  std::mt19937 fixed(11);
  const std::vector<float> mix = normal_floats(fixed, kCauses * size);
  std::vector<float> inputs = normal_floats(random, samples * size);
  for (size_t sample = 0; sample < samples; ++sample) {
    const std::vector<float> causes = normal_floats(random, kCauses);
    for (size_t i = 0; i < size; ++i) {
      float& input = inputs[sample * size + i];
      input *= 0.2F;
      for (size_t cause = 0; cause < kCauses; ++cause) input += causes[cause] * mix[cause * size + i];
      input *= i % 3 == 0 ? 1.0F : 0.1F;
    }
  }
  return inputs;
}

std::vector<float> moments_of(std::span<const float> inputs, size_t size) {
  std::vector<float> moments(size * size);
  for (size_t sample = 0; sample < inputs.size(); sample += size) {
    for (size_t i = 0; i < size; ++i) {
      for (size_t j = 0; j < size; ++j) moments[i * size + j] += inputs[sample + i] * inputs[sample + j];
    }
  }
  return moments;
}

// The squared error of the products with the inputs.
double error_of(const Array& weights, const Quantized& quantized, std::span<const float> inputs) {
  const std::vector<float> before = *read_as<float>(weights), after = *read_as<float>(dequantize(quantized));
  const auto size = static_cast<size_t>(weights.shape[1]);
  double error = 0;
  for (size_t row = 0; row < before.size(); row += size) {
    for (size_t sample = 0; sample < inputs.size(); sample += size) {
      float sum = 0;
      for (size_t i = 0; i < size; ++i) sum += (before[row + i] - after[row + i]) * inputs[sample + i];
      error += static_cast<double>(sum * sum);
    }
  }
  return error;
}

double decibels(double before, double after) { return 10 * std::log10(before / after); }

Steps clipped(Steps steps) {
  steps.choice = ScaleChoice::kClip;
  return steps;
}

TEST(Cholesky, GivesATriangleWhoseSquareIsTheMatrix) {
  std::mt19937 random(1);
  for (const size_t size : {1, 2, 3, 5, 63, 64, 65, 67, 130}) {
    const std::vector<float> inputs = normal_floats(random, size * size * 2);
    const std::vector<float> moments = moments_of(inputs, size);
    std::vector<double> factor(moments.begin(), moments.end());
    ASSERT_TRUE(cholesky(factor, size));
    for (size_t i = 0; i < size; ++i) {
      for (size_t j = 0; j <= i; ++j) {
        double sum = 0;
        for (size_t k = 0; k <= j; ++k) sum += factor[i * size + k] * factor[j * size + k];
        ASSERT_NEAR(sum, moments[i * size + j], 1e-9 * static_cast<double>(size)) << size << ": " << i << ", " << j;
      }
    }
  }
}

TEST(Cholesky, FailsWhereTheMatrixIsNotPositiveDefinite) {
  std::vector<double> indefinite = {1, 2, 2, 1}, zero = {0};
  EXPECT_FALSE(cholesky(indefinite, 2));
  EXPECT_FALSE(cholesky(zero, 1));
}

// The errors that weights should have which are not rounded yet, given those of the ones that are: −H_RR⁻¹ H_RF e_F.
std::vector<double> best_errors(const std::vector<double>& moments, size_t size, const std::vector<size_t>& rest,
                                const std::vector<double>& errors) {
  const size_t count = rest.size();
  std::vector<double> a(count * count), b(count);
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < count; ++j) a[i * count + j] = moments[rest[i] * size + rest[j]];
    for (size_t j = 0; j < size; ++j) b[i] -= moments[rest[i] * size + j] * errors[j];
  }
  for (size_t pivot = 0; pivot < count; ++pivot) {
    for (size_t i = 0; i < count; ++i) {
      if (i == pivot) continue;
      const double factor = a[i * count + pivot] / a[pivot * count + pivot];
      for (size_t j = 0; j < count; ++j) a[i * count + j] -= factor * a[pivot * count + j];
      b[i] -= factor * b[pivot];
    }
  }
  for (size_t i = 0; i < count; ++i) b[i] /= a[i * count + i];
  return b;
}

TEST(Gptq, RoundsEachWeightToWhatMakesUpBestForThoseBefore) {
  std::mt19937 random(2);
  for (const size_t columns : {1, 2, 3, 4, 5, 9}) {
    for (const int64_t rows : {1, 7, 8, 9, 17}) {
      const Array weights =
          array_from<float>({rows, static_cast<int64_t>(columns)}, normal_floats(random, static_cast<size_t>(rows) * columns));
      const std::vector<float> moments = moments_of(related_inputs(random, 40, columns), columns);
      const auto quantized = gptq(weights, per_channel(weights.shape, 0, 4), moments);
      ASSERT_TRUE(quantized.ok()) << quantized.error().to_string();
      const std::vector<float> floats = *read_as<float>(weights), scales = *read_as<float>(quantized->scales);
      const std::vector<float> integers = *read_as<float>(quantized->values);
      std::vector<double> damped(moments.begin(), moments.end());
      double trace = 0;
      for (size_t i = 0; i < columns; ++i) trace += damped[i * columns + i];
      for (size_t i = 0; i < columns; ++i)
        damped[i * columns + i] += 0.1 * (damped[i * columns + i] + 0.01 * trace / static_cast<double>(columns));
      for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
        std::vector<size_t> rest(columns);
        std::iota(rest.begin(), rest.end(), size_t{0});
        std::ranges::stable_sort(rest, {}, [&](size_t column) { return moments[column * columns + column]; });
        std::vector<double> errors(columns, 0.0);
        for (; !rest.empty(); rest.pop_back()) {
          const size_t at = row * columns + rest.back();
          const double wanted =
              (static_cast<double>(floats[at]) - best_errors(damped, columns, rest, errors).back()) / static_cast<double>(scales[row]);
          ASSERT_NEAR(integers[at], std::clamp(wanted, -8.0, 7.0), 0.5001) << columns << " columns";
          errors[rest.back()] = static_cast<double>(floats[at]) - static_cast<double>(integers[at] * scales[row]);
        }
      }
    }
  }
}

TEST(Gptq, KeepsTheProductsWithInputsThatHaveCausesInCommon) {
  std::mt19937 random(3);
  const Shape shape = {50, 96};
  const Array weights = array_from<float>(shape, normal_floats(random, 50 * 96));
  const std::vector<float> moments = moments_of(related_inputs(random, 500, 96), 96);
  const std::vector<float> others = related_inputs(random, 100, 96);
  for (const Steps& steps : {per_channel(shape, 0, 8), per_tensor(shape, 8), per_channel(shape, 0, 4), in_blocks(shape, 32, 4),
                             per_channel(shape, 1, 4), per_channel(shape, 0, 2)}) {
    const auto quantized = gptq(weights, clipped(steps), moments, {.samples = 500});
    ASSERT_TRUE(quantized.ok()) << quantized.error().to_string();
    EXPECT_TRUE(check_quantized(*quantized).ok());
    const double before = error_of(weights, *quantize_weights(weights, clipped(steps)), others);
    EXPECT_GE(decibels(before, error_of(weights, *quantized, others)), 6) << steps.bits << " bits";
  }
}

TEST(Gptq, LosesLittleWhereInputsHaveNothingInCommon) {
  std::mt19937 random(4);
  const Shape shape = {50, 96};
  const Array weights = array_from<float>(shape, normal_floats(random, 50 * 96));
  const std::vector<float> others = normal_floats(random, 100 * 96);
  const double before = error_of(weights, *quantize_weights(weights, clipped(per_channel(shape, 0, 4))), others);
  const auto gain = [&](uint64_t samples) {
    const std::vector<float> moments = moments_of(normal_floats(random, samples * 96), 96);
    return decibels(before, error_of(weights, *gptq(weights, clipped(per_channel(shape, 0, 4)), moments, {.samples = samples}), others));
  };
  EXPECT_GE(gain(1000), -0.2);
  EXPECT_GE(gain(100), -1);
  EXPECT_GE(gain(10), -1.5) << "fewer samples than inputs";
}

TEST(Gptq, IsNearestWhereMomentsTellNothing) {
  std::mt19937 random(5);
  const Array weights = array_from<float>({20, 13}, normal_floats(random, 20 * 13));
  const Steps steps = per_channel(weights.shape, 0, 8);
  std::vector<float> moments(13 * 13, 0.0F);
  const auto expected = read_all(quantize_weights(weights, steps)->values);
  EXPECT_EQ(*read_all(gptq(weights, steps, moments)->values), *expected) << "no inputs";
  for (size_t i = 0; i < 12; ++i) moments[i * 14] = static_cast<float>(i);  // the first and the last are always zero
  EXPECT_EQ(*read_all(gptq(weights, steps, moments)->values), *expected) << "nothing in common";
}

TEST(Gptq, GivesTheSameIntegersInAnyNumberOfThreads) {
  std::mt19937 random(6);
  const Array weights = array_from<float>({4100, 65}, normal_floats(random, 4100UL * 65));  // more than is read at a time
  const std::vector<float> moments = moments_of(related_inputs(random, 100, 65), 65);
  const auto one = gptq(weights, in_blocks(weights.shape, 13, 4), moments);
  const auto three = gptq(weights, in_blocks(weights.shape, 13, 4), moments, {.threads = 3});
  EXPECT_EQ(*read_all(one->values), *read_all(three->values));
  const Array end = slice(weights, 0, 4090, 10);  // a row has nothing to do with others
  const auto alone = gptq(end, in_blocks(end.shape, 13, 4), moments);
  EXPECT_EQ(*read_all(slice(one->values, 0, 4090, 10)), *read_all(alone->values));
}

TEST(Gptq, RejectsMomentsThatAreNotThoseOfInputs) {
  const Array weights = array_from<float>({2, 2}, std::vector<float>{1, 2, 3, 4});
  const auto what = [&](std::vector<float> moments) {
    const auto quantized = gptq(weights, per_channel(weights.shape, 0, 4), moments);
    return quantized.ok() ? "" : quantized.error().what;
  };
  const std::string wrong = "the second moments of a layer's inputs are not those of any finite numbers";
  EXPECT_EQ(what({1, 0, 0, std::nanf("")}), wrong);
  EXPECT_EQ(what({1, 0, 0, INFINITY}), wrong);
  EXPECT_EQ(what({1, 0, 0, -1}), wrong);
  EXPECT_EQ(what({1, 9, 9, 1}), wrong);
  EXPECT_EQ(what({1, 0, 1}), "GPTQ takes a matrix and as many second moments as the square of its columns, not 3");
}

}  // namespace
}  // namespace kelt::quantize
