#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(ConvTranspose, IsSameWhereLiteRtCutsAsKerasDoes) {
  expect_lowering(R"(weight @0 "k": f32[3,1,1,1] = [1, 2, 3]
                     fn "f" (%0 "x": f32[2,3,3,1]) {
                       %1: f32[3,1,1,1] = weight(table=@0)
                       %2: f32[2,6,6,1] = conv_transpose(inputs=%0, kernel=%1, strides=2, padding="same", output_padding=None, data_format="channels_last", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x0: f32[2, 3, 3, 1]) {
                       t0: f32[2, 6, 6, 1] = TRANSPOSE_CONV(const i32[4] [2, 6, 6, 1], const f32[1, 3, 1, 1] [1, 2, 3], x0, const f32[1] 0) {stride_w: 2, stride_h: 2}
                     } -> (t0))");
}

TEST(ConvTranspose, IsCutFromTheWholeElsewhere) {
  expect_lowering(R"(weight @0 "k": f32[4,1,1,1] = [1, 2, 3, 4]
                     fn "f" (%0 "x": f32[2,3,3,1]) {
                       %1: f32[4,1,1,1] = weight(table=@0)
                       %2: f32[2,4,5,1] = conv_transpose(inputs=%0, kernel=%1, strides=2, padding="same", output_padding=0, data_format="channels_last", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x0: f32[2, 3, 3, 1]) {
                       t0: f32[2, 8, 5, 1] = TRANSPOSE_CONV(const i32[4] [2, 8, 5, 1], const f32[1, 4, 1, 1] [1, 2, 3, 4], x0, const f32[1] 0) {padding: VALID, stride_w: 2, stride_h: 2}
                       t1: f32[2, 4, 5, 1] = SLICE(t0, const i32[4] [0, 2, 0, 0], const i32[4] [2, 4, 5, 1])
                     } -> (t1))");
}

TEST(ConvTranspose, IsAConvolutionLaidOutInSpaceAtUnknownSizes) {
  expect_lowering(R"(weight @0 "k": f32[2,2,1,1] = [1, 2, 3, 4]
                     fn "f" (%0 "x": f32[n,h,3,1]) {
                       %1: f32[2,2,1,1] = weight(table=@0)
                       %2: f32[n,2*h,6,1] = conv_transpose(inputs=%0, kernel=%1, strides=2, padding="valid", output_padding=None, data_format="channels_last", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x0: f32[n, h, 3, 1]) {
                       t0: f32[n, h, 3, 4] = CONV_2D(x0, const f32[4, 1, 1, 1] [1, 2, 3, 4], const f32[4] [0, 0, 0, 0]) {stride_w: 1, stride_h: 1}
                       t1: f32[n, 2*h, 6, 1] = DEPTH_TO_SPACE(t0) {block_size: 2}
                     } -> (t1))");
}

TEST(ConvTranspose, CutsTheSurplusOfUnknownSizesFromTheirEnd) {
  expect_lowering(R"(weight @0 "k": f32[3,1,1,1] = [1, 2, 3]
                     fn "f" (%0 "x": f32[n,h,3,1]) {
                       %1: f32[3,1,1,1] = weight(table=@0)
                       %2: f32[n,2*h + 1,6,1] = conv_transpose(inputs=%0, kernel=%1, strides=2, padding="valid", output_padding=None, data_format="channels_last", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x0: f32[n, h, 3, 1]) {
                       t0: f32[n, h + 2, 3, 1] = PAD(x0, const i32[4, 2] [0, 0, 1, 1, 0, 0, 0, 0])
                       t1: f32[n, h + 1, 3, 4] = CONV_2D(t0, const f32[4, 2, 1, 1] [3, 1, 0, 0, 0, 2, 0, 0], const f32[4] [0, 0, 0, 0]) {padding: VALID, stride_w: 1, stride_h: 1}
                       t2: f32[n, 2*h + 2, 6, 1] = DEPTH_TO_SPACE(t1) {block_size: 2}
                       t3: f32[n, 2*h + 1, 6, 1] = STRIDED_SLICE(t2, const i32[4] [0, 0, 0, 0], const i32[4] [0, -1, 0, 0], const i32[4] [1, 1, 1, 1]) {end_mask: 13}
                     } -> (t3))");
}

TEST(ConvTranspose, OfARowKeepsItsShapeAConstant) {
  expect_lowering(R"(weight @0 "k": f32[4,1,1] = [1, 2, 3, 4]
                     fn "f" (%0 "x": f32[n,3,1]) {
                       %1: f32[4,1,1] = weight(table=@0)
                       %2: f32[n,6,1] = conv_transpose(inputs=%0, kernel=%1, strides=2, padding="same", output_padding=None, data_format="channels_last", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x0: f32[n, 3, 1]) {
                       t0: f32[n, 1, 3, 1] = RESHAPE(x0, const i32[4] [-1, 1, 3, 1]) {new_shape: [-1, 1, 3, 1]}
                       t1: f32[n, 1, 3, 2] = CONV_2D(t0, const f32[2, 1, 3, 1] [4, 2, 0, 0, 3, 1], const f32[2] [0, 0]) {stride_w: 1, stride_h: 1}
                       t2: f32[n, 1, 6, 1] = RESHAPE(t1, const i32[4] [-1, 1, 6, 1]) {new_shape: [-1, 1, 6, 1]}
                       t3: f32[n, 6, 1] = RESHAPE(t2, const i32[3] [-1, 6, 1]) {new_shape: [-1, 6, 1]}
                     } -> (t3))");
}

}  // namespace
}  // namespace kelt::lower
