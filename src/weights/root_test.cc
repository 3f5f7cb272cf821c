#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <vector>

#include "weights/array_fingerprint.h"
#include "weights/cast.h"
#include "weights/strided.h"
#include "weights/testing.h"

namespace kelt {
namespace {

std::vector<float> ascending(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

// Memory of 6 × 10 × 8 floats, seen with its axes in the given order: as a loader turns what a file holds.
Array turned(const std::vector<float>& memory, std::vector<int> order) {
  const std::vector<int64_t> lengths = {6, 10, 8}, strides = {80, 8, 1};
  Shape shape;
  std::vector<int64_t> in_order;
  for (const int axis : order) {
    shape.push_back(lengths[static_cast<size_t>(axis)]);
    in_order.push_back(strides[static_cast<size_t>(axis)]);
  }
  return borrow_strided(DType::kFloat32, shape, in_order, std::as_bytes(std::span(memory)), nullptr);
}

TEST(Within, SaysWhereTheElementsOfOneViewStandInAnother) {
  const std::vector<Axis> array = {{8, 1}, {6, 80}, {10, 8}};  // 8 × 6 × 10
  const auto whole = within(std::vector<Axis>{{480, 1}}, array);
  ASSERT_TRUE(whole);  // in the order of the memory: 6 rows of 10 of 8
  ASSERT_EQ(whole->size(), 3U);
  EXPECT_EQ((*whole)[0].stride, 10U);
  EXPECT_EQ((*whole)[1].stride, 1U);
  EXPECT_EQ((*whole)[2].stride, 60U);
  EXPECT_FALSE(within(std::vector<Axis>{{7, 3}}, std::vector<Axis>{{10, 2}, {10, 20}})) << "an element between two";
  EXPECT_FALSE(within(std::vector<Axis>{{480, 1}}, std::vector<Axis>{{10, 1}})) << "beyond its end";
  EXPECT_FALSE(within(std::vector<Axis>{{4, 1}}, std::vector<Axis>{{4, 0}})) << "an element that repeats has no place";
}

TEST(FingerprintPass, TakesThoseOfWeightsThatAreViewsOfAFile) {
  const std::vector<float> memory = ascending(480);
  for (const std::vector<int>& order : {std::vector{1, 0, 2}, {2, 1, 0}, {2, 0, 1}, {0, 1, 2}}) {
    for (const DType dtype : {DType::kFloat32, DType::kFloat16, DType::kFloat64}) {
      const Array weight = as_in_model(turned(memory, order), dtype);
      std::vector<int> back(3);
      for (int axis = 0; axis < 3; ++axis) back[static_cast<size_t>(order[static_cast<size_t>(axis)])] = axis;
      const Array memory_again = transpose(weight, back);
      for (const Array& made :
           {weight, memory_again, transpose(weight, std::vector{2, 0, 1}), reshape(transpose(weight, std::vector{1, 0, 2}), {480})}) {
        FingerprintPass pass(std::make_shared<FingerprintTable>(std::vector<NamedArray>{{"w", weight}}));
        const auto source = pass.observe(made.source);
        EXPECT_NE(source, made.source) << "not seen on its way: " << made.source->identity();
        ASSERT_EQ(*read_all({made.dtype, made.shape, source}), *read_all(made));
        uint64_t found = 0;
        std::memcpy(&found, pass.bytes()->data(), sizeof(found));
        EXPECT_EQ(found, *fingerprint(weight)) << made.source->identity();
      }
    }
  }
}

TEST(FingerprintPass, IsNotMisledByAnotherViewOfTheSameMemory) {
  const std::vector<float> memory = ascending(480);
  const Array weight = turned(memory, {1, 0, 2});
  for (const Array& other : {slice(weight, 0, 0, 5), as_in_model(weight, DType::kFloat64)}) {
    FingerprintPass pass(std::make_shared<FingerprintTable>(std::vector<NamedArray>{{"w", weight}}));
    ASSERT_TRUE(read_all({other.dtype, other.shape, pass.observe(other.source)}).ok());
    uint64_t found = 0;
    std::memcpy(&found, pass.bytes()->data(), sizeof(found));
    EXPECT_EQ(found, *fingerprint(weight)) << other.source->identity();
  }
}

TEST(Root, IsOneForAWeightAndWhatIsMadeOfItByMovingElements) {
  const std::vector<float> memory = ascending(480);
  const Array weight = as_in_model(turned(memory, {1, 0, 2}), DType::kFloat16);
  EXPECT_EQ(root_identity(transpose(weight, std::vector{2, 1, 0})), root_identity(weight));
  EXPECT_EQ(root_identity(turned(memory, {0, 1, 2})), root_identity(weight));
  EXPECT_NE(root_identity(cast(weight, DType::kFloat32)), root_identity(weight)) << "the model's own conversion";
}

TEST(WasHalf, SaysNothingOfHowAFileStoresIt) {
  const Array stored = cast(array_from<float>({2, 2}, std::vector<float>{1, 2, 3, 4}), DType::kBFloat16);
  EXPECT_TRUE(was_half(transpose(cast(stored, DType::kFloat32), std::vector{1, 0})));
  EXPECT_FALSE(was_half(transpose(as_in_model(stored, DType::kFloat32), std::vector{1, 0})));
  EXPECT_TRUE(was_half(as_in_model(array_from<float>({1}, std::vector<float>{1}), DType::kFloat16)));
}

TEST(Elements, OfAnArrayThatBeginsAnywhereAreRight) {
  std::vector<std::byte> bytes(4 * 64 + 8);
  const std::vector<float> values = ascending(64);
  for (const size_t shift : {0, 1, 2, 3, 5}) {
    std::memcpy(bytes.data() + shift, values.data(), 256);
    const Array array = borrow(DType::kFloat32, {64}, std::span(bytes).subspan(shift, 256), nullptr);
    EXPECT_EQ(*read_as<double>(array), std::vector<double>(values.begin(), values.end()));
    EXPECT_EQ(*read_as<float>(cast(transpose(reshape(array, {8, 8}), std::vector{1, 0}), DType::kFloat64)),
              *read_as<float>(transpose(array_from<float>({8, 8}, values), std::vector{1, 0})));
  }
}

}  // namespace
}  // namespace kelt
