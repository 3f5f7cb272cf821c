#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

// Ones as taps of a convolution, in place of ONES.
std::string with_ones(std::string text) {
  constexpr std::string_view kName = "ONES";
  const std::string ones = "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]";
  for (size_t at = text.find(kName); at != std::string::npos; at = text.find(kName)) text.replace(at, kName.size(), ones);
  return text;
}

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

TEST(Sums, OfAnImageOfUnknownSizeAreAddedInBlocksThatConvolutionsMake) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,h,w,2]) { %1: f32[n,1,1,2] = mean(x=%0, axis=[1, 2], keepdims=True) } -> (%1 "y"))",
                  with_ones(R"(fn (x0: f32[n, h, w, 2]) {
                       t0: f32[n, floordiv(h + 8, 9), w, 2] = DEPTHWISE_CONV_2D(x0, const f32[1, 9, 1, 2] ONES, const f32[2] [0, 0]) {stride_w: 1, stride_h: 9, depth_multiplier: 1}
                       t1: f32[n, floordiv(h + 8, 9), floordiv(w + 8, 9), 2] = DEPTHWISE_CONV_2D(t0, const f32[1, 1, 9, 2] ONES, const f32[2] [0, 0]) {stride_w: 9, stride_h: 1, depth_multiplier: 1}
                       t2: f32[n, floordiv(h + 80, 81), floordiv(w + 8, 9), 2] = DEPTHWISE_CONV_2D(t1, const f32[1, 9, 1, 2] ONES, const f32[2] [0, 0]) {stride_w: 1, stride_h: 9, depth_multiplier: 1}
                       t3: f32[n, floordiv(h + 80, 81), floordiv(w + 80, 81), 2] = DEPTHWISE_CONV_2D(t2, const f32[1, 1, 9, 2] ONES, const f32[2] [0, 0]) {stride_w: 9, stride_h: 1, depth_multiplier: 1}
                       t4: f32[n, floordiv(h + 728, 729), floordiv(w + 80, 81), 2] = DEPTHWISE_CONV_2D(t3, const f32[1, 9, 1, 2] ONES, const f32[2] [0, 0]) {stride_w: 1, stride_h: 9, depth_multiplier: 1}
                       t5: f32[n, floordiv(h + 728, 729), floordiv(w + 728, 729), 2] = DEPTHWISE_CONV_2D(t4, const f32[1, 1, 9, 2] ONES, const f32[2] [0, 0]) {stride_w: 9, stride_h: 1, depth_multiplier: 1}
                       t6: f32[n, 1, floordiv(w + 728, 729), 2] = SUM(t5, const i32[1] 1) {keep_dims: true}
                       t7: f32[n, 1, 1, 2] = SUM(t6, const i32[1] 2) {keep_dims: true}
                       t8: f32[n, h, 1, 2] = STRIDED_SLICE(x0, const i32[4] [0, 0, 0, 0], const i32[4] [0, 0, 1, 0], const i32[4] [1, 1, 1, 1]) {begin_mask: 11, end_mask: 11}
                       t9: f32[n, h, 1, 2] = MINIMUM(t8, const f32[] 1) NONE{}
                       t10: f32[n, h, 1, 2] = MAXIMUM(t9, const f32[] 1) NONE{}
                       t11: f32[n, 1, 1, 2] = SUM(t10, const i32[1] 1) {keep_dims: true}
                       t12: f32[n, 1, w, 2] = STRIDED_SLICE(x0, const i32[4] [0, 0, 0, 0], const i32[4] [0, 1, 0, 0], const i32[4] [1, 1, 1, 1]) {begin_mask: 13, end_mask: 13}
                       t13: f32[n, 1, w, 2] = MINIMUM(t12, const f32[] 1) NONE{}
                       t14: f32[n, 1, w, 2] = MAXIMUM(t13, const f32[] 1) NONE{}
                       t15: f32[n, 1, 1, 2] = SUM(t14, const i32[1] 2) {keep_dims: true}
                       t16: f32[n, 1, 1, 2] = MUL(t11, t15)
                       t17: f32[n, 1, 1, 2] = DIV(t7, t16)
                     } -> (t17))"));
}

