#include "quantize/plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "litert/testing.h"
#include "quantize/quantize.h"

namespace kelt::quantize {
namespace {

// A product and a convolution, each with 1,024 weights, a depthwise one, a table, and what has no weights.
constexpr const char* kModel = R"(fn (x: f32[1,4,4,32], i: i32[3]) {
  a/conv: f32[1,4,4,32] = CONV_2D(x, @k: f32[32,1,1,32], @b: f32[32]) {padding: SAME, stride_w: 1, stride_h: 1}
  a/deep: f32[1,4,4,32] = DEPTHWISE_CONV_2D(a/conv, @d: f32[1,6,6,32], @b) {padding: SAME, stride_w: 1, stride_h: 1, depth_multiplier: 1}
  a/soft: f32[1,4,4,32] = SOFTMAX(a/deep) {beta: 1}
  b/dense: f32[1,4,4,48] = FULLY_CONNECTED(a/soft, @w: f32[48,32], _) {keep_num_dims: true}
  b/few: f32[1,4,4,2] = FULLY_CONNECTED(b/dense, @v: f32[2,48], _) {keep_num_dims: true}
  c/rows: f32[3,16] = GATHER(@t: f32[100,16], i) {axis: 0}
} -> (b/few, c/rows))";

std::vector<std::string> forms(std::string_view recipe, std::vector<std::string>* reasons = nullptr) {
  const litert::Model model = litert::model_of(kModel);
  const Result<Plan> plan = make_plan(model, *parse_recipe(recipe));
  EXPECT_TRUE(plan.ok()) << plan.error().to_string();
  std::vector<std::string> names;
  for (const Decision& decision : plan->of[0]) {
    names.push_back(name_of(decision.form));
    if (reasons != nullptr) reasons->push_back(decision.why);
  }
  return names;
}

TEST(Plan, LeavesInFloatsWhatXnnpackWouldNotTake) {
  std::vector<std::string> reasons;
  EXPECT_EQ(forms("int8-dynamic", &reasons),
            (std::vector<std::string>{"int8-dynamic", "float", "float", "int8-dynamic", "float", "int8-dynamic"}));
  EXPECT_EQ(reasons, (std::vector<std::string>{"", "XNNPACK has no kernel for DEPTHWISE_CONV_2D with integer weights and float activations",
                                               "", "", "it has only 96 weights (min_elements)", ""}));
}

TEST(Plan, TakesTheNearestFormThatAKernelHas) {
  EXPECT_EQ(forms("int4"), (std::vector<std::string>{"int4", "float", "float", "int4", "float", "int4"}));
  EXPECT_EQ(forms("int4-block32"), (std::vector<std::string>{"int4-block32", "float", "float", "int4-block32", "float", "int4"}));
  EXPECT_EQ(forms("int4-block64"), (std::vector<std::string>{"int4", "float", "float", "int4", "float", "int4"}));
  EXPECT_EQ(forms("int2"), (std::vector<std::string>{"int2", "float", "float", "int2", "float", "int4"}));
  EXPECT_EQ(forms("int8-weights"),
            (std::vector<std::string>{"int8-weights", "int8-weights", "float", "int8-weights", "float", "int8-dynamic"}));
}

// An operator with a constant of 80,000 bytes beside so many weights.
std::string form_of_addend(int units) {
  const std::string n = std::to_string(units);
  const litert::Model model = litert::model_of("fn (x: f32[100,200]) { y: f32[100," + n + "] = FULLY_CONNECTED(x, @w: f32[" + n +
                                               ",200], _) {keep_num_dims: true} z: f32[100,200] = ADD(x, @t: f32[100,200]) } -> (y, z)");
  const Result<Plan> plan = make_plan(model, *parse_recipe("fp16"));
  EXPECT_TRUE(plan.ok()) << plan.error().to_string();
  return name_of(plan->of[0].back().form);
}

