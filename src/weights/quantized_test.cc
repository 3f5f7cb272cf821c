#include "weights/quantized.h"

#include <algorithm>
#include <numeric>

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

// What a Quantized stands for, element by element.
std::vector<float> reference(const Quantized& quantized) {
  const std::vector<float> values = floats(quantized.values);
  const std::vector<float> scales = floats(quantized.scales);
  const std::vector<float> zeros = quantized.zeros ? floats(*quantized.zeros) : std::vector<float>(scales.size(), 0.0F);
  std::vector<float> results;
  for (size_t element = 0; element < values.size(); ++element) {
    size_t rest = element, place = 0, stride = 1;
    for (size_t axis = quantized.values.shape.size(); axis-- > 0;) {
      const auto length = static_cast<size_t>(quantized.values.shape[axis]);
      const auto count = static_cast<size_t>(quantized.scales.shape[axis]);
      place += rest % length / (length / count) * stride;
      stride *= count;
      rest /= length;
    }
    results.push_back((values[element] - zeros[place]) * scales[place]);
  }
  return results;
}

struct Form {
  Shape values, scales;
};

// Per tensor, per channel of every axis, along several axes, in blocks along one and along two.
const std::vector<Form> kForms = {{{6}, {1}},
                                  {{6}, {6}},
                                  {{6}, {3}},
                                  {{4, 6}, {1, 1}},
                                  {{4, 6}, {4, 1}},
                                  {{4, 6}, {1, 6}},
                                  {{4, 6}, {4, 6}},
                                  {{4, 6}, {4, 2}},
                                  {{4, 6}, {2, 6}},
                                  {{4, 6}, {2, 3}},
                                  {{2, 3, 4}, {1, 1, 1}},
                                  {{2, 3, 4}, {2, 1, 1}},
                                  {{2, 3, 4}, {1, 3, 1}},
                                  {{2, 3, 4}, {1, 1, 4}},
                                  {{2, 3, 4}, {2, 1, 2}},
                                  {{2, 3, 3, 4}, {2, 1, 1, 1}},
                                  {{1, 3, 3, 4}, {1, 1, 1, 4}},
                                  {{2, 3, 3, 4}, {1, 3, 1, 4}},
                                  {{2, 3, 3, 4}, {2, 1, 1, 2}},
                                  {{}, {}}};

Quantized draw(std::mt19937& random, const Form& form, int bits, DType scale_type, bool zeros) {
  const auto drawn = [&](const Shape& shape, auto next) {
    std::vector<float> values(Array{DType::kFloat32, shape, nullptr}.count());
    for (float& value : values) value = next();
    return array_from<float>(shape, values);
  };
  const auto integer = [&] { return static_cast<float>(std::uniform_int_distribution(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)(random)); };
  const auto scale = [&] { return std::uniform_real_distribution(0.01F, 2.0F)(random); };
  Quantized quantized{.values = cast(drawn(form.values, integer), DType::kInt8), .bits = bits, .scales = {}, .zeros = std::nullopt};
  quantized.scales = cast(drawn(form.scales, scale), scale_type);
  if (zeros) quantized.zeros = cast(drawn(form.scales, integer), DType::kInt8);
  quantized.values = testing::only_readable(quantized.values);
  return quantized;
}

template <typename Check>
void for_each_form(const Check& check) {
  std::mt19937 random(3);
  for (const Form& form : kForms) {
    for (const int bits : {2, 4, 8}) {
      for (const DType scale_type : {DType::kFloat32, DType::kFloat16}) {
        for (const bool zeros : {false, true}) check(draw(random, form, bits, scale_type, zeros), random);
      }
    }
  }
}

void expect_floats(const Array& array, const std::vector<float>& expected, std::mt19937& random) {
  const auto bytes = std::as_bytes(std::span(expected));
  testing::expect_bytes(array, {bytes.begin(), bytes.end()}, random);
}

