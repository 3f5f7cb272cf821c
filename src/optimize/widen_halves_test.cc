#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(WidenHalves, LeavesNoCastBetweenOperators) {
  expect_rewrite(widen_halves,
                 R"(fn (x: f32[n,4]) { h: f16[n,4] = CAST(x) {in_data_type: FLOAT32, out_data_type: FLOAT16}
                                       a: f32[n,4] = CAST(h) {in_data_type: FLOAT16, out_data_type: FLOAT32}
                                       b: f32[n,4] = TANH(a)
                                       c: f16[n,4] = CAST(b) {in_data_type: FLOAT32, out_data_type: FLOAT16}
                                       d: f16[4,n] = TRANSPOSE(c, const i32[2] [1, 0])
                                       e: f32[4,n] = CAST(d) {in_data_type: FLOAT16, out_data_type: FLOAT32}
                                       y: f32[4,n] = EXP(e) } -> (y))",
                 R"(fn (x: f32[n,4]) { b: f32[n,4] = TANH(x)
                                       d: f32[4,n] = TRANSPOSE(b, const i32[2] [1, 0])
                                       y: f32[4,n] = EXP(d) } -> (y))");
}

TEST(WidenHalves, KeepsWhatTheCallerSeesAndCastsItOnce) {
  constexpr const char* kBefore = R"(fn (x: f16[n,4]) { d: f16[4,n] = TRANSPOSE(x, const i32[2] [1, 0])
                                       a: f32[n,4] = CAST(x) {in_data_type: FLOAT16, out_data_type: FLOAT32}
                                       b: f32[n,4] = TANH(a)
                                       y: f16[n,4] = CAST(b) {in_data_type: FLOAT32, out_data_type: FLOAT16} } -> (y, d))";
  constexpr const char* kAfter = R"(fn (x: f16[n,4]) { a: f32[n,4] = CAST(x) {in_data_type: FLOAT16, out_data_type: FLOAT32}
                                       t: f32[4,n] = TRANSPOSE(a, const i32[2] [1, 0])
                                       d: f16[4,n] = CAST(t) {in_data_type: FLOAT32, out_data_type: FLOAT16}
                                       b: f32[n,4] = TANH(a)
                                       y: f16[n,4] = CAST(b) {in_data_type: FLOAT32, out_data_type: FLOAT16} } -> (y, d))";
  expect_rewrite(widen_halves, kBefore, kAfter);
  expect_unchanged(widen_halves, kAfter);
}

TEST(WidenHalves, RoundsWhatAChoiceDependsOn) {
  constexpr const char* kAfter = R"(fn (x: f32[n,4]) { b: f32[n,4] = TANH(x)
                                       c: bf16[n,4] = CAST(b) {in_data_type: FLOAT32, out_data_type: BFLOAT16}
                                       e: f32[n,4] = CAST(c) {in_data_type: BFLOAT16, out_data_type: FLOAT32}
                                       i: i32[n,4] = CAST(c) {in_data_type: BFLOAT16, out_data_type: INT32}
                                       y: f32[n,4] = FLOOR(e)
                                       z: f32[n,4] = EXP(b) } -> (y, z, i))";
  expect_rewrite(widen_halves,
                 R"(fn (x: f32[n,4]) { b: f32[n,4] = TANH(x)
                                       c: bf16[n,4] = CAST(b) {in_data_type: FLOAT32, out_data_type: BFLOAT16}
                                       e: f32[n,4] = CAST(c) {in_data_type: BFLOAT16, out_data_type: FLOAT32}
                                       f: f32[n,4] = CAST(c) {in_data_type: BFLOAT16, out_data_type: FLOAT32}
                                       i: i32[n,4] = CAST(c) {in_data_type: BFLOAT16, out_data_type: INT32}
                                       y: f32[n,4] = FLOOR(e)
                                       z: f32[n,4] = EXP(f) } -> (y, z, i))",
                 kAfter);
  expect_unchanged(widen_halves, kAfter);
}

TEST(WidenHalves, RoundsWhereTheModelDoesNothingElse) {
  expect_unchanged(widen_halves, R"(fn (x: f32[n,4]) { c: f16[n,4] ~1 = CAST(x) {in_data_type: FLOAT32, out_data_type: FLOAT16}
                                       y: f32[n,4] ~2 = CAST(c) {in_data_type: FLOAT16, out_data_type: FLOAT32} } -> (y))");
}

TEST(WidenHalves, CarriesFloatsThroughALoop) {
  expect_rewrite(widen_halves,
                 R"(fn (i: i32[], x: f16[4]) { c: i32[], y: f16[4] = WHILE(i, x) {cond_subgraph_index: 1, body_subgraph_index: 2} } -> (y)
                    fn (i: i32[], x: f16[4]) { c: bool[] = LESS(i, const i32[] [5]) } -> (c)
                    fn (i: i32[], x: f16[4]) { j: i32[] = ADD(i, const i32[] [1])
                                               a: f32[4] = CAST(x) {in_data_type: FLOAT16, out_data_type: FLOAT32}
                                               b: f32[4] = TANH(a)
                                               y: f16[4] = CAST(b) {in_data_type: FLOAT32, out_data_type: FLOAT16} } -> (j, y)
                    signature "s" 0 (i: i, x: x) -> (y: y))",
                 R"(fn (i: i32[], x: f16[4]) { w: f32[4] = CAST(x) {in_data_type: FLOAT16, out_data_type: FLOAT32}
                                               c: i32[], v: f32[4] = WHILE(i, w) {cond_subgraph_index: 1, body_subgraph_index: 2}
                                               y: f16[4] = CAST(v) {in_data_type: FLOAT32, out_data_type: FLOAT16} } -> (y)
                    fn (i: i32[], x: f32[4]) { c: bool[] = LESS(i, const i32[] [5]) } -> (c)
                    fn (i: i32[], x: f32[4]) { j: i32[] = ADD(i, const i32[] [1])
                                               y: f32[4] = TANH(x) } -> (j, y)
                    signature "s" 0 (i: i, x: x) -> (y: y))");
}

TEST(WidenHalves, LeavesAHalfThatAStateHolds) {
  expect_unchanged(widen_halves, R"(fn (h: resource[], x: f32[4]) { v: f16[4] = READ_VARIABLE(h)
                                       w: f32[4] = CAST(v) {in_data_type: FLOAT16, out_data_type: FLOAT32}
                                       y: f32[4] = ADD(w, x)
                                       s: f16[4] = CAST(y) {in_data_type: FLOAT32, out_data_type: FLOAT16}
                                       ASSIGN_VARIABLE(h, s) } -> (y))");
}

}  // namespace
}  // namespace kelt::optimize
