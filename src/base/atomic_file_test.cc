#include "base/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <string>
#include <utility>

namespace kelt {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class AtomicFileTest : public testing::TestWithParam<HiddenFile> {
 protected:
  void SetUp() override {
    const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    directory_ = fs::temp_directory_path() / ("kelt-" + std::to_string(::getpid()) + "-" + test.substr(0, test.find('/')) +
                                              (GetParam() == HiddenFile::kNamed ? "-named" : ""));
    fs::create_directory(directory_);
    place_ = directory_ / "model.tflite";
  }
  void TearDown() override { fs::remove_all(directory_); }

  void put(std::string_view text) const { std::ofstream(place_) << text; }
  [[nodiscard]] size_t files() const { return static_cast<size_t>(std::distance(fs::directory_iterator(directory_), {})); }

  fs::path directory_;
  fs::path place_;
};

TEST_P(AtomicFileTest, AppearsWholeInItsPlace) {
  put("old");
  auto file = AtomicFile::create(place_, GetParam());
  ASSERT_TRUE(file.ok()) << file.error().to_string();
  ASSERT_TRUE(file->write_at(4, bytes_of("5678")).ok());
  ASSERT_TRUE(file->write_at(0, bytes_of("1234")).ok());
  EXPECT_EQ(content(place_), "old");
  ASSERT_TRUE(std::move(*file).commit().ok());
  EXPECT_EQ(content(place_), "12345678");
  EXPECT_EQ(files(), 1U);
}

TEST_P(AtomicFileTest, AppearsUnderTheNameThatIsGivenAtTheEnd) {
  put("old");
  auto file = AtomicFile::create(place_, GetParam());
  ASSERT_TRUE(file.ok()) << file.error().to_string();
  ASSERT_TRUE(file->write_at(0, bytes_of("1234")).ok());
  ASSERT_TRUE(std::move(*file).commit_as("other.tflite").ok());
  EXPECT_EQ(content(place_), "old");
  EXPECT_EQ(content(directory_ / "other.tflite"), "1234");
  EXPECT_EQ(files(), 2U);

  fs::create_directory(directory_ / "folder");
  auto rejected = AtomicFile::create(place_, GetParam());
  ASSERT_TRUE(rejected.ok());
  const auto result = std::move(*rejected).commit_as("folder");
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().what.find("Is a directory"), std::string::npos) << result.error().what;
}

TEST_P(AtomicFileTest, LeavesNothingWhereNothingWas) {
  {
    auto file = AtomicFile::create(place_, GetParam());
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write_at(0, bytes_of("half")).ok());
  }
  EXPECT_EQ(files(), 0U);
}

TEST_P(AtomicFileTest, AKillLeavesTheOldFileAndALaterRunTheDirectoryClean) {
  put("old");
  const pid_t child = ::fork();
  if (child == 0) {
    auto file = AtomicFile::create(place_, GetParam());
    if (file.ok() && file->write_at(0, bytes_of("half")).ok()) ::raise(SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(content(place_), "old");
  EXPECT_EQ(files(), GetParam() == HiddenFile::kAny ? 1U : 2U);

  auto file = AtomicFile::create(place_, GetParam());
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file->write_at(0, bytes_of("new")).ok());
  ASSERT_TRUE(std::move(*file).commit().ok());
  EXPECT_EQ(content(place_), "new");
  EXPECT_EQ(files(), 1U);
}

TEST_P(AtomicFileTest, TwoWritersOfOnePlaceDoNotDisturbEachOther) {
  auto first = AtomicFile::create(place_, GetParam());
  auto second = AtomicFile::create(place_, GetParam());
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_TRUE(first->write_at(0, bytes_of("first")).ok());
  ASSERT_TRUE(second->write_at(0, bytes_of("second")).ok());
  ASSERT_TRUE(std::move(*first).commit().ok());
  EXPECT_EQ(content(place_), "first");
  ASSERT_TRUE(std::move(*second).commit().ok());
  EXPECT_EQ(content(place_), "second");
  EXPECT_EQ(files(), 1U);
}

TEST_P(AtomicFileTest, ALimitOnFileSizesIsAnErrorWithPathAndRemedy) {
  put("old");
  auto file = AtomicFile::create(place_, GetParam());
  ASSERT_TRUE(file.ok());
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const Result<void> written = file->write_at(0, bytes_of(std::string(10000, 'x')));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, Code::kIo);
  EXPECT_NE(written.error().what.find(place_.string()), std::string::npos);
  EXPECT_FALSE(written.error().remedy.empty());
  EXPECT_EQ(content(place_), "old");
}

TEST_P(AtomicFileTest, KeepsTheModeOfTheFileItReplacesAndTheSymbolicLinkThatLeadsThere) {
  put("old");
  fs::permissions(place_, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  const fs::path link = directory_ / "link.tflite";
  fs::create_symlink(place_.filename(), link);
  auto file = AtomicFile::create(link, GetParam());
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file->write_at(0, bytes_of("new")).ok());
  ASSERT_TRUE(std::move(*file).commit().ok());
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(content(place_), "new");
  EXPECT_EQ(fs::status(place_).permissions(), fs::perms(0640));
}

TEST_P(AtomicFileTest, RejectsPlacesThatCannotHoldAFile) {
  EXPECT_EQ(AtomicFile::create(directory_, GetParam()).error().code, Code::kIo);
  EXPECT_EQ(AtomicFile::create("/dev/full", GetParam()).error().code, Code::kIo);
  EXPECT_EQ(AtomicFile::create("/sys/model.tflite", GetParam()).error().code, Code::kIo);
  EXPECT_EQ(AtomicFile::create(directory_ / "none" / "model.tflite", GetParam()).error().code, Code::kNotFound);
  put("old");
  EXPECT_EQ(AtomicFile::create(place_ / "model.tflite", GetParam()).error().code, Code::kIo);
}

INSTANTIATE_TEST_SUITE_P(Kinds, AtomicFileTest, testing::Values(HiddenFile::kAny, HiddenFile::kNamed));

}  // namespace
}  // namespace kelt
