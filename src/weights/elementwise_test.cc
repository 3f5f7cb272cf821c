// Arithmetic, broadcasting and sums, computed as they are read.

#include <gtest/gtest.h>

#include <cmath>

#include "weights/testing.h"

namespace kelt {
namespace {

Array drawn_floats(Shape shape, std::mt19937& random) {
  std::vector<float> values(Array{DType::kFloat32, shape, nullptr}.count());
  for (float& value : values) value = std::uniform_real_distribution<float>(0.5F, 2.0F)(random);
  return array_from<float>(std::move(shape), values);
}

std::vector<std::byte> float_bytes(const std::vector<float>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

TEST(Broadcast, RepeatsWhatHasTheLengthOne) {
  std::mt19937 random(1);
  const std::vector<float> row = {1, 2, 3};
  testing::expect_bytes(broadcast(array_from<float>({3}, row), {2, 3}), float_bytes({1, 2, 3, 1, 2, 3}), random);
  testing::expect_bytes(broadcast(array_from<float>({3, 1}, row), {3, 2}), float_bytes({1, 1, 2, 2, 3, 3}), random);
  testing::expect_bytes(broadcast(array_from<float>({1, 3, 1}, row), {2, 3, 2}), float_bytes({1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3}), random);
  testing::expect_bytes(broadcast(scalar(DType::kFloat32, 7.0), {2, 2}), float_bytes({7, 7, 7, 7}), random);
  testing::expect_bytes(transpose(broadcast(array_from<float>({3}, row), {2, 3}), std::vector{1, 0}), float_bytes({1, 1, 2, 2, 3, 3}),
                        random);
  testing::expect_bytes(broadcast(testing::only_readable(array_from<float>({3, 1}, row)), {3, 2}), float_bytes({1, 1, 2, 2, 3, 3}), random);
  EXPECT_FALSE(read_all(broadcast(array_from<float>({3}, row), {2, 4})).ok());
}

TEST(Elementwise, ComputesAsItIsReadAndInAnyOrderOfItsAxes) {
  std::mt19937 random(2);
  const Array a = drawn_floats({5, 70, 9}, random);
  const Array b = drawn_floats({70, 1}, random);
  const std::vector<float> x = *read_as<float>(a);
  const std::vector<float> y = *read_as<float>(b);
  std::vector<float> quotients;
  std::vector<float> turned(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const float quotient = std::sqrt(x[i] / y[i / 9 % 70]);
    quotients.push_back(quotient);
    turned[i % 9 * 350 + i / 9] = quotient;
  }
  const Array divided = elementwise(Arithmetic::kDivide, {a, broadcast(b, a.shape)});
  const Array rooted = elementwise(Arithmetic::kSquareRoot, {divided});
  testing::expect_bytes(rooted, float_bytes(quotients), random);
  testing::expect_bytes(transpose(reshape(rooted, {350, 9}), std::vector{1, 0}), float_bytes(turned), random);
  testing::expect_bytes(transpose(rooted, std::vector{2, 0, 1}), float_bytes(turned), random);
}

TEST(Elementwise, RejectsOtherTypesShapesAndCounts) {
  const Array a = array_from<float>({2}, std::vector<float>(2));
  EXPECT_FALSE(read_all(elementwise(Arithmetic::kAdd, {a})).ok());
  EXPECT_FALSE(read_all(elementwise(Arithmetic::kAdd, {a, reshape(a, {1, 2})})).ok());
  EXPECT_FALSE(read_all(elementwise(Arithmetic::kNegate, {cast(a, DType::kInt32)})).ok());
  EXPECT_FALSE(read_all(elementwise(Arithmetic::kNegate, {})).ok());
}

TEST(SumOver, AddsInDoublePrecision) {
  std::vector<float> values(3000, 1e-4F);
  values[0] = 1e4F;  // of whose last place the others are a tenth
  const Array sum = *sum_over(array_from<float>({3000, 1}, values), std::vector{0}, false);
  EXPECT_EQ(sum.shape, Shape({1, 1}));
  EXPECT_NEAR((*read_as<double>(sum))[0], 10000.2999, 1e-3);
}

TEST(SumOver, ReadsTheArrayOnceAndInSlices) {
  auto meter = std::make_shared<testing::Meter>();
  const std::vector<float> ones(size_t{3} << 20, 1.0F);
  const Array array = testing::metered(array_from<float>({3, 1 << 10, 1 << 10}, ones), meter);
  EXPECT_EQ(*read_as<float>(*sum_over(array, std::vector{1, 2}, true)), std::vector<float>({1, 1, 1}));
  EXPECT_EQ(meter->bytes, ones.size() * sizeof(float));
  EXPECT_LE(meter->largest, size_t{1} << 20);
}

TEST(SumOver, SumsOverAnyAxes) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const Array array = array_from<float>({2, 3}, values);
  EXPECT_EQ(*read_as<float>(*sum_over(array, std::vector{0}, false)), std::vector<float>({5, 7, 9}));
  EXPECT_EQ(*read_as<float>(*sum_over(array, std::vector{1}, true)), std::vector<float>({2, 5}));
  EXPECT_EQ(sum_over(array, std::vector{0}, false)->shape, Shape({1, 3}));
  EXPECT_FALSE(sum_over(array, std::vector{2}, false).ok());
}

}  // namespace
}  // namespace kelt
