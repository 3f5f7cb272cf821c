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

}  // namespace
}  // namespace kelt::optimize
