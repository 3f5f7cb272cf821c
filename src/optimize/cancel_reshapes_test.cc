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

TEST(CancelReshapes, KeepsOneThatGivesTheIntegersAnotherScale) {
  expect_unchanged(cancel_reshapes, R"(fn (x: i8[2,2] q{scale: [1], zero_point: [0]}) {
      a: i8[2,2] q{scale: [2], zero_point: [0]} = RESHAPE(x, const i32[2] [2, 2])
      y: f32[2,2] = DEQUANTIZE(a) } -> (y))");
}

TEST(CancelReshapes, MovesAnAxisThatIsDroppedAndPutInFront) {
  expect_rewrite(cancel_reshapes,
                 R"(fn (x: f32[n,1,w,8]) { r: f32[n,w,8] = SUM(x, const i32[1] [1])
                                           y: f32[1,n,w,8] = MUL(r, const f32[1,1,1,1] [1]) } -> (y))",
                 R"(fn (x: f32[n,1,w,8]) { r: f32[n,w,8] = SUM(x, const i32[1] [1])
                                           y: f32[1,n,w,8] = TRANSPOSE(x, const i32[4] [1, 0, 2, 3]) } -> (y))");
}

TEST(CancelReshapes, LeavesSumsAndProductsThatDoMore) {
  for (const char* const text : {R"(fn (x: f32[n,2,w,8]) { r: f32[n,w,8] = SUM(x, const i32[1] [1])
                                                          y: f32[1,n,w,8] = MUL(r, const f32[1,1,1,1] [1]) } -> (y))",
                                 R"(fn (x: f32[n,1,w,8]) { r: f32[n,w,8] = SUM(x, const i32[1] [1])
                                                          y: f32[1,n,w,8] = MUL(r, const f32[1,1,1,1] [2]) } -> (y))",
                                 R"(fn (x: f32[n,1,w,8]) { r: f32[n,w,8] = SUM(x, const i32[1] [1])
                                                          y: f32[1,n,w,8] = MUL(r, const f32[1,1,1,1] [1]) {fused_activation_function: RELU} } -> (y))",
                                 R"(fn (x: f32[n,1,w,8]) { r: f32[n,1,8] = SUM(x, const i32[1] [2])
                                                          y: f32[1,n,1,8] = MUL(r, const f32[1,1,1,1] [1]) } -> (y))"}) {
    expect_unchanged(cancel_reshapes, text);
  }
}

}  // namespace
}  // namespace kelt::optimize
