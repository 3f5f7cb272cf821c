#include "optimize/testing.h"
#include "weights/testing.h"

namespace kelt::optimize {
namespace {

TEST(FoldPrecedingAffine, TakesAScaleAndAShiftIntoAPointwiseConvolution) {
  expect_rewrite(
      fold_preceding_affine,
      R"(fn (x: f32[n,4,4,2]) { m = MUL(x, const f32[2] [10, 100])
                                           a = ADD(m, const f32[2] [1, 2])
                                           y: f32[n,4,4,2] = CONV_2D(a, const f32[2,1,1,2] [1, 2, 3, 4], const f32[2] [0, 1]) {stride_w: 1, stride_h: 1} } -> (y))",
      R"(fn (x: f32[n,4,4,2]) { y: f32[n,4,4,2] = CONV_2D(x, const f32[2,1,1,2] [10, 200, 30, 400], const f32[2] [5, 12]) {stride_w: 1, stride_h: 1} } -> (y))");
}

TEST(FoldPrecedingAffine, RepeatsTheScaleForADepthwiseMultiplier) {
  expect_rewrite(
      fold_preceding_affine,
      R"(fn (x: f32[n,4,4,2]) { m = MUL(x, const f32[2] [10, 100])
                                           y: f32[n,4,4,4] = DEPTHWISE_CONV_2D(m, const f32[1,1,1,4] [1, 2, 3, 4], _) {stride_w: 1, stride_h: 1, depth_multiplier: 2} } -> (y))",
      R"(fn (x: f32[n,4,4,2]) { y: f32[n,4,4,4] = DEPTHWISE_CONV_2D(x, const f32[1,1,1,4] [10, 20, 300, 400], _) {stride_w: 1, stride_h: 1, depth_multiplier: 2} } -> (y))");
}

TEST(FoldPrecedingAffine, LeavesAShiftBeforePaddedWindows) {
  expect_unchanged(fold_preceding_affine, R"(fn (x: f32[n,4,4,2]) {
      a = ADD(x, const f32[2] [1, 2])
      y: f32[n,4,4,1] = CONV_2D(a, @k: f32[1,3,3,2], _) {stride_w: 1, stride_h: 1} } -> (y))");
}

TEST(FoldPrecedingAffine, LeavesAGroupedConvolution) {
  expect_unchanged(fold_preceding_affine, R"(fn (x: f32[n,4,4,4]) {
      m = MUL(x, const f32[4] [1, 2, 3, 4])
      y: f32[n,4,4,2] = CONV_2D(m, @k: f32[2,1,1,2], _) {stride_w: 1, stride_h: 1} } -> (y))");
}

TEST(FoldPrecedingAffine, LeavesAScaleThatSomethingElseReads) {
  expect_unchanged(fold_preceding_affine, R"(fn (x: f32[n,2]) {
      m = MUL(x, const f32[2] [1, 2])
      y: f32[n,3] = FULLY_CONNECTED(m, @k: f32[3,2], _) } -> (y, m))");
}

TEST(FoldPrecedingAffine, LeavesANormBeforeATableThatTheEmbeddingReadsToo) {
  expect_unchanged(fold_preceding_affine, R"(fn (ids: i32[n], x: f32[n,2]) {
      e: f32[n,2] = GATHER(@table: f32[5,2], ids) {axis: 0}
      a = ADD(x, e)
      m = MUL(a, const f32[2] [10, 100])
      y: f32[n,5] = FULLY_CONNECTED(m, @table, _) } -> (y))");
}

TEST(FoldPrecedingAffine, TakesTheShiftOfANormIntoTheBiasBesideASharedTable) {
  expect_rewrite(fold_preceding_affine, R"(fn (ids: i32[n], x: f32[n,2]) {
      e: f32[n,2] = GATHER(@table: f32[2,2] = [1, 2, 3, 4], ids) {axis: 0}
      a = ADD(x, e)
      m = MUL(a, const f32[2] [10, 100])
      s = ADD(m, const f32[2] [1, 1])
      y: f32[n,2] = FULLY_CONNECTED(s, @table, _) } -> (y))",
                 R"(fn (ids: i32[n], x: f32[n,2]) {
      e: f32[n,2] = GATHER(@table: f32[2,2] = [1, 2, 3, 4], ids) {axis: 0}
      a = ADD(x, e)
      m = MUL(a, const f32[2] [10, 100])
      y: f32[n,2] = FULLY_CONNECTED(m, @table, const f32[2] [3, 7]) } -> (y))");
}

TEST(FoldPrecedingAffine, ReadsAWeightOfManyMegabytesInSlices) {
  const int64_t inputs = 2048;
  const int64_t outputs = 1024;
  auto meter = std::make_shared<kelt::testing::Meter>();
  const std::vector<float> ones(static_cast<size_t>(inputs * outputs), 1.0F);
  litert::Model model = litert::model_of(R"(fn (x: f32[n,2048]) { a = ADD(x, @t: f32[2048])
                                            y: f32[n,1024] = FULLY_CONNECTED(a, @w: f32[1024,2048], _) } -> (y))");
  for (litert::Tensor& tensor : model.subgraphs[0].tensors) {
    if (tensor.name == "t") tensor.constant = array_from<float>({inputs}, std::vector<float>(static_cast<size_t>(inputs), 0.5F));
    if (tensor.name == "w") tensor.constant = kelt::testing::metered(array_from<float>({outputs, inputs}, ones), meter);
  }
  ASSERT_TRUE(*fold_preceding_affine(model, {}));
  EXPECT_EQ(meter->bytes, ones.size() * sizeof(float)) << "read once";
  EXPECT_LE(meter->largest, size_t{1} << 20) << "at a time";
  const litert::Operator& op = model.subgraphs[0].operators[0];
  EXPECT_EQ(read_as<float>(*model.subgraphs[0].tensors[static_cast<size_t>(op.inputs[2])].constant)->back(), 1024.0F);
}

TEST(FoldPrecedingAffine, LeavesAnOperandThatTheConstantBroadcasts) {
  for (const std::string op : {"MUL", "ADD"}) {
    expect_unchanged(fold_preceding_affine, "fn (x: f32[n,1]) { c: f32[n,2] = " + op +
                                                "(x, const f32[2] [3, 4])  y: f32[n,3] = FULLY_CONNECTED(c, @k: f32[3,2], _) } -> (y)");
  }
}

}  // namespace
}  // namespace kelt::optimize
