#include <algorithm>
#include <cstring>
#include <numeric>

#include "weights/testing.h"

namespace kelt {
namespace {

using testing::expect_bytes;
using testing::only_readable;
using testing::random_bytes;

// Element by element, as numpy defines it.
std::vector<std::byte> naive_transpose(const std::vector<std::byte>& bytes, size_t item, const Shape& shape,
                                       const std::vector<int>& permutation) {
  std::vector<std::byte> out;
  std::vector<size_t> strides(shape.size(), item);
  for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * static_cast<size_t>(shape[i]);
  std::vector<int64_t> index(shape.size(), 0);
  for (size_t n = 0; n < bytes.size() / item; ++n) {
    size_t at = 0;
    for (size_t i = 0; i < index.size(); ++i) at += static_cast<size_t>(index[i]) * strides[static_cast<size_t>(permutation[i])];
    out.insert(out.end(), bytes.begin() + static_cast<ptrdiff_t>(at), bytes.begin() + static_cast<ptrdiff_t>(at + item));
    for (size_t i = index.size(); i-- > 0;) {
      if (++index[i] < shape[static_cast<size_t>(permutation[i])]) break;
      index[i] = 0;
    }
  }
  return out;
}

std::vector<int> random_permutation(std::mt19937& random, size_t rank) {
  std::vector<int> permutation(rank);
  std::iota(permutation.begin(), permutation.end(), 0);
  std::shuffle(permutation.begin(), permutation.end(), random);
  return permutation;
}

Shape permuted(const Shape& shape, const std::vector<int>& permutation) {
  Shape out;
  for (const int axis : permutation) out.push_back(shape[static_cast<size_t>(axis)]);
  return out;
}

Shape random_shape(std::mt19937& random) {
  Shape shape(1 + random() % 5);
  for (int64_t& dim : shape) dim = 1 + static_cast<int64_t>(random() % 7);
  if (random() % 3 == 0) shape[random() % shape.size()] = 70 + static_cast<int64_t>(random() % 90);
  return shape;
}

constexpr std::array<DType, 4> kOfEachSize = {DType::kInt8, DType::kBFloat16, DType::kFloat32, DType::kInt64};

TEST(BorrowStrided, ReadsAViewOfTheMemoryOfAnother) {
  std::mt19937 random(4);
  const auto memory = std::make_shared<std::vector<float>>(std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const auto view = [&](Shape shape, std::vector<int64_t> strides, size_t first) {
    return borrow_strided(DType::kFloat32, std::move(shape), strides, std::as_bytes(std::span(*memory)).subspan(first * sizeof(float)),
                          memory);
  };
  const auto expect = [&](const Array& array, const std::vector<float>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    testing::expect_bytes(array, {bytes.begin(), bytes.end()}, random);
  };
  expect(view({4, 3}, {1, 4}, 0), {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});  // [3, 4] transposed
  expect(view({2, 2}, {4, 1}, 5), {5, 6, 9, 10});                           // a part of its middle
  expect(view({3}, {4}, 2), {2, 6, 10});                                    // a column
  expect(view({3, 2}, {4, 0}, 1), {1, 1, 5, 5, 9, 9});                      // a column, repeated
  expect(view({2, 6}, {6, 1}, 0), *memory);                                 // as it lies
  expect(transpose(view({4, 3}, {1, 4}, 0), std::vector{1, 0}), *memory);
  EXPECT_EQ(view({3, 0}, {1, 1}, 0).bytes(), 0U);
  EXPECT_FALSE(read_all(view({4, 3}, {1, 4}, 1)).ok()) << "the last element lies outside";
  EXPECT_FALSE(read_all(view({4}, {-1}, 3)).ok());
}

TEST(Transpose, MovesElementsAsNumpyDoesInMemoryAndOut) {
  std::mt19937 random(1);
  for (int round = 0; round < 120; ++round) {
    const DType dtype = kOfEachSize.at(random() % 4);
    const Shape shape = random_shape(random);
    Array array = array_of(dtype, shape, random_bytes(random, byte_size(dtype, Array{dtype, shape, nullptr}.count())));
    const auto bytes = read_all(array);
    const auto permutation = random_permutation(random, shape.size());
    if (round % 2 == 1) array = only_readable(array);
    const Array turned = transpose(array, permutation);
    ASSERT_EQ(turned.shape, permuted(shape, permutation));
    expect_bytes(turned, naive_transpose(*bytes, byte_size(dtype, 1), shape, permutation), random);
  }
}

TEST(Transpose, LargeMatricesAreRightInEverySlice) {
  std::mt19937 random(2);
  const Shape shape = {523, 301};
  const auto bytes = random_bytes(random, 523 * 301 * 4);
  const Array turned = transpose(array_of(DType::kFloat32, shape, bytes), std::vector{1, 0});
  expect_bytes(turned, naive_transpose(bytes, 4, shape, {1, 0}), random);
}

TEST(Transpose, OfAMappedPlaceThatIsNotAligned) {
  std::mt19937 random(3);
  const auto bytes = random_bytes(random, 4 * 6 * 4 + 3);
  const Array array = borrow(DType::kFloat32, {4, 6}, std::span(bytes).subspan(3), nullptr);
  expect_bytes(transpose(array, std::vector{1, 0}), naive_transpose({bytes.begin() + 3, bytes.end()}, 4, {4, 6}, {1, 0}), random);
}

TEST(Transpose, OfTransposesAndReshapesIsOneView) {
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    const Shape shape = {2, 3, 4, 5};
    const auto bytes = random_bytes(random, 120 * 4);
    const auto first = random_permutation(random, 4);
    const Array turned = transpose(array_of(DType::kFloat32, shape, bytes), first);
    const auto turned_bytes = naive_transpose(bytes, 4, shape, first);
    const std::array<Shape, 4> shapes = {Shape{120}, Shape{6, 20}, Shape{2, 60}, turned.shape};
    const Array reshaped = reshape(turned, shapes.at(random() % 4));
    const auto second = random_permutation(random, reshaped.shape.size());
    expect_bytes(transpose(reshaped, second), naive_transpose(turned_bytes, 4, reshaped.shape, second), random);
  }
}

TEST(Transpose, BackAndForthIsTheSourceItself) {
  const Array array = array_from<float>({2, 3, 4}, std::vector<float>(24));
  const Array back = transpose(transpose(array, std::vector{2, 0, 1}), std::vector{1, 2, 0});
  EXPECT_EQ(back.source, array.source);
  EXPECT_EQ(back.shape, array.shape);
  EXPECT_EQ(transpose(reshape(array, {2, 1, 12}), std::vector{1, 0, 2}).source, array.source);  // nothing moves
}

TEST(Transpose, EqualTransformsOfOneSourceHaveOneIdentity) {
  const Array array = array_from<float>({2, 3}, std::vector<float>(6));
  const Array other = array_from<float>({2, 3}, std::vector<float>(6));
  EXPECT_EQ(transpose(array, std::vector{1, 0}).source->identity(), transpose(array, std::vector{1, 0}).source->identity());
  EXPECT_NE(transpose(array, std::vector{1, 0}).source->identity(), array.source->identity());
  EXPECT_NE(transpose(array, std::vector{1, 0}).source->identity(), transpose(other, std::vector{1, 0}).source->identity());
}

TEST(Transpose, StandsRightOnTheBytesInMemory) {
  const Array array = array_from<float>({2, 3}, std::vector<float>{0, 1, 2, 3, 4, 5});
  const Array factors = array_from<float>({3}, std::vector<float>{1, 10, 100});
  const Array scaled = transpose(scale_along(array, 1, factors), std::vector{1, 0});
  EXPECT_EQ(*read_as<float>(scaled), (std::vector<float>{0, 3, 10, 40, 200, 500}));
  EXPECT_EQ(scaled.source->identity().substr(0, 5), "scale");
  const Array halves = transpose(cast(array, DType::kFloat16), std::vector{1, 0});
  EXPECT_EQ(halves.dtype, DType::kFloat16);
  EXPECT_EQ(*read_as<float>(halves), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(halves.source->identity().substr(0, 4), "cast");
}

TEST(Transpose, OfPackedInt4) {
  const Array array = cast(array_from<int8_t>({3, 3}, std::vector<int8_t>{-8, -7, -1, 0, 1, 2, 3, 4, 7}), DType::kInt4);
  EXPECT_EQ(array.bytes(), 5U);
  EXPECT_EQ(*read_as<int32_t>(transpose(array, std::vector{1, 0})), (std::vector<int32_t>{-8, 0, 3, -7, 1, 4, -1, 2, 7}));
}

TEST(Transpose, OfNothingAndOfAScalar) {
  EXPECT_EQ(read_all(transpose(array_of(DType::kFloat32, {0, 3}, {}), std::vector{1, 0}))->size(), 0U);
  EXPECT_EQ(*read_as<float>(transpose(scalar(DType::kFloat32, 2.5), {})), std::vector<float>{2.5F});
}

TEST(Transpose, ABugOfTheCallerComesOutWhenItIsRead) {
  const Array array = array_from<float>({2, 3}, std::vector<float>(6));
  EXPECT_EQ(read_all(transpose(array, std::vector{0, 0})).error().code, Code::kInternal);
  EXPECT_EQ(read_all(reshape(array, {7})).error().code, Code::kInternal);
  EXPECT_EQ(read_all(cast(transpose(transpose(array, std::vector{0}), std::vector{1, 0}), DType::kInt8)).error().code, Code::kInternal);
}

}  // namespace
}  // namespace kelt
