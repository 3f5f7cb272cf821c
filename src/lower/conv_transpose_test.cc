#include "lower/testing.h"

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

TEST(ConvTranspose, ComputesItsShapeFromUnknownSizes) {
  expect_lowering(R"(weight @0 "k": f32[2,2,1,1] = [1, 2, 3, 4]
                     fn "f" (%0 "x": f32[n,h,3,1]) {
                       %1: f32[2,2,1,1] = weight(table=@0)
                       %2: f32[n,2*h,6,1] = conv_transpose(inputs=%0, kernel=%1, strides=2, padding="valid", output_padding=None, data_format="channels_last", dilation_rate=1)
                     } -> (%2 "y"))",
                  R"(fn (x0: f32[n, h, 3, 1]) {
                       t0: i32[4] = SHAPE(x0) {out_type: INT32}
                       t1: i32[] = STRIDED_SLICE(t0, const i32[1] 0, const i32[1] 1, const i32[1] 1) {shrink_axis_mask: 1}
                       t2: i32[4] = SHAPE(x0) {out_type: INT32}
                       t3: i32[] = STRIDED_SLICE(t2, const i32[1] 1, const i32[1] 2, const i32[1] 1) {shrink_axis_mask: 1}
                       t4: i32[] = MUL(const i32[] 2, t3)
                       t5: i32[4] = PACK(t1, t4, const i32[] 6, const i32[] 1) {values_count: 4}
                       t6: f32[n, 2*h, 6, 1] = TRANSPOSE_CONV(t5, const f32[1, 2, 2, 1] [1, 2, 3, 4], x0, const f32[1] 0) {padding: VALID, stride_w: 2, stride_h: 2}
                     } -> (t6))");
}

}  // namespace
}  // namespace kelt::lower
