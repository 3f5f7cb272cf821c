#include "optimize/testing.h"

namespace kelt::optimize {
namespace {

// A model whose first constant came from halves.
litert::Model with_halves(std::string_view text, float factor = 1) {
  litert::Model model = litert::model_of(text);
  for (litert::Tensor& tensor : model.subgraphs[0].tensors) {
    if (!tensor.constant || tensor.constant->dtype != DType::kFloat32) continue;
    const std::vector<float> factors(static_cast<size_t>(tensor.constant->shape.back()), factor);
    const int last = static_cast<int>(tensor.constant->shape.size()) - 1;
    const Array half = cast(*tensor.constant, DType::kBFloat16);
    tensor.constant = scale_along(cast(half, DType::kFloat32), last, array_from<float>({tensor.constant->shape.back()}, factors));
    break;
  }
  return model;
}

constexpr std::string_view kDense = R"(fn (x: f32[n,32]) { y: f32[n,8] = FULLY_CONNECTED(x, @k: f32[8,32], _) } -> (y))";

TEST(StoreHalves, WidensWeightsAsTheFileIsLoaded) {
  litert::Model model = with_halves(kDense);
  ASSERT_TRUE(*store_halves(model, {}));
  const litert::Subgraph& graph = model.subgraphs[0];
  ASSERT_EQ(graph.operators.size(), 2u);
  EXPECT_EQ(graph.operators[0].code, litert::BuiltinOperator::DEQUANTIZE);
  EXPECT_EQ(graph.tensors[static_cast<size_t>(graph.operators[0].inputs[0])].type, litert::TensorType::FLOAT16);
  EXPECT_EQ(graph.operators[1].inputs[1], graph.operators[0].outputs[0]);
  EXPECT_FALSE(*store_halves(model, {}));
}

TEST(StoreHalves, WidensRowsAfterTheyAreLookedUp) {
  litert::Model model = with_halves(R"(fn (i: i32[n]) { y: f32[n,32] = GATHER(@t: f32[8,32], i) } -> (y))");
  ASSERT_TRUE(*store_halves(model, {}));
  const litert::Subgraph& graph = model.subgraphs[0];
  ASSERT_EQ(graph.operators.size(), 2u);
  EXPECT_EQ(graph.operators[1].code, litert::BuiltinOperator::CAST);
  EXPECT_EQ(graph.tensors[static_cast<size_t>(graph.operators[0].outputs[0])].type, litert::TensorType::FLOAT16);
}

TEST(StoreHalves, LeavesWeightsThatWereFloats) { expect_unchanged(store_halves, kDense); }

TEST(StoreHalves, LeavesValuesThatAHalfCantHold) {
  for (const float factor : {1e6F, 1e-6F}) {
    litert::Model model = with_halves(kDense, factor);
    EXPECT_FALSE(*store_halves(model, {})) << factor;
  }
}

TEST(StoreHalves, LeavesFewElements) {
  litert::Model model = with_halves(R"(fn (x: f32[n,4]) { y: f32[n,8] = FULLY_CONNECTED(x, @k: f32[8,4], _) } -> (y))");
  EXPECT_FALSE(*store_halves(model, {}));
}

}  // namespace
}  // namespace kelt::optimize
