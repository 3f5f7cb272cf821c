#include "weights/testing.h"

namespace kelt {
namespace {

using testing::expect_bytes;
using testing::only_readable;
using testing::random_bytes;

// Element by element.
std::vector<std::byte> naive_slice(const std::vector<std::byte>& bytes, size_t item, const Shape& shape, size_t axis, size_t begin,
                                   size_t length) {
  size_t inner = item;
  for (size_t i = axis + 1; i < shape.size(); ++i) inner *= static_cast<size_t>(shape[i]);
  std::vector<std::byte> out;
  for (size_t at = 0; at < bytes.size(); ++at) {
    const size_t place = at / inner % static_cast<size_t>(shape[axis]);
    if (place >= begin && place < begin + length) out.push_back(bytes[at]);
  }
  return out;
}

TEST(Slice, TakesAPartAlongAnyAxisInMemoryAndOut) {
  std::mt19937 random(3);
  constexpr std::array<DType, 3> kDTypes = {DType::kInt8, DType::kFloat32, DType::kInt64};
  for (int round = 0; round < 60; ++round) {
    const DType dtype = kDTypes.at(random() % kDTypes.size());
    Shape shape(1 + random() % 4);
    for (int64_t& dim : shape) dim = 1 + static_cast<int64_t>(random() % 6);
    const std::vector<std::byte> bytes = random_bytes(random, Array{dtype, shape, nullptr}.bytes());
    const Array whole = array_of(dtype, shape, bytes);
    const Array array = random() % 2 == 0 ? whole : only_readable(whole);
    const size_t axis = random() % shape.size();
    const auto dim = static_cast<size_t>(shape[axis]);
    const size_t begin = random() % dim;
    const size_t length = random() % (dim - begin + 1);
    const Array part = slice(array, static_cast<int>(axis), static_cast<int64_t>(begin), static_cast<int64_t>(length));
    EXPECT_EQ(part.shape[axis], static_cast<int64_t>(length));
    expect_bytes(part, naive_slice(bytes, byte_size(dtype, 1), shape, axis, begin, length), random);
  }
}

TEST(Slice, OfWholeRowsStaysInMemory) {
  const Array array = array_from<float>({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
  EXPECT_TRUE(slice(array, 0, 1, 2).source->in_memory());
  EXPECT_FALSE(slice(array, 1, 1, 1).source->in_memory());
  EXPECT_EQ(*read_as<float>(slice(array, 1, 1, 1)), (std::vector<float>{2, 4, 6}));
}

TEST(Slice, OfATransposedWeightAndOfPackedNumbers) {
  const Array array = array_from<float>({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  EXPECT_EQ(*read_as<float>(slice(transpose(array, std::vector{1, 0}), 0, 1, 2)), (std::vector<float>{2, 5, 3, 6}));
  const Array packed = cast(array_from<int8_t>({3}, std::vector<int8_t>{1, -2, 3}), DType::kInt4);
  EXPECT_EQ(*read_as<int32_t>(slice(packed, 0, 1, 2)), (std::vector<int32_t>{-2, 3}));
}

TEST(Slice, FailsWhereTheArrayEnds) {
  const Array array = array_from<float>({3}, std::vector<float>{1, 2, 3});
  EXPECT_FALSE(read_all(slice(array, 0, 2, 2)).ok());
  EXPECT_FALSE(read_all(slice(array, 1, 0, 1)).ok());
  EXPECT_NE(slice(array, 0, 0, 1).source->identity(), slice(array, 0, 1, 1).source->identity());
}

}  // namespace
}  // namespace kelt