TEST(PackBits, GivesTheIntegersBackAtEveryWidth) {
  for_each_form([](const Quantized& quantized, std::mt19937& random) {
    const Array packed = pack_bits(quantized.values, quantized.bits);
    EXPECT_EQ(packed.bytes(), (quantized.values.count() * static_cast<size_t>(quantized.bits) + 7) / 8);
    testing::expect_bytes(packed, *read_all(packed), random);
    testing::expect_bytes(unpack_bits(packed, quantized.bits, quantized.values.shape), *read_all(quantized.values), random);
    if (quantized.bits != 4) return;
    EXPECT_EQ(*read_all(packed), *read_all(cast(quantized.values, DType::kInt4))) << "int4 is packed alike";
  });
}

TEST(PackBits, PutsTheFirstIntoTheLowBits) {
  EXPECT_EQ(*read_all(pack_bits(array_of(DType::kInt8, {5}, bytes_of({1, -2, 0, -1, 1})), 2)), bytes_of({0xc9, 1}));
  EXPECT_FALSE(read_all(pack_bits(array_of(DType::kInt8, {1}, bytes_of({1})), 3)).ok());
  EXPECT_FALSE(read_all(unpack_bits(array_of(DType::kUInt8, {1}, bytes_of({1})), 2, {5})).ok());
}

TEST(Dequantize, ComputesWhatEveryFormStandsFor) {
  for_each_form(
      [](const Quantized& quantized, std::mt19937& random) { expect_floats(dequantize(quantized), reference(quantized), random); });
}

TEST(Dequantize, ReadsLargeOnesInPieces) {
  std::mt19937 random(4);
  for (const Form& form : {Form{{300, 640}, {300, 20}}, Form{{300, 640}, {1, 640}}, Form{{300, 640}, {30, 1}}}) {
    const Quantized quantized = draw(random, form, 8, DType::kFloat32, true);
    expect_floats(dequantize(quantized), reference(quantized), random);
  }
}

TEST(Dequantize, FailsWhenItIsReadIfThePartsDoNotFit) {
  std::mt19937 random(5);
  const Quantized right = draw(random, {{4, 6}, {4, 2}}, 8, DType::kFloat32, true);
  const auto what = [&](auto change) {
    Quantized wrong = right;
    change(wrong);
    const auto read = read_all(dequantize(wrong));
    return read.ok() ? "" : read.error().what;
  };
  EXPECT_EQ(what([](Quantized& q) { q.scales = cast(q.scales, DType::kFloat64); }), "scales are float32 or float16, not float64");
  EXPECT_EQ(what([](Quantized& q) { q.scales = reshape(q.scales, {2, 4}); }), "scales of 2x4 don't fit quantized values of 4x6");
  EXPECT_EQ(what([](Quantized& q) { q.scales = reshape(q.scales, {8}); }), "scales of 8 don't fit quantized values of 4x6");
  EXPECT_EQ(what([](Quantized& q) { q.zeros = reshape(*q.zeros, {8}); }), "zero points of 8 don't fit scales of 4x2");
  EXPECT_EQ(what([](Quantized& q) { q.bits = 3; }), "quantized values have 2, 4 or 8 bits, not 3");
  EXPECT_EQ(what([](Quantized& q) { q.values = cast(q.values, DType::kInt16); }), "quantized values are int8, not int16");
}

TEST(Quantized, TellsItsBlocksAndItsChannels) {
  const auto axis = [](Shape values, Shape scales) {
    const Quantized quantized{.values = {DType::kInt8, std::move(values), nullptr},
                              .scales = {DType::kFloat32, std::move(scales), nullptr}};
    return channel_axis(quantized);
  };
  EXPECT_EQ(axis({4, 6}, {1, 1}), -1);
  EXPECT_EQ(axis({4, 6}, {4, 1}), 0);
  EXPECT_EQ(axis({4, 6}, {1, 6}), 1);
  EXPECT_EQ(axis({4, 6}, {1, 2}), std::nullopt) << "blocks";
  EXPECT_EQ(axis({4, 6}, {4, 6}), std::nullopt) << "several axes";
  std::mt19937 random(6);
  EXPECT_EQ(block_shape(draw(random, {{4, 6}, {4, 2}}, 8, DType::kFloat32, false)), (Shape{1, 3}));
  EXPECT_TRUE(*is_symmetric(draw(random, {{4, 6}, {4, 2}}, 8, DType::kFloat32, false)));
  EXPECT_FALSE(*is_symmetric(draw(random, {{4, 6}, {4, 2}}, 8, DType::kFloat32, true)));
}

