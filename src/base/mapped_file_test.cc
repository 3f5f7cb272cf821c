#include "base/mapped_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
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

// Of what this process holds of files, in KiB.
size_t resident_of_files() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (size_t size = 0; word == "RssFile:" && status >> size) return size;
  }
  return 0;
}

TEST(MappedFile, WhatIsLetGoTakesNoMemoryAndIsStillThere) {
  const fs::path path = fs::temp_directory_path() / ("kelt-let-go-" + std::to_string(::getpid()));
  constexpr size_t kSize = size_t{8} << 20;
  std::ofstream(path) << std::string(kSize, 'x');
  const auto file = MappedFile::open(path);
  ASSERT_TRUE(file.ok());
  fs::remove(path);
  const auto bytes = (*file)->bytes();
  const auto all_there = [&] { return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{'x'}; }); };
  ASSERT_TRUE(all_there());
  const size_t before = resident_of_files();
  for (size_t at = 1000; at < kSize; at += 100000) (*file)->let_go(bytes.subspan(at, std::min<size_t>(100000, kSize - at)));
  EXPECT_LT(resident_of_files() + (7 << 10), before);
  EXPECT_TRUE(all_there());
  (*file)->let_go(bytes.first(0));
}

TEST(MappedFile, IsMappedBehindOtherBytesInOneRange) {
  const fs::path path = fs::temp_directory_path() / ("kelt-behind-" + std::to_string(::getpid()));
  std::ofstream(path) << "hello";
  const auto file = MappedFile::open(path);
  ASSERT_TRUE(file.ok());
  fs::remove(path);  // what was opened stays
  const std::string head(page_size(), 'x');
  auto range = (*file)->map_behind(std::as_bytes(std::span(head)));
  ASSERT_TRUE(range.ok()) << range.error().to_string();
  const OwnedBytes held = *std::move(range);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(held.bytes.data()), held.bytes.size()), head + "hello");
  const auto cut = (*file)->map_behind(std::as_bytes(std::span(head)).first(7));
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().what, "a file can't be mapped behind 7 bytes");
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
