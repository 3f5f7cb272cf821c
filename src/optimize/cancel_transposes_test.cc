#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(CancelTransposes, DropsTwoThatUndoEachOther) {
  expect_rewrite(cancel_transposes,
                 R"(fn (x: f32[n,2,3]) { a: f32[n,3,2] = TRANSPOSE(x, const i32[3] [0, 2, 1])
                                         b: f32[n,2,3] = TRANSPOSE(a, const i32[3] [0, 2, 1])
                                         y = RELU(b) } -> (y))",
                 R"(fn (x: f32[n,2,3]) { a: f32[n,3,2] = TRANSPOSE(x, const i32[3] [0, 2, 1])
                                         y: f32[n,2,3] = RELU(x) } -> (y))");
}

TEST(CancelTransposes, JoinsTwoIntoOne) {
  expect_rewrite(cancel_transposes,
                 R"(fn (x: f32[n,2,3]) { a: f32[2,n,3] = TRANSPOSE(x, const i32[3] [1, 0, 2])
                                         y: f32[3,2,n] = TRANSPOSE(a, const i32[3] [2, 0, 1]) } -> (y))",
                 R"(fn (x: f32[n,2,3]) { a: f32[2,n,3] = TRANSPOSE(x, const i32[3] [1, 0, 2])
                                         y: f32[3,2,n] = TRANSPOSE(x, const i32[3] [2, 1, 0]) } -> (y))");
}

TEST(CancelTransposes, LeavesOneThatTheCallerReads) {
  expect_unchanged(cancel_transposes, R"(fn (x: f32[n,2,3]) { y: f32[n,3,2] = TRANSPOSE(x, const i32[3] [0, 2, 1]) } -> (y))");
}

TEST(CancelTransposes, KeepsOneThatGivesTheIntegersAnotherScale) {
  expect_unchanged(cancel_transposes, R"(fn (x: i8[2,2] q{scale: [1], zero_point: [0]}) {
      a: i8[2,2] q{scale: [2], zero_point: [0]} = TRANSPOSE(x, const i32[2] [0, 1])
      y: f32[2,2] = DEQUANTIZE(a) } -> (y))");
}

}  // namespace
}  // namespace kelt::optimize
