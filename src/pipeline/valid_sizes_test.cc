// What a file says of the sizes that it takes is what the module said, and shapes are held against it.

#include "pipeline/valid_sizes.h"

#include <gtest/gtest.h>

#include "graph/parse.h"
#include "pipeline/convert.h"

namespace kelt::pipeline {
namespace {

constexpr char kBounded[] = R"(valid "f" = [-2*s + 20001]
valid "f" = [s - 5]
valid "f" = [s - n]
fn "f" (%0 "x": f32[n,s,4]) {
  %1: f32[n,s,4] = negative(x=%0)
} -> (%1 "y")
)";

std::vector<ValidSizes> read(const char* text) {
  const auto module = graph::parse(text);
  EXPECT_TRUE(module.ok()) << module.error().what;
  const auto model = convert(*module);
  EXPECT_TRUE(model.ok());
  return read_valid_sizes(*model);
}

TEST(ValidSizes, StandInTheFileInWords) {
  const auto valid = read(kBounded);
  ASSERT_EQ(valid.size(), 1);
  EXPECT_EQ(in_words(valid[0]), (std::vector<std::string>{"s (axis 1 of x) must be at most 10000", "s (axis 1 of x) must be at least 5",
                                                          "-n + s must not be negative"}));
}

TEST(ValidSizes, AreNothingOfAFileThatTakesAll) {
  EXPECT_TRUE(read(std::string(kBounded).substr(std::string(kBounded).find("fn")).c_str()).empty());
}

TEST(ValidSizes, AreThoseOfOneSignature) {
  const auto valid = read(kBounded);
  EXPECT_FALSE(check_sizes(valid, "f", {{"x", {1, 10001, 4}}}).ok());
  EXPECT_TRUE(check_sizes(valid, "g", {{"x", {1, 10001, 4}}}).ok());
}

TEST(ValidSizes, RejectWhatLiesBeyondThem) {
  const auto valid = read(kBounded);
  ASSERT_EQ(valid.size(), 1);
  EXPECT_TRUE(check_sizes(valid[0], {{"x", {1, 10000, 4}}}).ok());
  EXPECT_TRUE(check_sizes(valid[0], {{"x", {5, 5, 4}}}).ok());
  EXPECT_TRUE(check_sizes(valid[0], {{"other", {1, 4}}}).ok()) << "for the runtime to reject";
  for (const Shape& shape : {Shape{1, 10001, 4}, Shape{1, 4, 4}, Shape{7, 6, 4}}) {
    const auto rejected = check_sizes(valid[0], {{"x", shape}});
    ASSERT_FALSE(rejected.ok());
    EXPECT_EQ(rejected.error().code, Code::kInvalidArgument);
  }
  EXPECT_NE(check_sizes(valid[0], {{"x", {1, 10001, 4}}}).error().what.find("s (axis 1 of x) must be at most 10000"), std::string::npos);
}

}  // namespace
}  // namespace kelt::pipeline
