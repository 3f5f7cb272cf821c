// A recipe with a goal: searched, on the runtime, and written.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <random>
#include <span>
#include <sstream>

#include "litert/testing.h"
#include "pipeline/quantize.h"
#include "runtime/testing.h"

namespace kelt::pipeline {
namespace {

constexpr const char* kNetwork = R"(fn (x: f32[1,64]) {
  one: f32[1,64] = FULLY_CONNECTED(x, @k1: f32[64,64], _) {keep_num_dims: true}
  two: f32[1,64] = FULLY_CONNECTED(one, @k2: f32[64,64], _) {keep_num_dims: true}
  three: f32[1,64] = FULLY_CONNECTED(two, @k3: f32[64,64], _) {keep_num_dims: true}
  four: f32[1,64] = FULLY_CONNECTED(three, @k4: f32[64,64], _) {keep_num_dims: true}
  loud: f32[1,64] = ADD(one, four)
} -> (loud))";

std::vector<float> drawn(std::mt19937& random, size_t count, float scale) {
  std::normal_distribution<float> draw;
  std::vector<float> values(count);
  for (float& value : values) value = draw(random) * scale;
  return values;
}

std::filesystem::path path_of(const char* name) {
  return std::filesystem::path(::testing::TempDir()) / (std::string("search_test.") + name);
}

// The later the layer, the less it does.
std::filesystem::path float_file() {
  litert::Model model = litert::model_of(kNetwork);
  std::mt19937 random(3);
  for (litert::Tensor& tensor : model.subgraphs[0].tensors) {
    if (tensor.constant) tensor.constant = array_from<float>({64, 64}, drawn(random, 4096, 0.08F));
  }
  std::filesystem::path path = path_of("float.tflite");
  EXPECT_TRUE(write::write_file(model, path).ok());
  return path;
}

Samples samples_for_tests() {
  const auto values = std::make_shared<std::vector<float>>();
  std::mt19937 random(5);
  *values = drawn(random, size_t{16} * 64, 1);
  const auto data = [values](const litert::Model&) {
    calibrate::Data all;
    all.next = [values, given = false]() mutable -> Result<std::optional<calibrate::Given>> {
      if (std::exchange(given, true)) return std::optional<calibrate::Given>();
      return std::optional(
          calibrate::Given{.inputs = {{.name = "x", .shape = {16, 64}, .bytes = runtime::bytes_of(*values)}}, .several = true});
    };
    return std::vector{std::move(all)};
  };
  return {runtime::runtime_for_tests(), data};
}

Result<QuantizedFile> searched(const std::string& recipe, const char* output = "found.tflite") {
  return quantize_file(float_file(), path_of(output), {.recipe = *quantize::parse_recipe(recipe), .samples = samples_for_tests()});
}

std::string error_of(const std::string& recipe) {
  const Result<QuantizedFile> done = searched(recipe);
  return done.ok() ? "no error" : done.error().to_string();
}

std::string bytes_of_file(const char* name) {
  std::stringstream text;
  text << std::ifstream(path_of(name), std::ios::binary).rdbuf();
  return text.str();
}

// Over the samples, as the test sees it.
double snr_of(const char* name) {
  std::mt19937 random(5);
  const std::vector<float> samples = drawn(random, size_t{16} * 64, 1);
  verify::Noise noise;
  const runtime::Runtime runtime = runtime::runtime_for_tests();
  auto floats = runtime.open(path_of("float.tflite").string());
  auto quantized = runtime.open(path_of(name).string());
  EXPECT_TRUE(floats.ok() && quantized.ok());
  for (size_t i = 0; i < 16; ++i) {
    const runtime::Input x{.name = "x", .shape = {1, 64}, .bytes = std::as_bytes(std::span(samples).subspan(i * 64, 64))};
    const auto wanted = runtime::values_of<float>(floats->run("", std::span(&x, 1))->front());
    const auto got = runtime::values_of<float>(quantized->run("", std::span(&x, 1))->front());
    verify::add(noise, wanted, got);
  }
  EXPECT_EQ(noise.broken, 0U);
  return verify::snr_of(noise);
}

TEST(Search, FindsTheSmallestFileThatReachesATarget) {
  const Result<QuantizedFile> found = searched(R"({"target_snr": "30dB"})");
  ASSERT_TRUE(found.ok()) << found.error().to_string();
  EXPECT_GE(snr_of("found.tflite"), 30);
  const auto bytes_of = [](const char* form) {
    return quantize_file(float_file(), path_of("single.tflite"), {.recipe = *quantize::parse_recipe(form)})->file.file_bytes;
  };
  EXPECT_LT(snr_of("found.tflite"), 40) << "more was spent than was asked for";
  EXPECT_LT(found->file.file_bytes, bytes_of("int8-dynamic"));
  EXPECT_GT(found->file.file_bytes, bytes_of("int4"));
  ASSERT_EQ(found->operators.notes.size(), 1U);
  EXPECT_TRUE(found->operators.notes[0].starts_with("searched: ")) << found->operators.notes[0];
  ASSERT_EQ(found->operators.effects.size(), 16U);  // layers × forms
  EXPECT_EQ(found->operators.effects[0].layer, "one");
  EXPECT_EQ(found->operators.effects[0].form, "fp16");
  EXPECT_GT(found->operators.effects[0].snr, 60);
  EXPECT_NEAR(static_cast<double>(found->operators.effects[0].bytes_saved), 8192, 300);
}

