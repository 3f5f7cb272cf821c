#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(FuseBias, AddsAConstantPerChannelToTheBiasOfAConvolution) {
  expect_rewrite(
      fuse_bias,
      R"(fn (x: f32[n,4,4,2]) { c: f32[n,4,4,3] = CONV_2D(x, @k: f32[3,1,1,2], const f32[3] [1, 2, 3]) {stride_w: 1, stride_h: 1}
                                           y = ADD(c, const f32[3] [10, 20, 30]) } -> (y))",
      R"(fn (x: f32[n,4,4,2]) { y: f32[n,4,4,3] = CONV_2D(x, @k: f32[3,1,1,2], const f32[3] [11, 22, 33]) {stride_w: 1, stride_h: 1} } -> (y))");
}

TEST(FuseBias, SubtractsAndReadsTheConstantOnEitherSideOfAnAddition) {
  expect_rewrite(fuse_bias,
                 R"(fn (x: f32[n,2]) { c: f32[n,3] = FULLY_CONNECTED(x, @k: f32[3,2], const f32[3] [1, 2, 3])
                                       y = SUB(c, const f32[] [1]) } -> (y))",
                 R"(fn (x: f32[n,2]) { y: f32[n,3] = FULLY_CONNECTED(x, @k: f32[3,2], const f32[3] [0, 1, 2]) } -> (y))");
  expect_rewrite(fuse_bias,
                 R"(fn (x: f32[n,2]) { c: f32[n,3] = FULLY_CONNECTED(x, @k: f32[3,2], _)
                                       y: f32[n,3] = ADD(const f32[1,3] [1, 2, 3], c) } -> (y))",
                 R"(fn (x: f32[n,2]) { y: f32[n,3] = FULLY_CONNECTED(x, @k: f32[3,2], const f32[3] [1, 2, 3]) } -> (y))");
}

TEST(FuseBias, LeavesAConvolutionThatSomethingElseReads) {
  expect_unchanged(fuse_bias, R"(fn (x: f32[n,2]) { c: f32[n,3] = FULLY_CONNECTED(x, @k: f32[3,2], _)
                                                    y = ADD(c, const f32[3] [1, 2, 3]) } -> (y, c))");
}

TEST(FuseBias, LeavesAConstantMinusALayerAndWhatIsNotPerChannel) {
  expect_unchanged(fuse_bias, R"(fn (x: f32[n,2]) { c: f32[n,3] = FULLY_CONNECTED(x, @k: f32[3,2], _)
                                                    y: f32[n,3] = SUB(const f32[3] [1, 2, 3], c) } -> (y))");
  expect_unchanged(fuse_bias, R"(fn (x: f32[3,2]) { c: f32[3,3] = FULLY_CONNECTED(x, @k: f32[3,2], _)
                                                    y = ADD(c, const f32[3,1] [1, 2, 3]) } -> (y))");
}

TEST(FuseBias, LeavesAnAdditionThatBroadcastsTheLayerToAHigherRank) {
  expect_unchanged(fuse_bias, R"(fn (x: f32[4,2]) { c: f32[4,3] = FULLY_CONNECTED(x, @k: f32[3,2], _)
                                                    y: f32[1,4,3] = ADD(c, const f32[1,1,3] [1, 2, 3]) } -> (y))");
}

}  // namespace
}  // namespace kelt::optimize
