// Layer and RMS normalisations, as they are written with keras.ops.

#include "rewrite/testing.h"

namespace kelt::rewrite {
namespace {

constexpr char kInputs[] = R"(%0 "x": f32[n,s,8], %1 "gamma": f32[8], %2 "beta": f32[8])";

std::string normalized(std::string_view nodes, std::string_view output, std::string_view inputs = kInputs) {
  return function_of(inputs, nodes, std::string(output) + " \"y\"");
}

std::string replaced(std::string text, std::string_view what, std::string_view instead) {
  const size_t place = text.find(what);
  EXPECT_NE(place, std::string::npos) << what;
  return text.replace(place, what.size(), instead);
}

// The difference is taken twice, as Python code does.
constexpr char kByParts[] = R"(
  %3: f32[n,s,1] = mean(x=%0, axis=-1, keepdims=True)
  %4: f32[n,s,8] = subtract(x1=%0, x2=%3)
  %5: f32[n,s,8] = square(x=%4)
  %6: f32[n,s,1] = mean(x=%5, axis=[2], keepdims=True)
  %7: f32[n,s,8] = subtract(x1=%0, x2=%3)
  %8: f32[] = constant(value=1e-05)
  %9: f32[n,s,1] = add(x1=%6, x2=%8)
  %10: f32[n,s,1] = sqrt(x=%9)
  %11: f32[n,s,8] = divide(x1=%7, x2=%10)
)";
constexpr char kScaleAndShift[] = R"(
  %12: f32[n,s,8] = multiply(x1=%11, x2=%1)
  %13: f32[n,s,8] = add(x1=%12, x2=%2)
)";
constexpr char kCore[] = "%3: f32[n,s,8] = layer_normalization(x=%0, gamma=None, beta=None, axis=-1, epsilon=1e-05)";
constexpr char kWhole[] = "%3: f32[n,s,8] = layer_normalization(x=%0, gamma=%1, beta=%2, axis=-1, epsilon=1e-05)";

TEST(LayerNormalization, IsFoundFromItsParts) { expect_rewrite(normalized(kByParts, "%11"), normalized(kCore, "%3")); }

TEST(LayerNormalization, TakesInItsScaleAndShift) {
  expect_rewrite(normalized(std::string(kByParts) + kScaleAndShift, "%13"), normalized(kWhole, "%3"));
}

TEST(LayerNormalization, TakesInAShiftAlone) {
  expect_rewrite(normalized(std::string(kByParts) + "%12: f32[n,s,8] = add(x1=%2, x2=%11)", "%12"),
                 normalized("%3: f32[n,s,8] = layer_normalization(x=%0, gamma=None, beta=%2, axis=-1, epsilon=1e-05)", "%3"));
}

TEST(LayerNormalization, IsFoundFromVarAndRsqrtWithAScaleInFront) {
  expect_rewrite(normalized(R"(
      %3: f32[n,s,1] = mean(x=%0, axis=-1, keepdims=True)
      %4: f32[n,s,1] = var(x=%0, axis=-1, keepdims=True)
      %5: f32[n,s,8] = subtract(x1=%0, x2=%3)
      %6: f32[n,s,8] = multiply(x1=%1, x2=%5)
      %7: f32[] = constant(value=1e-05)
      %8: f32[n,s,1] = add(x1=%4, x2=%7)
      %9: f32[n,s,1] = rsqrt(x=%8)
      %10: f32[n,s,8] = multiply(x1=%6, x2=%9)
      %11: f32[n,s,8] = add(x1=%10, x2=%2))",
                            "%11"),
                 normalized(kWhole, "%3"));
}

TEST(LayerNormalization, IsFoundFromMomentsAndAReciprocal) {
  expect_rewrite(normalized(R"(
      %3: f32[n,s,1], %4: f32[n,s,1] = moments(x=%0, axes=-1, keepdims=True, synchronized=False)
      %5: f32[n,s,8] = subtract(x1=%0, x2=%3)
      %6: f32[] = constant(value=1e-05)
      %7: f32[n,s,1] = add(x1=%4, x2=%6)
      %8: f32[n,s,1] = sqrt(x=%7)
      %9: f32[] = constant(value=1)
      %10: f32[n,s,1] = divide(x1=%9, x2=%8)
      %11: f32[n,s,8] = multiply(x1=%5, x2=%10))",
                            "%11"),
                 normalized(kCore, "%3"));
}

TEST(LayerNormalization, OfAVarianceOverAllAxesStays) {
  expect_unchanged(normalized(replaced(replaced(kByParts, "axis=[2]", "axis=None"), "%6: f32[n,s,1]", "%6: f32[1,1,1]"), "%11"));
}

TEST(LayerNormalization, OfTheVarianceOfOtherAxesStays) { expect_unchanged(normalized(replaced(kByParts, "axis=[2]", "axis=[1]"), "%11")); }

