#include "rewrite/testing.h"

namespace kelt::rewrite {
namespace {

std::string power_of(std::string_view type, std::string_view exponent) {
  const std::string t(type);
  return function_of("%0 \"x\": " + t,
                     "%1: " + t.substr(0, t.find('[')) + "[] = constant(value=" + std::string(exponent) + ")\n%2: " + t +
                         " = power(x1=%0, x2=%1)  # layer",
                     "%2 \"y\"");
}

std::string of_x(std::string_view type, std::string_view node) {
  return function_of("%0 \"x\": " + std::string(type), "%1: " + std::string(type) + " = " + std::string(node) + "  # layer", "%1 \"y\"");
}

TEST(Power, ByAWholeNumberBecomesProducts) {
  expect_rewrite(power_of("f32[n,8]", "2"), of_x("f32[n,8]", "square(x=%0)"));
  expect_rewrite(power_of("f16[n,8]", "2.0"), of_x("f16[n,8]", "square(x=%0)"));
  expect_rewrite(power_of("f32[n,8]", "-1"), of_x("f32[n,8]", "reciprocal(x=%0)"));
  expect_rewrite(power_of("f32[n,8]", "1.0"), function_of("%0 \"x\": f32[n,8]", "", "%0 \"y\""));
  expect_rewrite(power_of("f32[n,8]", "3"), function_of("%0 \"x\": f32[n,8]", R"(
      %1: f32[n,8] = square(x=%0)  # layer
      %2: f32[n,8] = multiply(x1=%1, x2=%0)  # layer)",
                                                        "%2 \"y\""));
  expect_rewrite(power_of("f32[n,8]", "4"), function_of("%0 \"x\": f32[n,8]", R"(
      %1: f32[n,8] = square(x=%0)  # layer
      %2: f32[n,8] = square(x=%1)  # layer)",
                                                        "%2 \"y\""));
}

TEST(Power, OfOtherExponentsAndDtypesStays) {
  expect_unchanged(power_of("f32[n,8]", "2.5"));
  expect_unchanged(power_of("f32[n,8]", "2.00001"));
  expect_unchanged(power_of("f32[n,8]", "0"));
  expect_unchanged(power_of("i32[n,8]", "2"));
  expect_unchanged(power_of("f16[n,8]", "3"));    // the square would be rounded
  expect_unchanged(power_of("f32[n,8]", "0.5"));  // of -inf it is inf
  expect_unchanged(power_of("f32[n,8]", "-0.5"));
}

TEST(Power, ByATensorStays) {
  expect_unchanged(function_of(R"(%0 "x": f32[n,8], %1 "e": f32[])", "%2: f32[n,8] = power(x1=%0, x2=%1)", "%2 \"y\""));
}

TEST(Power, ThatAlsoBroadcastsStays) {
  expect_unchanged(function_of("%0 \"x\": f32[8]", R"(
      %1: f32[1,1] = constant(value=[[2.0]])
      %2: f32[1,8] = power(x1=%0, x2=%1))",
                               "%2 \"y\""));
}

std::string root_of_sum(std::string_view node) {
  return function_of("%0 \"x\": f32[n,8]", R"(
      %1: f32[n,8] = square(x=%0)
      %2: f32[n,1] = mean(x=%1, axis=-1, keepdims=True)
      %3: f32[] = constant(value=1e-06)
      %4: f32[n,1] = add(x1=%2, x2=%3)
      )" + std::string(node),
                     "%5 \"y\"");
}

TEST(Power, ByAHalfIsARootWhereTheBaseIsKnownToBePositive) {
  const std::string half = "%5: f32[] = constant(value=0.5)\n%6: f32[n,1] = power(x1=%4, x2=%5)";
  std::string before = root_of_sum(half);
  before.replace(before.rfind("%5 \"y\""), 2, "%6");
  expect_rewrite(before, root_of_sum("%5: f32[n,1] = sqrt(x=%4)"));
  before.replace(before.find("value=0.5"), 9, "value=-0.5");
  expect_rewrite(before, root_of_sum("%5: f32[n,1] = rsqrt(x=%4)"));
}

TEST(Power, OfWhatMayBeZeroHasNoInverseRoot) {
  expect_unchanged(function_of("%0 \"x\": f32[n,8]", R"(
      %1: f32[n,8] = square(x=%0)
      %2: f32[] = constant(value=-0.5)
      %3: f32[n,8] = power(x1=%1, x2=%2))",
                               "%3 \"y\""));
}

}  // namespace
}  // namespace kelt::rewrite
