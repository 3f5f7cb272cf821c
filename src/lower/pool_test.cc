#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(Pool, SlidesAWindowOfTwoDims) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,9,8,2]) {
                       %1: f32[n,4,4,2] = max_pool(inputs=%0, pool_size=[3, 2], strides=2, padding="valid", data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 9, 8, 2]) {
                       t0: f32[n, 4, 4, 2] = MAX_POOL_2D(x0) {padding: VALID, stride_w: 2, stride_h: 2, filter_width: 2, filter_height: 3}
                     } -> (t0))");
}

TEST(Pool, TakesARowAsAnImageOfHeightOne) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,8,2]) {
                       %1: f32[n,4,2] = average_pool(inputs=%0, pool_size=2, strides=None, padding="same", data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 8, 2]) {
                       t0: f32[n, 1, 8, 2] = RESHAPE(x0, const i32[4] [-1, 1, 8, 2]) {new_shape: [-1, 1, 8, 2]}
                       t1: f32[n, 1, 4, 2] = AVERAGE_POOL_2D(t0) {stride_w: 2, stride_h: 1, filter_width: 2, filter_height: 1}
                       t2: f32[n, 4, 2] = RESHAPE(t1, const i32[3] [-1, 4, 2]) {new_shape: [-1, 4, 2]}
                     } -> (t2))");
}

TEST(Pool, TakesAVolumePlaneByPlaneThenAlongItsDepth) {
  expect_lowering(R"(fn "f" (%0 "x": f32[2,4,6,8,3]) {
                       %1: f32[2,2,3,4,3] = max_pool(inputs=%0, pool_size=2, strides=2, padding="valid", data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[2, 4, 6, 8, 3]) {
                       t0: f32[8, 6, 8, 3] = RESHAPE(x0, const i32[4] [8, 6, 8, 3]) {new_shape: [8, 6, 8, 3]}
                       t1: f32[8, 3, 4, 3] = MAX_POOL_2D(t0) {padding: VALID, stride_w: 2, stride_h: 2, filter_width: 2, filter_height: 2}
                       t2: f32[2, 4, 12, 3] = RESHAPE(t1, const i32[4] [2, 4, 12, 3]) {new_shape: [2, 4, 12, 3]}
                       t3: f32[2, 2, 12, 3] = MAX_POOL_2D(t2) {padding: VALID, stride_w: 1, stride_h: 2, filter_width: 1, filter_height: 2}
                       t4: f32[2, 2, 3, 4, 3] = RESHAPE(t3, const i32[5] [2, 2, 3, 4, 3]) {new_shape: [2, 2, 3, 4, 3]}
                     } -> (t4))");
}

TEST(Pool, PicksElementsByADepthwiseConvolution) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,8,8,2]) {
                       %1: f32[n,4,4,2] = max_pool(inputs=%0, pool_size=1, strides=2, padding="valid", data_format="channels_last")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 8, 8, 2]) {
                       t0: f32[n, 4, 4, 2] = DEPTHWISE_CONV_2D(x0, const f32[1, 1, 1, 2] [1, 1], const f32[2] [0, 0]) {padding: VALID, stride_w: 2, stride_h: 2, depth_multiplier: 1}
                     } -> (t0))");
}

TEST(Pool, TransposesWhatHasItsChannelsFirst) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,2,8,8]) {
                       %1: f32[n,2,4,4] = max_pool(inputs=%0, pool_size=2, strides=2, padding="valid", data_format="channels_first")
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 2, 8, 8]) {
                       t0: f32[n, 8, 8, 2] = TRANSPOSE(x0, const i32[4] [0, 2, 3, 1])
                       t1: f32[n, 4, 4, 2] = MAX_POOL_2D(t0) {padding: VALID, stride_w: 2, stride_h: 2, filter_width: 2, filter_height: 2}
                       t2: f32[n, 2, 4, 4] = TRANSPOSE(t1, const i32[4] [0, 3, 1, 2])
                     } -> (t2))");
}

}  // namespace
}  // namespace kelt::lower
