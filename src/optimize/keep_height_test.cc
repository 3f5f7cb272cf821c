#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(KeepHeight, BringsANormalisationToTheConvolutionBeforeIt) {
  expect_rewrite(keep_height,
                 R"(fn (x: f32[n,1,9,2]) { c: f32[n,1,9,4] = CONV_2D(x, @k: f32[4,1,3,2], @b: f32[4]) {stride_w: 1, stride_h: 1}
                                r: f32[n,9,4] = RESHAPE(c, const i32[3] [-1, 9, 4])
                                m = MUL(r, const f32[1,1,4] [1, 2, 3, 4])
                                y = RELU(m) } -> (y))",
                 R"(fn (x: f32[n,1,9,2]) { c: f32[n,1,9,4] = CONV_2D(x, @k: f32[4,1,3,2], @b: f32[4]) {stride_w: 1, stride_h: 1}
                                r: f32[n,9,4] = RESHAPE(c, const i32[3] [-1, 9, 4])
                                m: f32[n,1,9,4] = MUL(c, const f32[1,1,1,4] [1, 2, 3, 4])
                                i: f32[n,1,9,4] = RELU(m)
                                y: f32[n,9,4] = RESHAPE(i, const i32[3] [-1, 9, 4]) {new_shape: [-1, 9, 4]} } -> (y))");
}

TEST(KeepHeight, NeedsNoReshapeBetweenConvolutionsAlongAResidual) {
  // The input has an image already, since a convolution reads it.
  expect_rewrite(keep_height,
                 R"(fn (x: f32[n,9,4]) { p: f32[n,11,4] = PAD(x, const i32[3,2] [0, 0, 2, 0, 0, 0])
                              i: f32[n,1,11,4] = RESHAPE(p, const i32[4] [-1, 1, 11, 4])
                              j: f32[n,1,9,4] = RESHAPE(x, const i32[4] [-1, 1, 9, 4])
                              c: f32[n,1,9,4] = CONV_2D(i, @k: f32[4,1,3,4], @b: f32[4]) {stride_w: 1, stride_h: 1, padding: VALID}
                              d: f32[n,1,9,4] = CONV_2D(j, @l: f32[4,1,1,4], @b) {stride_w: 1, stride_h: 1}
                              r: f32[n,9,4] = RESHAPE(c, const i32[3] [-1, 9, 4])
                              s: f32[n,9,4] = RESHAPE(d, const i32[3] [-1, 9, 4])
                              t = TANH(r)
                              a = ADD(t, s)
                              b2 = ADD(a, x)
                              e: f32[n,1,9,4] = RESHAPE(b2, const i32[4] [-1, 1, 9, 4])
                              y: f32[n,1,9,4] = CONV_2D(e, @m: f32[4,1,1,4], @b) {stride_w: 1, stride_h: 1} } -> (y))",
                 R"(fn (x: f32[n,9,4]) { j: f32[n,1,9,4] = RESHAPE(x, const i32[4] [-1, 1, 9, 4]) {new_shape: [-1, 1, 9, 4]}
                              p: f32[n,1,11,4] = PAD(j, const i32[4,2] [0, 0, 0, 0, 2, 0, 0, 0])
                              c: f32[n,1,9,4] = CONV_2D(p, @k: f32[4,1,3,4], @b: f32[4]) {stride_w: 1, stride_h: 1, padding: VALID}
                              d: f32[n,1,9,4] = CONV_2D(j, @l: f32[4,1,1,4], @b) {stride_w: 1, stride_h: 1}
                              r: f32[n,9,4] = RESHAPE(c, const i32[3] [-1, 9, 4])
                              s: f32[n,9,4] = RESHAPE(d, const i32[3] [-1, 9, 4])
                              t: f32[n,1,9,4] = TANH(c)
                              a: f32[n,1,9,4] = ADD(t, d)
                              b2: f32[n,1,9,4] = ADD(a, j)
                              y: f32[n,1,9,4] = CONV_2D(b2, @m: f32[4,1,1,4], @b) {stride_w: 1, stride_h: 1} } -> (y))");
}

