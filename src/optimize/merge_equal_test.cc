#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(MergeEqual, MakesOneOfChainsThatComputeTheSame) {
  expect_rewrite(merge_equal,
                 R"(fn (x: f32[n,4]) {
                      a: i32[2] = SHAPE(x) {out_type: INT32}
                      b: i32[] = STRIDED_SLICE(a, const i32[1] [0], const i32[1] [1], const i32[1] [1]) {shrink_axis_mask: 1}
                      c: f32[n] = FILL(b, const f32[] 1)
                      d: i32[2] = SHAPE(x) {out_type: INT32}
                      e: i32[] = STRIDED_SLICE(d, const i32[1] [0], const i32[1] [1], const i32[1] [1]) {shrink_axis_mask: 1}
                      f: f32[n] = FILL(e, const f32[] 2)
                      y: f32[n] = SUB(c, f) } -> (y))",
                 R"(fn (x: f32[n,4]) {
                      a: i32[2] = SHAPE(x) {out_type: INT32}
                      b: i32[] = STRIDED_SLICE(a, const i32[1] [0], const i32[1] [1], const i32[1] [1]) {shrink_axis_mask: 1}
                      c: f32[n] = FILL(b, const f32[] 1)
                      f: f32[n] = FILL(b, const f32[] 2)
                      y: f32[n] = SUB(c, f) } -> (y))");
}

TEST(MergeEqual, MergesEveryResultOfAnOperator) {
  expect_rewrite(merge_equal,
                 R"(fn (x: f32[4]) { a: f32[2], b: f32[2] = SPLIT(const i32[] 0, x) {num_splits: 2}
                                      c: f32[2], d: f32[2] = SPLIT(const i32[] 0, x) {num_splits: 2}
                                      e = SUB(a, d)
                                      y = DIV(c, e) } -> (y))",
                 R"(fn (x: f32[4]) { a: f32[2], b: f32[2] = SPLIT(const i32[] 0, x) {num_splits: 2}
                                      e = SUB(a, b)
                                      y = DIV(a, e) } -> (y))");
}

TEST(MergeEqual, LeavesOtherKindsOperandsOptionsAndTypes) {
  expect_unchanged(merge_equal, R"(fn (x: f32[n,4], z: f32[n,4]) { a = EXP(x)  b = NEG(x)  c = EXP(z) } -> (a, b, c))");
  expect_unchanged(merge_equal, R"(fn (x: f32[n,4]) { a = SUB(x, const f32[] 1)  b = SUB(const f32[] 1, x)  c = ADD(a, b) } -> (c))");
  expect_unchanged(merge_equal, R"(fn (x: f32[n,4]) { a: f32[n] = SUM(x, const i32[1] [1])
                                                      b: f32[n,1] = SUM(x, const i32[1] [1]) {keep_dims: true}
                                                      c: f32[4] = SUM(x, const i32[1] [0])
                                                      d: f32[n,n] = ADD(a, b)  y: f32[n,n] = ADD(d, c) } -> (y))");
  expect_unchanged(merge_equal, R"(fn (x: f32[4]) { a: i8[4] q{scale: [0.5], zero_point: [0]} = QUANTIZE(x)
                                                    b: i8[4] q{scale: [0.25], zero_point: [0]} = QUANTIZE(x)
                                                    y: f32[4] = DEQUANTIZE(a)  z: f32[4] = DEQUANTIZE(b) } -> (y, z))");
  expect_unchanged(merge_equal, R"(fn (x: f32[4,9000]) { a = ADD(x, @k: f32[9000])  b = ADD(x, @l: f32[9000])  y = MUL(a, b) } -> (y))");
}

TEST(MergeEqual, KeepsTheTensorThatTheCallerReads) {
  litert::Model model = litert::model_of(R"(fn (x: f32[n]) { a = ABS(x)  b = NEG(a)  y = ABS(x)  z = ADD(b, y) } -> (z, y)
                                            signature "f" 0 (x: x) -> (sum: z, magnitude: y))");
  ASSERT_TRUE(*merge_equal(model, {}));
  const litert::Subgraph& graph = model.subgraphs[0];
  ASSERT_EQ(graph.operators.size(), 3u);
  EXPECT_EQ(graph.operators[0].outputs[0], graph.outputs[1]) << "the first makes the tensor that the second made";
  EXPECT_EQ(graph.operators[1].inputs[0], graph.outputs[1]);
  EXPECT_EQ(graph.tensors[graph.outputs[1]].name, "y");
  EXPECT_EQ(model.signatures[0].outputs[1].tensor, graph.outputs[1]);
}

