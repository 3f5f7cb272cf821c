#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(FoldConstants, TurnsReshapesTransposesAndCastsOfAWeightIntoTheWeight) {
  expect_rewrite(fold_constants,
                 R"(fn (x: f32[n,2]) { a: f32[2,3] = RESHAPE(const f32[6] [1, 2, 3, 4, 5, 6], const i32[2] [2, 3])
                                       w: f32[3,2] = TRANSPOSE(a, const i32[2] [1, 0])
                                       y: f32[n,3] = FULLY_CONNECTED(x, w, _) } -> (y))",
                 R"(fn (x: f32[n,2]) { y: f32[n,3] = FULLY_CONNECTED(x, const f32[3,2] [1, 4, 2, 5, 3, 6], _) } -> (y))");
}

TEST(FoldConstants, TurnsThePartsOfASplitWeightIntoWeights) {
  expect_rewrite(fold_constants,
                 R"(fn (x: f32[n,2]) { a: f32[2,1], b: f32[2,1] = SPLIT(const i32[] 1, const f32[2,2] [1, 2, 3, 4]) {num_splits: 2}
                                       v: f32[2] = RESHAPE(b, const i32[1] [2])
                                       y: f32[n,2] = ADD(x, v) } -> (y))",
                 R"(fn (x: f32[n,2]) { y: f32[n,2] = ADD(x, const f32[2] [2, 4]) } -> (y))");
}

TEST(FoldConstants, ReadsTheShapeOfWhatHasAFixedOne) {
  expect_rewrite(fold_constants, R"(fn (x: f32[4,2]) { s: i32[2] = SHAPE(x) {out_type: INT32}  y: f32[4,2] = RESHAPE(x, s) } -> (y))",
                 R"(fn (x: f32[4,2]) { y: f32[4,2] = RESHAPE(x, const i32[2] [4, 2]) } -> (y))");
}

// Stands in for the runtime: says that every chain computes sevens.
Result<std::vector<Array>> sevens(const litert::Model& model) {
  const litert::Subgraph& subgraph = model.subgraphs[0];
  const auto shape = static_dims(subgraph.tensors[subgraph.outputs[0]].dims);
  const std::vector<float> values(static_cast<size_t>(Array{DType::kFloat32, *shape, nullptr}.count()), 7.0f);
  return std::vector<Array>{array_from<float>(*shape, values)};
}

Result<bool> with_runtime(litert::Model& model) { return fold_constants(model, {.evaluate = sevens}); }

TEST(FoldConstants, HandsAChainToTheRuntimeAndTakesItsResult) {
  litert::expect_rewrite(with_runtime, R"(fn (x: f32[n,2]) { a: f32[2] = MUL(const f32[2] [1, 2], const f32[2] [3, 4])
                                                             b: f32[2] = EXP(a)
                                                             y = ADD(x, b) } -> (y))",
                         R"(fn (x: f32[n,2]) { a: f32[2] = MUL(const f32[2] [1, 2], const f32[2] [3, 4])
                                               y = ADD(x, const f32[2] [7, 7]) } -> (y))");
}

TEST(FoldConstants, LeavesWhatWouldGrowBeyondItsSources) {
  litert::expect_unchanged(with_runtime, R"(fn (x: f32[n,200,200]) { t: f32[1,200,200] = TILE(@row: f32[1,1,200], const i32[3] [1, 200, 1])
                                                                     y: f32[n,200,200] = ADD(x, t) } -> (y))");
}

TEST(FoldConstants, PassesOperatorsThatMakeNothing) {
  litert::expect_rewrite(with_runtime, R"(fn (x: f32[2]) { a: f32[2] = EXP(const f32[2] [1, 2])
                                                           CALL_ONCE() {init_subgraph_index: 1}
                                                           b: f32[2] = NEG(a)
                                                           h: resource[] = VAR_HANDLE() {shared_name: "s"}
                                                           ASSIGN_VARIABLE(h, b)
                                                           y = ADD(x, b) } -> (y)
                                          fn () { } -> ()
                                          signature "f" 0 (x: x) -> (y: y))",
                         R"(fn (x: f32[2]) { a: f32[2] = EXP(const f32[2] [1, 2])
                                             CALL_ONCE() {init_subgraph_index: 1}
                                             h: resource[] = VAR_HANDLE() {shared_name: "s"}
                                             ASSIGN_VARIABLE(h, @b: f32[2] = 7)
                                             y = ADD(x, @b) } -> (y)
                            fn () { } -> ()
                            signature "f" 0 (x: x) -> (y: y))");
}

TEST(FoldConstants, LeavesRandomNumbers) {
  litert::expect_unchanged(with_runtime, R"(fn (x: f32[2]) { r: f32[2] = RANDOM_UNIFORM(const i32[1] [2])  y = ADD(x, r) } -> (y))");
}

}  // namespace
}  // namespace kelt::optimize
