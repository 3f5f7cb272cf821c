#include <algorithm>
#include <cmath>

#include "optimize/testing.h"
#include "weights/testing.h"

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

// A kernel [3, 3, 64, 64] less its mean, over its deviation, for each output channel; then as CONV_2D has it.
constexpr char kStandardised[] = R"(fn (x: f32[n,8,8,64]) {
    m: f32[1,1,1,64] = MEAN(@k: f32[3,3,64,64], const i32[3] [0, 1, 2]) {keep_dims: true}
    d: f32[3,3,64,64] = SQUARED_DIFFERENCE(@k, m)
    v: f32[1,1,1,64] = MEAN(d, const i32[3] [0, 1, -2]) {keep_dims: true}
    e: f32[1,1,1,64] = ADD(v, const f32[] 1e-5)
    r: f32[1,1,1,64] = RSQRT(e)
    c: f32[3,3,64,64] = SUB(@k, m)
    s: f32[3,3,64,64] = MUL(c, r)
    w: f32[64,3,3,64] = TRANSPOSE(s, const i32[4] [3, 0, 1, 2])
    y: f32[n,8,8,64] = CONV_2D(x, w, _) {stride_w: 1, stride_h: 1} } -> (y))";

TEST(FoldConstants, ComputesAStandardisedKernelInSlicesAndItsMomentsInDouble) {
  std::mt19937 random(5);
  std::vector<float> kernel(size_t{9} * 64 * 64);
  for (float& value : kernel) value = std::normal_distribution<float>(3.0F, 0.1F)(random);  // whose mean float32 blurs
  auto meter = std::make_shared<kelt::testing::Meter>();
  litert::Model model = litert::model_of(kStandardised);
  for (litert::Tensor& tensor : model.subgraphs[0].tensors) {
    if (tensor.name == "k") tensor.constant = kelt::testing::metered(array_from<float>({3, 3, 64, 64}, kernel), meter);
  }
  ASSERT_TRUE(*fold_constants(model, {.evaluate = sevens}));
  ASSERT_TRUE(remove_dead(model, {}).ok());
  const litert::Subgraph& subgraph = model.subgraphs[0];
  ASSERT_EQ(subgraph.operators.size(), 1u);
  const Array& weights = *subgraph.tensors[static_cast<size_t>(subgraph.operators[0].inputs[1])].constant;
  EXPECT_EQ(weights.shape, Shape({64, 3, 3, 64}));
  const std::vector<float> folded = *read_as<float>(weights);
  for (size_t o = 0; o < 64; ++o) {
    double mean = 0;
    double variance = 0;
    for (size_t i = o; i < kernel.size(); i += 64) mean += kernel[i] / 576.0;
    for (size_t i = o; i < kernel.size(); i += 64) variance += (kernel[i] - mean) * (kernel[i] - mean) / 576;
    for (size_t i = 0; i < 576; ++i) {
      ASSERT_NEAR(folded[o * 576 + i], (kernel[i * 64 + o] - mean) / std::sqrt(variance + 1e-5), 5e-6);
    }
  }
  EXPECT_LE(meter->bytes, 4 * kernel.size() * sizeof(float)) << "two moments, and what is written";
}

TEST(FoldConstants, ComputesArithmeticWithoutARuntime) {
  expect_rewrite(fold_constants, R"(fn (x: f32[n,2]) { a: f32[2] = MUL(const f32[2] [1, 2], const f32[2] [3, 4])
                                                       b: f32[2] = SUB(a, const f32[] 1)
                                                       y = ADD(x, b) } -> (y))",
                 R"(fn (x: f32[n,2]) { a: f32[2] = MUL(const f32[2] [1, 2], const f32[2] [3, 4])
                                       y = ADD(x, const f32[2] [2, 7]) } -> (y))");
}

TEST(FoldConstants, LeavesArithmeticWithAFusedActivationToTheRuntime) {
  expect_unchanged(fold_constants,
                   R"(fn (x: f32[n,2]) { a: f32[2] = MUL(const f32[2] [1, 2], const f32[2] [3, 4]) {fused_activation_function: RELU}
                                                         y = ADD(x, a) } -> (y))");
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

TEST(FoldConstants, MovesTheScalesOfQuantizedWeightsWithTheirAxis) {
  expect_rewrite(
      fold_constants,
      R"(fn (x: f32[n,2]) { w: i8[2,3] q{scale: [1, 2], zero_point: [0, 0]} =
                                         TRANSPOSE(const i8[3,2] q{scale: [1, 2], zero_point: [0, 0], quantized_dimension: 1} [1, 2, 3, 4, 5, 6], const i32[2] [1, 0])
                                       v: i8[1,2,3] q{scale: [1, 2], zero_point: [0, 0], quantized_dimension: 1} = RESHAPE(w, const i32[3] [1, 2, 3])
                                       y: f32[n,1,2] = CUSTOM:c(x, v) } -> (y))",
      R"(fn (x: f32[n,2]) { y: f32[n,1,2] = CUSTOM:c(x, const i8[1,2,3] q{scale: [1, 2], zero_point: [0, 0], quantized_dimension: 1} [1, 3, 5, 2, 4, 6]) } -> (y))");
}