TEST(Sums, AlongOneAxisOfUnknownLengthHaveARowMoreSoThatItMayBeEmpty) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,s,2]) { %1: f32[n,2] = sum(x=%0, axis=[1], keepdims=False) } -> (%1 "y"))",
                  with_ones(R"(fn (x0: f32[n, s, 2]) {
                       t0: f32[1, n, s, 2] = MUL(x0, const f32[1, 1, 1, 1] [1])
                       t1: f32[1, n, s + 1, 2] = PAD(t0, const i32[4, 2] [0, 0, 0, 0, 0, 1, 0, 0])
                       t2: f32[1, n, floordiv(s, 9) + 1, 2] = DEPTHWISE_CONV_2D(t1, const f32[1, 1, 9, 2] ONES, const f32[2] [0, 0]) {stride_w: 9, stride_h: 1, depth_multiplier: 1}
                       t3: f32[1, n, floordiv(s, 81) + 1, 2] = DEPTHWISE_CONV_2D(t2, const f32[1, 1, 9, 2] ONES, const f32[2] [0, 0]) {stride_w: 9, stride_h: 1, depth_multiplier: 1}
                       t4: f32[1, n, floordiv(s, 729) + 1, 2] = DEPTHWISE_CONV_2D(t3, const f32[1, 1, 9, 2] ONES, const f32[2] [0, 0]) {stride_w: 9, stride_h: 1, depth_multiplier: 1}
                       t5: f32[1, n, floordiv(s, 6561) + 1, 2] = DEPTHWISE_CONV_2D(t4, const f32[1, 1, 9, 2] ONES, const f32[2] [0, 0]) {stride_w: 9, stride_h: 1, depth_multiplier: 1}
                       t6: f32[1, n, floordiv(s, 59049) + 1, 2] = DEPTHWISE_CONV_2D(t5, const f32[1, 1, 9, 2] ONES, const f32[2] [0, 0]) {stride_w: 9, stride_h: 1, depth_multiplier: 1}
                       t7: f32[1, n, 1, 2] = SUM(t6, const i32[1] 2) {keep_dims: true}
                       t8: f32[n, 2] = SUM(t7, const i32[2] [0, 2])
                     } -> (t8))"));
}

TEST(Sums, OfUnknownChannelsAreAddedInBlocksThatPoolingMakes) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,h,w,c]) { %1: f32[n,1,w,c] = sum(x=%0, axis=[1], keepdims=True) } -> (%1 "y"))",
                  R"(fn (x0: f32[n, h, w, c]) {
                       t0: f32[n, 1, w, c] = SUM(x0, const i32[1] 1) {keep_dims: true}
                       t1: f32[n, 1, w, c] = MAXIMUM(t0, const f32[] -1e+30) NONE{}
                       t2: f32[n, 1, w, c] = MINIMUM(t1, const f32[] 1e+30) NONE{}
                       t3: f32[n, 1, w, c] = SUB(t0, t2)
                       t4: f32[n, h + 15, w, c] = PAD(x0, const i32[4, 2] [0, 0, 0, 15, 0, 0, 0, 0])
                       t5: f32[n, floordiv(h + 15, 16), w, c] = AVERAGE_POOL_2D(t4) {padding: VALID, stride_w: 1, stride_h: 16, filter_width: 1, filter_height: 16}
                       t6: f32[n, floordiv(h + 15, 16) + 15, w, c] = PAD(t5, const i32[4, 2] [0, 0, 0, 15, 0, 0, 0, 0])
                       t7: f32[n, floordiv(h + 255, 256), w, c] = AVERAGE_POOL_2D(t6) {padding: VALID, stride_w: 1, stride_h: 16, filter_width: 1, filter_height: 16}
                       t8: f32[n, floordiv(h + 255, 256) + 15, w, c] = PAD(t7, const i32[4, 2] [0, 0, 0, 15, 0, 0, 0, 0])
                       t9: f32[n, floordiv(h + 4095, 4096), w, c] = AVERAGE_POOL_2D(t8) {padding: VALID, stride_w: 1, stride_h: 16, filter_width: 1, filter_height: 16}
                       t10: f32[n, floordiv(h + 4095, 4096) + 15, w, c] = PAD(t9, const i32[4, 2] [0, 0, 0, 15, 0, 0, 0, 0])
                       t11: f32[n, floordiv(h + 65535, 65536), w, c] = AVERAGE_POOL_2D(t10) {padding: VALID, stride_w: 1, stride_h: 16, filter_width: 1, filter_height: 16}
                       t12: f32[n, 1, w, c] = SUM(t11, const i32[1] 1) {keep_dims: true}
                       t13: f32[n, 1, w, c] = MUL(t12, const f32[] 65536)
                       t14: f32[n, 1, w, c] = MUL(t3, const f32[] 1e-30)
                       t15: f32[n, 1, w, c] = ADD(t13, t14)
                     } -> (t15))");
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
