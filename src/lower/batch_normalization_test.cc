#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(BatchNormalization, FoldsConstantStatisticsIntoAScaleAndAShift) {
  expect_lowering(R"(weight @0 "mean": f32[2] = [1.0, 2.0]
                     weight @1 "variance": f32[2] = [3.0, 0.0]
                     weight @2 "gamma": f32[2] = [4.0, 5.0]
                     weight @3 "beta": f32[2] = [6.0, 7.0]
                     fn "f" (%0 "x": f32[n,4,2]) {
                       %1: f32[2] = weight(table=@0)
                       %2: f32[2] = weight(table=@1)
                       %3: f32[2] = weight(table=@2)
                       %4: f32[2] = weight(table=@3)
                       %5: f32[n,4,2] = batch_normalization(x=%0, mean=%1, variance=%2, axis=-1, offset=%4, scale=%3, epsilon=1.0)
                     } -> (%5 "y"))",
                  R"(fn (x0: f32[n, 4, 2]) {
                       t0: f32[n, 4, 2] = MUL(x0, const f32[2] [2, 5])
                       t1: f32[n, 4, 2] = ADD(t0, const f32[2] [4, -3])
                     } -> (t1))");
}

TEST(BatchNormalization, AlignsItsVectorsWithAnotherAxis) {
  expect_lowering(R"(weight @0 "mean": f32[2] = [1.0, 2.0]
                     weight @1 "variance": f32[2] = [3.0, 0.0]
                     fn "f" (%0 "x": f32[n,2,4]) {
                       %1: f32[2] = weight(table=@0)
                       %2: f32[2] = weight(table=@1)
                       %3: f32[n,2,4] = batch_normalization(x=%0, mean=%1, variance=%2, axis=1, offset=None, scale=None, epsilon=1.0)
                     } -> (%3 "y"))",
                  R"(fn (x0: f32[n, 2, 4]) {
                       t0: f32[n, 2, 4] = MUL(x0, const f32[2, 1] [0.5, 1])
                       t1: f32[n, 2, 4] = ADD(t0, const f32[2, 1] [-0.5, -2])
                     } -> (t1))");
}

TEST(BatchNormalization, ComputesStatisticsThatAreNotConstant) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4,2], %1 "mean": f32[2], %2 "variance": f32[2]) {
                       %3: f32[n,4,2] = batch_normalization(x=%0, mean=%1, variance=%2, axis=-1, offset=None, scale=None, epsilon=0.5)
                     } -> (%3 "y"))",
                  R"(fn (x0: f32[n, 4, 2], x1: f32[2], x2: f32[2]) {
                       t0: f32[2] = ADD(x2, const f32[] 0.5)
                       t1: f32[2] = RSQRT(t0)
                       t2: f32[2] = MUL(x1, t1)
                       t3: f32[2] = NEG(t2) NONE{}
                       t4: f32[n, 4, 2] = MUL(x0, t1)
                       t5: f32[n, 4, 2] = ADD(t4, t3)
                     } -> (t5))");
}

}  // namespace
}  // namespace kelt::lower
