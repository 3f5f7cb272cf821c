#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(FoldScale, ScalesTheWeightsOfEachOutputAndTheBias) {
  expect_rewrite(
      fold_scale,
      R"(fn (x: f32[n,4,4,2]) { c: f32[n,4,4,2] = CONV_2D(x, const f32[2,1,1,2] [1, 2, 3, 4], const f32[2] [1, 2]) {stride_w: 1, stride_h: 1}
                                           y = MUL(c, const f32[2] [10, 100]) } -> (y))",
      R"(fn (x: f32[n,4,4,2]) { y: f32[n,4,4,2] = CONV_2D(x, const f32[2,1,1,2] [10, 20, 300, 400], const f32[2] [10, 200]) {stride_w: 1, stride_h: 1} } -> (y))");
}

TEST(FoldScale, KnowsThatADepthwiseKernelHasItsOutputsLast) {
  expect_rewrite(
      fold_scale,
      R"(fn (x: f32[n,4,4,2]) { c: f32[n,4,4,2] = DEPTHWISE_CONV_2D(x, const f32[1,2,1,2] [1, 2, 3, 4], const f32[2] [1, 2]) {stride_w: 1, stride_h: 1, depth_multiplier: 1}
                                           y = DIV(c, const f32[2] [2, 4]) } -> (y))",
      R"(fn (x: f32[n,4,4,2]) { y: f32[n,4,4,2] = DEPTHWISE_CONV_2D(x, const f32[1,2,1,2] [0.5, 0.5, 1.5, 1], const f32[2] [0.5, 0.5]) {stride_w: 1, stride_h: 1, depth_multiplier: 1} } -> (y))");
}

TEST(FoldScale, LeavesALayerWhoseActivationIsFused) {
  expect_unchanged(fold_scale, R"(fn (x: f32[n,2]) { c: f32[n,3] = FULLY_CONNECTED(x, @k: f32[3,2], _) {fused_activation_function: RELU}
                                                     y = MUL(c, const f32[3] [1, 2, 3]) } -> (y))");
}

TEST(FoldScale, LeavesAScaleThatAppliesAnActivation) {
  expect_unchanged(fold_scale, R"(fn (x: f32[n,2]) { c: f32[n,3] = FULLY_CONNECTED(x, @k: f32[3,2], _)
                                                     y = MUL(c, const f32[3] [1, 2, 3]) {fused_activation_function: RELU} } -> (y))");
}

TEST(FoldScale, LeavesALayerThatIsAnOutput) {
  expect_unchanged(fold_scale, R"(fn (x: f32[n,2]) { c: f32[n,3] = FULLY_CONNECTED(x, @k: f32[3,2], _)
                                                     y = MUL(c, const f32[3] [1, 2, 3]) } -> (y, c))");
}

TEST(FoldScale, LeavesATableThatTheEmbeddingReadsToo) {
  expect_unchanged(fold_scale, R"(fn (ids: i32[n]) { e: f32[n,2] = GATHER(@table: f32[3,2], ids) {axis: 0}
                                                     c: f32[n,3] = FULLY_CONNECTED(e, @table, _)
                                                     y = MUL(c, const f32[3] [1, 2, 3]) } -> (y))");
}

TEST(FoldScale, LeavesWeightsThatTwoLayersScaleDifferently) {
  expect_unchanged(fold_scale, R"(fn (a: f32[n,2], b: f32[n,2]) { c: f32[n,3] = FULLY_CONNECTED(a, @k: f32[3,2], _)
                                                                  d: f32[n,3] = FULLY_CONNECTED(b, @k, _)
                                                                  y = MUL(c, const f32[3] [1, 2, 3])
                                                                  z = MUL(d, const f32[3] [1, 2, 4]) } -> (y, z))");
}

TEST(FoldScale, ScalesWeightsOnceThatAllTheirReadersScaleAlike) {
  litert::Model model = litert::model_of(R"(fn (a: f32[n,2], b: f32[n,2]) { c: f32[n,3] = FULLY_CONNECTED(a, @k: f32[3,2], _)
                                                                            d: f32[n,3] = FULLY_CONNECTED(b, @k, _)
                                                                            y = MUL(c, const f32[3] [1, 2, 3])
                                                                            z = MUL(d, const f32[3] [1, 2, 3]) } -> (y, z))");
  ASSERT_TRUE(*fold_scale(model, {}));
  const litert::Subgraph& subgraph = model.subgraphs[0];
  ASSERT_EQ(subgraph.operators.size(), 2u);
  const auto weights = [&](size_t op) { return subgraph.tensors[static_cast<size_t>(subgraph.operators[op].inputs[1])].constant->source; };
  EXPECT_EQ(weights(0)->identity(), weights(1)->identity()) << "stored once";
}

TEST(FoldScale, ClearsTheSourceOfTheLayerAndKeepsThatOfTheProduct) {
  litert::Model model = litert::model_of(R"(fn (x: f32[n,2]) { c: f32[n,3] ~4 = FULLY_CONNECTED(x, @k: f32[3,2], _)
                                                               y: f32[n,3] ~7 = MUL(c, const f32[3] [1, 2, 3]) } -> (y))");
  ASSERT_TRUE(fold_scale(model, {}).ok());
  ASSERT_TRUE(remove_dead(model, {}).ok());
  const litert::Subgraph& subgraph = model.subgraphs[0];
  ASSERT_EQ(subgraph.operators.size(), 1u);
  EXPECT_EQ(subgraph.tensors[subgraph.operators[0].outputs[0]].source->value, 7);
}

}  // namespace
}  // namespace kelt::optimize