TEST(LayerNormalization, WithoutAnEpsilonAboveZeroStays) {
  expect_unchanged(normalized(replaced(kByParts, "value=1e-05", "value=0.0"), "%11"));
  expect_unchanged(normalized(replaced(kByParts, "value=1e-05", "value=1e-40"), "%11"));
}

TEST(LayerNormalization, WhoseEpsilonIsATensorStays) {
  expect_unchanged(normalized(
      replaced(replaced(kByParts, "%8: f32[] = constant(value=1e-05)", "%8: f32[8] = exp(x=%1)"), "%9: f32[n,s,1]", "%9: f32[n,s,8]"),
      "%11"));
}

TEST(LayerNormalization, OfHalfPrecisionStays) {
  std::string text = normalized(kByParts, "%11");
  for (size_t place = text.find("f32"); place != std::string::npos; place = text.find("f32", place)) text.replace(place, 3, "f16");
  expect_unchanged(text);
}

TEST(LayerNormalization, KeepsAScaleOfAnotherShapeOutside) {
  constexpr char kInputsOfOneRow[] = R"(%0 "x": f32[n,s,8], %1 "gamma": f32[s,1], %2 "beta": f32[8])";
  expect_rewrite(normalized(std::string(kByParts) + "%12: f32[n,s,8] = multiply(x1=%11, x2=%1)", "%12", kInputsOfOneRow),
                 normalized(std::string(kCore) + "\n%4: f32[n,s,8] = multiply(x1=%3, x2=%1)", "%4", kInputsOfOneRow));
}

TEST(LayerNormalization, WhoseVarianceIsReadElsewhereStays) {
  expect_unchanged(function_of(kInputs, kByParts, R"(%11 "y", %6 "variance")"));
}

constexpr char kRms[] = R"(
  %3: f32[] = constant(value=2)
  %4: f32[n,s,8] = power(x1=%0, x2=%3)
  %5: f32[n,s,1] = mean(x=%4, axis=-1, keepdims=True)
  %6: f32[] = constant(value=1e-06)
  %7: f32[n,s,1] = add(x1=%5, x2=%6)
  %8: f32[] = constant(value=-0.5)
  %9: f32[n,s,1] = power(x1=%7, x2=%8)
  %10: f32[n,s,8] = multiply(x1=%0, x2=%9)
  %11: f32[n,s,8] = multiply(x1=%10, x2=%1)
)";

TEST(RmsNormalization, IsFoundFromItsPartsWithItsScale) {
  expect_rewrite(normalized(kRms, "%11"), normalized("%3: f32[n,s,8] = rms_normalization(x=%0, scale=%1, axis=-1, epsilon=1e-06)", "%3"));
}

TEST(RmsNormalization, IsFoundFromADivisionByARoot) {
  expect_rewrite(normalized(R"(
      %3: f32[n,s,8] = multiply(x1=%0, x2=%0)
      %4: f32[n,s,1] = mean(x=%3, axis=-1, keepdims=True)
      %5: f32[] = constant(value=1e-06)
      %6: f32[n,s,1] = add(x1=%5, x2=%4)
      %7: f32[n,s,1] = sqrt(x=%6)
      %8: f32[n,s,8] = divide(x1=%0, x2=%7))",
                            "%8"),
                 normalized("%3: f32[n,s,8] = rms_normalization(x=%0, scale=None, axis=-1, epsilon=1e-06)", "%3"));
}

TEST(RmsNormalization, OfASumInPlaceOfAMeanStays) {
  expect_unchanged(normalized(R"(
      %3: f32[n,s,8] = square(x=%0)
      %4: f32[n,s,1] = sum(x=%3, axis=-1, keepdims=True)
      %5: f32[] = constant(value=1e-06)
      %6: f32[n,s,1] = add(x1=%4, x2=%5)
      %7: f32[n,s,1] = rsqrt(x=%6)
      %8: f32[n,s,8] = multiply(x1=%0, x2=%7))",
                              "%8"));
}

TEST(RmsNormalization, OfTheSquaresOfSomethingElseStays) {
  constexpr char kTwo[] = R"(%0 "x": f32[n,s,8], %1 "z": f32[n,s,8])";
  expect_unchanged(normalized(R"(
      %2: f32[n,s,8] = square(x=%1)
      %3: f32[n,s,1] = mean(x=%2, axis=-1, keepdims=True)
      %4: f32[] = constant(value=1e-06)
      %5: f32[n,s,1] = add(x1=%3, x2=%4)
      %6: f32[n,s,1] = rsqrt(x=%5)
      %7: f32[n,s,8] = multiply(x1=%0, x2=%6))",
                              "%7", kTwo));
}

}  // namespace
}  // namespace kelt::rewrite
