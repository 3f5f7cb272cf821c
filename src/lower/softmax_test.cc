#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(Softmax, RunsOverTheLastAxis) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,s,4]) {
                       %1: f32[n,s,4] = softmax(x=%0, axis=-1)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, s, 4]) {
                       t0: f32[n, s, 4] = SOFTMAX(x0) {beta: 1}
                     } -> (t0))");
}

TEST(Softmax, MovesAnotherAxisToTheEndAndBack) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,3,4]) {
                       %1: f32[n,3,4] = softmax(x=%0, axis=1)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 3, 4]) {
                       t0: f32[n, 4, 3] = TRANSPOSE(x0, const i32[3] [0, 2, 1])
                       t1: f32[n, 4, 3] = SOFTMAX(t0) {beta: 1}
                       t2: f32[n, 3, 4] = TRANSPOSE(t1, const i32[3] [0, 2, 1])
                     } -> (t2))");
}

TEST(Softmax, JoinsSeveralAxes) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,3,4]) {
                       %1: f32[n,3,4] = softmax(x=%0, axis=[1, 2])
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 3, 4]) {
                       t0: f32[n, 12] = RESHAPE(x0, const i32[2] [-1, 12]) {new_shape: [-1, 12]}
                       t1: f32[n, 12] = SOFTMAX(t0) {beta: 1}
                       t2: f32[n, 3, 4] = RESHAPE(t1, const i32[3] [-1, 3, 4]) {new_shape: [-1, 3, 4]}
                     } -> (t2))");
}

TEST(LogSoftmax, IsOneOperator) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,4] = log_softmax(x=%0, axis=-1)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 4] = LOG_SOFTMAX(x0)
                     } -> (t0))");
}

TEST(Sparsemax, RejectsAnAxisOfUnknownLength) {
  expect_rejected(R"(fn "f" (%0 "x": f32[n,s]) {
                      %1: f32[n,s] = sparsemax(x=%0, axis=-1)
                    } -> (%1 "y"))",
                  "not known");
}

}  // namespace
}  // namespace kelt::lower
