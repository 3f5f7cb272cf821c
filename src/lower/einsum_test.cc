#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(Einsum, ByWeightsIsOneMatrixProduct) {
  expect_lowering(R"(weight @0 "k": f32[2,3] = [1, 2, 3, 4, 5, 6]
                     fn "f" (%0 "x": f32[n,s,2]) {
                       %1: f32[2,3] = weight(table=@0)
                       %2: f32[n,s,3] = einsum(subscripts="abc,cd->abd", operands=[%0, %1])
                     } -> (%2 "y"))",
                  R"(fn (x: f32[n,s,2]) {
                       y: f32[n,s,3] = FULLY_CONNECTED(x, const f32[3,2] [1, 4, 2, 5, 3, 6], _) {keep_num_dims: true}
                     } -> (y))");
}

TEST(Einsum, SplitsHeadsByAReshapeWhereOneDimIsUnknown) {
  expect_lowering(R"(weight @0 "k": f32[1,2,1] = [1, 2]
                     fn "f" (%0 "x": f32[1,s,1]) {
                       %1: f32[1,2,1] = weight(table=@0)
                       %2: f32[1,s,2,1] = einsum(subscripts="abc,cde->abde", operands=[%0, %1])
                     } -> (%2 "y"))",
                  R"(fn (x: f32[1,s,1]) {
                       p: f32[1,s,2] = FULLY_CONNECTED(x, const f32[2,1] [1, 2], _) {keep_num_dims: true}
                       y: f32[1,s,2,1] = RESHAPE(p, const i32[4] [1, -1, 2, 1]) {new_shape: [1, -1, 2, 1]}
                     } -> (y))");
}

TEST(Einsum, MakesHeadsABatchAxisWhereTwoDimsAreUnknown) {
  expect_lowering(R"(weight @0 "k": f32[1,2,1] = [1, 2]
                     fn "f" (%0 "x": f32[n,s,1]) {
                       %1: f32[1,2,1] = weight(table=@0)
                       %2: f32[n,s,2,1] = einsum(subscripts="abc,cde->abde", operands=[%0, %1])
                     } -> (%2 "y"))",
                  R"(fn (x: f32[n,s,1]) {
                       p: f32[2,n,s,1] = BATCH_MATMUL(x, const f32[2,1,1,1] [1, 2])
                       y: f32[n,s,2,1] = TRANSPOSE(p, const i32[4] [1, 2, 0, 3])
                     } -> (y))");
}

TEST(Einsum, SumsOverHeadsBehindTheProductWhereTwoDimsAreUnknown) {
  expect_lowering(R"(weight @0 "k": f32[2,1,3] = [1, 2, 3, 4, 5, 6]
                     fn "f" (%0 "x": f32[n,s,2,1]) {
                       %1: f32[2,1,3] = weight(table=@0)
                       %2: f32[n,s,3] = einsum(subscripts="abcd,cde->abe", operands=[%0, %1])
                     } -> (%2 "y"))",
                  R"(fn (x: f32[n,s,2,1]) {
                       h: f32[2,n,s,1] = TRANSPOSE(x, const i32[4] [2, 0, 1, 3])
                       p: f32[2,n,s,3] = BATCH_MATMUL(h, const f32[2,1,1,3] [1, 2, 3, 4, 5, 6])
                       y: f32[n,s,3] = SUM(p, const i32[1] [0])
                     } -> (y))");
}

TEST(Einsum, ReadsTheSecondOperandSwappedWhereItsInnerAxisIsContracted) {
  expect_lowering(R"(fn "f" (%0 "q": f32[n,s,4], %1 "k": f32[n,t,4]) {
                       %2: f32[n,s,t] = einsum(subscripts="bij,bkj->bik", operands=[%0, %1])
                     } -> (%2 "y"))",
                  R"(fn (q: f32[n,s,4], k: f32[n,t,4]) { y: f32[n,s,t] = BATCH_MATMUL(q, k) {adj_y: true} } -> (y))");
}

TEST(Einsum, ReadsALetterThatComesTwiceAlongItsDiagonal) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,3,3]) { %1: f32[n,3] = einsum(subscripts="bii->bi", operands=[%0]) } -> (%1 "y"))",
                  R"(fn (x: f32[n,3,3]) {
                       r: f32[n,9] = RESHAPE(x, const i32[2] [-1, 9]) {new_shape: [-1, 9]}
                       y: f32[n,3] = GATHER(r, const i32[3] [0, 4, 8]) {axis: 1}
                     } -> (y))");
}

}  // namespace
}  // namespace kelt::lower
