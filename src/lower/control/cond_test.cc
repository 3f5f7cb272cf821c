#include "lower/core/testing.h"

namespace kelt::lower {
namespace {

TEST(Cond, IsAnIfOverWhatItsBranchesRead) {
  expect_lowering(R"(fn "f" (%0 "p": bool[], %1 "x": f32[n,2], %2 "y": f32[n,2]) {
      %3: f32[n,2] = cond(pred=%0, operands=[%1, %2]) {
        fn "true_fn" (%0 "a0": f32[n,2], %1 "a1": f32[n,2]) { %2: f32[n,2] = exp(x=%0) } -> (%2 "r0")
        fn "false_fn" (%0 "a0": f32[n,2], %1 "a1": f32[n,2]) { %2: f32[n,2] = tanh(x=%0) } -> (%2 "r0")
      }
    } -> (%3 "z"))",
                  R"(fn (p: bool[], x: f32[n,2], y: f32[n,2]) {
      z: f32[n,2] = IF(p, x) {then_subgraph_index: 1, else_subgraph_index: 2}
    } -> (z)
    fn (a: f32[n,2]) { b = EXP(a) NONE{} } -> (b)
    fn (a: f32[n,2]) { b = TANH(a) } -> (b)
    signature "f" 0 (p: p, x: x, y: y) -> (z: z))");
}

TEST(Cond, GivesEachOutputOfABranchATensorOfItsOwn) {
  expect_lowering(R"(fn "f" (%0 "p": bool[], %1 "x": f32[2]) {
      %2: f32[2], %3: f32[2] = cond(pred=%0, operands=[%1]) {
        fn "true_fn" (%0 "a0": f32[2]) { %1: f32[2] = exp(x=%0) } -> (%1 "r0", %1 "r1")
        fn "false_fn" (%0 "a0": f32[2]) { %1: f32[2] = tanh(x=%0)  %2: f32[2] = exp(x=%0) } -> (%1 "r0", %2 "r1")
      }
    } -> (%2 "y", %3 "z"))",
                  R"(fn (p: bool[], x: f32[2]) {
      y: f32[2], z: f32[2] = IF(p, x) {then_subgraph_index: 1, else_subgraph_index: 2}
    } -> (y, z)
    fn (a: f32[2]) { b = EXP(a) NONE{}  c = SLICE(b, const i32[1] 0, const i32[1] 2) } -> (b, c)
    fn (a: f32[2]) { b = TANH(a)  c = EXP(a) NONE{} } -> (b, c)
    signature "f" 0 (p: p, x: x) -> (y: y, z: z))");
}

TEST(Cond, MakesWhatIsKnownBeforeItRunsWhenItRuns) {
  expect_lowering(R"(fn "f" (%0 "p": bool[], %1 "x": f32[n,2]) {
      %2: i32[] = cond(pred=%0, operands=[%1]) {
        fn "true_fn" (%0 "a0": f32[n,2]) { %1: i32[] = constant(value={n}) } -> (%1 "r0")
        fn "false_fn" (%0 "a0": f32[n,2]) { %1: i32[] = constant(value=3) } -> (%1 "r0")
      }
    } -> (%2 "y"))",
                  R"(fn (p: bool[], x: f32[n,2]) {
      y: i32[] = IF(p, x) {then_subgraph_index: 1, else_subgraph_index: 2}
    } -> (y)
    fn (a: f32[n,2]) {
      d: i32[2] = SHAPE(a) {out_type: INT32}
      n: i32[] = STRIDED_SLICE(d, const i32[1] 0, const i32[1] 1, const i32[1] 1) {shrink_axis_mask: 1}
      y: i32[] = ADD(n, const i32[] 0)
    } -> (y)
    fn (a: f32[n,2]) { y: i32[] = ADD(const i32[] 3, const i32[] 0) } -> (y)
    signature "f" 0 (p: p, x: x) -> (y: y))");
}

TEST(Cond, OfAKnownConditionIsItsBranch) {
  expect_lowering(R"(fn "f" (%0 "x": f32[n,2]) {
      %1: bool[] = constant(value=False)
      %2: f32[n,2] = cond(pred=%1, operands=[%0]) {
        fn "true_fn" (%0 "a0": f32[n,2]) { %1: f32[n,2] = exp(x=%0) } -> (%1 "r0")
        fn "false_fn" (%0 "a0": f32[n,2]) { %1: f32[n,2] = tanh(x=%0) } -> (%1 "r0")
      }
    } -> (%2 "y"))",
                  "fn (x: f32[n,2]) { y = TANH(x) } -> (y)");
}

TEST(Cond, CollectsWhatItsBranchesCantDo) {
  constexpr std::string_view kSource = R"(fn "f" (%0 "p": bool[], %1 "x": f32[2]) {
      %2: f32[2] = cond(pred=%0, operands=[%1]) {
        fn "true_fn" (%0 "a0": f32[2]) { %1: f32[2] = riddle(x=%0)  # net/sphinx
        } -> (%1 "r0")
        fn "false_fn" (%0 "a0": f32[2]) { %1: f32[2] = enigma(x=%0)  # net/bletchley
        } -> (%1 "r0")
      }  # net
    } -> (%2 "y"))";
  expect_rejected(kSource, "net/sphinx     keras.ops.riddle  has no LiteRT form");
  expect_rejected(kSource, "net/bletchley  keras.ops.enigma  has no LiteRT form");
}

TEST(Switch, HalvesItsBranches) {
  expect_lowering(R"(fn "f" (%0 "i": i32[], %1 "x": f32[2]) {
      %2: f32[2] = switch(index=%0, operands=[%1]) {
        fn "branch_0" (%0 "a0": f32[2]) { %1: f32[2] = exp(x=%0) } -> (%1 "r0")
        fn "branch_1" (%0 "a0": f32[2]) { %1: f32[2] = tanh(x=%0) } -> (%1 "r0")
        fn "branch_2" (%0 "a0": f32[2]) { %1: f32[2] = sin(x=%0) } -> (%1 "r0")
      }
    } -> (%2 "y"))",
                  R"(fn (i: i32[], x: f32[2]) {
      c: bool[] = LESS(i, const i32[] 1) NONE{}
      y: f32[2] = IF(c, x, i) {then_subgraph_index: 3, else_subgraph_index: 4}
    } -> (y)
    fn (a: f32[2]) { b = TANH(a) } -> (b)
    fn (a: f32[2]) { b = SIN(a) } -> (b)
    fn (a: f32[2], i: i32[]) { b = EXP(a) NONE{} } -> (b)
    fn (a: f32[2], i: i32[]) {
      c: bool[] = LESS(i, const i32[] 2) NONE{}
      b: f32[2] = IF(c, a) {then_subgraph_index: 1, else_subgraph_index: 2}
    } -> (b)
    signature "f" 0 (i: i, x: x) -> (y: y))");
}

}  // namespace
}  // namespace kelt::lower
