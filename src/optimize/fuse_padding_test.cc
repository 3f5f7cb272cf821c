#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(FusePadding, IsSameWhereSamePadsAsMuch) {
  expect_rewrite(
      fuse_padding,
      R"(fn (x: f32[n,h,w,2]) { p: f32[n,h+2,w+2,2] = PAD(x, const i32[4,2] [0, 0, 1, 1, 1, 1, 0, 0])
                                           y: f32[n,h,w,3] = CONV_2D(p, @k: f32[3,3,3,2], _) {stride_w: 1, stride_h: 1, padding: VALID} } -> (y))",
      R"(fn (x: f32[n,h,w,2]) { y: f32[n,h,w,3] = CONV_2D(x, @k: f32[3,3,3,2], _) {stride_w: 1, stride_h: 1, padding: SAME} } -> (y))");
}

TEST(FusePadding, CountsTheRowsThatSamePadsUnderAStride) {
  // 8 rows, stride 2, a kernel of 3: SAME adds one row, behind.
  expect_rewrite(
      fuse_padding,
      R"(fn (x: f32[n,8,8,2]) { p: f32[n,9,9,2] = PAD(x, const i32[4,2] [0, 0, 0, 1, 0, 1, 0, 0])
                                           y: f32[n,4,4,2] = DEPTHWISE_CONV_2D(p, @k: f32[1,3,3,2], _) {stride_w: 2, stride_h: 2, depth_multiplier: 1, padding: VALID} } -> (y))",
      R"(fn (x: f32[n,8,8,2]) { y: f32[n,4,4,2] = DEPTHWISE_CONV_2D(x, @k: f32[1,3,3,2], _) {stride_w: 2, stride_h: 2, depth_multiplier: 1, padding: SAME} } -> (y))");
  expect_unchanged(fuse_padding, R"(fn (x: f32[n,8,8,2]) {
      p: f32[n,10,10,2] = PAD(x, const i32[4,2] [0, 0, 1, 1, 1, 1, 0, 0])
      y: f32[n,4,4,3] = CONV_2D(p, @k: f32[3,3,3,2], _) {stride_w: 2, stride_h: 2, padding: VALID} } -> (y))");
}

TEST(FusePadding, LeavesAStrideOverARowCountThatIsNotKnown) {
  expect_unchanged(fuse_padding, R"(fn (x: f32[n,h,8,2]) {
      p: f32[n,h+1,9,2] = PAD(x, const i32[4,2] [0, 0, 0, 1, 0, 1, 0, 0])
      y: f32[n,?,4,3] = CONV_2D(p, @k: f32[3,3,3,2], _) {stride_w: 2, stride_h: 2, padding: VALID} } -> (y))");
}

TEST(FusePadding, LeavesPaddedChannels) {
  expect_unchanged(fuse_padding, R"(fn (x: f32[n,8,8,2]) {
      p: f32[n,8,8,3] = PAD(x, const i32[4,2] [0, 0, 0, 0, 0, 0, 0, 1])
      y: f32[n,8,8,3] = CONV_2D(p, @k: f32[3,1,1,3], _) {stride_w: 1, stride_h: 1, padding: VALID} } -> (y))");
}

TEST(FusePadding, KeepsAPaddingThatGivesTheIntegersAnotherScale) {
  expect_unchanged(fuse_padding, R"(fn (x: i8[1,4,4,1] q{scale: [1], zero_point: [0]}) {
      p: i8[1,6,6,1] q{scale: [2], zero_point: [0]} = PAD(x, const i32[4,2] [0, 0, 1, 1, 1, 1, 0, 0])
      y: i8[1,4,4,1] q{scale: [1], zero_point: [0]} = CONV_2D(p, @k: i8[1,3,3,1] q{scale: [1], zero_point: [0]}, _) {padding: VALID, stride_w: 1, stride_h: 1} } -> (y))");
}

}  // namespace
}  // namespace kelt::optimize
