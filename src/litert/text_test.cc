#include "litert/text.h"

#include <cmath>

#include "litert/testing.h"

namespace kelt::litert {
namespace {

constexpr std::string_view kConvolution = R"(
fn (x: f32[n,8,8,3]) {
  @k: f32[8,3,3,3]
  c: f32[n,4,4,8] = CONV_2D(x, @k, @b: f32[8] = 0) {stride_w: 2, stride_h: 2, padding: VALID}   # stem/conv
  y = RELU(c)   // a comment
} -> (y))";

TEST(Text, ReadsTensorsOperatorsAndPaths) {
  const Model model = model_of(kConvolution);
  ASSERT_EQ(model.subgraphs.size(), 1U);
  const Subgraph& subgraph = model.subgraphs[0];
  ASSERT_EQ(subgraph.operators.size(), 2U);
  const Operator& conv = subgraph.operators[0];
  EXPECT_EQ(conv.code, BuiltinOperator::CONV_2D);
  EXPECT_EQ(conv.path, "stem/conv");
  EXPECT_EQ(conv.inputs.size(), 3U);
  ASSERT_NE(conv.options.AsConv2DOptions(), nullptr);
  EXPECT_EQ(conv.options.AsConv2DOptions()->stride_w, 2);
  EXPECT_EQ(conv.options.AsConv2DOptions()->dilation_w_factor, 1) << "the default of the schema";
  EXPECT_EQ(conv.options.AsConv2DOptions()->padding, tflite::Padding::VALID);
  EXPECT_EQ(subgraph.operators[1].path, "");
}

TEST(Text, MakesASignatureOfTheFirstFunction) {
  const Model model = model_of(kConvolution);
  ASSERT_EQ(model.signatures.size(), 1U);
  EXPECT_EQ(model.signatures[0].key, "serving_default");
  ASSERT_EQ(model.signatures[0].outputs.size(), 1U);
  EXPECT_EQ(model.signatures[0].outputs[0].name, "y");
  EXPECT_EQ(model.signatures[0].outputs[0].tensor, model.subgraphs[0].outputs[0]);
}

TEST(Text, GivesAResultTheTypeOfTheFirstInputThatIsNoConstant) {
  const Model model = model_of("fn (x: f16[n,2]) { y = ADD(const f16[1] 1, x) } -> y");
  const Subgraph& subgraph = model.subgraphs[0];
  EXPECT_EQ(type_text(subgraph.tensors.back().type, subgraph.tensors.back().dims), "f16[n, 2]");
}

TEST(Text, ReadsValuesOfConstants) {
  const Model model = model_of(R"(fn (x: f32[2,2]) {
    a = ADD(x, const f32[2,2] [[1, -2.5], [inf, 4]])
    b = GATHER(a, const i32[3] [0, 1, -1])
    c = ADD(b, @all: f32[2,2] = 7)
  } -> c)");
  const std::vector<Tensor>& tensors = model.subgraphs[0].tensors;
  EXPECT_EQ(*read_as<float>(*tensors[1].constant), (std::vector<float>{1, -2.5, INFINITY, 4}));
  EXPECT_EQ(*read_as<int64_t>(*tensors[3].constant), (std::vector<int64_t>{0, 1, -1}));
  EXPECT_EQ(*read_as<float>(*tensors[5].constant), (std::vector<float>{7, 7, 7, 7}));
}

TEST(Text, FillsANamedConstantFromItsNameAlone) {
  const auto text = [](std::string_view name) {
    return to_text(model_of("fn (x: f32[9]) { y = ADD(x, @" + std::string(name) + ": f32[9]) } -> y"), {.canonical = true});
  };
  EXPECT_EQ(text("k"), text("k"));
  EXPECT_NE(text("k"), text("l"));
}

TEST(Text, CanonicalTextForgetsNamesAndDeadTensors) {
  const std::string text = canonical_text(model_of("fn (a: f32[2]) { @dead: f32[3] b = ADD(a, const f32[2] [1, 2]) c = NEG(b) } -> c"));
  EXPECT_EQ(text, canonical_text(model_of("fn (x: f32[2]) { y = ADD(x, @k: f32[2] = [1, 2]) z = NEG(y) # p\n } -> (z)")));
  EXPECT_EQ(text,
            "fn (x0: f32[2]) {\n  t0: f32[2] = ADD(x0, const f32[2] [1, 2])\n  t1: f32[2] = NEG(t0)\n} -> (t1)\n"
            "signature 0 (x0) -> (t1)\n");
}

TEST(Text, PrintsWhatItReads) {
  const std::string text = R"(fn main (x: i8[n, 4] q{scale: [0.5], zero_point: [3]} ~2) {
  @"a b": f32[3] = [1, 2, 3]
  t: i8[n, 4] ~1.7 = CUSTOM:Twice(x, _, @"a b") {0aff}  # block/twice
  u: f32[n, 4], v: f32[n, 4] = SUM(t) AddOptions{pot_scale_int16: false}
  w: f32[n, 4] = STABLEHLO_COMPOSITE(v) {name: "f", decomposition_subgraph_index: 1}
  CALL_ONCE() {init_subgraph_index: 1}
} -> (u, w)
fn other () {
} -> ()
signature "serve" 0 (in: x) -> (first: u, second: w)
)";
  EXPECT_EQ(to_text(model_of(text)), text);
}

TEST(Text, AbbreviatesLargeConstantsWithAHashOfTheirBytes) {
  const std::string text = to_text(model_of(kConvolution));
  EXPECT_NE(text.find("@k: f32[8, 3, 3, 3] #"), std::string::npos) << text;
  EXPECT_NE(text.find("@b: f32[8] = [0, 0, 0, 0, 0, 0, 0, 0]"), std::string::npos) << text;
  const Result<Model> again = parse_text(text);
  ASSERT_FALSE(again.ok());
  EXPECT_NE(again.error().what.find("left out"), std::string::npos);
}

TEST(Text, NamesTheLineOfAMistake) {
  for (const auto* text : {"fn (x: f32[2]) {\n y = ADD(x, z) } -> y", "fn (x: f32[2]) {\n y = PLUS(x) } -> y",
                           "fn (x: f32[2]) {\n y = ADD(x) {axis: 1} } -> y", "fn (x: f32[2]) {\n y = ADD(x, const f32[2] [1, 2, 3]) } -> y",
                           "fn (x: f32[2]) {\n y = ADD(x, @k) } -> y"}) {
    const Result<Model> model = parse_text(text);
    ASSERT_FALSE(model.ok()) << text;
    EXPECT_NE(model.error().to_string().find("line 2"), std::string::npos) << model.error().to_string();
  }
}

TEST(ExpectRewrite, ComparesBeforeAndAfter) {
  const auto swap_relu = [](Model& model) -> Result<bool> {
    bool changed = false;
    for (Operator& op : model.subgraphs[0].operators) {
      if (op.code != BuiltinOperator::RELU) continue;
      op.code = BuiltinOperator::RELU6;
      changed = true;
    }
    return changed;
  };
  expect_rewrite(swap_relu, "fn (x: f32[2]) { y = RELU(x) } -> y", "fn (x: f32[2]) { z = RELU6(x) } -> z");
  expect_unchanged(swap_relu, "fn (x: f32[2]) { y = NEG(x) } -> y");
}

}  // namespace
}  // namespace kelt::litert
