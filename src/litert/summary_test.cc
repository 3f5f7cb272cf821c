#include "litert/summary.h"

#include "litert/testing.h"

namespace kelt::litert {
namespace {

constexpr std::string_view kTwoLayers = R"(fn (x: f32[n,4]) {
  a = FULLY_CONNECTED(x, @body/first/kernel: f32[4,4], @body/first/bias: f32[4])
  b = FULLY_CONNECTED(a, @body/second/kernel: f32[2,4], _)
  c = CUSTOM:Twice(b)
} -> c)";

TEST(Summarize, CountsOperatorsByNameAndVersion) {
  Model model = model_of(kTwoLayers);
  model.subgraphs[0].operators[1].version = 6;
  const Summary summary = summarize(model);
  ASSERT_EQ(summary.operators.size(), 3U);
  EXPECT_EQ(summary.operators[0].name, "CUSTOM:Twice");
  EXPECT_EQ(summary.operators[2].version, 6);
  EXPECT_EQ(summary.operators[2].runtime, "2.1.0");
}

TEST(Summarize, TellsLayersByTheNamesOfTheirConstants) {
  const std::vector<LayerWeights> layers = summarize(model_of(kTwoLayers)).layers;
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].path, "body/first");
  EXPECT_EQ(layers[0].tensors, 2U);
  EXPECT_EQ(layers[0].bytes, (16U + 4U) * 4U);
  EXPECT_EQ(layers[1].path, "body/second");
}

TEST(Summarize, CountsSharedBytesOnce) {
  Model model = model_of(kTwoLayers);
  model.subgraphs.push_back(model.subgraphs[0]);
  const Summary summary = summarize(model);
  EXPECT_EQ(summary.constants, 6U);
  EXPECT_EQ(summary.constant_bytes, (16U + 4U + 8U) * 4U);
  EXPECT_EQ(summary.bytes_of_type, (std::map<std::string, uint64_t>{{"f32", 112}}));
}

}  // namespace
}  // namespace kelt::litert