TEST(KeepHeight, KnowsTheFormsOfAnUnknownLength) {
  expect_rewrite(keep_height,
                 R"(fn (x: f32[n,1,w,2]) { c: f32[n,1,w,2] = CONV_2D(x, @k: f32[2,1,3,2], @b: f32[2]) {stride_w: 1, stride_h: 1}
                                r: f32[n,w,2] = SUM(c, const i32[1] [1])
                                t = TANH(r)
                                l: f32[1,n,w,2] = MUL(t, const f32[1,1,1,1] [1])
                                i: f32[n,1,w,2] = TRANSPOSE(l, const i32[4] [1, 0, 2, 3])
                                y: f32[n,1,w,2] = CONV_2D(i, @m: f32[2,1,3,2], @b) {stride_w: 1, stride_h: 1} } -> (y))",
                 R"(fn (x: f32[n,1,w,2]) { c: f32[n,1,w,2] = CONV_2D(x, @k: f32[2,1,3,2], @b: f32[2]) {stride_w: 1, stride_h: 1}
                                r: f32[n,w,2] = SUM(c, const i32[1] [1])
                                t: f32[n,1,w,2] = TANH(c)
                                y: f32[n,1,w,2] = CONV_2D(t, @m: f32[2,1,3,2], @b) {stride_w: 1, stride_h: 1} } -> (y))");
}

TEST(KeepHeight, MovesTheAxesOfWhatTellsThemApart) {
  const auto between = [](std::string_view rows, std::string_view images) {
    const auto around = [](std::string_view dims, std::string_view before, std::string_view operators, std::string_view after) {
      return "fn (x: f32[n,1,6,2]) { c: f32[n,1,6,2] = MAX_POOL_2D(x) {stride_w: 1, stride_h: 1, filter_width: 1, filter_height: 1}\n" +
             std::string(before) + std::string(operators) + std::string(after) + " y: f32[" + std::string(dims) +
             "] = AVERAGE_POOL_2D(z)} -> (y)";
    };
    return std::pair(around("n,1,w,k", "r: f32[n,6,2] = RESHAPE(c, const i32[3] [-1, 6, 2])\n", rows, ""),
                     around("n,1,w,k", "r: f32[n,6,2] = RESHAPE(c, const i32[3] [-1, 6, 2])\n", images, ""));
  };
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"(a: f32[n,6,2] = TANH(r) s: f32[n,1,2] = MEAN(a, const i32[1] [1]) {keep_dims: true} z: f32[n,1,1,2] = RESHAPE(s, const i32[4] [-1, 1, 1, 2]))",
       R"(a: f32[n,1,6,2] = TANH(c) z: f32[n,1,1,2] = MEAN(a, const i32[1] [2]) {keep_dims: true})"},
      {R"(a: f32[n,6,4] = CONCATENATION(r, r) {axis: -1} z: f32[n,1,6,4] = RESHAPE(a, const i32[4] [-1, 1, 6, 4]))",
       R"(z: f32[n,1,6,4] = CONCATENATION(c, c) {axis: 3})"},
      {R"(a: f32[n,3,2] = STRIDED_SLICE(r, const i32[3] [0, 1, 0], const i32[3] [0, 4, 0], const i32[3] [1, 1, 1]) {begin_mask: 4, end_mask: 5}
          z: f32[n,1,3,2] = RESHAPE(a, const i32[4] [-1, 1, 3, 2]))",
       R"(z: f32[n,1,3,2] = STRIDED_SLICE(c, const i32[4] [0, 0, 1, 0], const i32[4] [0, 1, 4, 0], const i32[4] [1, 1, 1, 1]) {begin_mask: 8, end_mask: 9})"},
      {R"(a: f32[n,6,1] = SLICE(r, const i32[3] [0, 0, 1], const i32[3] [-1, 6, 1]) z: f32[n,1,6,1] = RESHAPE(a, const i32[4] [-1, 1, 6, 1]))",
       R"(z: f32[n,1,6,1] = SLICE(c, const i32[4] [0, 0, 0, 1], const i32[4] [-1, 1, 6, 1]))"},
      {R"(a: f32[n,6,2] = MUL(r, const f32[6,1] [1, 2, 3, 4, 5, 6]) z: f32[n,1,6,2] = RESHAPE(a, const i32[4] [-1, 1, 6, 2]))",
       R"(z: f32[n,1,6,2] = MUL(c, const f32[6,1] [1, 2, 3, 4, 5, 6]))"}};
  for (const auto& [rows, images] : cases) {
    const auto [before, after] = between(rows, images);
    expect_rewrite(keep_height, before, after);
  }
}

