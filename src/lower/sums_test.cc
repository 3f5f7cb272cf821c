#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(Sums, OfFewElementsAreOneOperator) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,8,8,2]) { %1: f32[n,2] = mean(x=%0, axis=[1, 2], keepdims=False) } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 8, 8, 2]) { t0: f32[n, 2] = MEAN(x0, const i32[2] [1, 2]) {keep_dims: false} } -> (t0))");
}

TEST(Sums, OfManyElementsAreAddedInBlocksThatLieAcross) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,64,4,2]) { %1: f32[n,1,1,2] = mean(x=%0, axis=[1, 2], keepdims=True) } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 64, 4, 2]) {
                       t0: f32[n, 16, 32] = RESHAPE(x0, const i32[3] [-1, 16, 32]) {new_shape: [ -1, 16, 32 ]}
                       t1: f32[n, 32] = MEAN(t0, const i32[1] 1) {}
                       t2: f32[n, 16, 2] = RESHAPE(t1, const i32[3] [-1, 16, 2]) {new_shape: [ -1, 16, 2 ]}
                       t3: f32[n, 2] = MEAN(t2, const i32[1] 1) {}
                       t4: f32[n, 1, 1, 2] = RESHAPE(t3, const i32[4] [-1, 1, 1, 2]) {new_shape: [ -1, 1, 1, 2 ]}
                     } -> (t4))");
}

TEST(Sums, OfACountThatHasNoDivisorsArePadded) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,67,2]) { %1: f32[n,2] = mean(x=%0, axis=[1], keepdims=False) } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 67, 2]) {
                       t0: f32[n, 80, 2] = PAD(x0, const i32[3, 2] [0, 0, 0, 13, 0, 0]) {}
                       t1: f32[n, 16, 10] = RESHAPE(t0, const i32[3] [-1, 16, 10]) {new_shape: [ -1, 16, 10 ]}
                       t2: f32[n, 10] = SUM(t1, const i32[1] 1) {}
                       t3: f32[n, 5, 2] = RESHAPE(t2, const i32[3] [-1, 5, 2]) {new_shape: [ -1, 5, 2 ]}
                       t4: f32[n, 2] = SUM(t3, const i32[1] 1) {}
                       t5: f32[n, 2] = MUL(t4, const f32[] 0.0149253728) {}
                       t6: f32[n, 1, 2] = RESHAPE(t5, const i32[3] [-1, 1, 2]) {new_shape: [ -1, 1, 2 ]}
                       t7: f32[n, 2] = RESHAPE(t6, const i32[2] [-1, 2]) {new_shape: [ -1, 2 ]}
                     } -> (t7))");
}

TEST(Sums, OfAnUnknownCountAddTheMeanOfTheRest) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,h,w,2]) { %1: f32[n,1,1,2] = mean(x=%0, axis=[1, 2], keepdims=True) } -> (%1 "y"))",
                  R"(fn (x0: f32[n, h, w, 2]) {
                       t0: f32[n, 1, w, 2] = MEAN(x0, const i32[1] 1) {keep_dims: true}
                       t1: f32[n, 1, 1, 2] = MEAN(t0, const i32[1] 2) {keep_dims: true}
                       t2: f32[n, 1, 1, 2] = MAXIMUM(t1, const f32[] -1e+30) NONE{}
                       t3: f32[n, 1, 1, 2] = MINIMUM(t2, const f32[] 1e+30) NONE{}
                       t4: f32[n, h, w, 2] = SUB(x0, t3) {}
                       t5: f32[n, 1, w, 2] = MEAN(t4, const i32[1] 1) {keep_dims: true}
                       t6: f32[n, 1, 1, 2] = MEAN(t5, const i32[1] 2) {keep_dims: true}
                       t7: f32[n, 1, 1, 2] = ADD(t3, t6) {}
                     } -> (t7))");
}

TEST(Sums, AlongOneAxisOfUnknownLengthAreAddedInBlocksThatPoolingMakes) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,s,4]) { %1: f32[n,4] = sum(x=%0, axis=[1], keepdims=False) } -> (%1 "y"))",
                  R"(fn (x0: f32[n, s, 4]) {
                       t0: f32[n, 1, 4] = SUM(x0, const i32[1] 1) {keep_dims: true}
                       t1: f32[n, 1, 4] = MAXIMUM(t0, const f32[] -1e+30) NONE{}
                       t2: f32[n, 1, 4] = MINIMUM(t1, const f32[] 1e+30) NONE{}
                       t3: f32[n, 1, 4] = SUB(t0, t2)
                       t4: f32[1, n, s, 4] = MUL(x0, const f32[1, 1, 1, 1] [1])
                       t5: f32[1, n, s + 15, 4] = PAD(t4, const i32[4, 2] [0, 0, 0, 0, 0, 15, 0, 0])
                       t6: f32[1, n, floordiv(s + 15, 16), 4] = AVERAGE_POOL_2D(t5) {padding: VALID, stride_w: 16, stride_h: 1, filter_width: 16, filter_height: 1}
                       t7: f32[1, n, floordiv(s + 15, 16) + 15, 4] = PAD(t6, const i32[4, 2] [0, 0, 0, 0, 0, 15, 0, 0])
                       t8: f32[1, n, floordiv(s + 255, 256), 4] = AVERAGE_POOL_2D(t7) {padding: VALID, stride_w: 16, stride_h: 1, filter_width: 16, filter_height: 1}
                       t9: f32[1, n, floordiv(s + 255, 256) + 15, 4] = PAD(t8, const i32[4, 2] [0, 0, 0, 0, 0, 15, 0, 0])
                       t10: f32[1, n, floordiv(s + 4095, 4096), 4] = AVERAGE_POOL_2D(t9) {padding: VALID, stride_w: 16, stride_h: 1, filter_width: 16, filter_height: 1}
                       t11: f32[1, n, 1, 4] = SUM(t10, const i32[1] 2) {keep_dims: true}
                       t12: f32[1, n, 1, 4] = MUL(t11, const f32[] 4096)
                       t13: f32[n, 1, 4] = RESHAPE(t12, const i32[3] [-1, 1, 4]) {new_shape: [-1, 1, 4]}
                       t14: f32[n, 1, 4] = MUL(t3, const f32[] 1e-30)
                       t15: f32[n, 1, 4] = ADD(t13, t14)
                       t16: f32[n, 4] = SUM(t15, const i32[1] 1)
                     } -> (t16))");
}

TEST(Sums, OfIntegersAreExactAsTheyAre) {
  expect_lowering(R"(fn "f" (%0 "x": i32[n,1000,2]) { %1: i32[n,2] = sum(x=%0, axis=[1], keepdims=False) } -> (%1 "y"))",
                  R"(fn (x0: i32[n, 1000, 2]) { t0: i32[n, 2] = SUM(x0, const i32[1] 1) {} } -> (t0))");
}

TEST(Sums, OfARowAreLeftToTheKernelsUpToAFewThousand) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4096]) { %1: f32[n] = sum(x=%0, axis=[1], keepdims=False) } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4096]) { t0: f32[n] = SUM(x0, const i32[1] 1) {} } -> (t0))");
}

}  // namespace
}  // namespace kelt::lower
