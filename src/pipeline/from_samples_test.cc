// What samples tell beside ranges: the bias that makes up for rounding, and integers by GPTQ.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "litert/testing.h"
#include "pipeline/quantize.h"
#include "pipeline/testing.h"
#include "runtime/testing.h"
#include "runtime/trial.h"

namespace kelt::pipeline {
namespace {

// One operator with drawn weights k, of an input x.
struct Drawn {
  const char* text;
  Shape x, k;
  int64_t results = 0;  // length of the last axis of y
};

std::vector<float> drawn_values(std::mt19937& random, const Shape& shape) {
  std::normal_distribution<float> draw;
  std::vector<float> values(Array{DType::kFloat32, shape, nullptr}.count());
  for (float& value : values) value = draw(random);
  return values;
}

litert::Model drawn_model(const Drawn& given) {
  std::string dims;
  for (const int64_t length : given.x) dims += (dims.empty() ? "" : ",") + std::to_string(length);
  litert::Model model = litert::model_of("fn (x: f32[" + dims + "]) { " + given.text + " } -> (y)");
  std::mt19937 random(3);
  for (litert::Tensor& tensor : model.subgraphs[0].tensors) {
    if (tensor.name == "k") tensor.constant = array_from<float>(given.k, drawn_values(random, given.k));
    if (tensor.name == "b") tensor.constant = array_from<float>({given.results}, drawn_values(random, {given.results}));
  }
  return model;
}

// The input holds the same numbers at each place but for the last axis, and `noise`.
std::vector<float> drawn_input(const Drawn& given, float noise) {
  std::mt19937 random(5);
  const std::vector<float> means = drawn_values(random, {given.x.back()});
  std::vector<float> x = drawn_values(random, given.x);
  for (size_t i = 0; i < x.size(); ++i) x[i] = means[i % means.size()] + noise * x[i];
  return x;
}

std::vector<float> drawn_result(const litert::Model& model, const Drawn& given, const std::vector<float>& x) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "from_samples_test.tflite";
  EXPECT_TRUE(write::write_file(model, path).ok());
  const std::vector<runtime::Input> inputs = {{.name = "x", .shape = given.x, .bytes = runtime::bytes_of(x)}};
  const auto trial = runtime::try_out(runtime::runtime_for_tests(), path.string(), {.runs = 1}, inputs);
  EXPECT_TRUE(trial.ok()) << trial.error().to_string();
  return trial.ok() ? runtime::values_of<float>(trial->outputs[0]) : std::vector<float>{};
}

// The errors of the results of a recipe.
std::vector<float> errors_after(const std::string& recipe, const Drawn& given, const std::vector<float>& x, std::string* report = nullptr) {
  litert::Model model = drawn_model(given);
  std::vector<float> errors = drawn_result(model, given, x);
  const QuantizeOptions options{
      .recipe = *quantize::parse_recipe(recipe), .calibrate = calibrated_on(x, given.x), .folder = ::testing::TempDir()};
  const auto done = quantize_model(model, options);
  EXPECT_TRUE(done.ok()) << done.error().to_string();
  if (!done.ok()) return errors;
  if (report != nullptr) *report = to_text(*done);
  const std::vector<float> got = drawn_result(model, given, x);
  for (size_t i = 0; i < errors.size(); ++i) errors[i] = got[i] - errors[i];
  return errors;
}

double square_of_means(const std::vector<float>& errors, int64_t results) {
  std::vector<double> means(static_cast<size_t>(results));
  for (size_t i = 0; i < errors.size(); ++i) means[i % means.size()] += errors[i];
  double square = 0;
  for (const double mean : means) square += mean * mean;
  return square * std::pow(static_cast<double>(results) / static_cast<double>(errors.size()), 2);
}

double square_of(const std::vector<float>& errors) {
  double square = 0;
  for (const float error : errors) square += static_cast<double>(error) * error;
  return square;
}

// How much of the squared mean error of the results is left.
void expect_corrected(const char* form, const Drawn& given, double left, float noise) {
  SCOPED_TRACE(std::string(form) + " of " + given.text);
  const std::vector<float> x = drawn_input(given, noise);
  const std::string settings = std::string(R"({"form": ")") + form + R"(", "weights": "clip", "min_elements": 1, "bias_correction": )";
  const double before = square_of_means(errors_after(settings + "false}", given, x), given.results);
  const double after = square_of_means(errors_after(settings + "true}", given, x), given.results);
  EXPECT_GT(before, 0);
  EXPECT_LE(after, left * before);
}

TEST(BiasCorrection, TakesOutTheMeanErrorOfEachChannel) {
  const Drawn flattened = {"y: f32[3,8] = FULLY_CONNECTED(x, @k: f32[8,64], @b: f32[8])", {3, 4, 16}, {8, 64}, 8};
  const Drawn padded = {"y: f32[1,4,3,8] = CONV_2D(x, @k: f32[8,5,3,6], @b: f32[8]) {padding: SAME, stride_w: 2, stride_h: 2}",
                        {1, 8, 6, 6},
                        {8, 5, 3, 6},
                        8};
  const Drawn grouped = {"y: f32[1,4,4,8] = CONV_2D(x, @k: f32[8,3,3,3], @b: f32[8]) {padding: VALID, stride_w: 1, stride_h: 1}",
                         {1, 6, 6, 6},
                         {8, 3, 3, 3},
                         8};
  const Drawn depthwise = {
      "y: f32[1,6,6,8] = DEPTHWISE_CONV_2D(x, @k: f32[1,3,3,8], @b: f32[8]) {padding: SAME, stride_w: 1, stride_h: 1, depth_multiplier: 2}",
      {1, 6, 6, 4},
      {1, 3, 3, 8},
      8};
  const Drawn transposed = {
      "y: f32[1,16,16,8] = TRANSPOSE_CONV(const i32[4] [1, 16, 16, 8], @k: f32[8,2,2,6], x, @b: f32[8]) {padding: VALID, stride_w: 2, "
      "stride_h: 2}",
      {1, 8, 8, 6},
      {8, 2, 2, 6},
      8};
  for (const Drawn& given : {flattened, padded, grouped, depthwise, transposed})
    expect_corrected("int8-weights-per-tensor", given, 1e-4, 0);
}

const Drawn kDrawnDense = {"y: f32[256,48] = FULLY_CONNECTED(x, @k: f32[48,64], @b: f32[48])", {256, 64}, {48, 64}, 48};
const Drawn kWithoutBias = {"y: f32[256,48] = FULLY_CONNECTED(x, @k: f32[48,64], _)", {256, 64}, {48, 64}, 48};

TEST(BiasCorrection, IsPartOfEachForm) {
  for (const char* form : {"int4", "int4-block32", "int8-weights", "int16x8", "int4-static"}) expect_corrected(form, kDrawnDense, 0.05, 1);
  expect_corrected("int4", kWithoutBias, 0.05, 1);
}

TEST(BiasCorrection, MakesABiasOnlyWhereItPays) {
  const auto operands = [](const std::vector<float>& x) {
    litert::Model model = drawn_model(kWithoutBias);
    const QuantizeOptions options{.recipe = *quantize::parse_recipe(R"({"form": "int4", "weights": "clip", "bias_correction": true})"),
                                  .calibrate = calibrated_on(x, kWithoutBias.x),
                                  .folder = ::testing::TempDir()};
    EXPECT_TRUE(quantize_model(model, options).ok());
    const std::vector<litert::TensorId>& inputs = model.subgraphs[0].operators.back().inputs;
    return std::count_if(inputs.begin(), inputs.end(), [](litert::TensorId id) { return id >= 0; });
  };
  EXPECT_EQ(operands(drawn_input(kWithoutBias, 0)), 3);
  std::mt19937 random(7);
  EXPECT_EQ(operands(drawn_values(random, kWithoutBias.x)), 2);
}

// Inputs that have something in common, beyond their means.
TEST(Gptq, IsWhatDenseLayersGetFromSamples) {
  std::vector<float> x = drawn_input(kDrawnDense, 0.3F);
  for (size_t i = 0; i < x.size(); ++i) x[i] += 2 * x[i / 64 * 64] * static_cast<float>(i % 3);
  std::string report;
  for (const char* form : {"int4", "int4-block32", "int4-static"}) {
    SCOPED_TRACE(form);
    const std::string settings = std::string(R"({"form": ")") + form + R"(")";
    const double clipped = square_of(errors_after(settings + R"(, "weights": "clip", "bias_correction": true})", kDrawnDense, x));
    EXPECT_LE(square_of(errors_after(settings + "}", kDrawnDense, x, &report)), 0.6 * clipped);
    EXPECT_NE(report.find("weights of 1 by gptq"), std::string::npos) << report;
  }
  (void)errors_after("int8-dynamic", kDrawnDense, x, &report);
  EXPECT_NE(report.find("weights of 1 by gptq"), std::string::npos) << report;
  (void)errors_after("int8-static", kDrawnDense, x, &report);
  EXPECT_NE(report.find("weights of 1 by clip"), std::string::npos) << report;
}

TEST(Gptq, LeavesConvolutionsToTheClipSearch) {
  const Drawn conv = {"y: f32[1,8,8,48] = CONV_2D(x, @k: f32[48,1,1,64], @b: f32[48]) {padding: SAME, stride_w: 1, stride_h: 1}",
                      {1, 8, 8, 64},
                      {48, 1, 1, 64},
                      48};
  std::string report;
  (void)errors_after(R"({"form": "int8-dynamic", "weights": "gptq"})", conv, drawn_input(conv, 1), &report);
  EXPECT_NE(report.find("weights of 1 by clip"), std::string::npos) << report;
}

TEST(Gptq, WantsSamplesAndNotStatisticsOfThem) {
  litert::Model model = drawn_model(kDrawnDense);
  const QuantizeOptions options{.recipe = *quantize::parse_recipe(R"({"form": "int4", "weights": "gptq"})")};
  EXPECT_EQ(quantize_model(model, options).error().to_string(),
            "K101: the recipe's weights are those of gptq, which needs samples of what the model will see. Give representative inputs "
            "(calibration=, or --samples), not statistics of them, or take \"weights\": \"clip\"");
}

// Of many results the largest is the one that is looked for, and among so many the least squared error gives it up.
TEST(Outputs, HoldTheLargestOfManyResults) {
  const Drawn many = {"y: f32[1,65536] = FULLY_CONNECTED(x, @k: f32[65536,4], @b: f32[65536])", {1, 4}, {65536, 4}, 65536};
  const std::vector<float> x(4, 1.0F);
  const std::vector<float> y = drawn_result(drawn_model(many), many, x);
  const auto largest = static_cast<size_t>(std::ranges::max_element(y) - y.begin());
  const auto lost = [&](const char* recipe) { return std::abs(errors_after(recipe, many, x)[largest]) / y[largest]; };
  EXPECT_LE(lost("int8-static"), 0.01F);
  EXPECT_GE(lost(R"({"form": "int8-static", "ranges": "percentile"})"), 0.02F) << "asked for";
}

}  // namespace
}  // namespace kelt::pipeline
