#include "litert/op_versions.h"

#include <filesystem>

#include "litert/op_info.h"
#include "litert/read.h"
#include "litert/testing.h"

namespace kelt::litert {
namespace {

// The version of the last operator of a text.
int version_of(const std::string& text) {
  const Model model = model_of(text);
  if (model.subgraphs.empty()) return 0;
  const Subgraph& graph = model.subgraphs[0];
  return required_version(graph.operators.back(), graph);
}

TEST(RequiredVersion, IsTheFirstForPlainFloats) {
  EXPECT_EQ(version_of("fn (x: f32[n,2]) { y = ADD(x, x) } -> y"), 1);
  EXPECT_EQ(version_of("fn (x: f32[n,8,8,3]) { y = CONV_2D(x, @k: f32[4,3,3,3], @b: f32[4]) {stride_w: 1, stride_h: 1} } -> y"), 1);
  EXPECT_EQ(version_of("fn (x: f32[n,4]) { y = FULLY_CONNECTED(x, @k: f32[3,4], @b: f32[3]) } -> y"), 1);
  EXPECT_EQ(version_of("fn (x: f32[n,4]) { y = BROADCAST_TO(x, const i32[2] [3, 4]) } -> y"), 2) << "there is no version 1";
}

TEST(RequiredVersion, RisesWithTypes) {
  EXPECT_EQ(version_of("fn (x: i64[n]) { y = ADD(x, x) } -> y"), 4);
  EXPECT_EQ(version_of("fn (x: i64[n]) { y = MUL(x, x) } -> y"), 5);
  EXPECT_EQ(version_of("fn (x: i32[n]) { y = ABS(x) } -> y"), 5);
  EXPECT_EQ(version_of("fn (x: bool[n]) { y = TRANSPOSE(x, const i32[1] [0]) } -> y"), 3);
  EXPECT_EQ(version_of("fn (x: f32[n]) { y: f16[n] = CAST(x) } -> y"), 5);
  EXPECT_EQ(version_of("fn (x: f32[n]) { y = FLOOR_DIV(x, x) } -> y"), 2);
  EXPECT_EQ(version_of("fn (x: i32[n]) { y = WHERE(x) } -> y"), 2);
  EXPECT_EQ(version_of("fn (x: i8[n]) { y = SOFTMAX(x) {beta: 1} } -> y"), 2);
}

TEST(RequiredVersion, RisesWithRanks) {
  EXPECT_EQ(version_of("fn (x: f32[1,2,3,4,5]) { y = TRANSPOSE(x, @p: i32[5]) } -> y"), 4);
  EXPECT_EQ(version_of("fn (x: f32[1,2,3,4,5,6]) { y = TRANSPOSE(x, @p: i32[6]) } -> y"), 6);
  EXPECT_EQ(version_of("fn (x: f32[1,2,3,4,5]) { y = PAD(x, @p: i32[5,2]) } -> y"), 4);
  EXPECT_EQ(version_of("fn (x: f32[1,2,3,4,5]) { y = SUB(x, const f32[] 1) } -> y"), 3);
  EXPECT_EQ(version_of("fn (x: f32[1,2,3,4,5]) { y = SUB(x, x) } -> y"), 1) << "no broadcast";
}

TEST(RequiredVersion, RisesWithOptions) {
  EXPECT_EQ(version_of("fn (x: f32[n,8,8,3]) { y = RESIZE_BILINEAR(x, @s: i32[2]) {half_pixel_centers: true} } -> y"), 3);
  EXPECT_EQ(version_of("fn (x: f32[4,8]) { y = GATHER(x, @i: i32[4,2]) {axis: 1, batch_dims: 1} } -> y"), 5);
  EXPECT_EQ(version_of("fn (x: f32[n,8,8,3]) { y = DEPTHWISE_CONV_2D(x, @k: f32[1,3,3,3], @b: f32[3]) {dilation_w_factor: 2} } -> y"), 2);
  EXPECT_EQ(version_of("fn (x: f32[n,8,8,6]) { y = CONV_2D(x, @k: f32[4,3,3,3], @b: f32[4]) } -> y"), 6) << "grouped";
  EXPECT_EQ(version_of("fn (x: f32[n,4]) { y = FULLY_CONNECTED(x, @k: f32[3,4]) } -> y"), 6) << "without a bias";
  EXPECT_EQ(version_of("fn (x: f32[n,4]) { y = FULLY_CONNECTED(x, @k: f32[3,4], @b: f32[3]) {keep_num_dims: true} } -> y"), 5);
  EXPECT_EQ(version_of("fn (x: f32[n,4]) { y = STRIDED_SLICE(x, @b: i32[2], @e: i32[2], @s: i32[2]) {new_axis_mask: 1} } -> y"), 6);
}

TEST(RequiredVersion, RisesWithQuantization) {
  EXPECT_EQ(version_of("fn (x: f32[n,4]) { y = FULLY_CONNECTED(x, @k: i8[3,4] q{scale: [1], zero_point: [0]}, @b: f32[3]) } -> y"), 3);
  EXPECT_EQ(
      version_of("fn (x: f32[n,4]) { y = FULLY_CONNECTED(x, @k: i8[3,4] q{scale: [1, 1, 1], zero_point: [0, 0, 0]}, @b: f32[3]) } -> y"),
      12);
  EXPECT_EQ(version_of("fn (x: i8[n,4] q{scale: [1]}) { y = FULLY_CONNECTED(x, @k: i4[3,4], @b: i32[3]) } -> y"), 10);
  EXPECT_EQ(version_of("fn (x: i16[n,4] q{scale: [1]}) { y = ADD(x, x) {pot_scale_int16: false} } -> y"), 3);
  EXPECT_EQ(version_of("fn (x: i16[n,4]) { y = ADD(x, x) } -> y"), 5) << "not quantized";
}

// Files of TensorFlow's converter in float32 and float16. (Quantized files are no measure: both converters quantize after they
// have chosen the versions, and leave them as they were.)
TEST(RequiredVersion, AgreesWithTheFilesOfAnotherConverter) {
  int operators = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(KELT_SOURCE_DIR) / "testdata" / "quant_refs" / "tf")) {
    const std::string name = entry.path().filename().string();
    if (name.find("_fp") == std::string::npos) continue;
    const Result<Model> model = read_model(entry.path());
    ASSERT_TRUE(model.ok());
    for (const Subgraph& graph : model->subgraphs) {
      for (const Operator& op : graph.operators) {
        EXPECT_EQ(required_version(op, graph), op.version) << name << " " << op_name(op.code);
        ++operators;
      }
    }
  }
  EXPECT_GE(operators, 20);
}

