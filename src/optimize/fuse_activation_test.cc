#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(FuseActivation, GoesIntoTheOperatorThatPrecedes) {
  expect_rewrite(fuse_activation, R"(fn (x: f32[n,2]) { c: f32[n,3] = FULLY_CONNECTED(x, @k: f32[3,2], _)
                                                        y = RELU6(c) } -> (y))",
                 R"(fn (x: f32[n,2]) { y: f32[n,3] = FULLY_CONNECTED(x, @k: f32[3,2], _) {fused_activation_function: RELU6} } -> (y))");
  expect_rewrite(fuse_activation, R"(fn (a: f32[n,2], b: f32[n,2]) { s = ADD(a, b)  y = RELU(s) } -> (y))",
                 R"(fn (a: f32[n,2], b: f32[n,2]) { y = ADD(a, b) {fused_activation_function: RELU} } -> (y))");
}

TEST(FuseActivation, LeavesASumThatSomethingElseReadsAndIntegers) {
  expect_unchanged(fuse_activation, R"(fn (a: f32[n,2], b: f32[n,2]) { s = ADD(a, b)  y = RELU(s) } -> (y, s))");
  expect_unchanged(fuse_activation, R"(fn (a: i32[n,2], b: i32[n,2]) { s = ADD(a, b)  y = RELU(s) } -> (y))");
}

TEST(FuseActivation, FusesOnlyOne) {
  expect_rewrite(fuse_activation, R"(fn (a: f32[n,2], b: f32[n,2]) { s = ADD(a, b)  r = RELU(s)  y = RELU6(r) } -> (y))",
                 R"(fn (a: f32[n,2], b: f32[n,2]) { r = ADD(a, b) {fused_activation_function: RELU}  y = RELU6(r) } -> (y))");
}

}  // namespace
}  // namespace kelt::optimize
