#include "rewrite/testing.h"

namespace kelt::rewrite {
namespace {

std::string stacked(std::string_view axis, std::string_view between, std::string_view result, std::string_view shape) {
  return function_of(R"(%0 "a": f32[n,s,4,8], %1 "b": f32[n,s,4,8])",
                     "%2: " + std::string(between) + " = stack(x=[%0, %1], axis=" + std::string(axis) + ")\n%3: " + std::string(result) +
                         " = reshape(x=%2, newshape=" + std::string(shape) + ")",
                     R"(%3 "y")");
}

TEST(MergedStack, OfHalvesOfTheLastAxisIsAConcatenation) {  // as rotary embeddings have it
  expect_rewrite(
      stacked("-2", "f32[n,s,4,2,8]", "f32[n,s,4,16]", "[{n}, {s}, 4, 16]"),
      function_of(R"(%0 "a": f32[n,s,4,8], %1 "b": f32[n,s,4,8])", "%2: f32[n,s,4,16] = concatenate(xs=[%0, %1], axis=3)", R"(%2 "y")"));
}

TEST(MergedStack, AlongAnAxisInTheMiddle) {
  expect_rewrite(
      stacked("2", "f32[n,s,2,4,8]", "f32[n,s,8,8]", "[{n}, {s}, 8, 8]"),
      function_of(R"(%0 "a": f32[n,s,4,8], %1 "b": f32[n,s,4,8])", "%2: f32[n,s,8,8] = concatenate(xs=[%0, %1], axis=2)", R"(%2 "y")"));
}

TEST(MergedStack, ThatInterleavesStays) {  // the new axis is behind the one that it is merged with
  expect_unchanged(stacked("-1", "f32[n,s,4,8,2]", "f32[n,s,4,16]", "[{n}, {s}, 4, 16]"));
  expect_unchanged(stacked("3", "f32[n,s,4,2,8]", "f32[n,s,8,8]", "[{n}, {s}, 8, 8]"));
}

TEST(MergedStack, OfWhatIsAlsoReadAsItIsStays) {
  expect_unchanged(function_of(R"(%0 "a": f32[n,8], %1 "b": f32[n,8])",
                               "%2: f32[n,2,8] = stack(x=[%0, %1], axis=1)\n%3: f32[n,16] = reshape(x=%2, newshape=[{n}, 16])",
                               R"(%3 "y", %2 "both")"));
}

TEST(JoinedSplit, IsWhatWasSplit) {
  const auto halves = [](std::string_view split, std::string_view joined, std::string_view order) {
    return function_of(R"(%0 "x": f32[n,8])",
                       "%1: f32[n,4], %2: f32[n,4] = split(x=%0, indices_or_sections=2, axis=" + std::string(split) +
                           ")\n%3: f32[n,8] = concatenate(xs=[" + std::string(order) + "], axis=" + std::string(joined) + ")",
                       R"(%3 "y")");
  };
  expect_rewrite(halves("-1", "1", "%1, %2"), function_of(R"(%0 "x": f32[n,8])", "", R"(%0 "y")"));
  expect_unchanged(halves("-1", "1", "%2, %1"));
}

}  // namespace
}  // namespace kelt::rewrite
