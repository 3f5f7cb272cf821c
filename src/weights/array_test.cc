#include "weights/array.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/mapped_file.h"
#include "weights/slices.h"
#include "weights/source.h"
#include "weights/testing.h"

namespace kelt {
namespace {

TEST(DType, NamesReadBack) {
  for (int i = 0; i <= static_cast<int>(DType::kComplex64); ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(parse_dtype(name(dtype)), dtype);
    EXPECT_EQ(parse_dtype(short_name(dtype)), dtype);
  }
  EXPECT_EQ(parse_dtype("float"), std::nullopt);
  EXPECT_EQ(byte_size(DType::kInt4, 5), 3U);
  EXPECT_EQ(byte_size(DType::kComplex64, 5), 40U);
  EXPECT_TRUE(is_float(DType::kBFloat16));
  EXPECT_TRUE(is_integer(DType::kUInt8));
  EXPECT_FALSE(is_integer(DType::kBool) || is_float(DType::kBool));
}

TEST(Array, FileRangesLieWithinTheFile) {
  const auto path = std::filesystem::temp_directory_path() / ("kelt-range-" + std::to_string(::getpid()));
  std::ofstream(path) << std::string("xabcdefgh");
  const auto file = MappedFile::open(path);
  ASSERT_TRUE(file.ok());
  const auto good = file_range(DType::kInt8, {2, 4}, *file, 1);
  ASSERT_TRUE(good.ok());
  EXPECT_EQ((*read_as<int32_t>(*good))[7], 'h');
  for (const uint64_t offset : {uint64_t{2}, uint64_t{10}, UINT64_MAX}) {
    const auto bad = file_range(DType::kInt8, {2, 4}, *file, offset);
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().code, Code::kBadModule);
  }
  EXPECT_FALSE(file_range(DType::kFloat32, {-1}, *file, 0).ok());
  EXPECT_FALSE(file_range(DType::kFloat32, {INT64_MAX, INT64_MAX}, *file, 0).ok());
  EXPECT_FALSE(file_range(DType::kFloat32, {int64_t{1} << 62}, *file, 0).ok());
  std::filesystem::remove(path);
}

// Of what this process holds of files, in KiB.
size_t resident_of_files() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (size_t size = 0; word == "RssFile:" && status >> size) return size;
  }
  return 0;
}

TEST(Array, WhatIsReadOfAFileTakesNoMemoryAfterwards) {
  const auto path = std::filesystem::temp_directory_path() / ("kelt-let-go-" + std::to_string(::getpid()));
  constexpr int64_t kSize = int64_t{16} << 20;
  std::ofstream(path) << std::string(kSize + 3, '\1');
  const auto file = MappedFile::open(path);
  ASSERT_TRUE(file.ok());
  std::filesystem::remove(path);
  const auto array = file_range(DType::kInt8, {2, kSize / 2}, *file, 3);
  ASSERT_TRUE(array.ok());
  const size_t before = resident_of_files();
  size_t seen = 0;
  const auto visit = [&](size_t, std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) seen += static_cast<size_t>(byte);
  };
  ASSERT_TRUE(read_slices(*array, visit).ok());                          // in place
  ASSERT_TRUE(read_slices(slice(*array, 0, 1, 1), visit).ok());          // a part in place
  ASSERT_TRUE(read_slices(testing::only_readable(*array), visit).ok());  // by read()
  Elements piece;
  for (size_t at = 0; at < array->bytes(); at += 8192)
    visit(at, *piece.read(*array->source, at, std::min<size_t>(8192, array->bytes() - at)));  // a row at a time
  ASSERT_TRUE(read_slices(transpose(*array, std::vector{1, 0}), visit).ok());                 // from all over
  EXPECT_EQ(seen, static_cast<size_t>(kSize / 2 * 9));
  EXPECT_LT(resident_of_files(), before + 1024);
}

TEST(Array, BytesThatDoNotFitTheShapeFailWhenTheyAreRead) {
  EXPECT_EQ(read_all(array_of(DType::kFloat32, {3}, std::vector<std::byte>(8))).error().code, Code::kInternal);
  EXPECT_EQ(read_all(Array{}).error().code, Code::kInternal);
}

TEST(Array, TheOwnerOfBorrowedBytesLivesAsLongAsTheArray) {
  auto owner = std::make_shared<std::vector<std::byte>>(4, std::byte{7});
  const std::weak_ptr<void> watch = owner;
  std::optional<Array> array = transpose(borrow(DType::kInt8, {2, 2}, *owner, owner), std::vector{1, 0});
  owner.reset();
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ(*read_as<int32_t>(*array), (std::vector<int32_t>{7, 7, 7, 7}));
  array.reset();
  EXPECT_TRUE(watch.expired());
}

TEST(ScaleAlong, MultipliesByTheFactorOfEachIndex) {
  std::mt19937 random(11);
  for (int axis = 0; axis < 3; ++axis) {
    const Shape shape = {3, 5, 7};
    std::vector<float> values(105);
    for (float& value : values) value = static_cast<float>(random() % 1000) / 7;
    std::vector<float> factors(static_cast<size_t>(shape.at(static_cast<size_t>(axis))));
    for (float& factor : factors) factor = static_cast<float>(random() % 1000) / 3;
    const std::array<size_t, 3> inner = {35, 7, 1};
    std::vector<float> expected = values;
    for (size_t i = 0; i < expected.size(); ++i) expected[i] *= factors[i / inner.at(static_cast<size_t>(axis)) % factors.size()];
    const auto bytes = std::as_bytes(std::span(expected));
    Array array = array_from<float>(shape, values);
    if (axis == 1) array = testing::only_readable(array);
    const Array vector = array_from<float>({static_cast<int64_t>(factors.size())}, factors);
    testing::expect_bytes(scale_along(array, axis, vector), {bytes.begin(), bytes.end()}, random);
  }
}

TEST(ScaleAlong, WrongTypesOrLengthsFailWhenRead) {
  const Array array = array_from<float>({2, 3}, std::vector<float>(6));
  const Array two = array_from<float>({2}, std::vector<float>(2));
  EXPECT_TRUE(read_all(scale_along(array, 0, two)).ok());
  EXPECT_EQ(read_all(scale_along(array, 1, two)).error().code, Code::kInternal);
  EXPECT_EQ(read_all(scale_along(array, 2, two)).error().code, Code::kInternal);
  EXPECT_EQ(read_all(scale_along(cast(array, DType::kFloat16), 0, two)).error().code, Code::kInternal);
}

}  // namespace
}  // namespace kelt
