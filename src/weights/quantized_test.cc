#include "weights/quantized.h"

#include <cstring>

#include "weights/testing.h"

namespace kelt {
namespace {

std::vector<std::byte> bytes_of(const std::vector<int>& values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(static_cast<int8_t>(value)));
  return bytes;
}

std::vector<float> floats(const Array& array) {
  const auto values = read_as<float>(array);
  EXPECT_TRUE(values.ok());
  return values.ok() ? *values : std::vector<float>{};
}

TEST(UnpackNibbles, TakesThePairsApartAlongAnyAxis) {
  std::mt19937 random(1);
  // Two rows of three, the last byte of a row half empty.
  const Array last = array_of(DType::kInt8, {2, 2}, bytes_of({0x21, 0x0f, 0x78, 0x03}));
  testing::expect_bytes(unpack_nibbles(last, 1, 3, false), bytes_of({1, 2, -1, -8, 7, 3}), random);
  // Three rows of two: the first byte row holds rows 0 and 1.
  const Array first = array_of(DType::kUInt8, {2, 2}, bytes_of({0x21, 0x0f, 0x78, 0x03}));
  testing::expect_bytes(unpack_nibbles(first, 0, 3, true), bytes_of({-7, 7, -6, -8, 0, -5}), random);
}

TEST(UnpackNibbles, FailsWhenItIsReadIfTheLengthDoesNotFit) {
  EXPECT_FALSE(read_all(unpack_nibbles(array_of(DType::kInt8, {2}, bytes_of({1, 2})), 0, 5, false)).ok());
}

Quantized blocks() {  // [4, 2]: two blocks of two rows, channels are columns
  return {.values = array_of(DType::kInt8, {4, 2}, bytes_of({1, 2, 3, 4, 5, 6, 7, 8})),
          .bits = 8,
          .channel_axis = 1,
          .scales = array_from<float>({2, 2}, std::vector<float>{1, 10, 100, 1000}),
          .zeros = array_from<float>({2, 2}, std::vector<float>{1, 0, 0, 2})};
}

TEST(Dequantize, GivesEachBlockOfEachChannelItsScaleAndZero) {
  EXPECT_EQ(floats(dequantize(blocks())), (std::vector<float>{0, 20, 2, 40, 500, 4000, 700, 6000}));
}

TEST(Dequantize, FailsWhenItIsReadIfTheScalesDoNotFit) {
  Quantized wrong = blocks();
  wrong.scales = array_from<float>({3, 2}, std::vector<float>{1, 1, 1, 1, 1, 1});
  EXPECT_FALSE(read_all(dequantize(wrong)).ok());
}

TEST(QuantizedForm, IsFoundBehindTransposesAndReshapes) {
  const Array matrix = dequantize(blocks());
  const std::vector<int> swap = {1, 0};
  const Array turned = transpose(reshape(reshape(matrix, {2, 2, 2}), {4, 2}), swap);
  const auto form = quantized_form(turned);
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(form->channel_axis, 0);
  EXPECT_EQ(floats(form->values), (std::vector<float>{1, 3, 5, 7, 2, 4, 6, 8}));
  EXPECT_EQ(floats(dequantize(*form)), floats(turned));
}

TEST(QuantizedForm, IsNoneWhereAnAxisIsCutOrTheFloatsComeFromElsewhere) {
  EXPECT_FALSE(quantized_form(reshape(dequantize(blocks()), {2, 4})).has_value());
  EXPECT_FALSE(quantized_form(array_from<float>({1, 2}, std::vector<float>{1, 2})).has_value());
}

TEST(QuantizeRows, TakesTheNearestOfEachRowsScale) {
  const auto rows = quantize_rows(array_from<float>({2, 3}, std::vector<float>{-1.27F, 0.004F, 0.5F, 0, 0, 0}));
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(floats(rows->values), (std::vector<float>{-127, 0, 50, 0, 0, 0}));
  EXPECT_FLOAT_EQ(floats(rows->scales)[0], 0.01F);
}

}  // namespace
}  // namespace kelt
