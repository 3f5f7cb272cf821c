#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/command.h"

namespace kelt::cli {
namespace {

namespace fs = std::filesystem;

// What `kelt` with these words does; empty if they can't be read.
std::optional<Result<void>> run(std::vector<std::string> words) {
  CLI::App app;
  Run command;
  add_export(app, command);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::ParseError&) {
    return std::nullopt;
  }
  return command();
}

TEST(ExportCommand, WritesTheFileOfAModule) {
  const fs::path folder = fs::temp_directory_path() / ("kelt_cli_" + std::to_string(::getpid()));
  fs::create_directories(folder / "module");
  std::ofstream(folder / "module/module.kelt") << "kelt 1\nfn \"f\" (%0 \"x\": f32[n,4]) { %1: f32[n,4] = relu(x=%0) } -> (%1 \"y\")\n";
  const auto result = run({"export", (folder / "module").string(), "-o", (folder / "a.tflite").string()});
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->ok());
  EXPECT_TRUE(fs::exists(folder / "a.tflite"));
  const auto rejected = run({"export", (folder / "none").string(), "-o", (folder / "b.tflite").string()});
  ASSERT_TRUE(rejected.has_value());
  EXPECT_EQ(rejected->error().code, Code::kNotFound);
  EXPECT_FALSE(fs::exists(folder / "b.tflite"));
  fs::remove_all(folder);
}

TEST(ExportCommand, NeedsADirectoryAndAFile) {
  EXPECT_FALSE(run({"export"}).has_value());
  EXPECT_FALSE(run({"export", "module"}).has_value());
  EXPECT_FALSE(run({"export", "module", "-o", "a.tflite", "--odd"}).has_value());
}

}  // namespace
}  // namespace kelt::cli
