#include "rewrite/testing.h"

namespace kelt::rewrite {
namespace {

constexpr char kErf[] = R"(
fn "f" (%0 "x": f32[n,8]) {
  %1: f32[] = constant(value=0.5)  # block
  %2: f32[n,8] = multiply(x1=%1, x2=%0)  # block
  %3: f32[] = constant(value=1.4142135623730951)
  %4: f32[n,8] = divide(x1=%0, x2=%3)
  %5: f32[n,8] = erf(x=%4)
  %6: f32[] = constant(value=1.0)
  %7: f32[n,8] = add(x1=%6, x2=%5)
  %8: f32[n,8] = multiply(x1=%2, x2=%7)  # block/gelu
} -> (%8 "y")
)";

constexpr char kTanh[] = R"(
fn "f" (%0 "x": f32[n,8]) {
  %1: f32[] = constant(value=0.6366197723675814)
  %2: f32[] = sqrt(x=%1)
  %3: f32[] = constant(value=3)
  %4: f32[n,8] = power(x1=%0, x2=%3)
  %5: f32[] = constant(value=0.044715)
  %6: f32[n,8] = multiply(x1=%5, x2=%4)
  %7: f32[n,8] = add(x1=%0, x2=%6)
  %8: f32[n,8] = multiply(x1=%2, x2=%7)
  %9: f32[n,8] = tanh(x=%8)
  %10: f32[] = constant(value=1)
  %11: f32[n,8] = add(x1=%10, x2=%9)
  %12: f32[] = constant(value=0.5)
  %13: f32[n,8] = multiply(x1=%11, x2=%12)
  %14: f32[n,8] = multiply(x1=%0, x2=%13)
} -> (%14 "y")
)";

std::string with(std::string text, std::string_view what, std::string_view instead) {
  size_t place = text.find(what);
  EXPECT_NE(place, std::string::npos) << what;
  for (; place != std::string::npos; place = text.find(what, place + instead.size())) text.replace(place, what.size(), instead);
  return text;
}

TEST(Gelu, OfErfIsOneOpWithThePathOfItsLastPart) {
  expect_rewrite(kErf, R"(fn "f" (%0 "x": f32[n,8]) { %1: f32[n,8] = gelu(x=%0, approximate=False)  # block/gelu
    } -> (%1 "y"))");
}

TEST(Gelu, ReadsAConstantThatWasComputedOrRounded) {
  expect_rewrite(
      with(kErf, "divide(x1=%0", "multiply(x1=%0").replace(with(kErf, "divide(x1=%0", "multiply(x1=%0").find("1.4142"), 18, "0.70710677"),
      R"(fn "f" (%0 "x": f32[n,8]) { %1: f32[n,8] = gelu(x=%0, approximate=False)  # block/gelu
    } -> (%1 "y"))");
}

TEST(Gelu, OfTanhIsTheApproximation) {
  expect_rewrite(kTanh, R"(fn "f" (%0 "x": f32[n,8]) { %1: f32[n,8] = gelu(x=%0, approximate=True) } -> (%1 "y"))");
}

TEST(Gelu, OfAnotherConstantStays) {
  expect_unchanged(with(kErf, "1.4142135623730951", "1.4142"));
  expect_unchanged(with(kErf, "value=0.5", "value=0.51"));
}

TEST(Gelu, WhoseErfIsReadElsewhereStays) {
  expect_unchanged(with(kErf, R"((%8 "y"))", R"((%8 "y", %5 "erf"))"));
  expect_unchanged(with(with(kErf, "# block/gelu", "# block/gelu\n%9: f32[n,8] = exp(x=%7)"), R"((%8 "y"))", R"((%8 "y", %9 "exp"))"));
}

TEST(Gelu, OfTwoValuesStays) {
  expect_unchanged(with(with(kErf, R"((%0 "x": f32[n,8]))", R"((%0 "x": f32[n,8], %9 "z": f32[n,8]))"), "divide(x1=%0", "divide(x1=%9"));
}

TEST(Gelu, OfHalfPrecisionStays) { expect_unchanged(with(kErf, "f32", "f16")); }

TEST(Gelu, InsideOfAFunctionOfANodeIsFoundToo) {
  expect_rewrite(R"(
fn "f" (%0 "p": bool[], %1 "x": f32[8]) {
  %2: f32[8] = cond(pred=%0, operands=[%1]) {
    fn "true_fn" (%0 "x": f32[8]) {
      %1: f32[8] = sigmoid(x=%0)
      %2: f32[8] = multiply(x1=%1, x2=%0)
    } -> (%2 "y")
    fn "false_fn" (%0 "x": f32[8]) { } -> (%0 "y")
  }
} -> (%2 "y"))",
                 R"(
fn "f" (%0 "p": bool[], %1 "x": f32[8]) {
  %2: f32[8] = cond(pred=%0, operands=[%1]) {
    fn "true_fn" (%0 "x": f32[8]) { %1: f32[8] = silu(x=%0) } -> (%1 "y")
    fn "false_fn" (%0 "x": f32[8]) { } -> (%0 "y")
  }
} -> (%2 "y"))");
}

}  // namespace
}  // namespace kelt::rewrite
