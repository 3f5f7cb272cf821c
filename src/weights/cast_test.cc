#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "weights/half.h"
#include "weights/testing.h"

namespace kelt {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <typename T>
std::vector<T> cast_to(DType dtype, const std::vector<float>& values) {
  const auto bytes = read_all(cast(array_from<float>({static_cast<int64_t>(values.size())}, values), dtype));
  std::vector<T> out(bytes->size() / sizeof(T));
  std::memcpy(out.data(), bytes->data(), bytes->size());
  return out;
}

// The value of a float of `mantissa_bits`, from its definition.
double value_of(uint16_t bits, int mantissa_bits) {
  const int exponent_bits = 15 - mantissa_bits;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = (bits & 0x7fff) >> mantissa_bits;
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == (1 << exponent_bits) - 1) return mantissa != 0 ? static_cast<double>(kNan) : sign * static_cast<double>(kInf);
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
  return sign * std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
}

// The nearest of all 16-bit values, ties to the even one, by search.
uint16_t nearest(double value, int mantissa_bits) {
  const double magnitude = std::fabs(value);
  uint16_t low = 0;
  uint16_t high = static_cast<uint16_t>(((1 << (15 - mantissa_bits)) - 1) << mantissa_bits);  // infinity
  while (high - low > 1) {
    const auto middle = static_cast<uint16_t>((low + high) / 2);
    (value_of(middle, mantissa_bits) <= magnitude ? low : high) = middle;
  }
  const double below = value_of(low, mantissa_bits);
  const bool last = std::isinf(value_of(high, mantissa_bits));
  const double above = last ? below + (below - value_of(static_cast<uint16_t>(low - 1), mantissa_bits)) : value_of(high, mantissa_bits);
  const bool up = magnitude - below > above - magnitude || (magnitude - below == above - magnitude && low % 2 == 1);
  return static_cast<uint16_t>((up ? high : low) | (std::signbit(value) ? 0x8000 : 0));
}

TEST(Half, EveryValueWidensByItsDefinitionAndNarrowsBack) {
  for (int i = 0; i < 65536; ++i) {
    const auto bits = static_cast<uint16_t>(i);
    const double half = value_of(bits, 10);
    const double bfloat = value_of(bits, 7);
    if (std::isnan(half)) {
      ASSERT_TRUE(std::isnan(to_float(Half{bits})));
      ASSERT_TRUE(std::isnan(to_float(to_half(to_float(Half{bits})))));
    } else {
      ASSERT_EQ(to_float(Half{bits}), half);
      ASSERT_EQ(to_half(to_float(Half{bits})).bits, bits);
    }
    if (std::isnan(bfloat)) {
      ASSERT_TRUE(std::isnan(to_float(to_bfloat16(to_float(BFloat16{bits})))));
    } else {
      ASSERT_EQ(to_float(BFloat16{bits}), bfloat);
      ASSERT_EQ(to_bfloat16(to_float(BFloat16{bits})).bits, bits);
    }
  }
}

TEST(Half, NarrowingTakesTheNearestAndTheEvenOfTwo) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 200000; ++round) {
    const auto bits = static_cast<uint32_t>(random());
    auto value = std::bit_cast<float>(bits);
    if (round % 2 == 0)
      value = to_float(Half{static_cast<uint16_t>(bits)}) * (1 + static_cast<float>(round % 5 - 2) * 0x1p-12F);  // near ties
    if (std::isnan(value)) continue;
    ASSERT_EQ(to_half(value).bits, nearest(static_cast<double>(value), 10)) << value;
    ASSERT_EQ(to_bfloat16(value).bits, nearest(static_cast<double>(value), 7)) << value;
  }
}

TEST(Half, FromDoubleRoundsOnce) {
  const double just_above_a_tie = 1.0 + 0x1p-11 + 0x1p-40;  // as a float it would be the tie itself
  EXPECT_EQ(to_half(just_above_a_tie).bits, nearest(just_above_a_tie, 10));
  EXPECT_EQ(to_half(just_above_a_tie).bits, 0x3c01);
  std::mt19937_64 random(6);
  for (int round = 0; round < 100000; ++round) {
    const double tie = value_of(static_cast<uint16_t>(random() % 0x7bff), 10) * (1 + 0x1p-11);
    const double value = tie * (1 + static_cast<double>(static_cast<int>(random() % 3) - 1) * 0x1p-45);
    ASSERT_EQ(to_half(value).bits, nearest(value, 10)) << value;
    ASSERT_EQ(to_bfloat16(value).bits, nearest(value, 7)) << value;
  }
  EXPECT_TRUE(std::isnan(to_float(to_half(static_cast<double>(kNan)))));
  EXPECT_EQ(to_half(1e300).bits, 0x7c00);
}