TEST(KeepHeight, LetsAMeanOfTheWholeRowReadTheImage) {
  expect_rewrite(keep_height,
                 R"(fn (x: f32[n,1,6,2]) { c: f32[n,1,6,2] = CONV_2D(x, @k: f32[2,1,3,2], @b: f32[2]) {stride_w: 1, stride_h: 1}
                                r: f32[n,6,2] = RESHAPE(c, const i32[3] [-1, 6, 2])
                                y: f32[n,2] = MEAN(r, const i32[1] [1]) } -> (y))",
                 R"(fn (x: f32[n,1,6,2]) { c: f32[n,1,6,2] = CONV_2D(x, @k: f32[2,1,3,2], @b: f32[2]) {stride_w: 1, stride_h: 1}
                                r: f32[n,6,2] = RESHAPE(c, const i32[3] [-1, 6, 2])
                                y: f32[n,2] = MEAN(c, const i32[2] [1, 2]) } -> (y))");
}

TEST(KeepHeight, AddsNoReshapeForTheSakeOfAnotherPlace) {
  // Both are read as they are by what needs rows: a height that is kept for the sum would be dropped twice.
  expect_unchanged(keep_height, R"(fn (x: f32[n,1,9,4], w: f32[n,4,4]) {
      c: f32[n,1,9,4] = CONV_2D(x, @k: f32[4,1,3,4], @b: f32[4]) {stride_w: 1, stride_h: 1}
      r: f32[n,9,4] = RESHAPE(c, const i32[3] [-1, 9, 4])
      a = ADD(r, const f32[4] [1, 2, 3, 4])
      y: f32[n,9,4] = BATCH_MATMUL(r, w)
      z: f32[n,9,4] = BATCH_MATMUL(a, w) } -> (y, z))");
}

TEST(KeepHeight, LeavesRowsThatNoImageIsMadeOf) {
  expect_unchanged(keep_height, R"(fn (x: f32[n,9,4]) { a = TANH(x)  y = ADD(a, x) } -> (y))");
}

TEST(KeepHeight, LeavesAnImageThatNoWindowSlidesOver) {
  expect_unchanged(keep_height, R"(fn (x: f32[n,9,4]) {
      a = TANH(x)
      l: f32[n,1,9,4] = RESHAPE(a, const i32[4] [-1, 1, 9, 4])
      m: f32[n,9,1,4] = RESHAPE(a, const i32[4] [-1, 9, 1, 4])
      y: f32[n,9,9,4] = MAXIMUM(l, m) } -> (y))");
}

TEST(KeepHeight, LeavesAnAxisThatIsNotTheHeight) {
  expect_unchanged(keep_height, R"(fn (x: f32[n,9,1,4]) {
      c: f32[n,9,1,4] = CONV_2D(x, @k: f32[4,3,1,4], @b: f32[4]) {stride_w: 1, stride_h: 1}
      r: f32[n,9,4] = RESHAPE(c, const i32[3] [-1, 9, 4])
      y = ADD(r, const f32[4] [1, 2, 3, 4]) } -> (y))");
}

TEST(KeepHeight, LeavesIntegersWithAScale) {
  expect_unchanged(keep_height, R"(fn (x: i8[1,1,9,4] q{scale: [1], zero_point: [0]}) {
      r: i8[1,9,4] q{scale: [1], zero_point: [0]} = RESHAPE(x, const i32[3] [1, 9, 4])
      a: i8[1,9,4] q{scale: [2], zero_point: [0]} = RELU(r)
      y: i8[1,1,9,4] q{scale: [2], zero_point: [0]} = RESHAPE(a, const i32[4] [1, 1, 9, 4])
      z: f32[1,1,9,4] = DEQUANTIZE(y) } -> (z))");
}

}  // namespace
}  // namespace kelt::optimize