TEST(SetVersions, LeavesCustomOperatorsAlone) {
  Model model = model_of("fn (x: i64[n]) { y = ADD(x, x) z = CUSTOM:Twice(y) } -> z");
  model.subgraphs[0].operators[1].version = 7;
  set_versions(model);
  EXPECT_EQ(model.subgraphs[0].operators[0].version, 4);
  EXPECT_EQ(model.subgraphs[0].operators[1].version, 7);
}

TEST(MinRuntimeVersion, IsTheNewestThatAnyOperatorNeeds) {
  EXPECT_EQ(min_runtime_version(BuiltinOperator::GELU, 1), "2.9.0");
  EXPECT_EQ(min_runtime_version(BuiltinOperator::ADD, 4), "2.6.0");
  EXPECT_EQ(min_runtime_version(BuiltinOperator::STABLEHLO_COSINE, 1), "") << "no runtime has it";
  EXPECT_EQ(min_runtime_version(model_of("fn (x: f32[n]) { y = EXP(x) } -> y"), true), "1.7.0");
  EXPECT_EQ(min_runtime_version(model_of("fn (x: f32[n]) { y = GELU(x) z = EXP(y) } -> z"), true), "2.9.0");
  const Model add = model_of("fn (x: f32[n]) { y = ADD(x, const f32[] 1) } -> y");
  EXPECT_EQ(min_runtime_version(add, false), "1.5.0");
  EXPECT_EQ(min_runtime_version(add, true), "2.14.0");
  Model blocks = add;
  blocks.subgraphs[0].tensors[1].quantization.details.Set(tflite::BlockwiseQuantizationT());
  EXPECT_EQ(min_runtime_version(blocks, false), "2.21.0");
}

TEST(OpInfo, KnowsTheOptionsOfAnOp) {
  EXPECT_EQ(op_info(BuiltinOperator::REDUCE_MAX).options, tflite::BuiltinOptions::ReducerOptions);
  EXPECT_EQ(op_info(BuiltinOperator::DILATE).options2, tflite::BuiltinOptions2::DilateOptions);
  EXPECT_EQ(op_info(BuiltinOperator::RELU).options, tflite::BuiltinOptions::NONE);
  EXPECT_EQ(op_name(BuiltinOperator::CONV_2D), "CONV_2D");
}

}  // namespace
}  // namespace kelt::litert
