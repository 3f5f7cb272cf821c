#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(FuseAdjoint, ReadsASwappedRightOperandSwapped) {
  expect_rewrite(fuse_adjoint,
                 R"(fn (q: f32[n,4,s,8], k: f32[n,4,t,8]) { kt: f32[n,4,8,t] = TRANSPOSE(k, const i32[4] [0, 1, 3, 2])
                                                            y: f32[n,4,s,t] = BATCH_MATMUL(q, kt) } -> (y))",
                 R"(fn (q: f32[n,4,s,8], k: f32[n,4,t,8]) { kt: f32[n,4,8,t] = TRANSPOSE(k, const i32[4] [0, 1, 3, 2])
                                                            y: f32[n,4,s,t] = BATCH_MATMUL(q, k) {adj_y: true} } -> (y))");
}

TEST(FuseAdjoint, LeavesOtherTransposes) {
  expect_unchanged(fuse_adjoint, R"(fn (q: f32[n,4,s,8], k: f32[n,8,4,t]) { kt: f32[n,4,8,t] = TRANSPOSE(k, const i32[4] [0, 2, 1, 3])
                                                                           y: f32[n,4,s,t] = BATCH_MATMUL(q, kt) } -> (y))");
}

TEST(FuseAdjoint, KeepsATransposeWhoseScalesWouldHaveToMove) {
  expect_unchanged(fuse_adjoint, R"(fn (x: f32[2,3]) {
      w: i8[3,2] q{scale: [1, 2], zero_point: [0, 0], quantized_dimension: 1} =
        TRANSPOSE(const i8[2,3] q{scale: [1, 2], zero_point: [0, 0]} [1, 2, 3, 4, 5, 6], const i32[2] [1, 0])
      y: f32[2,2] = BATCH_MATMUL(x, w) } -> (y))");
  expect_unchanged(fuse_adjoint, R"(fn (x: i8[2,3] q{scale: [1], zero_point: [0]}, z: i8[2,3] q{scale: [1], zero_point: [0]}) {
      w: i8[3,2] q{scale: [2], zero_point: [0]} = TRANSPOSE(z, const i32[2] [1, 0])
      y: i8[2,2] q{scale: [1], zero_point: [0]} = BATCH_MATMUL(x, w) } -> (y))");
}

}  // namespace
}  // namespace kelt::optimize
