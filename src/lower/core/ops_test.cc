#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

std::string concatenation_of(int parts) {
  std::string operands;
  for (int i = 0; i < parts; ++i) operands += i == 0 ? "%0" : ", %0";
  return "fn \"f\" (%0 \"x\": f32[n,1]) {\n  %1: f32[n," + std::to_string(parts) + "] = concatenate(xs=[" + operands +
         "], axis=1)\n} -> (%1 \"y\")";
}

TEST(Concatenate, TakesFiveOperandsAtOnce) {
  expect_lowering(concatenation_of(5), "fn (x: f32[n,1]) { y: f32[n,5] = CONCATENATION(x, x, x, x, x) {axis: 1} } -> (y)");
}

TEST(Concatenate, JoinsTheFewestOperandsBeforeThatMakeRoom) {
  expect_lowering(concatenation_of(6), R"(fn (x: f32[n,1]) { a: f32[n,2] = CONCATENATION(x, x) {axis: 1}
                                                             y: f32[n,6] = CONCATENATION(a, x, x, x, x) {axis: 1} } -> (y))");
}

TEST(Concatenate, JoinsManyOperandsInGroups) {
  expect_lowering(concatenation_of(12), R"(fn (x: f32[n,1]) { a: f32[n,5] = CONCATENATION(x, x, x, x, x) {axis: 1}
                                                              b: f32[n,5] = CONCATENATION(x, x, x, x, x) {axis: 1}
                                                              c: f32[n,2] = CONCATENATION(x, x) {axis: 1}
                                                              y: f32[n,12] = CONCATENATION(a, b, c) {axis: 1} } -> (y))");
}

}  // namespace
}  // namespace kelt::lower