TEST(Search, GivesARecipeThatMakesTheSameFile) {
  const Result<QuantizedFile> found = searched(R"({"target_snr": 25, "skip": "four"})");
  ASSERT_TRUE(found.ok()) << found.error().to_string();
  const std::string& recipe = found->operators.recipe;
  EXPECT_NE(recipe.find(R"("skip")"), std::string::npos) << recipe;
  EXPECT_EQ(recipe.find("target_snr"), std::string::npos) << recipe;
  ASSERT_TRUE(quantize_file(float_file(), path_of("again.tflite"), {.recipe = *quantize::parse_recipe(recipe)}).ok());
  EXPECT_EQ(bytes_of_file("again.tflite"), bytes_of_file("found.tflite"));
  for (const quantize::Effect& effect : found->operators.effects) EXPECT_NE(effect.layer, "four");
}

TEST(Search, FindsTheLeastNoiseInASize) {
  double last = 0;
  const auto floats = static_cast<double>(std::filesystem::file_size(float_file()));
  for (const auto& [size, bytes] : std::vector<std::pair<std::string, double>>{{"12 kB", 12e3}, {"30%", 0.3 * floats}, {"0.05MB", 50e3}}) {
    const Result<QuantizedFile> found = searched(R"({"max_size": ")" + size + "\"}");
    ASSERT_TRUE(found.ok()) << size << ": " << found.error().to_string();
    EXPECT_LE(static_cast<double>(found->file.file_bytes), bytes);
    const double snr = snr_of("found.tflite");
    EXPECT_GT(snr, last) << size;
    last = snr;
  }
}

TEST(Search, TakesIntegerActivationsToo) {
  const Result<QuantizedFile> found = searched(R"({"target_snr": 20, "forms": ["int8-static", "int4-static"]})");
  ASSERT_TRUE(found.ok()) << found.error().to_string();
  EXPECT_GE(snr_of("found.tflite"), 20);
  EXPECT_NE(found->operators.recipe.find("int8-static"), std::string::npos);
}

TEST(Search, SaysWhatItNeedsAndWhatItCanNotReach) {
  EXPECT_EQ(quantize_file(float_file(), path_of("found.tflite"), {.recipe = *quantize::parse_recipe(R"({"target_snr": 30})")})
                .error()
                .to_string(),
            "K101: a recipe with a goal runs the model on samples of what it will see, and none are given. Give them (calibration=, or "
            "--samples): random inputs, or statistics, would not tell what the outputs become");
  EXPECT_TRUE(error_of(R"({"target_snr": 60, "forms": ["int8-dynamic", "int4"]})")
                  .starts_with("K101: the target of 60.0 dB is not reached with these forms: the best has 4"))
      << error_of(R"({"target_snr": 60, "forms": ["int8-dynamic", "int4"]})");
  EXPECT_TRUE(error_of(R"({"max_size": 5000})").starts_with("K101: a file of 5.0 kB is not reached with these forms: the best has "))
      << error_of(R"({"max_size": 5000})");
  EXPECT_TRUE(
      error_of(R"({"target_snr": 150})").starts_with("K101: no layer can be quantized within the goal: the best is three in fp16, with 8"))
      << error_of(R"({"target_snr": 150})");
  EXPECT_EQ(
      error_of(R"({"target_snr": 1, "min_elements": 1000000})"),
      "K101: no layer can be quantized: none has weights in floats, or as many as min_elements. Give a smaller \"min_elements\" in the "
      "recipe if small layers are to be quantized");
}

TEST(Search, NeedsAnOutputOfFloats) {
  const litert::Model model =
      litert::model_of("fn (x: f32[1,64]) { y: i64[1] = ARG_MAX(x, const i32[1] [1]) {output_type: INT64} } -> (y)");
  ASSERT_TRUE(write::write_file(model, path_of("integers.tflite")).ok());
  const auto done = quantize_file(path_of("integers.tflite"), path_of("found.tflite"),
                                  {.recipe = *quantize::parse_recipe(R"({"target_snr": 30})"), .samples = samples_for_tests()});
  EXPECT_EQ(done.error().to_string(),
            "K101: the model has no output of floats, by which a recipe could be judged. Give a recipe with forms instead of a goal");
}

}  // namespace
}  // namespace kelt::pipeline
