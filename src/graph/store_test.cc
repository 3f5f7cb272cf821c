// A module as a directory: it comes back equal, and a directory from elsewhere can't reach out of itself.

#include "graph/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "graph/layout.h"
#include "graph/parse.h"
#include "graph/print.h"
#include "graph/random.h"

namespace kelt::graph {
namespace {

namespace fs = std::filesystem;

class Store : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() / ("kelt_store_" + std::to_string(::getpid()) + "_" + test->name());
    fs::remove_all(root_);
    fs::create_directories(root_);
    directory_ = root_ / "module";
  }
  void TearDown() override { fs::remove_all(root_); }

  // A directory with this text and 256 bytes of weights.
  void place(const std::string& text) {
    fs::create_directories(directory_);
    std::ofstream(directory_ / kTextFile) << text;
    std::ofstream(directory_ / kWeightsFile) << std::string(256, 'w');
  }
  std::string load_error() {
    const Result<Module> module = load(directory_);
    return module.ok() ? "loaded" : module.error().to_string();
  }

  // The names in the directory, in order.
  std::vector<std::string> saved_files() {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory_)) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }

  fs::path root_;
  fs::path directory_;
};

// Materialised, as a capture's weights are: random(…) would stay in the text.
Array filled(const Shape& shape, uint64_t seed) {
  const Array random = *random_array(DType::kFloat32, shape, seed);
  return array_of(DType::kFloat32, shape, *read_all(random));
}

Module two_weights() {
  Module module = *parse(R"(fn "f" (%0 "x": f32[n]) { } -> (%0 "y"))");
  const Array shared = filled({5, 5}, 1);
  module.weights = {{"a", shared}, {"b", filled({3}, 2)}, {"c", filled({100}, 3)}, {"again", reshape(shared, {25})}};
  return module;
}

std::string file_text(const char* weight) {
  return std::string("weight @0 \"w\": f32[32] = ") + weight + "\nfn \"f\" (%0 \"x\": f32[1]) {} -> (%0 \"y\")\n";
}

TEST_F(Store, ComesBackEqual) {
  const Module module = two_weights();
  ASSERT_TRUE(save(module, directory_).ok());
  const Result<Module> back = load(directory_);
  ASSERT_TRUE(back.ok()) << back.error().to_string();
  EXPECT_EQ(back->functions, module.functions);
  for (size_t i = 0; i < module.weights.size(); ++i) {
    EXPECT_EQ(*read_all(back->weights[i].array), *read_all(module.weights[i].array)) << i;
    EXPECT_EQ(back->weights[i].array.shape, module.weights[i].array.shape);
  }
  EXPECT_EQ(print(*back), print(module));
}

TEST_F(Store, WritesEachWeightOnceAtAMultipleOf64) {
  ASSERT_TRUE(save(two_weights(), directory_).ok());
  const std::vector<std::string> files = saved_files();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(fs::file_size(directory_ / files[1]), 128 + 400);  // a: 100 bytes at 0; c at 128; b in the text; again is a
}

TEST_F(Store, CanBeSavedOverWhatItWasLoadedFrom) {
  ASSERT_TRUE(save(two_weights(), directory_).ok());
  Result<Module> back = load(directory_);
  ASSERT_TRUE(back.ok());
  back->weights.erase(back->weights.begin());
  ASSERT_TRUE(save(*back, directory_).ok());
  const Result<Module> again = load(directory_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*read_all(again->weights[1].array), *read_all(two_weights().weights[2].array));
}

TEST_F(Store, CanBeReadWhereASaveWasKilledBetweenItsFiles) {
  ASSERT_TRUE(save(two_weights(), directory_).ok());
  Module other = two_weights();
  other.weights[2].array = filled({100}, 4);
  const fs::path elsewhere = root_ / "other";
  ASSERT_TRUE(save(other, elsewhere).ok());
  for (const fs::directory_entry& entry : fs::directory_iterator(elsewhere)) {  // what a kill leaves: the new weights, the old text
    if (entry.path().filename() != kTextFile) fs::copy(entry.path(), directory_, fs::copy_options::overwrite_existing);
  }
  const Result<Module> back = load(directory_);
  ASSERT_TRUE(back.ok()) << back.error().to_string();
  EXPECT_EQ(*read_all(back->weights[2].array), *read_all(two_weights().weights[2].array));
}

TEST_F(Store, LeavesWhatWasThereWhenTheTextCanNotBeWritten) {
  ASSERT_TRUE(save(two_weights(), directory_).ok());
  const std::vector<std::string> before = saved_files();
  Module other = two_weights();
  other.weights[2].array = filled({100}, 4);
  fs::rename(directory_ / kTextFile, root_ / "text");
  fs::create_directory(directory_ / kTextFile);
  EXPECT_FALSE(save(other, directory_).ok());
  fs::remove(directory_ / kTextFile);
  fs::rename(root_ / "text", directory_ / kTextFile);
  EXPECT_EQ(saved_files(), before);
  EXPECT_EQ(print(*load(directory_)), print(two_weights()));
}

