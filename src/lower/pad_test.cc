#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(Pad, AddsZeros) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,7] = pad(x=%0, pad_width=[[0, 0], [1, 2]], mode="constant", constant_values=None)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 7] = PAD(x0, const i32[2, 2] [0, 0, 1, 2])
                     } -> (t0))");
}

TEST(Pad, AddsANumber) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,7] = pad(x=%0, pad_width=[[0, 0], [1, 2]], mode="constant", constant_values=2.5)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 7] = PADV2(x0, const i32[2, 2] [0, 0, 1, 2], const f32[] 2.5)
                     } -> (t0))");
}

TEST(Pad, MirrorsWithoutTheEdge) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,7] = pad(x=%0, pad_width=[[0, 0], [1, 2]], mode="reflect", constant_values=None)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 7] = MIRROR_PAD(x0, const i32[2, 2] [0, 0, 1, 2])
                     } -> (t0))");
}

TEST(Pad, MirrorsToAndFroBeyondTheOtherEnd) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,1,3]) {
                       %1: f32[n,2,9] = pad(x=%0, pad_width=[[0, 0], [1, 0], [1, 5]], mode="reflect", constant_values=None)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 1, 3]) {
                       t0: f32[n, 2, 3] = GATHER(x0, const i32[2] [0, 0]) {axis: 1}
                       t1: f32[n, 2, 9] = GATHER(t0, const i32[9] [1, 0, 1, 2, 1, 0, 1, 2, 1]) {axis: 2}
                     } -> (t1))");
  expect_lowering(R"(fn "f" (%0 "x": f32[n,2]) {
                       %1: f32[n,8] = pad(x=%0, pad_width=[[0, 0], [3, 3]], mode="symmetric", constant_values=None)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 2]) {
                       t0: f32[n, 8] = GATHER(x0, const i32[8] [1, 1, 0, 0, 1, 1, 0, 0]) {axis: 1}
                     } -> (t0))");
}

TEST(Pad, RepeatsTheEdge) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,7] = pad(x=%0, pad_width=[[0, 0], [1, 2]], mode="edge", constant_values=None)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 1] = STRIDED_SLICE(x0, const i32[2] [0, 0], const i32[2] [0, 1], const i32[2] [1, 1]) {end_mask: 1}
                       t1: f32[n, 1] = STRIDED_SLICE(x0, const i32[2] [0, 3], const i32[2] [0, 4], const i32[2] [1, 1]) {end_mask: 1}
                       t2: f32[n, 7] = CONCATENATION(t0, x0, t1, t1) {axis: 1}
                     } -> (t2))");
}

TEST(Pad, FollowsASize) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,n + 4] = pad(x=%0, pad_width=[[0, 0], [0, {n}]], mode="constant", constant_values=None)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: i32[2] = SHAPE(x0) {out_type: INT32}
                       t1: i32[] = STRIDED_SLICE(t0, const i32[1] 0, const i32[1] 1, const i32[1] 1) {shrink_axis_mask: 1}
                       t2: i32[1] = RESHAPE(t1, const i32[1] 1) {new_shape: [1]}
                       t3: i32[4] = CONCATENATION(const i32[1] 0, const i32[1] 0, const i32[1] 0, t2)
                       t4: i32[2, 2] = RESHAPE(t3, const i32[2] [2, 2]) {new_shape: [2, 2]}
                       t5: f32[n, n + 4] = PAD(x0, t4)
                     } -> (t5))");
}

TEST(Pad, RejectsAModeThatItDoesNotKnow) {
  expect_rejected(R"(fn "f" (%0 "x": f32[n,4]) {
                      %1: f32[n,7] = pad(x=%0, pad_width=[[0, 0], [1, 2]], mode="wrap", constant_values=None)
                    } -> (%1 "y"))",
                  "pads in mode");
}

}  // namespace
}  // namespace kelt::lower
