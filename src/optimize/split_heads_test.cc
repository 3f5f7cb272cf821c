#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(SplitHeads, MakesAProductOfEachHeadInsteadOfAComputedReshape) {
  expect_rewrite(split_heads,
                 R"(fn (x: f32[n,s,2], shape: i32[4]) {
                      c: f32[n,s,6] = FULLY_CONNECTED(x, const f32[6,2] [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
                                                      const f32[6] [1, 2, 3, 4, 5, 6]) {keep_num_dims: true}
                      y: f32[n,s,2,3] = RESHAPE(c, shape) } -> (y))",
                 R"(fn (x: f32[n,s,2], shape: i32[4]) {
                      p: f32[2,n,s,3] = BATCH_MATMUL(x, const f32[2,1,2,3] [1, 3, 5, 2, 4, 6, 7, 9, 11, 8, 10, 12])
                      a: f32[2,n,s,3] = ADD(p, const f32[2,1,1,3] [1, 2, 3, 4, 5, 6])
                      y: f32[n,s,2,3] = TRANSPOSE(a, const i32[4] [1, 2, 0, 3]) } -> (y))");
}

TEST(SplitHeads, SumsAProductOfEachHeadInsteadOfAComputedReshape) {
  expect_rewrite(split_heads,
                 R"(fn (x: f32[n,s,2,3], shape: i32[3]) {
                      r: f32[n,s,6] = RESHAPE(x, shape)
                      y: f32[n,s,2] = FULLY_CONNECTED(r, const f32[2,6] [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
                                                      const f32[2] [1, 2]) {keep_num_dims: true} } -> (y))",
                 R"(fn (x: f32[n,s,2,3], shape: i32[3]) {
                      t: f32[2,n,s,3] = TRANSPOSE(x, const i32[4] [2, 0, 1, 3])
                      p: f32[2,n,s,2] = BATCH_MATMUL(t, const f32[2,1,3,2] [1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 12])
                      a: f32[n,s,2] = SUM(p, const i32[1] [0])
                      y: f32[n,s,2] = ADD(a, const f32[2] [1, 2]) } -> (y))");
}

TEST(SplitHeads, LeavesAReshapeOfAKnownShape) {
  expect_unchanged(split_heads,
                   R"(fn (x: f32[n,5,2]) { c: f32[n,5,6] = FULLY_CONNECTED(x, @k: f32[6,2], _) {keep_num_dims: true}
                                            y: f32[n,5,2,3] = RESHAPE(c, const i32[4] [-1, 5, 2, 3]) } -> (y))");
}

TEST(SplitHeads, LeavesOtherAxesAndWhatSomethingElseReads) {
  for (const char* rest : {"y: f32[n,2,s,3] = RESHAPE(c, shape) } -> (y)", "y: f32[n,s,2,3] = RESHAPE(c, shape) } -> (y, c)",
                           "t = TANH(c)  y: f32[n,s,2,3] = RESHAPE(t, shape) } -> (y)"}) {
    expect_unchanged(split_heads, std::string("fn (x: f32[n,s,2], shape: i32[4]) { c: f32[n,s,6] = FULLY_CONNECTED(x, @k: f32[6,2], _) "
                                              "{keep_num_dims: true} ") +
                                      rest);
  }
}

}  // namespace
}  // namespace kelt::optimize
