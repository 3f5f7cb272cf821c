#include "verify/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace kelt::verify {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

template <typename T>
View view(DType dtype, const std::vector<T>& values) {
  return {dtype, {static_cast<int64_t>(values.size())}, std::as_bytes(std::span(values))};
}

Comparison floats(const std::vector<float>& found, const std::vector<float>& reference) {
  return compare(view(DType::kFloat32, found), view(DType::kFloat32, reference));
}

TEST(Compare, MeasuresAgainstTheLargestValueOfTheReference) {
  const Comparison close = floats({1.0F, -100.0F, 0.0005F}, {1.0F, -100.0F, 0});
  EXPECT_NEAR(close.error, 5e-6, 1e-9);
  EXPECT_TRUE(close.ok());
  const Comparison far = floats({1.0F, -100.0F, 0.0015F}, {1.0F, -100.0F, 0});
  EXPECT_NEAR(far.error, 1.5e-5, 1e-9);
  EXPECT_EQ(far.why, "the largest difference is 1.5e-05 of the largest value, above 1e-05");
}

TEST(Compare, AllowsWhatItIsToldWhereThatIsMoreThanTheDtypeAllows) {
  const std::vector<float> found = {1.0F, -100.5F};
  const std::vector<float> reference = {1.0F, -100.0F};
  const Comparison far = compare(view(DType::kFloat32, found), view(DType::kFloat32, reference), 1e-7);
  EXPECT_EQ(far.limit, 1e-5);
  EXPECT_FALSE(far.ok());
  EXPECT_EQ(far.difference, 0.5);
  EXPECT_EQ(far.magnitude, 100);
  EXPECT_TRUE(compare(view(DType::kFloat32, found), view(DType::kFloat32, reference), 1e-2).ok());
  const std::vector<int32_t> integers = {1};
  EXPECT_EQ(compare(view(DType::kInt32, integers), view(DType::kInt32, integers), 1e-2).limit, 0) << "they are exact";
}

TEST(Compare, WantsNanAndInfinitiesAtTheSamePlaces) {
  EXPECT_TRUE(floats({kNan, kInf, -kInf, 1}, {kNan, kInf, -kInf, 1}).ok());
  EXPECT_EQ(floats({1, 1, 2}, {kNan, 1, 2}).why, "1 of 3 elements are NaN or infinite on one side only");
  EXPECT_FALSE(floats({kNan, 1}, {1, 1}).ok());
  EXPECT_FALSE(floats({kInf, 1}, {-kInf, 1}).ok());
  EXPECT_FALSE(floats({kNan, 1}, {kInf, 1}).ok());
}

TEST(Compare, SaysThatAReferenceOfZerosProvesNothing) {
  EXPECT_TRUE(floats({0, 0}, {0, 0}).zero);
  EXPECT_TRUE(floats({0, 0}, {0, 0}).ok());
  EXPECT_FALSE(floats({0, 1e-20F}, {0, 0}).ok());
  EXPECT_FALSE(floats({0, 1}, {0, 1}).zero);
  EXPECT_TRUE(compare(view<int32_t>(DType::kInt32, {0, 0}), view<int32_t>(DType::kInt32, {0, 0})).zero);
}

TEST(Compare, WantsIntegersAndBooleansExact) {
  const auto integers = [](const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
    return compare(view(DType::kInt64, a), view(DType::kInt64, b));
  };
  EXPECT_TRUE(integers({5'000'000'000, -1}, {5'000'000'000, -1}).ok());
  EXPECT_EQ(integers({5'000'000'001, -1}, {5'000'000'000, -1}).why, "1 of 2 elements differ");
  EXPECT_FALSE(compare(view<uint8_t>(DType::kBool, {1, 0}), view<uint8_t>(DType::kBool, {1, 1})).ok());
}

TEST(Compare, ReadsTheNarrowFloatsAndPairs) {
  EXPECT_TRUE(compare(view<uint16_t>(DType::kFloat16, {0x3c00, 0x3c01}), view<uint16_t>(DType::kFloat16, {0x3c00, 0x3c00})).ok());
  EXPECT_FALSE(compare(view<uint16_t>(DType::kFloat16, {0x3c00, 0x3c20}), view<uint16_t>(DType::kFloat16, {0x3c00, 0x3c00})).ok());
  EXPECT_TRUE(compare(view<uint16_t>(DType::kBFloat16, {0x3f80, 0x3f82}), view<uint16_t>(DType::kBFloat16, {0x3f80, 0x3f80})).ok());
  const std::vector<float> a = {1, 2, 3, 4};
  const std::vector<float> b = {1, 2, 3, 4.1F};
  const View x{DType::kComplex64, {2}, std::as_bytes(std::span(a))};
  const View y{DType::kComplex64, {2}, std::as_bytes(std::span(b))};
  EXPECT_TRUE(compare(x, x).ok());
  EXPECT_FALSE(compare(x, y).ok());
}

TEST(Compare, WantsTheSameShapeAndDtype) {
  const std::vector<float> x = {1, 2, 3, 4};
  View flat = view(DType::kFloat32, x);
  View square = flat;
  square.shape = {2, 2};
  EXPECT_EQ(compare(square, flat).why, "it is float32[2, 2], not float32[4]");
  const std::vector<int32_t> i = {1, 2, 3, 4};
  EXPECT_EQ(compare(view(DType::kInt32, i), flat).why, "it is int32[4], not float32[4]");
}

TEST(Compare, LooksAtEveryBlockOfALargeTensor) {
  std::vector<float> a(100'000, 1.0F);
  const std::vector<float> b = a;
  a.back() = 1.1F;
  EXPECT_FALSE(floats(a, b).ok());
}

TEST(Compare, FindsNothingWrongWithNothing) { EXPECT_TRUE(floats({}, {}).ok()); }

}  // namespace
}  // namespace kelt::verify
