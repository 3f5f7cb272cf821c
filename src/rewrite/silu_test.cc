#include "rewrite/testing.h"

namespace kelt::rewrite {
namespace {

std::string unary(std::string_view nodes, std::string_view output) {
  return function_of("%0 \"x\": f32[n,8]", nodes, std::string(output) + " \"y\"");
}

TEST(Silu, IsXTimesItsSigmoidInEitherOrder) {
  const std::string after = unary("%1: f32[n,8] = silu(x=%0)", "%1");
  expect_rewrite(unary("%1: f32[n,8] = sigmoid(x=%0)\n%2: f32[n,8] = multiply(x1=%0, x2=%1)", "%2"), after);
  expect_rewrite(unary("%1: f32[n,8] = sigmoid(x=%0)\n%2: f32[n,8] = multiply(x1=%1, x2=%0)", "%2"), after);
}

constexpr char kWrittenOut[] = R"(
  %1: f32[n,8] = negative(x=%0)
  %2: f32[n,8] = exp(x=%1)
  %3: f32[] = constant(value=1)
  %4: f32[n,8] = add(x1=%3, x2=%2)
)";

TEST(Silu, IsAlsoXOverOnePlusExp) {
  expect_rewrite(unary(std::string(kWrittenOut) + "%5: f32[n,8] = divide(x1=%0, x2=%4)", "%5"), unary("%1: f32[n,8] = silu(x=%0)", "%1"));
}

TEST(Silu, OfTheSigmoidOfSomethingElseStays) {
  expect_unchanged(function_of(R"(%0 "x": f32[n,8], %1 "z": f32[n,8])",
                               "%2: f32[n,8] = sigmoid(x=%1)\n%3: f32[n,8] = multiply(x1=%0, x2=%2)", "%3 \"y\""));
}

TEST(Silu, WhoseSigmoidIsAnOutputStays) {
  expect_unchanged(
      function_of("%0 \"x\": f32[n,8]", "%1: f32[n,8] = sigmoid(x=%0)\n%2: f32[n,8] = multiply(x1=%0, x2=%1)", R"(%2 "y", %1 "gate")"));
}

TEST(Sigmoid, WrittenOutIsOneOp) {
  expect_rewrite(unary(std::string(kWrittenOut) + "%5: f32[n,8] = divide(x1=%3, x2=%4)", "%5"),
                 unary("%1: f32[n,8] = sigmoid(x=%0)", "%1"));
  expect_rewrite(unary(std::string(kWrittenOut) + "%5: f32[n,8] = reciprocal(x=%4)", "%5"), unary("%1: f32[n,8] = sigmoid(x=%0)", "%1"));
}

TEST(Sigmoid, OfAnotherNumberStays) {
  expect_unchanged(unary(std::string(kWrittenOut) + "%5: f32[] = constant(value=2.0)\n%6: f32[n,8] = divide(x1=%5, x2=%4)", "%6"));
}

constexpr char kShifted[] = R"(
  %1: f32[] = constant(value=3)
  %2: f32[n,8] = add(x1=%0, x2=%1)
)";

TEST(HardSilu, IsXTimesAClippedLine) {
  const std::string after = unary("%1: f32[n,8] = hard_silu(x=%0)", "%1");
  expect_rewrite(unary(std::string(kShifted) + R"(
      %3: f32[n,8] = relu6(x=%2)
      %4: f32[n,8] = multiply(x1=%0, x2=%3)
      %5: f32[] = constant(value=6)
      %6: f32[n,8] = divide(x1=%4, x2=%5))",
                       "%6"),
                 after);
  expect_rewrite(unary(std::string(kShifted) + R"(
      %3: f32[n,8] = clip(x=%2, x_min=0, x_max=6)
      %4: f32[] = constant(value=0.16666667)
      %5: f32[n,8] = multiply(x1=%3, x2=%4)
      %6: f32[n,8] = multiply(x1=%5, x2=%0))",
                       "%6"),
                 after);
  expect_rewrite(unary("%1: f32[n,8] = hard_sigmoid(x=%0)\n%2: f32[n,8] = multiply(x1=%0, x2=%1)", "%2"), after);
}

TEST(HardSilu, WithOtherBoundsStays) {
  expect_unchanged(unary(std::string(kShifted) + R"(
      %3: f32[n,8] = clip(x=%2, x_min=0, x_max=5)
      %4: f32[n,8] = multiply(x1=%0, x2=%3)
      %5: f32[] = constant(value=6)
      %6: f32[n,8] = divide(x1=%4, x2=%5))",
                         "%6"));
}

}  // namespace
}  // namespace kelt::rewrite
