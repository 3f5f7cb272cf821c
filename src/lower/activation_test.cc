#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(Activation, EluOfAlphaOneIsOneOperator) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,4] = elu(x=%0, alpha=1.0)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 4] = ELU(x0)
                     } -> (t0))");
}

TEST(Activation, EluOfAnotherAlphaBendsItsNegativeSide) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,4] = elu(x=%0, alpha=0.5)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 4] = ELU(x0)
                       t1: f32[n, 4] = LEAKY_RELU(t0) {alpha: 0.5}
                     } -> (t1))");
}

TEST(Activation, SiluIsAProduct) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,4] = silu(x=%0)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 4] = LOGISTIC(x0)
                       t1: f32[n, 4] = MUL(x0, t0)
                     } -> (t1))");
}

TEST(Activation, GeluSaysWhetherItIsApproximate) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,4] = gelu(x=%0, approximate=True)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 4] = GELU(x0) {approximate: true}
                     } -> (t0))");
}

TEST(Activation, SoftplusNeverOverflows) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,4] = softplus(x=%0)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 4] = ABS(x0) NONE{}
                       t1: f32[n, 4] = NEG(t0) NONE{}
                       t2: f32[n, 4] = EXP(t1) NONE{}
                       t3: f32[n, 4] = ADD(t2, const f32[] 1)
                       t4: f32[n, 4] = LOG(t3)
                       t5: f32[n, 4] = RELU(x0)
                       t6: f32[n, 4] = ADD(t5, t4)
                     } -> (t6))");
}

TEST(Activation, HardShrinkSelects) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,4] = hard_shrink(x=%0, threshold=0.5)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 4] = ABS(x0) NONE{}
                       t1: bool[n, 4] = GREATER(t0, const f32[] 0.5) NONE{}
                       t2: f32[n, 4] = SELECT_V2(t1, x0, const f32[] 0) NONE{}
                     } -> (t2))");
}

TEST(Activation, GluHalvesItsAxis) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,4]) {
                       %1: f32[n,2] = glu(x=%0, axis=-1)
                     } -> (%1 "y"))",
                  R"(fn (x0: f32[n, 4]) {
                       t0: f32[n, 2] = STRIDED_SLICE(x0, const i32[2] [0, 0], const i32[2] [0, 2], const i32[2] [1, 1]) {end_mask: 1}
                       t1: f32[n, 2] = STRIDED_SLICE(x0, const i32[2] [0, 2], const i32[2] [0, 4], const i32[2] [1, 1]) {end_mask: 1}
                       t2: f32[n, 2] = LOGISTIC(t1)
                       t3: f32[n, 2] = MUL(t0, t2)
                     } -> (t3))");
}

}  // namespace
}  // namespace kelt::lower
