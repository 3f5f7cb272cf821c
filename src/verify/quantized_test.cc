#include "verify/quantized.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <random>

#include "calibrate/calibrate.h"
#include "litert/op_versions.h"
#include "litert/testing.h"
#include "observe/parts.h"
#include "quantize/form_of.h"
#include "quantize/quantize.h"
#include "runtime/testing.h"

namespace kelt::verify {
namespace {

using litert::BuiltinOperator;
using litert::Model;
using litert::Operator;
using litert::Tensor;

// Two layers of one shape, with a ReLU that stands alone, and a sum.
constexpr const char* kModel = R"(fn (x: f32[4,64]) {
    h: f32[4,64] = FULLY_CONNECTED(x, @a: f32[64,64], @ab: f32[64]) {keep_num_dims: true}
    r: f32[4,64] = RELU(h)
    s: f32[4,64] = ADD(r, x)
    y: f32[4,64] = FULLY_CONNECTED(s, @b: f32[64,64], @bb: f32[64]) {keep_num_dims: true}
  } -> (y))";

Model float_model() {
  Model model = litert::model_of(kModel);
  std::mt19937 random(3);
  for (Tensor& tensor : model.subgraphs[0].tensors) {
    if (tensor.name.size() > 2 || tensor.name[0] > 'b') continue;
    std::normal_distribution<float> draw(0, tensor.name.size() == 1 ? 0.15F : 0.5F);
    Shape shape;
    for (const Dim& dim : tensor.dims) shape.push_back(*dim.value());
    std::vector<float> values(Array{DType::kFloat32, shape, nullptr}.count());
    for (float& value : values) value = draw(random);
    tensor.constant = array_from<float>(shape, values);
  }
  return model;
}

observe::File file_of(const Model& model) {
  auto file = calibrate::unnamed_file(model, testing::TempDir());
  EXPECT_TRUE(file.ok()) << file.error().to_string();
  return *std::move(file);
}

calibrate::Samples samples() {
  const auto values = std::make_shared<std::vector<float>>(6 * 4 * 64);
  std::mt19937 random(5);
  std::normal_distribution<float> draw;
  for (float& value : *values) value = draw(random);
  return [values, given = false]() mutable -> Result<std::optional<calibrate::Given>> {
    if (std::exchange(given, true)) return std::optional<calibrate::Given>();
    return std::optional(calibrate::Given{.inputs = {{"x", DType::kFloat32, {6, 4, 64}, runtime::bytes_of(*values)}}, .several = true});
  };
}

Model quantized(const observe::File& floats, const char* recipe) {
  const std::array data = {calibrate::Data{"", samples()}};
  const std::vector<litert::Place> products = quantize::inputs_of_products(floats.model);
  auto known = calibrate::calibrate(runtime::runtime_for_tests(), floats, data, {.channels = products});
  EXPECT_TRUE(known.ok());
  Model model = floats.model;
  const auto report = quantize::quantize_model(model, *quantize::parse_recipe(recipe), {.statistics = &known->statistics});
  EXPECT_TRUE(report.ok()) << report.error().to_string();
  litert::set_versions(model);
  return model;
}

QuantizedComparison compared(const observe::File& floats, const Model& model, const QuantizedOptions& options = {}) {
  const std::array data = {calibrate::Data{"", samples()}};
  auto found = compare_quantized(runtime::runtime_for_tests(), floats, file_of(model), data, options);
  EXPECT_TRUE(found.ok()) << found.error().to_string();
  return found.ok() ? *std::move(found) : QuantizedComparison{};
}

Tensor& weights(Model& model, const std::string& name) {
  return *std::ranges::find_if(model.subgraphs[0].tensors, [&](const Tensor& tensor) {
    return tensor.name == name && tensor.constant && tensor.type != litert::TensorType::FLOAT32;
  });
}

constexpr std::array kRecipes = {"fp16", "int8-dynamic", "int8-weights", "int4", "int4-block32", "int8-static", "int16x8", "int2"};

TEST(CompareQuantized, FindsTheSameWithFewWeightsInMemory) {
  const observe::File floats = file_of(float_model());
  for (const char* recipe : {"int8-dynamic", "int8-static", "int4-block32"}) {
    SCOPED_TRACE(recipe);
    const Model model = quantized(floats, recipe);
    const auto cuts = observe::cuts_for(floats.model, floats.model.signatures[0], 1);
    ASSERT_TRUE(cuts.ok());
    ASSERT_FALSE(cuts->empty());
    // But for the order in which sums are made: the values of a part come of all samples at once.
    EXPECT_EQ(to_text(compared(floats, model, {.most_bytes = 1})), to_text(compared(floats, model)));
  }
}