TEST_F(Store, RemovesTheWeightsOfTheModuleItReplaces) {
  place(file_text("file(\"weights.bin\", 0)"));
  std::ofstream(directory_ / "weights-of-the-user.bin") << "kept";
  ASSERT_TRUE(save(two_weights(), directory_).ok());
  const std::vector<std::string> first = saved_files();
  ASSERT_EQ(first.size(), 3U);
  Module other = two_weights();
  other.weights[2].array = filled({100}, 4);
  ASSERT_TRUE(save(other, directory_).ok());
  const std::vector<std::string> second = saved_files();
  ASSERT_EQ(second.size(), 3U);
  EXPECT_NE(first, second);
  EXPECT_EQ(second[2], "weights-of-the-user.bin");
  other.weights = {other.weights[1]};  // which stands in the text
  ASSERT_TRUE(save(other, directory_).ok());
  EXPECT_EQ(saved_files(), (std::vector<std::string>{kTextFile, "weights-of-the-user.bin"}));
}

TEST_F(Store, NamesTheWeightsByTheirContent) {
  ASSERT_TRUE(save(two_weights(), directory_).ok());
  ASSERT_TRUE(save(two_weights(), root_ / "again").ok());
  EXPECT_TRUE(fs::exists(root_ / "again" / saved_files()[1]));
  Module parts;  // the same bytes, cut in another way
  parts.functions = two_weights().functions;
  parts.weights = {{"a", filled({100}, 1)}, {"b", filled({100}, 2)}};
  ASSERT_TRUE(save(parts, root_ / "two").ok());
  std::vector<std::byte> joined = *read_all(parts.weights[0].array);
  const std::vector<std::byte> second = *read_all(parts.weights[1].array);
  joined.insert(joined.end(), second.begin(), second.end());
  parts.weights = {{"ab", array_of(DType::kFloat32, {200}, joined)}};
  ASSERT_TRUE(save(parts, directory_).ok());
  EXPECT_FALSE(fs::exists(root_ / "two" / saved_files()[1]));
}

TEST_F(Store, LeavesWhatWasThereWhenAWeightCanNotBeRead) {
  ASSERT_TRUE(save(two_weights(), directory_).ok());
  struct Broken : ByteSource {
    size_t size() const override { return 400; }
    Result<void> read(size_t, std::span<std::byte>) const override { return Error{.code = Code::kIo, .what = "gone"}; }
    std::string identity() const override { return "broken"; }
  };
  Module module = two_weights();
  module.weights.push_back({"broken", {DType::kFloat32, {100}, std::make_shared<Broken>()}});
  EXPECT_FALSE(save(module, directory_).ok());
  const Result<Module> back = load(directory_);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->weights.size(), 4);
}

TEST_F(Store, ReadsWeightsWithinTheFile) {
  place(file_text("file(\"weights.bin\", 128)"));
  EXPECT_EQ(load_error(), "loaded");
}

TEST_F(Store, RejectsRangesBeyondTheFile) {
  for (const char* weight : {"file(\"weights.bin\", 192)", "file(\"weights.bin\", 256)", "file(\"weights.bin\", 9223372036854775744)",
                             "file(\"weights.bin\", 1)"}) {
    place(file_text(weight));
    EXPECT_NE(load_error(), "loaded") << weight;
  }
}

TEST_F(Store, RejectsNamesThatLeaveTheDirectory) {
  std::ofstream(root_ / "secret.bin") << std::string(256, 's');
  for (const std::string& name : {std::string("../secret.bin"), (root_ / "secret.bin").string(), std::string(".."), std::string("."),
                                  std::string(""), std::string("weights.bin\\x00"), std::string("sub/weights.bin")}) {
    place(file_text(("file(\"" + name + "\", 0)").c_str()));
    EXPECT_NE(load_error().find("is not the name of a file"), std::string::npos) << load_error();
  }
}

TEST_F(Store, RejectsLinks) {
  std::ofstream(root_ / "secret.bin") << std::string(256, 's');
  place(file_text("file(\"link.bin\", 0)"));
  fs::create_symlink(root_ / "secret.bin", directory_ / "link.bin");
  EXPECT_NE(load_error().find("not a regular file"), std::string::npos) << load_error();
  fs::rename(directory_ / kTextFile, root_ / "text");
  fs::create_symlink(root_ / "text", directory_ / kTextFile);
  EXPECT_NE(load_error().find("not a regular file"), std::string::npos) << load_error();
}

TEST_F(Store, RejectsWhatIsNoDirectoryOfAModule) {
  EXPECT_NE(load_error(), "loaded");
  fs::create_directories(directory_);
  EXPECT_NE(load_error(), "loaded");
  fs::create_directories(directory_ / kTextFile);
  EXPECT_NE(load_error(), "loaded");
}

TEST_F(Store, RejectsAModuleThatBreaksARule) {
  place("fn \"f\" (%0 \"x\": f32[1]) { %1: f32[1] = exp(x=%2) } -> (%0 \"y\")");
  EXPECT_NE(load_error().find("G1"), std::string::npos) << load_error();
}

}  // namespace
}  // namespace kelt::graph
