// while_loop, scan and states.

#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(WhileLoop, GivesItsConditionSizesAsNumbersAndItsBodyWhatHasThem) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,s], %1 "i": i32[]) {
      %2: i32[] = while_loop(loop_vars=[%1], captures=[], maximum_iterations=None) {
        fn "cond" (%0 "a0": i32[]) { %1: i32[] = constant(value={s})  %2: bool[] = less(x1=%0, x2=%1) } -> (%2 "r0")
        fn "body" (%0 "a0": i32[]) { %1: i32[] = constant(value={n})  %2: i32[] = maximum(x1=%0, x2=%1) } -> (%2 "r0")
      }
    } -> (%2 "j"))",
                  R"(fn (x: f32[n,s], i: i32[]) {
      d: i32[2] = SHAPE(x) {out_type: INT32}
      s: i32[] = STRIDED_SLICE(d, const i32[1] 1, const i32[1] 2, const i32[1] 1) {shrink_axis_mask: 1}
      j: i32[], y: f32[n,s], t: i32[] = WHILE(i, x, s) {cond_subgraph_index: 1, body_subgraph_index: 2}
    } -> (j)
    fn (i: i32[], x: f32[n,s], s: i32[]) { c: bool[] = LESS(i, s) NONE{} } -> (c)
    fn (i: i32[], x: f32[n,s], s: i32[]) {
      d: i32[2] = SHAPE(x) {out_type: INT32}
      n: i32[] = STRIDED_SLICE(d, const i32[1] 0, const i32[1] 1, const i32[1] 1) {shrink_axis_mask: 1}
      j: i32[] = MAXIMUM(i, n) NONE{}
    } -> (j, x, s)
    signature "f" 0 (x: x, i: i) -> (j: j))");
}

TEST(WhileLoop, CopiesAVariableThatBecomesAnother) {
  expect_lowering(R"(fn "f" (%0 "a": f32[2], %1 "b": f32[2]) {
      %2: f32[2], %3: f32[2] = while_loop(loop_vars=[%0, %1], captures=[], maximum_iterations=4) {
        fn "cond" (%0 "a0": f32[2], %1 "a1": f32[2]) { %2: bool[] = constant(value=True) } -> (%2 "r0")
        fn "body" (%0 "a0": f32[2], %1 "a1": f32[2]) { } -> (%1 "r0", %0 "r1")
      }
    } -> (%2 "c", %3 "d"))",
                  R"(fn (a: f32[2], b: f32[2]) {
      c: f32[2], d: f32[2], e: i32[] = WHILE(a, b, const i32[] 0) {cond_subgraph_index: 1, body_subgraph_index: 2}
    } -> (c, d)
    fn (a: f32[2], b: f32[2], n: i32[]) {
      l: bool[] = LESS(n, const i32[] 4) NONE{}
      c: bool[] = LOGICAL_AND(const bool[] 1, l) NONE{}
    } -> (c)
    fn (a: f32[2], b: f32[2], n: i32[]) {
      m: i32[] = ADD(n, const i32[] 1)
      c = SLICE(b, const i32[1] 0, const i32[1] 2)
      d = SLICE(a, const i32[1] 0, const i32[1] 2)
    } -> (c, d, m)
    signature "f" 0 (a: a, b: b) -> (c: c, d: d))");
}

TEST(Scan, GathersWhatItTakesAndPutsWhatItGivesIntoPlace) {
  expect_lowering(R"(fn "f" (%0 "x": f32[5,2], %1 "c": f32[2]) {
      %2: f32[2], %3: f32[5,2] = scan(init=[%1], xs=[%0], captures=[], length=5, reverse=False) {
        fn "f" (%0 "a0": f32[2], %1 "a1": f32[2]) { %2: f32[2] = add(x1=%0, x2=%1)  %3: f32[2] = exp(x=%0) } -> (%2 "r0", %3 "r1")
      }
    } -> (%2 "last", %3 "all"))",
                  R"(fn (x: f32[5,2], c: f32[2]) {
      z: f32[5,2] = FILL(const i32[2] [5, 2], const f32[] 0)
      t: i32[], l: f32[2], a: f32[5,2], y: f32[5,2] = WHILE(const i32[] 0, c, z, x) {cond_subgraph_index: 1, body_subgraph_index: 2}
    } -> (l, a)
    fn (t: i32[], c: f32[2], z: f32[5,2], x: f32[5,2]) { r: bool[] = LESS(t, const i32[] 5) NONE{} } -> (r)
    fn (t: i32[], c: f32[2], z: f32[5,2], x: f32[5,2]) {
      e: f32[2] = GATHER(x, t)
      d: f32[2] = ADD(c, e)
      y: f32[2] = EXP(c) NONE{}
      w: f32[1,2] = RESHAPE(y, const i32[2] [1, 2]) {new_shape: [1, 2]}
      u: i32[1] = RESHAPE(t, const i32[1] 1) {new_shape: [1]}
      p: i32[2] = CONCATENATION(u, const i32[1] 0) {axis: 0}
      a: f32[5,2] = DYNAMIC_UPDATE_SLICE(z, w, p)
      v: i32[] = ADD(t, const i32[] 1)
    } -> (v, d, a, x)
    signature "f" 0 (x: x, c: c) -> (last: l, all: a))");
}