TEST(CompareQuantized, RunsPartsWhereFewWeightsMayBeInMemory) {
  // Rows that are not there: the last operator fails, whatever it runs with.
  const observe::File floats = file_of(litert::model_of(R"(fn (x: f32[4,64]) {
      h: f32[4,64] = FULLY_CONNECTED(x, @a: f32[64,64], _) {keep_num_dims: true}
      i: i32[4,64] = CAST(h)
      far: i32[4,64] = ADD(i, const i32[] 1000000)
      y: f32[4,64,64] = GATHER(h, far) {axis: 0}
    } -> (y))"));
  Model model = floats.model;
  ASSERT_TRUE(quantize::quantize_model(model, *quantize::parse_recipe("int8-dynamic")).ok());
  litert::set_versions(model);
  const std::array data = {calibrate::Data{"", samples()}};
  const auto failed = compare_quantized(runtime::runtime_for_tests(), floats, file_of(model), data, {.most_bytes = 1});
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(failed.error().notes.back().starts_with("in part ")) << failed.error().to_string();
}

TEST(CompareQuantized, ProvesEveryForm) {
  const observe::File floats = file_of(float_model());
  for (const char* recipe : kRecipes) {
    SCOPED_TRACE(recipe);
    const QuantizedComparison found = compared(floats, quantized(floats, recipe));
    EXPECT_EQ(found.faults, std::vector<std::string>());
    EXPECT_EQ(found.notes, std::vector<std::string>());
    EXPECT_EQ(found.samples, 6U);
    EXPECT_EQ(found.coarsest, recipe);
    ASSERT_EQ(found.outputs.size(), 1U);
    EXPECT_GT(snr_of(found.outputs[0].noise), found.outputs[0].limit + 3);
    for (const QuantizedLayer& layer : found.layers) {
      EXPECT_TRUE(layer.alone && layer.through) << layer.layer;
      EXPECT_GT(snr_of(*layer.alone), layer.limit) << layer.layer;
    }
    const auto dense = std::ranges::find(found.layers, "h", &QuantizedLayer::layer);
    ASSERT_NE(dense, found.layers.end());
    EXPECT_EQ(dense->op, "FULLY_CONNECTED");
    EXPECT_EQ(name_of(dense->form), recipe);
    EXPECT_TRUE(dense->weights);
    EXPECT_FALSE(dense->cure.empty());
    EXPECT_LT(dense->bytes_after, dense->bytes_before);
    EXPECT_FALSE(costliest(found).empty());
  }
}

using Mutation = void (*)(Model&);

// Each of these files is wrong; the sentence says where.
void expect_rejected(const char* recipe, Mutation mutate, const std::string& says) {
  SCOPED_TRACE(recipe + std::string(": ") + says);
  const observe::File floats = file_of(float_model());
  Model model = quantized(floats, recipe);
  mutate(model);
  const QuantizedComparison found = compared(floats, model);
  ASSERT_FALSE(found.faults.empty());
  EXPECT_TRUE(std::ranges::any_of(found.faults, [&](const std::string& fault) { return fault.find(says) != std::string::npos; }))
      << testing::PrintToString(found.faults);
}

void exchange_weights(Model& model) { std::swap(*weights(model, "a").constant, *weights(model, "b").constant); }
void stretch_a_scale(Model& model) {
  for (float& scale : weights(model, "a").quantization.scale) scale *= 1.1F;
}
void stretch_one_channel(Model& model) { weights(model, "b").quantization.scale[7] *= 1.1F; }
void bypass_the_relu(Model& model) {
  auto& operators = model.subgraphs[0].operators;
  const auto relu = std::ranges::find(operators, BuiltinOperator::RELU, &Operator::code);
  for (Operator& op : operators) std::ranges::replace(op.inputs, relu->outputs[0], relu->inputs[0]);
  operators.erase(relu);
}
void read_another(Model& model) {  // the sum's operands are the same tensor
  for (Operator& op : model.subgraphs[0].operators) {
    if (op.code == BuiltinOperator::ADD) op.inputs[0] = op.inputs[1];
  }
}
void change_a_bias(Model& model) {
  Tensor& bias = weights(model, "ab");
  std::vector<int32_t> steps = *read_as<int32_t>(*bias.constant);
  steps[5] += 2;
  bias.constant = array_from<int32_t>({64}, steps);
}
void drop_a_float_bias(Model& model) {
  for (Operator& op : model.subgraphs[0].operators) {
    if (op.code == BuiltinOperator::FULLY_CONNECTED && op.inputs.size() > 2) op.inputs[2] = litert::kNoTensor;
  }
}

TEST(CompareQuantized, RejectsWeightsOfAnotherLayer) {
  for (const char* recipe : {"fp16", "int8-dynamic", "int8-weights", "int4", "int4-block32", "int8-static", "int16x8", "int2"}) {
    expect_rejected(recipe, exchange_weights, "the constant a is not the float file's");
  }
}

