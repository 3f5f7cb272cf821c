#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(Conv, TakesItsKernelOutputFirstAndABiasOfZeros) {
  expect_lowering(R"(weight @0 "k": f32[1,2,1,3] = [1, 2, 3, 4, 5, 6]
                     fn "f" (%0 "x": f32[n,8,8,1]) {
                       %1: f32[1,2,1,3] = weight(table=@0)
                       %2: f32[n,4,8,3] = conv(inputs=%0, kernel=%1, strides=[2, 1], padding="same", data_format="channels_last", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x: f32[n,8,8,1]) {
                       y: f32[n,4,8,3] = CONV_2D(x, const f32[3,1,2,1] [1, 4, 2, 5, 3, 6], const f32[3] [0, 0, 0]) {stride_h: 2, stride_w: 1}
                     } -> (y))");
}

TEST(Conv, TakesARowAsAnImageOfHeightOne) {
  expect_lowering(R"(weight @0 "k": f32[2,1,2] = [1, 2, 3, 4]
                     fn "f" (%0 "x": f32[n,s,1]) {
                       %1: f32[2,1,2] = weight(table=@0)
                       %2: f32[n,s,2] = conv(inputs=%0, kernel=%1, strides=1, padding="same", data_format="channels_last", dilation_rate=2)
                     } -> (%2 "y"))",
                  R"(fn (x0: f32[n, s, 1]) {
                       t0: f32[1, n, s, 1] = MUL(x0, const f32[1, 1, 1, 1] [1])
                       t1: f32[n, 1, s, 1] = TRANSPOSE(t0, const i32[4] [1, 0, 2, 3])
                       t2: f32[n, 1, s, 2] = CONV_2D(t1, const f32[2, 1, 2, 1] [1, 3, 2, 4], const f32[2] [0, 0]) {stride_w: 1, stride_h: 1, dilation_w_factor: 2}
                       t3: f32[n, s, 2] = SUM(t2, const i32[1] 1)
                     } -> (t3))");
}

TEST(Conv, IsDepthwiseWithAsManyGroupsAsChannels) {
  expect_lowering(R"(weight @0 "k": f32[1,1,1,4] = [1, 2, 3, 4]
                     fn "f" (%0 "x": f32[n,3,3,2]) {
                       %1: f32[1,1,1,4] = weight(table=@0)
                       %2: f32[n,3,3,4] = conv(inputs=%0, kernel=%1, strides=1, padding="same", data_format="channels_last", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x0: f32[n, 3, 3, 2]) {
                       t0: f32[n, 3, 3, 4] = DEPTHWISE_CONV_2D(x0, const f32[1, 1, 1, 4] [1, 2, 3, 4], const f32[4] [0, 0, 0, 0]) {stride_w: 1, stride_h: 1, depth_multiplier: 2}
                     } -> (t0))");
}

TEST(Conv, HasGroupsByTheChannelsOfItsKernel) {
  expect_lowering(R"(weight @0 "k": f32[1,1,2,2] = [1, 2, 3, 4]
                     fn "f" (%0 "x": f32[n,3,3,4]) {
                       %1: f32[1,1,2,2] = weight(table=@0)
                       %2: f32[n,3,3,2] = conv(inputs=%0, kernel=%1, strides=1, padding="same", data_format="channels_last", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x0: f32[n, 3, 3, 4]) {
                       t0: f32[n, 3, 3, 2] = CONV_2D(x0, const f32[2, 1, 1, 2] [1, 3, 2, 4], const f32[2] [0, 0]) {stride_w: 1, stride_h: 1}
                     } -> (t0))");
}

TEST(Conv, TransposesWhatHasItsChannelsFirst) {
  expect_lowering(R"(weight @0 "k": f32[1,1,2,2] = [1, 2, 3, 4]
                     fn "f" (%0 "x": f32[n,2,3,3]) {
                       %1: f32[1,1,2,2] = weight(table=@0)
                       %2: f32[n,2,3,3] = conv(inputs=%0, kernel=%1, strides=1, padding="same", data_format="channels_first", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x0: f32[n, 2, 3, 3]) {
                       t0: f32[n, 3, 3, 2] = TRANSPOSE(x0, const i32[4] [0, 2, 3, 1])
                       t1: f32[n, 3, 3, 2] = CONV_2D(t0, const f32[2, 1, 1, 2] [1, 3, 2, 4], const f32[2] [0, 0]) {stride_w: 1, stride_h: 1}
                       t2: f32[n, 2, 3, 3] = TRANSPOSE(t1, const i32[4] [0, 3, 1, 2])
                     } -> (t2))");
}

TEST(DepthwiseConv, HasAMultiplier) {
  expect_lowering(R"(weight @0 "k": f32[1,1,2,2] = [1, 2, 3, 4]
                     fn "f" (%0 "x": f32[n,3,3,2]) {
                       %1: f32[1,1,2,2] = weight(table=@0)
                       %2: f32[n,3,3,4] = depthwise_conv(inputs=%0, kernel=%1, strides=1, padding="same", data_format="channels_last", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x0: f32[n, 3, 3, 2]) {
                       t0: f32[n, 3, 3, 4] = DEPTHWISE_CONV_2D(x0, const f32[1, 1, 1, 4] [1, 2, 3, 4], const f32[4] [0, 0, 0, 0]) {stride_w: 1, stride_h: 1, depth_multiplier: 2}
                     } -> (t0))");
}

TEST(Conv, RejectsAnArgumentThatItDoesNotKnow) {
  expect_rejected(R"(fn "f" (%0 "x": f32[n,4,4,1], %1 "k": f32[1,1,1,1]) {
                      %2: f32[n,4,4,1] = conv(inputs=%0, kernel=%1, strides=1, padding="same", data_format="channels_last", dilation_rate=1, flipped=True)
                    } -> (%2 "y"))",
                  "`flipped`");
}

TEST(Conv, RejectsAPaddingThatItDoesNotKnow) {
  expect_rejected(R"(fn "f" (%0 "x": f32[n,4,4,1], %1 "k": f32[1,1,1,1]) {
                      %2: f32[n,4,4,1] = conv(inputs=%0, kernel=%1, strides=1, padding="full", data_format="channels_last", dilation_rate=1)
                    } -> (%2 "y"))",
                  "`padding`");
}

}  // namespace
}  // namespace kelt::lower
