#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(LayerNormalization, TakesTheMeanOffBeforeItSquares) {
  expect_lowering(R"(weight @0 "gamma": f32[2] = [1.0, 2.0]
                     weight @1 "beta": f32[2] = [3.0, 4.0]
                     fn "f" (%0 "x": f32[n,s,2]) {
                       %1: f32[2] = weight(table=@0)
                       %2: f32[2] = weight(table=@1)
                       %3: f32[n,s,2] = layer_normalization(x=%0, gamma=%1, beta=%2, axis=-1, epsilon=0.5)
                     } -> (%3 "y"))",
                  R"(fn (x0: f32[n, s, 2]) {
                       t0: f32[n, s, 1] = MEAN(x0, const i32[1] 2) {keep_dims: true}
                       t1: f32[n, s, 2] = SUB(x0, t0)
                       t2: f32[n, s, 2] = SQUARE(t1) NONE{}
                       t3: f32[n, s, 1] = MEAN(t2, const i32[1] 2) {keep_dims: true}
                       t4: f32[n, s, 1] = ADD(t3, const f32[] 0.5)
                       t5: f32[n, s, 1] = RSQRT(t4)
                       t6: f32[n, s, 2] = MUL(t1, t5)
                       t7: f32[n, s, 2] = MUL(t6, const f32[2] [1, 2])
                       t8: f32[n, s, 2] = ADD(t7, const f32[2] [3, 4])
                     } -> (t8))");
}

TEST(RmsNormalization, DividesByTheRootOfTheMeanSquare) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,s,2]) {
                       %1: f32[n,s,2] = rms_normalization(x=%0, scale=None, axis=-1, epsilon=0.5)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, s, 2]) {
                       t0: f32[n, s, 2] = SQUARE(x0) NONE{}
                       t1: f32[n, s, 1] = MEAN(t0, const i32[1] 2) {keep_dims: true}
                       t2: f32[n, s, 1] = ADD(t1, const f32[] 0.5)
                       t3: f32[n, s, 1] = RSQRT(t2)
                       t4: f32[n, s, 2] = MUL(x0, t3)
                     } -> (t4))");
}

TEST(Normalize, HasALimitForWhatIsNearZero) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,4] = normalize(x=%0, axis=-1, order=2, epsilon=0.5)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 4] = SQUARE(x0) NONE{}
                       t1: f32[n, 1] = SUM(t0, const i32[1] 1) {keep_dims: true}
                       t2: f32[n, 1] = MAXIMUM(t1, const f32[] 0.25) NONE{}
                       t3: f32[n, 1] = RSQRT(t2)
                       t4: f32[n, 4] = MUL(x0, t3)
                     } -> (t4))");
}

TEST(Moments, ShareTheMean) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,1], %2: f32[n,1] = moments(x=%0, axes=[1], keepdims=True, synchronized=False)
                     } -> (%1 "mean", %2 "variance"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 1] = MEAN(x0, const i32[1] 1) {keep_dims: true}
                       t1: f32[n, 4] = SUB(x0, t0)
                       t2: f32[n, 4] = SQUARE(t1) NONE{}
                       t3: f32[n, 1] = MEAN(t2, const i32[1] 1) {keep_dims: true}
                     } -> (t0, t3))");
}

}  // namespace
}  // namespace kelt::lower