TEST(CompareQuantized, RejectsAScaleThatIsATenthLarger) {
  for (const char* recipe : {"int8-dynamic", "int8-weights", "int4", "int8-static", "int16x8"}) {
    expect_rejected(recipe, stretch_a_scale, "the constant a is not the float file's");
    expect_rejected(recipe, stretch_one_channel, "the constant b is not the float file's");
  }
}

TEST(CompareQuantized, RejectsAnOperatorThatIsLeftOutOrReadsAnotherTensor) {
  for (const char* recipe : {"fp16", "int8-dynamic", "int4"}) {
    expect_rejected(recipe, bypass_the_relu, "the layer s (ADD, float) alone");
    expect_rejected(recipe, read_another, "the layer s (ADD, float) alone");
    expect_rejected(recipe, drop_a_float_bias, "the layer h (FULLY_CONNECTED");
  }
  expect_rejected("int8-static", read_another, "the layer s (ADD, ");
}

TEST(CompareQuantized, RejectsABiasThatIsOffByTwoSteps) {
  expect_rejected("int8-static", change_a_bias, "the constant ab is not the float file's: 1 of its 64 values are not the nearest");
}

constexpr std::array kCorrecting = {R"({"form": "int4", "weights": "clip", "bias_correction": true})",
                                    R"({"form": "int4-block32", "weights": "clip", "bias_correction": true})",
                                    R"({"form": "int8-weights", "weights": "clip", "bias_correction": true})",
                                    R"({"form": "int8-static", "weights": "clip", "bias_correction": true})",
                                    R"({"form": "int16x8", "weights": "clip", "bias_correction": true})"};

void correct_one_result_too_much(Model& model) {
  Tensor& bias = *std::ranges::find(model.subgraphs[0].tensors, "bb/corrected", &Tensor::name);
  std::vector<double> values = *read_as<double>(*bias.constant);
  const double scale = bias.quantization.scale.empty() ? 1 : static_cast<double>(bias.quantization.scale[9]);
  values[9] += 40 / scale;
  bias.constant = cast(array_from<double>({64}, values), bias.constant->dtype);
}

TEST(CompareQuantized, TakesABiasThatMakesUpForRoundedWeights) {
  const observe::File floats = file_of(float_model());
  for (const char* recipe : kCorrecting) {
    SCOPED_TRACE(recipe);
    const QuantizedComparison found = compared(floats, quantized(floats, recipe));
    EXPECT_EQ(found.faults, std::vector<std::string>());
    const auto bias = std::ranges::find(found.constants, "bb/corrected", &Constant::name);
    ASSERT_NE(bias, found.constants.end());
    EXPECT_GT(bias->noise.noise, 0) << "it was not moved";
    expect_rejected(recipe, correct_one_result_too_much, "bb/corrected is not the float file's: 1 of its 64 values make up for more");
  }
}

TEST(CompareQuantized, TellsWhatAFileLacks) {
  const observe::File floats = file_of(float_model());
  Model model = quantized(floats, "int8-dynamic");
  model.signatures[0].outputs[0].name = "other";
  const std::array data = {calibrate::Data{"", samples()}};
  const auto found = compare_quantized(runtime::runtime_for_tests(), floats, file_of(model), data);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().what, "the quantized file has no output 'y'");
}

TEST(CompareQuantized, NamesTheCostliestLayersAndWhatWouldMakeThemBetter) {
  const observe::File floats = file_of(float_model());
  const QuantizedComparison found =
      compared(floats, quantized(floats, R"({"form": "int8-dynamic", "rules": [{"layers": "y", "form": "int4"}]})"));
  const std::vector<size_t> worst = costliest(found);
  ASSERT_EQ(worst.size(), 2U);
  EXPECT_EQ(found.layers[worst[0]].layer, "y");
  EXPECT_EQ(found.layers[worst[0]].cure, "int4-block32");
  EXPECT_EQ(found.layers[worst[1]].cure, "fp16");
  const std::string text = to_text(found);
  EXPECT_NE(text.find("y (FULLY_CONNECTED)"), std::string::npos) << text;
  const auto json = nlohmann::json::parse(to_json(found));
  EXPECT_EQ(json["costliest"].size(), 2U);
  EXPECT_EQ(json["layers"].size(), 4U);
  std::vector<std::string> drawn;
  for (const auto& one : json["distributions"]) {
    drawn.push_back(one["tensor"]);
    for (const char* side : {"before", "after"}) {
      EXPECT_LE(one[side]["counts"].size(), 128U);
      EXPECT_GT(one[side]["counts"].size(), 4U);
    }
  }
  std::ranges::sort(drawn);
  EXPECT_EQ(drawn, (std::vector<std::string>{"a", "b", "h", "y"}));
}

}  // namespace
}  // namespace kelt::verify
