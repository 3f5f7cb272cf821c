#include "cli/npz.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kelt::cli {
namespace {

std::filesystem::path place(const std::string& name) { return std::filesystem::path(::testing::TempDir()) / name; }

TEST(Npz, IsReadAsItWasWritten) {
  std::vector<std::byte> bytes((size_t{1} << 20) + 24);  // longer than what is written at a time
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 2654435761U >> 13);
  const std::span<const std::byte> all = bytes;
  const std::vector<ArrayView> arrays = {{"a/b", DType::kFloat32, {2, 3}, all.last(24)},
                                         {"long", DType::kUInt8, {static_cast<int64_t>(all.size())}, all},
                                         {"scalar", DType::kInt64, {}, all.first(8)},
                                         {"list", DType::kBool, {5}, all.first(5)},
                                         {"none", DType::kFloat16, {0, 4}, {}}};
  const std::filesystem::path path = place("npz_test.npz");
  ASSERT_TRUE(write_npz(path, arrays).ok());
  const auto read = read_npz(path);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  ASSERT_EQ(read->size(), arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_EQ((*read)[i].name, arrays[i].name);
    EXPECT_EQ((*read)[i].dtype, arrays[i].dtype);
    EXPECT_EQ((*read)[i].shape, arrays[i].shape);
    EXPECT_TRUE(std::ranges::equal((*read)[i].bytes, arrays[i].bytes));
  }
}

TEST(Npz, HasNoTypesThatNumpyLacks) {
  const std::vector<std::byte> bytes(4);
  const std::filesystem::path path = place("npz_test_bfloat16.npz");
  EXPECT_EQ(write_npz(path, std::vector<ArrayView>{{"y", DType::kBFloat16, {2}, bytes}}).error().to_string(),
            "K101: the output y is bfloat16, which numpy does not have");
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".part"));
}

TEST(Npz, SaysWhereItCantBeWritten) {
  EXPECT_EQ(write_npz("/no/such/folder/a.npz", {}).error().to_string(), "K103: can't write /no/such/folder/a.npz");
}

}  // namespace
}  // namespace kelt::cli
