#include "rewrite/testing.h"

namespace kelt::rewrite {
namespace {

constexpr char kOperands[] = R"(%0 "q": f32[n,2,s,8], %1 "k": f32[n,2,8,s], %2 "mask": bool[n,1,1,s])";
constexpr char kProduct[] = "%3: f32[n,2,s,s] = matmul(x1=%0, x2=%1)\n";

std::string masked(std::string_view low) {
  return std::string(kProduct) + "%4: f32[] = constant(value=" + std::string(low) +
         ")\n%5: f32[n,2,s,s] = where(condition=%2, x1=%3, x2=%4)\n%6: f32[n,2,s,s] = softmax(x=%5, axis=3)\n";
}

std::string found(std::string_view zero) {
  return std::string(kProduct) + "%4: f32[n,2,s,s] = masked_softmax(x=%3, mask=%2, axis=3, masked_is_zero=" + std::string(zero) + ")";
}

TEST(MaskedSoftmax, TakesTheMask) {
  expect_rewrite(function_of(kOperands, masked("-1e+09"), R"(%6 "y")"), function_of(kOperands, found("False"), R"(%4 "y")"));
}

TEST(MaskedSoftmax, TakesTheZerosBehindIt) {  // as keras.layers.Softmax has them
  expect_rewrite(
      function_of(kOperands, masked("-1e+09") + "%7: f32[] = constant(value=0.0)\n%8: f32[n,2,s,s] = where(condition=%2, x1=%6, x2=%7)",
                  R"(%8 "y")"),
      function_of(kOperands, found("True"), R"(%4 "y")"));
}

TEST(MaskedSoftmax, OfANumberThatIsNotLowStays) { expect_unchanged(function_of(kOperands, masked("-100.0"), R"(%6 "y")")); }

TEST(MaskedSoftmax, OfWhatMayBeInfiniteStays) {
  expect_unchanged(function_of(R"(%0 "x": f32[n,s], %1 "mask": bool[n,s])",
                               "%2: f32[n,s] = log(x=%0)\n%3: f32[] = constant(value=-1e+09)\n"
                               "%4: f32[n,s] = where(condition=%1, x1=%2, x2=%3)\n%5: f32[n,s] = softmax(x=%4, axis=1)",
                               R"(%5 "y")"));
}

std::string biased(std::string_view inputs, std::string_view bias) {
  return function_of(std::string(kOperands) + std::string(inputs),
                     std::string(kProduct) + std::string(bias) +
                         "%6: f32[n,2,s,s] = add(x1=%3, x2=%5)\n%7: f32[] = constant(value=-1e+09)\n"
                         "%8: f32[n,2,s,s] = where(condition=%2, x1=%6, x2=%7)\n%9: f32[n,2,s,s] = softmax(x=%8, axis=3)",
                     R"(%9 "y")");
}

TEST(MaskedSoftmax, WithABiasThatIsGivenStays) {  // which may hold -inf: a row that is masked whole would be NaN
  expect_unchanged(biased(R"(, %4 "bias": f32[1,2,s,s])", "%5: f32[1,2,s,s] = negative(x=%4)\n"));
  expect_unchanged(biased(R"(, %4 "bias": f32[1,2,s,s])", "%5: f32[1,2,s,s] = tanh(x=%4)\n"));
}

TEST(MaskedSoftmax, WithABiasThatIsWrittenDown) {  // as the slopes of ALiBi are
  const auto bias = [](std::string_view number) {
    return biased(
        "", "%4: f32[2] = constant(value=[0.5, " + std::string(number) + "])\n%5: f32[1,2,1,1] = reshape(x=%4, newshape=[1, 2, 1, 1])\n");
  };
  expect_rewrite(bias("0.25"),
                 function_of(kOperands,
                             std::string(kProduct) +
                                 "%4: f32[2] = constant(value=[0.5, 0.25])\n%5: f32[1,2,1,1] = reshape(x=%4, newshape=[1, 2, 1, 1])\n"
                                 "%6: f32[n,2,s,s] = add(x1=%3, x2=%5)\n"
                                 "%7: f32[n,2,s,s] = masked_softmax(x=%6, mask=%2, axis=3, masked_is_zero=False)",
                             R"(%7 "y")"));
  expect_unchanged(bias("-inf"));
}

TEST(MaskedSoftmax, DividedByWhatMayBeZeroStays) {
  expect_unchanged(function_of(std::string(kOperands) + R"(, %3 "by": f32[])",
                               "%4: f32[n,2,s,s] = matmul(x1=%0, x2=%1)\n%5: f32[n,2,s,s] = divide(x1=%4, x2=%3)\n"
                               "%6: f32[] = constant(value=-1e+09)\n%7: f32[n,2,s,s] = where(condition=%2, x1=%5, x2=%6)\n"
                               "%8: f32[n,2,s,s] = softmax(x=%7, axis=3)",
                               R"(%8 "y")"));
}

TEST(MaskedSoftmax, ThatTheMaskBroadcastsStays) {
  expect_unchanged(function_of(R"(%0 "a": f32[1,8], %1 "b": f32[8,5], %2 "mask": bool[n,5])",
                               "%3: f32[1,5] = matmul(x1=%0, x2=%1)\n%4: f32[] = constant(value=-1e+09)\n"
                               "%5: f32[n,5] = where(condition=%2, x1=%3, x2=%4)\n%6: f32[n,5] = softmax(x=%5, axis=1)",
                               R"(%6 "y")"));
}

}  // namespace
}  // namespace kelt::rewrite
