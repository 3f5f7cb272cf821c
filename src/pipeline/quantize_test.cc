// Every form of weights, asked for by its recipe's name, runs and computes what the floats compute, in one partition.

#include "pipeline/quantize.h"

#include <gtest/gtest.h>

#include <random>

#include "litert/testing.h"
#include "pipeline/testing.h"
#include "runtime/testing.h"
#include "runtime/trial.h"

namespace kelt::pipeline {
namespace {

std::vector<float> normal_values(std::mt19937& random, const Shape& shape) {
  std::normal_distribution<float> draw;
  std::vector<float> values(Array{DType::kFloat32, shape, nullptr}.count());
  for (float& value : values) value = draw(random);
  return values;
}

// One operator with weights k, drawn, and an input x.
struct FormCase {
  const char* text;
  Shape x, k;
};

const FormCase kDense = {"y: f32[8,48] = FULLY_CONNECTED(x, @k: f32[48,256], @b: f32[48]) {keep_num_dims: true}", {8, 256}, {48, 256}};
const FormCase kConv = {"y: f32[1,8,8,48] = CONV_2D(x, @k: f32[48,1,1,64], @b: f32[48]) {padding: SAME, stride_w: 1, stride_h: 1}",
                        {1, 8, 8, 64},
                        {48, 1, 1, 64}};
const FormCase kTransposed = {
    "y: f32[1,16,16,16] = TRANSPOSE_CONV(const i32[4] [1, 16, 16, 16], @k: f32[16,3,3,32], x, @b: f32[16]) {padding: SAME, stride_w: 2, "
    "stride_h: 2}",
    {1, 8, 8, 32},
    {16, 3, 3, 32}};
const FormCase kProduct = {"y: f32[2,8,48] = BATCH_MATMUL(x, @k: f32[2,64,48])", {2, 8, 64}, {2, 64, 48}};
const FormCase kAdjoint = {"y: f32[2,8,48] = BATCH_MATMUL(x, @k: f32[2,48,64]) {adj_y: true}", {2, 8, 64}, {2, 48, 64}};

litert::Model form_model(const FormCase& given) {
  std::string dims;
  for (const int64_t length : given.x) dims += (dims.empty() ? "" : ",") + std::to_string(length);
  litert::Model model = litert::model_of("fn (x: f32[" + dims + "]) { " + given.text + " } -> (y)");
  std::mt19937 random(3);
  for (litert::Tensor& tensor : model.subgraphs[0].tensors) {
    if (tensor.name == "k") tensor.constant = array_from<float>(given.k, normal_values(random, given.k));
    if (tensor.name == "b") tensor.constant = array_from<float>({given.k[0]}, normal_values(random, {given.k[0]}));
  }
  return model;
}

runtime::Trial tried(const litert::Model& model, const Shape& shape) {
  const runtime::Runtime runtime = runtime::runtime_for_tests();
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "quantize_test.tflite";
  EXPECT_TRUE(write::write_file(model, path).ok());
  std::mt19937 random(5);
  const std::vector<float> x = normal_values(random, shape);
  const std::vector<runtime::Input> inputs = {{.name = "x", .shape = shape, .bytes = runtime::bytes_of(x)}};
  Result<runtime::Trial> trial = runtime::try_out(runtime, path.string(), {.runs = 1}, inputs);
  EXPECT_TRUE(trial.ok()) << trial.error().to_string();
  return trial.ok() ? *std::move(trial) : runtime::Trial{};
}

// In dB, of the largest power that the difference leaves.
void expect_form(const char* recipe, const FormCase& given, double decibels, const std::string& why = "") {
  SCOPED_TRACE(std::string(recipe) + " of " + given.text);
  litert::Model model = form_model(given);
  const runtime::Trial floats = tried(model, given.x);
  const Result<quantize::Report> report = quantize_model(model, {.recipe = *quantize::parse_recipe(recipe)});
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  ASSERT_EQ(report->lines.size(), 1U);
  EXPECT_EQ(report->lines[0].form, recipe);
  EXPECT_EQ(report->lines[0].why, why);
  const runtime::Trial integers = tried(model, given.x);
  EXPECT_EQ(integers.delegation.partitions, 1);
  EXPECT_TRUE(integers.delegation.outside.empty());
  const double got = snr(runtime::values_of<float>(floats.outputs[0]), runtime::values_of<float>(integers.outputs[0]));
  EXPECT_GE(got, decibels);
  EXPECT_LE(got, 100) << "nothing was quantized";
}

TEST(Quantize, HasEveryFormOfFullyConnected) {
  expect_form("fp16", kDense, 70);
  expect_form("int8-dynamic", kDense, 40);
  expect_form("int8-dynamic-per-tensor", kDense, 38);
  expect_form("int8-weights", kDense, 42);
  expect_form("int4", kDense, 19);
  expect_form("int4-per-tensor", kDense, 16);
  expect_form("int4-block32", kDense, 20);
  expect_form("int4-block64", kDense, 20);
  expect_form("int4-block128", kDense, 20);
  expect_form("int4-block256", kDense, 19);
  expect_form("int2", kDense, 5);
}

TEST(Quantize, HasTheFormsOfConvolutions) {
  for (const FormCase& given : {kConv, kTransposed}) {
    expect_form("fp16", given, 70);
    expect_form("int8-dynamic", given, 38);
    expect_form("int8-dynamic-per-tensor", given, 35);
    expect_form("int8-weights", given, 40);
  }
}

TEST(Quantize, MakesProductsOfPointwiseConvolutionsForFewBits) {
  const std::string why = "a CONV_2D of 1×1 kernels is a product, which XNNPACK takes so";
  expect_form("int4", kConv, 19, why);
  expect_form("int4-block32", kConv, 20, why);
  expect_form("int2", kConv, 5, why);
  const FormCase clipped = {
      "y: f32[1,8,8,48] = CONV_2D(x, @k: f32[48,1,1,64], @b: f32[48]) "
      "{padding: VALID, stride_w: 1, stride_h: 1, fused_activation_function: RELU6}",
      {1, 8, 8, 64},
      {48, 1, 1, 64}};
  expect_form("int4", clipped, 18, why);
}

TEST(Quantize, KeepsConvolutionsThatAreNoProducts) {
  const auto form = [](const char* conv, const Shape& kernel) {
    litert::Model model = form_model({conv, {1, 8, 8, 64}, kernel});
    const auto report = quantize_model(model, {.recipe = *quantize::parse_recipe("int4")});
    return report.ok() ? report->lines[0].op + " " + report->lines[0].form + ": " + report->lines[0].why : report.error().to_string();
  };
  const std::string eight = "CONV_2D int8-dynamic: XNNPACK has no kernel for CONV_2D with 4-bit weights";
  EXPECT_EQ(form("y: f32[1,4,4,48] = CONV_2D(x, @k: f32[48,1,1,64], @b: f32[48]) {stride_w: 2, stride_h: 2}", {48, 1, 1, 64}), eight);
  EXPECT_EQ(form("y: f32[1,8,8,48] = CONV_2D(x, @k: f32[48,1,1,32], @b: f32[48]) {stride_w: 1, stride_h: 1}", {48, 1, 1, 32}), eight);
  EXPECT_EQ(
      form("y: f32[1,8,8,48] = CONV_2D(x, @k: f32[48,3,1,64], @b: f32[48]) {padding: SAME, stride_w: 1, stride_h: 1}", {48, 3, 1, 64}),
      eight);
}

TEST(Quantize, HasProductsWithAScaleForEachChannelOfTheResult) {
  for (const FormCase& given : {kProduct, kAdjoint}) {
    expect_form("int8-dynamic", given, 38);
    expect_form("int8-dynamic-per-tensor", given, 35);
  }
}

std::string half_support(const FormCase& given, quantize::Report& report) {
  litert::Model model = form_model(given);
  report = *quantize_model(model, {.recipe = *quantize::parse_recipe("fp16-accumulate")});
  const auto entry = std::ranges::find(model.metadata, "reduced_precision_support", &litert::Metadata::name);
  if (entry == model.metadata.end()) return "";
  const std::vector<std::byte> bytes = *read_all(entry->bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Quantize, AllowsSumsInHalvesWhereXnnpackOnArmLoadsTheFile) {
  quantize::Report report;
  EXPECT_EQ(half_support(kDense, report), "fp16accfp16");
  EXPECT_TRUE(report.notes.empty());
  for (const FormCase& given : {kProduct, kAdjoint}) {
    EXPECT_EQ(half_support(given, report), "fp16accfp32");
    ASSERT_EQ(report.notes.size(), 1U);
    EXPECT_EQ(
        report.notes[0],
        "sums stay in float32: XNNPACK on Arm does not load a file that allows float16 and has the product y, of a constant or with a "
        "transposed left side");
  }
}

// The operator on integers, calibrated on the very input that it is tried on.
void expect_static(const char* recipe, const FormCase& given, double decibels, int partitions) {
  SCOPED_TRACE(std::string(recipe) + " of " + given.text);
  litert::Model model = form_model(given);
  const runtime::Trial floats = tried(model, given.x);
  std::mt19937 random(5);
  const std::vector<float> x = normal_values(random, given.x);
  const QuantizeOptions options{
      .recipe = *quantize::parse_recipe(recipe), .calibrate = calibrated_on(x, given.x), .folder = ::testing::TempDir()};
  const Result<quantize::Report> report = quantize_model(model, options);
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->lines[0].form, recipe) << report->lines[0].why;
  const runtime::Trial integers = tried(model, given.x);
  EXPECT_EQ(integers.delegation.partitions, partitions);
  const double got = snr(runtime::values_of<float>(floats.outputs[0]), runtime::values_of<float>(integers.outputs[0]));
  EXPECT_GE(got, decibels);
  EXPECT_LE(got, 100) << "nothing was quantized";
}

TEST(Quantize, HasIntegersThroughout) {
  for (const FormCase& given : {kDense, kConv, kTransposed}) {
    expect_static("int8-static", given, 35, 1);
    expect_static("int8-static-per-tensor", given, 33, 1);
    expect_static("int16x8", given, 41, 0);
  }
  expect_static("int4-static", kDense, 19, 1);
}

TEST(Quantize, NegatesIntegersByAProduct) {
  const FormCase negation = {"y: f32[8,16] = NEG(x)", {8, 16}, {}};
  expect_static("int8-static", negation, 35, 1);
  expect_static("int16x8", negation, 80, 0);
}

TEST(Quantize, TakesStatisticsOfTheVeryFileOnly) {
  litert::Model model = form_model(kDense);
  const QuantizeOptions options{
      .recipe = *quantize::parse_recipe("int8-static"), .calibrate = calibrate_from({.model = 12345}), .folder = ::testing::TempDir()};
  EXPECT_NE(quantize_model(model, options).error().to_string().find("the statistics are of another model"), std::string::npos);
}

TEST(Quantize, SaysWhyNothingIsQuantized) {
  litert::Model model = litert::model_of("fn (x: f32[1,4]) { a/y: f32[1,4] = COS(x) } -> (a/y)");
  EXPECT_EQ(
      quantize_model(model, {.recipe = *quantize::parse_recipe("int4")}).error().to_string(),
      "K101: the recipe finds nothing to quantize in this model. Take a recipe whose form has a kernel for the model's operators, or a "
      "smaller min_elements");
  litert::Model small = litert::model_of("fn (x: f32[1,4]) { a/y: f32[1,2] = FULLY_CONNECTED(x, @k: f32[2,4], _) } -> (a/y)");
  EXPECT_NE(quantize_model(small, {.recipe = *quantize::parse_recipe("int4")})
                .error()
                .to_string()
                .find("FULLY_CONNECTED of a/y stays as it is, since it has only 8 weights (min_elements)"),
            std::string::npos);
}

}  // namespace
}  // namespace kelt::pipeline
