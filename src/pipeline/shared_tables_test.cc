// A table whose rows are looked up, and by which a product multiplies: its integers serve both, and stand in a file once.

#include <gtest/gtest.h>

#include <random>

#include "litert/testing.h"
#include "pipeline/quantize.h"
#include "pipeline/testing.h"
#include "runtime/testing.h"
#include "runtime/trial.h"
#include "write/buffers.h"

namespace kelt::pipeline {
namespace {

constexpr const char* kTied = R"(fn (x: f32[6,64], i: i32[6]) {
  a/rows: f32[6,64] = GATHER(@t: f32[96,64], i) {axis: 0}
  b/sum: f32[6,64] = ADD(a/rows, x) NONE{}
  b/y: f32[6,96] = FULLY_CONNECTED(b/sum, @t, _) {keep_num_dims: true}
} -> (a/rows, b/y))";

struct Rows {
  litert::Model model;
  std::vector<float> x;
  std::vector<int32_t> indices = {0, 95, 7, 7, 42, 1};

  Rows() : model(litert::model_of(kTied)) {
    std::mt19937 random(3);
    std::normal_distribution<float> draw;
    std::vector<float> table(size_t{96} * 64);
    for (float& value : table) value = draw(random);
    for (size_t i = 0; i < size_t{6} * 64; ++i) x.push_back(draw(random));
    for (litert::Tensor& tensor : model.subgraphs[0].tensors) {
      if (tensor.name == "t") tensor.constant = array_from<float>({96, 64}, table);
    }
  }

  [[nodiscard]] std::vector<runtime::Input> inputs() const {
    return {{.name = "x", .shape = {6, 64}, .bytes = runtime::bytes_of(x)},
            {.name = "i", .dtype = DType::kInt32, .shape = {6}, .bytes = runtime::bytes_of(indices)}};
  }
};

std::vector<std::vector<float>> results(const litert::Model& model, const Rows& rows) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "shared_tables_test.tflite";
  EXPECT_TRUE(write::write_file(model, path).ok());
  const auto trial = runtime::try_out(runtime::runtime_for_tests(), path.string(), {.runs = 1}, rows.inputs());
  EXPECT_TRUE(trial.ok()) << trial.error().to_string();
  if (!trial.ok()) return {{}, {}};
  return {runtime::values_of<float>(trial->outputs[0]), runtime::values_of<float>(trial->outputs[1])};
}

// How many constants of at least a quarter of a byte a weight the file has.
size_t tables_in(const litert::Model& model) {
  const auto buffers = write::collect_buffers(model);
  EXPECT_TRUE(buffers.ok());
  return static_cast<size_t>(std::ranges::count_if(buffers->stored, [](const auto& buffer) { return buffer.size >= 96 * 64 / 4; }));
}

void expect_one_table(const std::string& recipe, const std::string& form, double decibels, bool samples) {
  SCOPED_TRACE(recipe + (samples ? " with samples" : ""));
  Rows rows;
  const std::vector<std::vector<float>> wanted = results(rows.model, rows);
  QuantizeOptions options{.recipe = *quantize::parse_recipe(recipe), .folder = ::testing::TempDir()};
  if (samples) options.calibrate = calibrated_on(rows.inputs());
  const auto report = quantize_model(rows.model, options);
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  for (const quantize::Line& line : report->lines) {
    EXPECT_EQ(line.form, form);
    EXPECT_EQ(line.why, "");
  }
  EXPECT_EQ(tables_in(rows.model), 1U);
  const std::vector<std::vector<float>> got = results(rows.model, rows);
  for (size_t i = 0; i < 2; ++i) {
    const double found = snr(wanted[i], got[i]);
    EXPECT_GE(found, decibels) << i;
    EXPECT_LE(found, 60) << i << " was not quantized";
  }
}

TEST(SharedTables, AreLookedUpAndMultipliedWithInOneForm) {
  for (const bool samples : {false, true}) {
    expect_one_table("int4", "int4", 17, samples);
    expect_one_table("int4-block32", "int4-block32", 19, samples);
    expect_one_table("int4-block64", "int4-block64", 17, samples);
    expect_one_table("int8-dynamic", "int8-dynamic", 38, samples);
  }
}

TEST(SharedTables, ARuleOfTheirLayersFormsIsNoOther) {
  expect_one_table(R"({"form": "int8-dynamic", "rules": [{"ops": ["GATHER", "FULLY_CONNECTED"], "form": "int4"}]})", "int4", 17, false);
}

TEST(SharedTables, InTwoFormsAreTwo) {
  Rows rows;
  const auto recipe = R"({"form": "int8-dynamic", "rules": [{"ops": "GATHER", "form": "int4"}]})";
  ASSERT_TRUE(quantize_model(rows.model, {.recipe = *quantize::parse_recipe(recipe)}).ok());
  EXPECT_EQ(tables_in(rows.model), 2U);
}

}  // namespace
}  // namespace kelt::pipeline
