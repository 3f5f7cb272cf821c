#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(CancelReshapes, KeepsTheLastOfTwo) {
  expect_rewrite(cancel_reshapes,
                 R"(fn (x: f32[n,6]) { a: f32[n,2,3] = RESHAPE(x, const i32[3] [-1, 2, 3])
                                       y: f32[n,3,2] = RESHAPE(a, const i32[3] [-1, 3, 2]) } -> (y))",
                 R"(fn (x: f32[n,6]) { a: f32[n,2,3] = RESHAPE(x, const i32[3] [-1, 2, 3])
                                       y: f32[n,3,2] = RESHAPE(x, const i32[3] [-1, 3, 2]) } -> (y))");
}

TEST(CancelReshapes, DropsOneToTheShapeThatIsThere) {
  expect_rewrite(cancel_reshapes, R"(fn (x: f32[n,6]) { a: f32[n,6] = RESHAPE(x, const i32[2] [-1, 6])  y = RELU(a) } -> (y))",
                 R"(fn (x: f32[n,6]) { y = RELU(x) } -> (y))");
}

TEST(CancelReshapes, LeavesOneBetweenDimsThatNeedNotBeEqual) {
  expect_unchanged(cancel_reshapes, R"(fn (x: f32[?,6]) { a: f32[?,6] = RESHAPE(x, const i32[2] [-1, 6])  y = RELU(a) } -> (y))");
}

}  // namespace
}  // namespace kelt::optimize
