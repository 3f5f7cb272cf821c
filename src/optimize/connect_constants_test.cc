#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(ConnectConstants, TurnsTheMatrixIntoRowsOfWeights) {
  expect_rewrite(
      connect_constants, R"(fn (x: f32[n,s,2]) { y: f32[n,s,3] = BATCH_MATMUL(x, const f32[2,3] [1, 2, 3, 4, 5, 6]) } -> (y))",
      R"(fn (x: f32[n,s,2]) { y: f32[n,s,3] = FULLY_CONNECTED(x, const f32[3,2] [1, 4, 2, 5, 3, 6], _) {keep_num_dims: true} } -> (y))");
}

TEST(ConnectConstants, TakesOneThatIsReadSwappedAsItIs) {
  expect_rewrite(
      connect_constants, R"(fn (x: f32[n,2]) { y: f32[n,3] = BATCH_MATMUL(x, const f32[3,2] [1, 2, 3, 4, 5, 6]) {adj_y: true} } -> (y))",
      R"(fn (x: f32[n,2]) { y: f32[n,3] = FULLY_CONNECTED(x, const f32[3,2] [1, 2, 3, 4, 5, 6], _) {keep_num_dims: true} } -> (y))");
}

TEST(ConnectConstants, LeavesMatricesOfABatchAndComputedOnes) {
  expect_unchanged(connect_constants, R"(fn (x: f32[2,s,2]) { y: f32[2,s,3] = BATCH_MATMUL(x, @k: f32[2,2,3]) } -> (y))");
  expect_unchanged(connect_constants, R"(fn (x: f32[n,2], k: f32[2,3]) { y: f32[n,3] = BATCH_MATMUL(x, k) } -> (y))");
}

}  // namespace
}  // namespace kelt::optimize
