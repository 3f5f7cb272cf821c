#include "base/mapped_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace kelt {
namespace {

namespace fs = std::filesystem;

TEST(MappedFile, ShowsTheBytesOfTheFile) {
  const fs::path path = fs::temp_directory_path() / ("kelt-mapped-" + std::to_string(::getpid()));
  std::ofstream(path) << "hello";
  const auto file = MappedFile::open(path);
  ASSERT_TRUE(file.ok());
  const auto bytes = (*file)->bytes();
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "hello");
  std::ofstream(path, std::ios::trunc).close();
  const auto empty = MappedFile::open(path);
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE((*empty)->bytes().empty());
  fs::remove(path);
}

TEST(MappedFile, NamesThePathThatCannotBeRead) {
  const auto missing = MappedFile::open("/nowhere/model.bin");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_NE(missing.error().what.find("/nowhere/model.bin"), std::string::npos);
  EXPECT_EQ(MappedFile::open("/").error().code, Code::kIo);
  EXPECT_EQ(MappedFile::open("/dev/null").error().code, Code::kIo);
}

}  // namespace
}  // namespace kelt
