#include "rewrite/testing.h"

namespace kelt::rewrite {
namespace {

constexpr char kPlaces[] = "%1: f32[s] = arange(start={s}, stop=None, step=None, dtype=f32)";

std::string plus(std::string_view zero) {
  return function_of(R"(%0 "x": f32[n,s])",
                     std::string(kPlaces) + "\n%2: f32[] = constant(value=" + std::string(zero) +
                         ")\n%3: f32[s] = add(x1=%1, x2=%2)\n%4: f32[n,s] = multiply(x1=%0, x2=%3)",
                     R"(%4 "y")");
}

TEST(SumWithZero, OfPlacesIsNothing) {  // a decoder's positions, from a start of zero
  const std::string bare =
      function_of(R"(%0 "x": f32[n,s])", std::string(kPlaces) + "\n%2: f32[n,s] = multiply(x1=%0, x2=%1)", R"(%2 "y")");
  expect_rewrite(plus("0"), bare);
  expect_rewrite(plus("0.0"), bare);
}

TEST(SumWithZero, OfIntegersIsNothing) {
  expect_rewrite(function_of(R"(%0 "x": i32[n])", "%1: i32[] = constant(value=0)\n%2: i32[n] = add(x1=%0, x2=%1)", R"(%2 "y")"),
                 function_of(R"(%0 "x": i32[n])", "", R"(%0 "y")"));
}

TEST(SumWithZero, OfWhatMayBeMinusZeroStays) {
  expect_unchanged(function_of(R"(%0 "x": f32[n])", "%1: f32[] = constant(value=0.0)\n%2: f32[n] = add(x1=%0, x2=%1)", R"(%2 "y")"));
}

TEST(SumWithZero, ThatBroadcastsStays) {
  expect_unchanged(function_of(R"(%0 "x": i32[n])", "%1: i32[1,1] = constant(value=[[0]])\n%2: i32[1,n] = add(x1=%0, x2=%1)", R"(%2 "y")"));
}

TEST(SumWithZero, WithAnotherNumberStays) { expect_unchanged(plus("1")); }

}  // namespace
}  // namespace kelt::rewrite
