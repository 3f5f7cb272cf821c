#include "optimize/testing.h"
#include "weights/quantized.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;

struct Form {
  int64_t rows, columns, blocks;
};

// `op` of x and weights k, whose integers are known.
litert::Model model_with(const std::string& text, int bits, const Form& form, bool zeros) {
  litert::Model model = litert::model_of(text);
  std::vector<float> values(static_cast<size_t>(form.rows * form.columns), 3.0F);
  const std::vector<float> each(static_cast<size_t>(form.rows * form.blocks), 0.5F);
  const Array scales = array_from<float>({form.rows, form.blocks}, each);
  Quantized matrix{.values = cast(array_from<float>({form.rows, form.columns}, values), DType::kInt8), .bits = bits, .scales = scales};
  if (zeros) matrix.zeros = scales;
  for (litert::Tensor& tensor : model.subgraphs[0].tensors) {
    if (tensor.name == "k") tensor.constant = dequantize(matrix);
  }
  return model;
}

std::vector<BuiltinOperator> codes(const litert::Model& model) {
  std::vector<BuiltinOperator> codes;
  for (const litert::Operator& op : model.subgraphs[0].operators) codes.push_back(op.code);
  return codes;
}

const litert::Tensor& weights_of(const litert::Model& model, size_t index) {
  const litert::Subgraph& subgraph = model.subgraphs[0];
  return subgraph.tensors[subgraph.operators[index].inputs[1]];
}

constexpr const char* kProduct = R"(fn (x: f32[n,64]) { y: f32[n,2] = FULLY_CONNECTED(x, @k: f32[2,64], _) {keep_num_dims: true} } -> (y))";

constexpr const char* kOfFourRows =
    R"(fn (x: f32[n,64]) { y: f32[n,4] = FULLY_CONNECTED(x, @k: f32[4,64], _) {keep_num_dims: true} } -> (y))";

TEST(RestoreIntegers, GivesAProductItsIntegersWithAScaleARow) {
  litert::Model model = model_with(kProduct, 8, {2, 64, 1}, false);
  ASSERT_TRUE(*restore_integers(model, {}));
  EXPECT_EQ(codes(model), (std::vector{BuiltinOperator::FULLY_CONNECTED}));
  EXPECT_EQ(weights_of(model, 0).type, litert::TensorType::INT8);
  EXPECT_EQ(weights_of(model, 0).quantization.scale, (std::vector<float>{0.5F, 0.5F}));
}

TEST(RestoreIntegers, FindsIntegersThatNoFoldHasScaled) {
  litert::Model model = model_with(R"(fn (x: f32[n,64]) { m = MUL(x, @s: f32[64])
                                        c: f32[n,2] = FULLY_CONNECTED(m, @k: f32[2,64], _) {keep_num_dims: true}
                                        y = MUL(c, const f32[] [3]) } -> (y))",
                                   8, {2, 64, 1}, false);
  ASSERT_TRUE(run_pipeline(model, {}).ok());
  EXPECT_EQ(codes(model), (std::vector{BuiltinOperator::MUL, BuiltinOperator::FULLY_CONNECTED, BuiltinOperator::MUL}));
  EXPECT_EQ(weights_of(model, 1).type, litert::TensorType::INT8);
}

TEST(RestoreIntegers, KeepsBlocksAndTakesTheirZerosAwayBeside) {
  litert::Model model = model_with(kOfFourRows, 4, {4, 64, 2}, true);
  ASSERT_TRUE(*restore_integers(model, {}));
  ASSERT_EQ(codes(model), (std::vector{BuiltinOperator::FULLY_CONNECTED, BuiltinOperator::FULLY_CONNECTED, BuiltinOperator::FULLY_CONNECTED,
                                       BuiltinOperator::ADD}));
  EXPECT_EQ(weights_of(model, 2).type, litert::TensorType::INT4);
  EXPECT_EQ(weights_of(model, 2).quantization.details.AsBlockwiseQuantization()->block_size, 32);
}

TEST(RestoreIntegers, TakesTheNearestInt8WhereTheRuntimeHasNoSuchBlocks) {
  litert::Model model = model_with(kProduct, 4, {2, 64, 4}, true);
  ASSERT_TRUE(*restore_integers(model, {}));
  EXPECT_EQ(codes(model), (std::vector{BuiltinOperator::FULLY_CONNECTED}));
  EXPECT_EQ(weights_of(model, 0).type, litert::TensorType::INT8);
}

TEST(RestoreIntegers, TakesTheNearestInt8WhereRowsAreTooFewForBlocks) {
  litert::Model model = model_with(kProduct, 4, {2, 64, 2}, true);
  ASSERT_TRUE(*restore_integers(model, {}));
  EXPECT_EQ(codes(model), (std::vector{BuiltinOperator::FULLY_CONNECTED}));
  EXPECT_EQ(weights_of(model, 0).type, litert::TensorType::INT8);
}

TEST(RestoreIntegers, LooksUpIntegersAndScalesOfRows) {
  litert::Model model = model_with(R"(fn (i: i32[n]) { y: f32[n,8] = GATHER(@k: f32[2,8], i) {axis: 0} } -> (y))", 8, {2, 8, 1}, false);
  ASSERT_TRUE(*restore_integers(model, {}));
  EXPECT_EQ(codes(model), (std::vector{BuiltinOperator::GATHER, BuiltinOperator::CAST, BuiltinOperator::GATHER, BuiltinOperator::MUL}));
}

TEST(RestoreIntegers, PassesAGatherThatHasNoOptions) {
  litert::Model model = litert::model_of(R"(fn (i: i32[n]) { y: f32[n,8] = GATHER(@k: f32[2,8], i) {axis: 0} } -> (y))");
  model.subgraphs[0].operators[0].options = {};
  EXPECT_FALSE(*restore_integers(model, {}));
}

TEST(RestoreIntegers, LeavesFloatsThatWereNeverIntegers) { expect_unchanged(restore_integers, kProduct); }

}  // namespace
}  // namespace kelt::optimize