TEST(Quantized, IsSlicedWithItsScales) {
  for_each_form([](const Quantized& quantized, std::mt19937& random) {
    for (size_t axis = 0; axis < quantized.values.shape.size(); ++axis) {
      const int64_t length = quantized.values.shape[axis];
      const int64_t block = length / quantized.scales.shape[axis];
      for (int64_t begin = 0; begin < length; ++begin) {
        for (int64_t count = 1; begin + count <= length; ++count) {
          const auto part = sliced(quantized, static_cast<int>(axis), begin, count);
          const bool whole = begin % block == 0 && count % block == 0;
          ASSERT_EQ(part.has_value(), whole || begin / block == (begin + count - 1) / block);
          const Array expected =
              slice(array_from<float>(quantized.values.shape, reference(quantized)), static_cast<int>(axis), begin, count);
          if (part) expect_floats(dequantize(*part), floats(expected), random);
        }
      }
    }
  });
}

TEST(QuantizedForm, IsFoundBehindEveryTranspose) {
  for_each_form([](const Quantized& quantized, std::mt19937& random) {
    std::vector<int> order(quantized.values.shape.size());
    std::iota(order.begin(), order.end(), 0);
    do {
      const Array turned = transpose(dequantize(quantized), order);
      const auto form = quantized_form(turned);
      ASSERT_TRUE(form.has_value());
      EXPECT_EQ(form->scales.shape, transposed(quantized, order).scales.shape);
      expect_floats(dequantize(*form), floats(turned), random);
    } while (std::next_permutation(order.begin(), order.end()));
  });
}

TEST(QuantizedForm, IsFoundBehindReshapesThatLeaveBlocksWhole) {
  std::mt19937 random(8);
  const std::vector<int> swap = {1, 0}, heads = {1, 2, 0};
  const Array rows = dequantize(draw(random, {{4, 6}, {4, 1}}, 8, DType::kFloat32, true));
  const Array columns = dequantize(draw(random, {{4, 6}, {2, 6}}, 4, DType::kFloat16, true));
  const auto expect_found = [&](const Array& array, const Shape& scales) {
    const auto form = quantized_form(array);
    ASSERT_TRUE(form.has_value());
    EXPECT_EQ(form->scales.shape, scales);
    expect_floats(dequantize(*form), floats(array), random);
  };
  expect_found(reshape(rows, {2, 2, 6}), {2, 2, 1});
  expect_found(reshape(rows, {2, 2, 3, 2}), {2, 2, 1, 1});
  expect_found(reshape(rows, {24}), {4});
  expect_found(transpose(reshape(columns, {4, 2, 3}), heads), {2, 3, 2});
  expect_found(reshape(transpose(reshape(columns, {4, 2, 3}), heads), {6, 4}), {6, 2});
  expect_found(reshape(transpose(columns, swap), {2, 3, 2, 2}), {2, 3, 2, 1});
}

TEST(QuantizedForm, IsNoneWhereABlockIsCutOrTheFloatsComeFromElsewhere) {
  std::mt19937 random(9);
  const Array columns = dequantize(draw(random, {{4, 6}, {1, 6}}, 8, DType::kFloat32, false));
  EXPECT_FALSE(quantized_form(reshape(columns, {24})).has_value());
  EXPECT_FALSE(quantized_form(reshape(columns, {2, 12})).has_value());
  EXPECT_TRUE(comes_from_integers(reshape(columns, {24})));
  EXPECT_FALSE(quantized_form(array_from<float>({1, 2}, std::vector<float>{1, 2})).has_value());
}

}  // namespace
}  // namespace kelt