TEST(FoldConstants, CutsTheScalesOfAQuantizedWeightThatIsSplit) {
  expect_rewrite(fold_constants,
                 R"(fn (x: f32[n,2]) { a: i8[1,2] q{scale: [1], zero_point: [3]}, b: i8[1,2] q{scale: [2], zero_point: [4]} =
                                         SPLIT(const i32[] 0, const i8[2,2] q{scale: [1, 2], zero_point: [3, 4]} [1, 2, 3, 4]) {num_splits: 2}
                                       y: f32[n,1] = CUSTOM:c(x, b) } -> (y))",
                 R"(fn (x: f32[n,2]) { y: f32[n,1] = CUSTOM:c(x, const i8[1,2] q{scale: [2], zero_point: [4]} [3, 4]) } -> (y))");
}

TEST(FoldConstants, LeavesAWeightWhoseResultIsDeclaredWithOtherScales) {
  expect_unchanged(fold_constants,
                   R"(fn (x: f32[n,2]) { w: i8[2,2] q{scale: [1, 2], zero_point: [0, 0], quantized_dimension: 1} =
                                           TRANSPOSE(const i8[2,2] q{scale: [1, 2], zero_point: [0, 0], quantized_dimension: 1} [1, 2, 3, 4], const i32[2] [1, 0])
                                         y: f32[n,2] = CUSTOM:c(x, w) } -> (y))");
  expect_unchanged(fold_constants,
                   R"(fn (x: f32[n,2]) { w: i8[4] q{scale: [1, 2], zero_point: [0, 0]} =
                                           RESHAPE(const i8[2,2] q{scale: [1, 2], zero_point: [0, 0]} [1, 2, 3, 4], const i32[1] [4])
                                         y: f32[n,2] = CUSTOM:c(x, w) } -> (y))");
}

TEST(FoldConstants, LeavesWeightsThatAreKeptSmall) {
  litert::expect_unchanged(with_runtime, R"(fn (x: f32[n,2]) { w: f32[2,2] = DEQUANTIZE(const f16[2,2] [1, 2, 3, 4])
                                                               y: f32[n,2] = FULLY_CONNECTED(x, w, _) } -> (y))");
}

TEST(FoldConstants, LeavesWeightsThatAreHeldAsPackedBytes) {
  litert::Model model = litert::model_of(R"(fn (x: f32[n,4]) { a: i8[2,4], b: i8[2,4] = SPLIT(const i32[] 0, @k: i8[4,4]) {num_splits: 2}
                                                               w: i8[4,2] = RESHAPE(@k, const i32[2] [4, 2])
                                                               y: f32[n,2] = CUSTOM:c(x, a, w) } -> (y))");
  for (litert::Tensor& tensor : model.subgraphs[0].tensors) {
    if (tensor.type == litert::TensorType::INT8) tensor.type = litert::TensorType::INT2;
    if (tensor.name == "k") tensor.constant = array_of(DType::kUInt8, {4}, std::vector<std::byte>(4));
  }
  EXPECT_FALSE(*fold_constants(model, {}));
}

// Stands in for the runtime: looks whether the scales came along.
Result<std::vector<Array>> blocks_of_two(const litert::Model& model) {
  for (const litert::Tensor& tensor : model.subgraphs[0].tensors) {
    const auto* blocks = tensor.quantization.details.AsBlockwiseQuantization();
    if (blocks == nullptr) continue;
    EXPECT_EQ(model.subgraphs[0].tensors.at(static_cast<size_t>(blocks->scales)).name, "scales");
  }
  return sevens(model);
}

TEST(FoldConstants, HandsTheScalesOfBlocksToTheRuntime) {
  litert::Model model = litert::model_of(R"(fn (x: f32[n,2]) { z: f32[n,2] = MUL(x, @scales: f32[1,1])
                                                               a: f32[1,2] = DEQUANTIZE(@k: i8[1,2])  w: f32[1,2] = EXP(a)
                                                               y: f32[n,2] = ADD(z, w) } -> (y))");
  std::vector<litert::Tensor>& tensors = model.subgraphs[0].tensors;
  const auto scales = std::ranges::find(tensors, std::string("scales"), &litert::Tensor::name) - tensors.begin();
  tflite::BlockwiseQuantizationT blocks;
  blocks.scales = static_cast<int32_t>(scales);
  blocks.zero_points = litert::kNoTensor;
  blocks.block_size = 2;
  for (litert::Tensor& tensor : tensors) {
    if (tensor.name == "k") tensor.quantization.details.Set(blocks);
  }
  EXPECT_TRUE(*fold_constants(model, {.evaluate = blocks_of_two}));
}

TEST(FoldConstants, LeavesRandomNumbers) {
  litert::expect_unchanged(with_runtime, R"(fn (x: f32[2]) { r: f32[2] = RANDOM_UNIFORM(const i32[1] [2])  y = ADD(x, r) } -> (y))");
}

}  // namespace
}  // namespace kelt::optimize
