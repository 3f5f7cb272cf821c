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

TEST(MaskedSoftmax, ThatTheMaskBroadcastsStays) {
  expect_unchanged(function_of(R"(%0 "a": f32[1,8], %1 "b": f32[8,5], %2 "mask": bool[n,5])",
                               "%3: f32[1,5] = matmul(x1=%0, x2=%1)\n%4: f32[] = constant(value=-1e+09)\n"
                               "%5: f32[n,5] = where(condition=%2, x1=%3, x2=%4)\n%6: f32[n,5] = softmax(x=%5, axis=1)",
                               R"(%6 "y")"));
}

}  // namespace
}  // namespace kelt::rewrite