TEST(Plan, RoundsNoConstantWhoseBytesHardlyCount) {
  EXPECT_EQ(form_of_addend(9'900), "fp16");  // a hundredth of all
  EXPECT_EQ(form_of_addend(10'100), "float");
}

TEST(Plan, KeepsInFloatsWhatStandsBetweenFloats) {
  std::vector<std::string> reasons;
  EXPECT_EQ(forms("int8-static", &reasons),
            (std::vector<std::string>{"int8-static", "int8-static", "float", "int8-static", "int8-static", "int8-dynamic"}));
  EXPECT_EQ(reasons[2], "XNNPACK leaves SOFTMAX on int8 to the builtin kernels");
}

// Of two products among floats the results of the second have one value in 20,000 that is so many times the largest of the others.
std::vector<Decision> decisions_with(float outlier, std::string_view recipe) {
  const litert::Model model = litert::model_of(R"(fn (x: f32[1,64]) {
    a/soft: f32[1,64] = SOFTMAX(x) {beta: 1}
    b/dense: f32[1,64] = FULLY_CONNECTED(a/soft, @w: f32[64,64], _) {keep_num_dims: true}
    c/gelu: f32[1,64] = GELU(b/dense) {approximate: false}
    d/dense: f32[1,64] = FULLY_CONNECTED(c/gelu, @v: f32[64,64], _) {keep_num_dims: true}
    e/soft: f32[1,64] = SOFTMAX(d/dense) {beta: 1}
  } -> (e/soft))");
  statistics::Statistics statistics;
  for (size_t id = 0; id < model.subgraphs[0].tensors.size(); ++id) {
    std::vector<float> values(20000);
    for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
    if (model.subgraphs[0].tensors[id].name == "d/dense") values[7] = outlier;
    add(statistics.tensors[{0, static_cast<litert::TensorId>(id)}], values);
  }
  return make_plan(model, *parse_recipe(recipe), &statistics)->of[0];
}

TEST(Plan, KeepsAProductAmongFloatsBesideThemWhereFewValuesAreFarLarger) {
  const auto names = [](float outlier, std::string_view recipe) {
    const std::vector<Decision> decisions = decisions_with(outlier, recipe);
    return std::vector{name_of(decisions[1].form), name_of(decisions[3].form)};
  };
  EXPECT_EQ(names(1, "int8-static"), (std::vector<std::string>{"int8-static", "int8-static"}));
  EXPECT_EQ(names(200, "int8-static"), (std::vector<std::string>{"int8-static", "int8-dynamic"}));
  EXPECT_EQ(names(200, "int4-static"), (std::vector<std::string>{"int4-static", "int4"}));
  EXPECT_EQ(names(200, "int16x8"), (std::vector<std::string>{"int16x8", "int16x8"}));
  EXPECT_EQ(names(200, R"({"form": "int8-static", "delegate_aware": false})"), (std::vector<std::string>{"int8-static", "int8-static"}));
  const std::string why = decisions_with(200, "int8-static")[3].why;
  EXPECT_NE(why.find("dB, since a few are far larger than the others"), std::string::npos) << why;
}

TEST(Plan, FollowsTheLastRuleThatMatches) {
  EXPECT_EQ(forms(R"({"form": "int8-dynamic", "rules": [{"layers": "b", "form": "int4"}, {"ops": "GATHER", "form": "float"}]})"),
            (std::vector<std::string>{"int8-dynamic", "float", "float", "int4", "float", "float"}));
  std::vector<std::string> reasons;
  EXPECT_EQ(forms(R"({"form": "int4", "skip": "b/dense"})", &reasons)[3], "float");
  EXPECT_EQ(reasons[3], "the recipe skips it");
}

TEST(Plan, RejectsPatternsThatMatchNothing) {
  const litert::Model model = litert::model_of(kModel);
  const auto error = [&](const char* recipe) { return make_plan(model, *parse_recipe(recipe)).error().to_string(); };
  EXPECT_EQ(
      error(R"({"form": "int4", "skip": "head"})"),
      "K101: the recipe's \"skip\" has the pattern \"head\", which matches no operator of the model. The first layers are a/conv, a/deep, "
      "a/soft, b/dense, b/few; kelt inspect --graph shows all");
  EXPECT_NE(error(R"({"form": "int4", "rules": [{"layers": "a", "ops": "ADD", "form": "fp16"}]})").find("a rule has the pattern \"a\""),
            std::string::npos);
}

TEST(Plan, OfIntegersAloneNamesWhatHasNone) {
  const litert::Model model = litert::model_of(R"(fn (x: f32[1,4]) { y/cos: f32[1,4] = COS(x) } -> (y/cos))");
  EXPECT_EQ(make_plan(model, *parse_recipe("int8-full")).error().to_string(),
            "K204: a file of integers alone can't hold 1 operators of this model: y/cos (LiteRT has no kernel for COS on int8). Take "
            "int8-static, "
            "which keeps these in floats");
}

TEST(Plan, LooksUpRowsOfIntegersBesideActivationsOfIntegers) {
  std::vector<std::string> reasons;
  EXPECT_EQ(forms("int8-static", &reasons).back(), "int8-dynamic");
  EXPECT_EQ(reasons.back(), "rows that are looked up are integers with a scale each, and computed with in floats");
  EXPECT_EQ(forms(R"({"form": "int8-static", "min_elements": 2000})").back(), "float");
  EXPECT_EQ(forms(R"({"form": "int8-static", "delegate_aware": false})").back(), "int8-static");
  EXPECT_EQ(forms("int16x8").back(), "int16x8");
}

TEST(Plan, KeepsInFloatsWhatReadsAConstantThatIsNotFinite) {
  litert::Model model = litert::model_of(R"(fn (x: f32[1,8]) {
  y: f32[1,8] = MUL(x, @s: f32[8])
  z: f32[1,8] = ADD(y, @mask: f32[8])
} -> (z))");
  for (litert::Tensor& tensor : model.subgraphs[0].tensors) {
    if (tensor.name == "mask") tensor.constant = array_from<float>({8}, std::vector<float>{0, 0, -INFINITY, 1, 2, 3, 4, 5});
  }
  const Result<Plan> plan = make_plan(model, *parse_recipe(R"({"form": "int8-static", "delegate_aware": false})"));
  ASSERT_TRUE(plan.ok()) << plan.error().to_string();
  EXPECT_EQ(name_of(plan->of[0][0].form), "int8-static");
  EXPECT_EQ(plan->of[0][1].why, "the constant mask has values that are not finite");
  const Result<Plan> whole = make_plan(model, *parse_recipe(R"({"form": "int8-static", "full_integer": true})"));
  ASSERT_FALSE(whole.ok());
  EXPECT_NE(whole.error().what.find("z (the constant mask has values that are not finite)"), std::string::npos) << whole.error().what;
}

TEST(Plan, TakesTheLowestFloatForInfinity) {
  litert::Model model = litert::model_of("fn (x: f32[1,4]) { y/mask: f32[1,4] = ADD(x, @m: f32[1,4]) } -> (y/mask)");
  const auto mask = std::ranges::find(model.subgraphs[0].tensors, "m", &litert::Tensor::name);
  mask->constant = array_from<float>({1, 4}, std::array{0.0F, 0.0F, 0.0F, std::numeric_limits<float>::lowest()});
  const Plan plan = *make_plan(model, *parse_recipe(R"({"form": "int8-static", "delegate_aware": false})"));
  EXPECT_EQ(plan.of[0][0].why, "the constant m has values that are not finite");
}

TEST(Plan, KeepsInFloatsWhatSamplesMakeInfinite) {
  const litert::Model model = litert::model_of("fn (x: f32[1,4]) { y/scores: f32[1,4] = ADD(x, x) } -> (y/scores)");
  statistics::Statistics known;
  for (const litert::TensorId id : {0, 1}) statistics::add(known.tensors[{0, id}], std::array{0.0F, 1.0F});
  const Recipe recipe = *parse_recipe("int8-static");
  EXPECT_EQ(name_of(make_plan(model, recipe, &known)->of[0][0].form), "int8-static");
  const litert::TensorId scores = model.subgraphs[0].operators[0].outputs[0];
  statistics::add(known.tensors[{0, scores}], std::array{-std::numeric_limits<float>::infinity(), 1.0F});
  const Plan plan = *make_plan(model, recipe, &known);
  EXPECT_EQ(plan.of[0][0].why, "samples make values of y/scores that are not finite");
}

TEST(Plan, AsksForTheActivationsOfIntegers) {
  const litert::Model model = litert::model_of(kModel);
  const Recipe recipe = *parse_recipe("int8-static");
  const std::vector<litert::Place> places = activations_of(model, recipe, *make_plan(model, recipe));
  std::vector<std::string> names;
  for (const litert::Place& place : places) names.push_back(model.subgraphs[0].tensors[place.tensor].name);
  EXPECT_EQ(names, (std::vector<std::string>{"x", "a/conv", "a/deep", "a/soft", "b/dense", "b/few"}));
}

TEST(Quantize, NeedsStatisticsForActivations) {
  litert::Model model = litert::model_of(kModel);
  EXPECT_EQ(quantize_model(model, *parse_recipe("int8-static")).error().to_string(),
            "K101: the recipe makes integers of activations, whose ranges are not known. Give representative inputs (calibration=, or "
            "--samples), or "
            "statistics that kelt calibrate wrote");
  EXPECT_NE(quantize_model(model, *parse_recipe(R"({"form": "int4", "inputs": "int8"})"))
                .error()
                .to_string()
                .find("inputs and outputs of integers go with activations of integers, and the form int4 has none"),
            std::string::npos);
}

}  // namespace
}  // namespace kelt::quantize
