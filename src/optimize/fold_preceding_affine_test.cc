#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(FoldPrecedingAffine, TakesAScaleAndAShiftIntoAPointwiseConvolution) {
  expect_rewrite(
      fold_preceding_affine,
      R"(fn (x: f32[n,4,4,2]) { m = MUL(x, const f32[2] [10, 100])
                                           a = ADD(m, const f32[2] [1, 2])
                                           y: f32[n,4,4,2] = CONV_2D(a, const f32[2,1,1,2] [1, 2, 3, 4], const f32[2] [0, 1]) {stride_w: 1, stride_h: 1} } -> (y))",
      R"(fn (x: f32[n,4,4,2]) { y: f32[n,4,4,2] = CONV_2D(x, const f32[2,1,1,2] [10, 200, 30, 400], const f32[2] [5, 12]) {stride_w: 1, stride_h: 1} } -> (y))");
}

TEST(FoldPrecedingAffine, RepeatsTheScaleForADepthwiseMultiplier) {
  expect_rewrite(
      fold_preceding_affine,
      R"(fn (x: f32[n,4,4,2]) { m = MUL(x, const f32[2] [10, 100])
                                           y: f32[n,4,4,4] = DEPTHWISE_CONV_2D(m, const f32[1,1,1,4] [1, 2, 3, 4], _) {stride_w: 1, stride_h: 1, depth_multiplier: 2} } -> (y))",
      R"(fn (x: f32[n,4,4,2]) { y: f32[n,4,4,4] = DEPTHWISE_CONV_2D(x, const f32[1,1,1,4] [10, 20, 300, 400], _) {stride_w: 1, stride_h: 1, depth_multiplier: 2} } -> (y))");
}

TEST(FoldPrecedingAffine, LeavesAShiftBeforePaddedWindows) {
  expect_unchanged(fold_preceding_affine, R"(fn (x: f32[n,4,4,2]) {
      a = ADD(x, const f32[2] [1, 2])
      y: f32[n,4,4,1] = CONV_2D(a, @k: f32[1,3,3,2], _) {stride_w: 1, stride_h: 1} } -> (y))");
}

TEST(FoldPrecedingAffine, LeavesAGroupedConvolution) {
  expect_unchanged(fold_preceding_affine, R"(fn (x: f32[n,4,4,4]) {
      m = MUL(x, const f32[4] [1, 2, 3, 4])
      y: f32[n,4,4,2] = CONV_2D(m, @k: f32[2,1,1,2], _) {stride_w: 1, stride_h: 1} } -> (y))");
}

TEST(FoldPrecedingAffine, LeavesAScaleThatSomethingElseReads) {
  expect_unchanged(fold_preceding_affine, R"(fn (x: f32[n,2]) {
      m = MUL(x, const f32[2] [1, 2])
      y: f32[n,3] = FULLY_CONNECTED(m, @k: f32[3,2], _) } -> (y, m))");
}

}  // namespace
}  // namespace kelt::optimize