TEST(Cast, FloatsTruncateToIntegersAndNonNumbersGiveTheLowest) {
  EXPECT_EQ(cast_to<int32_t>(DType::kInt32, {1.9F, -1.9F, 0.5F, 2147483648.0F, kNan, kInf, -2147483648.0F}),
            (std::vector<int32_t>{1, -1, 0, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN}));
  EXPECT_EQ(cast_to<int64_t>(DType::kInt64, {3e9F, -3e9F, 1e30F}), (std::vector<int64_t>{3000000000, -3000000000, INT64_MIN}));
  EXPECT_EQ(cast_to<uint8_t>(DType::kUInt8, {255.9F, 256.0F, -1.0F}), (std::vector<uint8_t>{255, 0, 255}));
  EXPECT_EQ(cast_to<uint64_t>(DType::kUInt64, {0x1p63F, 5.0F}), (std::vector<uint64_t>{uint64_t{1} << 63, 5}));
}

TEST(Cast, ToBoolAsksForDifferentFromZero) {
  EXPECT_EQ(cast_to<uint8_t>(DType::kBool, {0.0F, -0.0F, 0.25F, kNan, -3.0F}), (std::vector<uint8_t>{0, 0, 1, 1, 1}));
  EXPECT_EQ(*read_as<double>(cast(array_from<bool>({2}, std::array{true, false}), DType::kFloat64)), (std::vector<double>{1, 0}));
}

TEST(Cast, IntegersWrapAndWideOnesRoundOnce) {
  const std::vector<int64_t> values = {300, -1, (int64_t{1} << 53) + 1, INT64_MAX};
  const Array array = array_from<int64_t>({4}, values);
  EXPECT_EQ(*read_as<int32_t>(cast(array, DType::kInt8)), (std::vector<int32_t>{44, -1, 1, -1}));
  EXPECT_EQ(*read_as<int64_t>(cast(array, DType::kUInt32)), (std::vector<int64_t>{300, 4294967295, 1, 4294967295}));
  EXPECT_EQ((*read_as<float>(array))[3], 0x1p63F);
}

TEST(Cast, ReadsRightFromAnyOffsetInAnyPairOfTypes) {
  std::mt19937 random(8);
  constexpr std::array<DType, 15> all = {DType::kFloat32, DType::kFloat16, DType::kBFloat16, DType::kFloat64, DType::kInt4,
                                         DType::kInt8,    DType::kInt16,   DType::kInt32,    DType::kInt64,   DType::kUInt8,
                                         DType::kUInt16,  DType::kUInt32,  DType::kUInt64,   DType::kBool,    DType::kComplex64};
  for (const DType from : all) {
    for (const DType to : all) {
      const int64_t count = 41;
      Array array = array_of(from, {count}, testing::random_bytes(random, byte_size(from, count)));
      if (random() % 2 == 0) array = testing::only_readable(array);
      const Array converted = cast(array, to);
      const auto whole = read_all(converted);
      ASSERT_TRUE(whole.ok());
      testing::expect_bytes(converted, *whole, random);
    }
  }
}

TEST(Cast, LongArraysGoInPieces) {
  std::mt19937 random(9);
  const int64_t count = 700001;
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(random() % 16) - 8;
  const Array array = array_from<float>({count}, values);
  EXPECT_EQ(*read_as<float>(cast(array, DType::kInt4)), values);
  EXPECT_EQ(*read_as<float>(cast(testing::only_readable(array), DType::kFloat16)), values);
}

TEST(Cast, ToItsOwnTypeIsTheArray) {
  const Array array = array_from<float>({2}, std::array{1.0F, 2.0F});
  EXPECT_EQ(cast(array, DType::kFloat32).source, array.source);
}

TEST(WasHalf, LooksBehindWhatMovesAndScales) {
  const Array floats = array_from<float>({2, 2}, std::vector<float>{1, 2, 3, 4});
  const Array halves = cast(cast(floats, DType::kBFloat16), DType::kFloat32);
  EXPECT_TRUE(was_half(halves));
  EXPECT_TRUE(was_half(transpose(scale_along(halves, 0, array_from<float>({2}, std::vector<float>{1, 2})), std::vector<int>{1, 0})));
  EXPECT_TRUE(was_half(elementwise(Arithmetic::kAdd, {floats, halves})));
  EXPECT_FALSE(was_half(elementwise(Arithmetic::kAdd, {floats, floats})));
  EXPECT_FALSE(was_half(cast(cast(floats, DType::kFloat64), DType::kFloat32)));
}

TEST(Scalar, IsOfTheTypeAskedFor) {
  EXPECT_EQ(scalar(DType::kBFloat16, 1.0).bytes(), 2U);
  EXPECT_EQ(*read_as<int64_t>(scalar(DType::kInt64, int64_t{1} << 60)), std::vector<int64_t>{int64_t{1} << 60});
  EXPECT_EQ(*read_as<float>(scalar(DType::kBool, 3.0)), std::vector<float>{1});
  EXPECT_TRUE(scalar(DType::kFloat32, 0.5).shape.empty());
}

}  // namespace
}  // namespace kelt
