#include "weights/array_fingerprint.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

#include "weights/testing.h"

namespace kelt {
namespace {

std::vector<std::byte> numbered(size_t size) {
  std::vector<std::byte> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  return bytes;
}

uint64_t fingerprint_of_bytes(const std::vector<std::byte>& bytes) {
  return *fingerprint(array_of(DType::kUInt8, {static_cast<int64_t>(bytes.size())}, bytes));
}

TEST(ArrayFingerprint, IsTheSameWhateverTheBytesComeFrom) {
  const std::vector<float> values(600, 1.5F);
  const Array array = array_from<float>({20, 30}, values);
  EXPECT_EQ(*fingerprint(array), *fingerprint(transpose(transpose(array, std::vector{1, 0}), std::vector{1, 0})));
  EXPECT_EQ(*fingerprint(array), *fingerprint(reshape(array, {600})));
}

TEST(ArrayFingerprint, TellsApartArraysThatDifferInOneBitOrInLength) {
  std::set<uint64_t> seen;
  size_t made = 0;
  for (const size_t size : {0, 1, 31, 32, 33, 100, (1 << 20) + 40}) {
    std::vector<std::byte> bytes = numbered(size);
    seen.insert(fingerprint_of_bytes(bytes));
    ++made;
    for (const size_t at : {size_t{0}, size / 2, size - 1}) {
      if (at >= size || (at == 0 && size < 3)) continue;
      for (const auto bit : {std::byte{1}, std::byte{128}}) {
        bytes[at] ^= bit;
        seen.insert(fingerprint_of_bytes(bytes));
        ++made;
        bytes[at] ^= bit;
      }
    }
  }
  EXPECT_EQ(seen.size(), made);
  EXPECT_NE(fingerprint_of_bytes(std::vector<std::byte>(64)), fingerprint_of_bytes(std::vector<std::byte>(96)));
}

TEST(ArrayFingerprint, TellsApartArraysWhoseElementsHaveChangedPlaces) {
  const Array array = array_from<float>({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  EXPECT_NE(*fingerprint(array), *fingerprint(transpose(array, std::vector{1, 0})));
}

std::shared_ptr<const FingerprintTable> table_of(const Array& array) {
  return std::make_shared<FingerprintTable>(std::vector<NamedArray>{{"w", array}});
}

// Of the only array of a table, after a pass that saw `source` in slices, the last first.
uint64_t passed(FingerprintPass& pass, const Array& array) {
  const auto source = pass.observe(array.source);
  const size_t half = source->size() / 16 * 8;
  std::vector<std::byte> bytes(source->size());
  EXPECT_TRUE(source->read(half, std::span(bytes).subspan(half)).ok());
  EXPECT_TRUE(source->read(0, std::span(bytes).first(half)).ok());
  EXPECT_EQ(bytes, *read_all(array));
  uint64_t found = 0;
  std::memcpy(&found, pass.bytes()->data(), sizeof(found));
  return found;
}

TEST(FingerprintPass, TakesThemFromWhatIsReadAnyway) {
  std::mt19937 random(3);
  auto meter = std::make_shared<testing::Meter>();
  const Array floats = array_of(DType::kFloat32, {6, 10, 8}, testing::random_bytes(random, 1920));
  const Array metered = testing::metered(floats, meter);
  const Array turned = transpose(metered, std::vector{2, 0, 1});
  const Array factors = array_from<float>({10}, std::vector<float>(10, 2.0F));
  for (const Array& made :
       {metered, turned, cast(metered, DType::kFloat16), scale_along(turned, 2, factors), cast(turned, DType::kFloat64)}) {
    meter->bytes = 0;
    FingerprintPass pass(table_of(metered));
    const auto source = pass.observe(made.source);
    ASSERT_TRUE(read_all({made.dtype, made.shape, source}).ok());
    uint64_t found = 0;
    std::memcpy(&found, pass.bytes()->data(), sizeof(found));
    EXPECT_EQ(found, *fingerprint(floats)) << made.source->identity();
    meter->bytes = 0;
    FingerprintPass in_slices(table_of(metered));
    EXPECT_EQ(passed(in_slices, made), *fingerprint(floats)) << made.source->identity();
  }
}

TEST(FingerprintPass, ReadsWhatHasPassedOnlyInPartOrTwice) {
  auto meter = std::make_shared<testing::Meter>();
  const Array array = testing::metered(array_from<float>({8, 8}, std::vector<float>(64, 1.5F)), meter);
  FingerprintPass part(table_of(array));
  EXPECT_EQ(passed(part, slice(array, 0, 0, 4)), *fingerprint(array));
  FingerprintPass twice(table_of(array));
  ASSERT_TRUE(read_all({array.dtype, array.shape, twice.observe(array.source)}).ok());
  EXPECT_EQ(twice.observe(array.source), array.source) << "summed up already";
  FingerprintPass again(table_of(array));
  const auto first = again.observe(array.source);
  const Array second{array.dtype, array.shape, again.observe(transpose(array, std::vector{1, 0}).source)};
  ASSERT_TRUE(read_all({array.dtype, array.shape, first}).ok());
  ASSERT_TRUE(read_all(second).ok());
  meter->bytes = 0;
  EXPECT_EQ(*again.bytes(), *read_all({DType::kUInt8, {8}, table_of(array)}));
  EXPECT_EQ(meter->bytes, 256U) << "by the table; the last observer has summed up";
}

TEST(FingerprintPass, NamesTheWeightThatCanNotBeRead) {
  const Array bad = transpose(array_from<float>({2, 3}, std::vector<float>(6)), std::vector{0, 0});
  EXPECT_NE(FingerprintPass(table_of(bad)).bytes().error().to_string().find("while reading the weight w"), std::string::npos);
}

TEST(ArrayFingerprint, FailsWhereTheArrayCanNotBeRead) {
  EXPECT_FALSE(fingerprint(transpose(array_from<float>({2, 3}, std::vector<float>(6)), std::vector{0, 0})).ok());
}

TEST(ArrayFingerprint, TellsApartArraysInWhichAnEvenNumberOfSignsDiffer) {
  for (const DType dtype : {DType::kFloat16, DType::kFloat32, DType::kFloat64}) {
    const size_t item = byte_size(dtype, 1);
    size_t same = 0;
    for (size_t round = 0; round < 200; ++round) {
      std::vector<std::byte> bytes(64 * item);
      for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 131 + round * 29 + i * i * 7);
      std::vector<std::byte> negated = bytes;
      for (const size_t element : {round % 64, (round * 5 + 11) % 64}) negated[element * item + item - 1] ^= std::byte{128};
      if (negated == bytes) continue;  // one element twice
      same += *fingerprint(array_of(dtype, {64}, bytes)) == *fingerprint(array_of(dtype, {64}, negated)) ? 1 : 0;
    }
    EXPECT_EQ(same, 0U) << name(dtype);
  }
}

}  // namespace
}  // namespace kelt