TEST(Scan, StacksManyStepsInPieces) {
  const Result<litert::Model> model = lower_text(R"(fn "f" (%0 "x": f32[s,2], %1 "c": f32[2]) {
      %2: f32[2], %3: f32[s,2] = scan(init=[%1], xs=[%0], captures=[], length={s}, reverse=False) {
        fn "f" (%0 "a0": f32[2], %1 "a1": f32[2]) { %2: f32[2] = add(x1=%0, x2=%1)  %3: f32[2] = exp(x=%0) } -> (%2 "r0", %3 "r1")
      }
    } -> (%2 "last", %3 "all"))");
  ASSERT_TRUE(model.ok()) << model.error().to_string();
  ASSERT_EQ(model->subgraphs.size(), 5U) << "a loop and a loop inside of it";
  const auto rows_put_into = [](const litert::Subgraph& body) {
    for (const litert::Operator& op : body.operators) {
      if (op.code == litert::BuiltinOperator::DYNAMIC_UPDATE_SLICE) return to_string(body.tensors[op.inputs[1]].dims);
    }
    return std::string();
  };
  EXPECT_EQ(rows_put_into(model->subgraphs[2]), "[1, 2]");
  EXPECT_EQ(rows_put_into(model->subgraphs[4]), "[20, 2]");
}

TEST(Scan, OfTwoStepsIsTwoSteps) {
  expect_lowering(R"(fn "f" (%0 "x": f32[2,3], %1 "c": f32[3]) {
      %2: f32[3] = scan(init=[%1], xs=[%0], captures=[], length=2, reverse=True) {
        fn "f" (%0 "a0": f32[3], %1 "a1": f32[3]) { %2: f32[3] = maximum(x1=%0, x2=%1) } -> (%2 "r0")
      }
    } -> (%2 "last"))",
                  R"(fn (x: f32[2,3], c: f32[3]) {
      b: f32[1,3] = SLICE(x, const i32[2] [1, 0], const i32[2] [1, 3])
      e: f32[3] = RESHAPE(b, const i32[1] 3) {new_shape: [3]}
      d: f32[3] = MAXIMUM(c, e) NONE{}
      g: f32[1,3] = SLICE(x, const i32[2] [0, 0], const i32[2] [1, 3])
      h: f32[3] = RESHAPE(g, const i32[1] 3) {new_shape: [3]}
      l: f32[3] = MAXIMUM(d, h) NONE{}
    } -> (l))");
}

TEST(State, IsAVariableWithAFirstValue) {
  expect_lowering(R"(weight @0 "zero": f32[2] = [0, 0]
    state $0 "count": f32[2] = @0
    fn "f" (%0 "x": f32[2]) {
      %1: f32[2] = read_state(state=$0)
      %2: f32[2] = add(x1=%0, x2=%1)
      write_state(state=$0, value=%2)
    } -> (%2 "y"))",
                  R"(fn (x: f32[2]) {
      CALL_ONCE() {init_subgraph_index: 1}
      h: resource[] = VAR_HANDLE() {shared_name: "0:count"}
      v: f32[2] = READ_VARIABLE(h)
      y: f32[2] = ADD(x, v)
      i: resource[] = VAR_HANDLE() {shared_name: "0:count"}
      ASSIGN_VARIABLE(i, y)
    } -> (y)
    fn () {
      h: resource[] = VAR_HANDLE() {shared_name: "0:count"}
      ASSIGN_VARIABLE(h, const f32[2] [0, 0])
    } -> ()
    signature "f" 0 (x: x) -> (y: y))");
}

}  // namespace
}  // namespace kelt::lower