TEST(MergeEqual, LeavesTwoOutputsApartAndMergesWhatIsMadeOfThem) {
  expect_unchanged(merge_equal, R"(fn (x: f32[n]) { y = ABS(x)  z = ABS(x) } -> (y, z))");
  expect_rewrite(merge_equal, R"(fn (x: f32[n]) { y = ABS(x)  z = ABS(x)  a = EXP(y)  b = EXP(z)  c = SUB(a, b) } -> (y, z, c))",
                 R"(fn (x: f32[n]) { y = ABS(x)  z = ABS(x)  a = EXP(y)  c = SUB(a, a) } -> (y, z, c))");
}

TEST(MergeEqual, LeavesChanceStateAndControlFlow) {
  expect_unchanged(merge_equal, R"(fn (s: i32[1]) { a: f32[n] = RANDOM_UNIFORM(s) {seed: 1, seed2: 2}
                                                    b: f32[n] = RANDOM_UNIFORM(s) {seed: 1, seed2: 2}
                                                    y = SUB(a, b) } -> (y))");
  expect_unchanged(merge_equal, R"(fn (x: f32[2]) { h: resource[] = VAR_HANDLE() {shared_name: "s"}
                                                    a: f32[2] = READ_VARIABLE(h)
                                                    ASSIGN_VARIABLE(h, x)
                                                    b: f32[2] = READ_VARIABLE(h)
                                                    y = SUB(a, b) } -> (y))");
  expect_unchanged(merge_equal, R"(fn (x: f32[2]) { a: f32[2] = CUSTOM:Odd(x)  b: f32[2] = CUSTOM:Odd(x)  y = SUB(a, b) } -> (y))");
  expect_unchanged(merge_equal, R"(fn (p: bool[], x: f32[2]) {
      a: f32[2] = IF(p, x) {then_subgraph_index: 1, else_subgraph_index: 2}
      b: f32[2] = IF(p, x) {then_subgraph_index: 1, else_subgraph_index: 2}
      y = SUB(a, b)
    } -> (y)
    fn (a: f32[2]) { b = ABS(a) } -> (b)
    fn (a: f32[2]) { b = NEG(a) } -> (b)
    signature "f" 0 (p: p, x: x) -> (y: y))");
}

TEST(MergeEqual, MergesWithinABodyAndNotAcrossSubgraphs) {
  expect_rewrite(merge_equal, R"(fn (x: f32[2]) {
      e = EXP(x)
      y: f32[2] = WHILE(e) {cond_subgraph_index: 1, body_subgraph_index: 2}
    } -> (y)
    fn (a: f32[2]) { c: bool[] = LESS(const i32[] 1, const i32[] 2) } -> (c)
    fn (a: f32[2]) { b = EXP(a)  c = EXP(a)  d = SUB(b, c) } -> (d)
    signature "f" 0 (x: x) -> (y: y))",
                 R"(fn (x: f32[2]) {
      e = EXP(x)
      y: f32[2] = WHILE(e) {cond_subgraph_index: 1, body_subgraph_index: 2}
    } -> (y)
    fn (a: f32[2]) { c: bool[] = LESS(const i32[] 1, const i32[] 2) } -> (c)
    fn (a: f32[2]) { b = EXP(a)  d = SUB(b, b) } -> (d)
    signature "f" 0 (x: x) -> (y: y))");
}

TEST(MergeEqual, WhatStaysEqualsTheSourceValueOfEither) {
  litert::Model model = litert::model_of(R"(fn (x: f32[n]) { a = ABS(x)  b: f32[n] ~5 = ABS(x)  y = SUB(a, b) } -> (y))");
  ASSERT_TRUE(*merge_equal(model, {}));
  const litert::Subgraph& graph = model.subgraphs[0];
  EXPECT_EQ(graph.tensors[graph.operators[0].outputs[0]].source, (litert::SourceValue{0, 5}));
}

}  // namespace
}  // namespace kelt::optimize
