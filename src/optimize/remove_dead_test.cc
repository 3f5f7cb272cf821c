#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

TEST(RemoveDead, DropsChainsThatEndNowhereAndTheirTensors) {
  litert::Model model = litert::model_of(R"(fn (x: f32[n,2], unused: f32[n,2]) { a = ABS(x)  b = NEG(a)  y = RELU(x) } -> (y))");
  ASSERT_TRUE(*remove_dead(model, {}));
  EXPECT_EQ(model.subgraphs[0].operators.size(), 1u);
  EXPECT_EQ(model.subgraphs[0].tensors.size(), 3u) << "x, the unused input and y";
  EXPECT_EQ(model.subgraphs[0].inputs.size(), 2u) << "an input that nothing reads stays";
  EXPECT_EQ(model.signatures[0].outputs[0].tensor, model.subgraphs[0].outputs[0]);
}

TEST(RemoveDead, DropsALoopThatNothingReadsWithItsSubgraphs) {
  expect_rewrite(remove_dead, R"(fn (x: f32[2]) {
      l: f32[2] = WHILE(x) {cond_subgraph_index: 1, body_subgraph_index: 3}
      y: f32[2] = IF(const bool[] 1, x) {then_subgraph_index: 2, else_subgraph_index: 4}
    } -> (y)
    fn (a: f32[2]) { c: bool[] = LESS(const i32[] 1, const i32[] 2) } -> (c)
    fn (a: f32[2]) { b = ABS(a) } -> (b)
    fn (a: f32[2]) { b = NEG(a) } -> (b)
    fn (a: f32[2]) { b = RELU(a) } -> (b)
    signature "f" 0 (x: x) -> (y: y))",
                 R"(fn (x: f32[2]) {
      y: f32[2] = IF(const bool[] 1, x) {then_subgraph_index: 1, else_subgraph_index: 2}
    } -> (y)
    fn (a: f32[2]) { b = ABS(a) } -> (b)
    fn (a: f32[2]) { b = RELU(a) } -> (b)
    signature "f" 0 (x: x) -> (y: y))");
}

TEST(RemoveDead, KeepsABranchThatWritesAState) {
  expect_unchanged(remove_dead, R"(fn (p: bool[], x: f32[2]) {
      z: f32[2] = IF(p, x) {then_subgraph_index: 1, else_subgraph_index: 2}
    } -> (x)
    fn (a: f32[2]) { h: resource[] = VAR_HANDLE() {shared_name: "s"}  ASSIGN_VARIABLE(h, a) } -> (a)
    fn (a: f32[2]) { b = RELU(a) } -> (b)
    signature "f" 0 (p: p, x: x) -> (y: x))");
}

TEST(RemoveDead, KeepsTheInputsOfALoopInTheirOrder) {
  expect_unchanged(remove_dead, R"(fn (x: f32[2], w: f32[3]) {
      l: f32[2], v: f32[3] = WHILE(x, w) {cond_subgraph_index: 1, body_subgraph_index: 2}
    } -> (l)
    fn (a: f32[2], unread: f32[3]) { c: bool[] = LESS(const i32[] 1, const i32[] 2) } -> (c)
    fn (a: f32[2], b: f32[3]) { d = NEG(a) } -> (d, b)
    signature "f" 0 (x: x, w: w) -> (y: l))");
}

// A product whose weights are quantized along several axes, with a dead tensor in front of the scales.
litert::Model several_axes() {
  litert::Model model = litert::model_of(R"(fn (x: f32[n,2]) { a = ABS(x)  y: f32[n,1] = FULLY_CONNECTED(x, @k: i8[1,2], _) } -> (y))");
  std::vector<litert::Tensor>& tensors = model.subgraphs[0].tensors;
  tflite::MultiAxisQuantizationT axes;
  axes.scales = static_cast<int32_t>(tensors.size());
  axes.zero_points = static_cast<int32_t>(tensors.size() + 1);
  for (litert::Tensor& tensor : tensors) {
    if (tensor.name == "k") tensor.quantization.details.Set(axes);
  }
  for (const char* name : {"scales", "zeros"}) {
    litert::Tensor added{.name = name, .dims = {1, 2}};
    added.constant = array_from<float>({1, 2}, std::vector<float>{1, 2});
    tensors.push_back(std::move(added));
  }
  return model;
}

TEST(RemoveDead, KeepsTheScalesAndZerosOfSeveralAxes) {
  litert::Model model = several_axes();
  ASSERT_TRUE(*remove_dead(model, {}));
  const std::vector<litert::Tensor>& tensors = model.subgraphs[0].tensors;
  ASSERT_EQ(tensors.size(), 5u) << "x, y, the weights, their scales and zeros";
  for (const litert::Tensor& tensor : tensors) {
    const auto* axes = tensor.quantization.details.AsMultiAxisQuantization();
    if (axes == nullptr) continue;
    EXPECT_EQ(tensors.at(static_cast<size_t>(axes->scales)).name, "scales");
    EXPECT_EQ(tensors.at(static_cast<size_t>(axes->zero_points)).name, "zeros");
  }
}

TEST(RemoveDead, DropsTheScalesOfADeadTensorWithIt) {
  litert::Model model = several_axes();
  model.subgraphs[0].operators.pop_back();
  model.subgraphs[0].outputs = model.subgraphs[0].inputs;
  ASSERT_TRUE(*remove_dead(model, {}));
  EXPECT_EQ(model.subgraphs[0].tensors.size(), 2u) << "x, and y by its signature";
}

TEST(RemoveDead, LeavesALivingGraph) { expect_unchanged(remove_dead, R"(fn (x: f32[n,2]) { y = RELU(x) } -> (y))"); }

}  // namespace
}  // namespace kelt::optimize
