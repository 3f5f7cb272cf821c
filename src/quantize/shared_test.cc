#include "quantize/shared.h"

#include "litert/testing.h"
#include "quantize/quantize.h"

namespace kelt::quantize {
namespace {

// A table whose rows are looked up and multiplied, by two signatures.
constexpr const char* kTied = R"(fn (i: i32[4]) {
  table: f32[4,64] = GATHER(@t: f32[128,64], i) {axis: 0}
  head: f32[4,128] = FULLY_CONNECTED(table, @t, _)
} -> (head)
fn (x: f32[2,64]) { other/head: f32[2,128] = FULLY_CONNECTED(x, @t: f32[128,64], _) } -> (other/head)
signature "ids" 0 (i: i) -> (head: head)
signature "rows" 1 (x: x) -> (head: other/head))";

litert::Model tied() {
  litert::Model model = litert::model_of(kTied);
  std::vector<float> values(128 * 64);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>((i * 2654435761U >> 8) % 2001) / 1000.0F - 1;
  const Array weights = array_from<float>({128, 64}, values);
  for (litert::Subgraph& subgraph : model.subgraphs) {
    for (litert::Tensor& tensor : subgraph.tensors) {
      if (tensor.name == "t") tensor.constant = weights;
    }
  }
  return model;
}

// How many different constants of integers, or of halves, the model holds.
size_t copies(const litert::Model& model) {
  std::set<std::vector<std::byte>> all;
  for (const litert::Subgraph& subgraph : model.subgraphs) {
    std::set<litert::TensorId> read;
    for (const litert::Operator& op : subgraph.operators) read.insert(op.inputs.begin(), op.inputs.end());
    for (const litert::TensorId id : read) {
      if (id < 0) continue;
      const auto& constant = subgraph.tensors[static_cast<size_t>(id)].constant;
      if (constant && constant->count() >= 1024) all.insert(*read_all(*constant));
    }
  }
  return all.size();
}

TEST(SharedWeights, AreOneConstantInOneForm) {
  for (const char* recipe : {"int8-dynamic", "int4", R"({"form": "int4", "weights": "min-max"})", "fp16", "int8-weights"}) {
    litert::Model model = tied();
    const Result<Report> report = quantize_model(model, *parse_recipe(recipe));
    ASSERT_TRUE(report.ok()) << report.error().to_string();
    EXPECT_EQ(copies(model), 1U) << recipe;
    EXPECT_TRUE(report->notes.empty()) << report->notes[0];
  }
}

TEST(SharedWeights, AreSaidToBeSeveralConstantsInSeveralForms) {
  litert::Model model = tied();
  const Report report =
      *quantize_model(model, *parse_recipe(R"({"form": "int8-dynamic", "rules": [{"ops": "FULLY_CONNECTED", "form": "int4"}]})"));
  EXPECT_EQ(copies(model), 2U);
  EXPECT_EQ(report.notes,
            (std::vector<std::string>{"weights that operators share are stored 2 times: as int4 of head, as int8-dynamic of table"}));
}

TEST(SharedWeights, StayFloatsWhereOneReaderKeepsThem) {
  litert::Model model = tied();
  const Report report = *quantize_model(model, *parse_recipe(R"({"form": "int8-dynamic", "skip": "other", "may_find_nothing": true})"));
  EXPECT_EQ(copies(model), 1U);
  ASSERT_EQ(report.lines.size(), 3U);
  for (const Line& line : report.lines) EXPECT_EQ(line.form, "float");
  EXPECT_EQ(report.lines[0].why, "its weights are also those of other/head, which reads them as floats: others would be one more copy");
  EXPECT_EQ(report.lines[2].why, "the recipe skips it");
}

TEST(SharedWeights, StayFloatsWhereSomethingElseReadsThem) {
  litert::Model model = litert::model_of(R"(fn (x: f32[2,64], y: f32[64,64]) {
  dense: f32[2,64] = FULLY_CONNECTED(x, @t: f32[64,64], _)
  sum: f32[64,64] = ADD(y, @t)
} -> (dense, sum))");
  const Recipe recipe = *parse_recipe("int8-dynamic");
  EXPECT_EQ(make_plan(model, recipe)->of[0][0].why,
            "its weights are also those of sum, which reads them as floats: others would be one more copy");
}

}  // namespace
}  // namespace kelt::quantize
