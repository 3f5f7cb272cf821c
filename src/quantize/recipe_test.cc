#include "quantize/recipe.h"

#include <gtest/gtest.h>

#include "quantize/layers.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::TensorType;

std::string error_of(std::string_view text) {
  const Result<Recipe> recipe = parse_recipe(text);
  return recipe.ok() ? "no error" : recipe.error().to_string();
}

TEST(Recipe, IsANameOfAForm) {
  for (const NamedForm& named : named_forms()) {
    const Result<Recipe> recipe = parse_recipe(named.name);
    ASSERT_TRUE(recipe.ok()) << named.name;
    EXPECT_EQ(recipe->form, named.form);
    EXPECT_EQ(name_of(recipe->form), named.name);
  }
  EXPECT_TRUE(parse_recipe("int8-dynamic-per-tensor")->form.per_tensor);
  EXPECT_TRUE(parse_recipe("fp16-accumulate")->half_accumulation);
  EXPECT_TRUE(parse_recipe("int8-full")->full_integer);
}

TEST(Recipe, IsJsonWithRulesForLayersAndOperators) {
  const Result<Recipe> recipe = parse_recipe(R"({"form": "int8-static", "skip": "head", "inputs": "int8", "outputs": "uint8",
      "ranges": "percentile", "weights": "min-max", "min_elements": 1, "delegate_aware": false, "may_find_nothing": true,
      "rules": [{"layers": "encoder/*", "ops": ["FULLY_CONNECTED"], "form": "int4-block32"}, {"form": "fp16"}]})");
  ASSERT_TRUE(recipe.ok()) << recipe.error().to_string();
  EXPECT_EQ(recipe->skip, std::vector<std::string>{"head"});
  EXPECT_EQ(recipe->inputs, TensorType::INT8);
  EXPECT_EQ(recipe->outputs, TensorType::UINT8);
  EXPECT_EQ(recipe->ranges, statistics::RangeMethod::kPercentile);
  EXPECT_EQ(recipe->min_elements, 1);
  EXPECT_FALSE(recipe->delegate_aware);
  EXPECT_TRUE(recipe->may_find_nothing);
  ASSERT_EQ(recipe->rules.size(), 2U);
  EXPECT_EQ(recipe->rules[0].layers, "encoder/*");
  EXPECT_EQ(recipe->rules[0].ops, std::vector{BuiltinOperator::FULLY_CONNECTED});
  EXPECT_EQ(recipe->rules[0].form.block, 32);
  EXPECT_EQ(recipe->rules[1].layers, "*");
  EXPECT_TRUE(is_static(*recipe));
}

TEST(Recipe, ComesBackFromItsJson) {
  const std::string text =
      to_json(*parse_recipe(R"({"form": "int8-static", "skip": ["a", "b"], "rules": [{"layers": "x", "form": "float"}]})"));
  const Result<Recipe> again = parse_recipe(text);
  ASSERT_TRUE(again.ok()) << again.error().to_string();
  EXPECT_EQ(to_json(*again), text);
}

TEST(Recipe, SaysWhatIsWrongWithIt) {
  EXPECT_TRUE(error_of("int5").starts_with("K101: there is no recipe \"int5\". Choose one of float, fp16, ")) << error_of("int5");
  EXPECT_NE(error_of("int5").find("int8-dynamic, int8-weights, int8-static"), std::string::npos) << error_of("int5");
  EXPECT_NE(error_of("fp16-per-tensor").find("there is no recipe"), std::string::npos);
  EXPECT_NE(error_of("{").find("the recipe is no JSON: {"), std::string::npos);
  EXPECT_NE(error_of(R"({"froms": "int4"})").find("a recipe has no setting \"froms\". Its settings are form, rules, skip"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"form": 4})").find("a recipe's \"form\" is a string, not 4"), std::string::npos);
  EXPECT_NE(error_of(R"({"ranges": "best"})").find("\"ranges\" can't be \"best\". Choose one of min-max, moving-average"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"rules": {}})").find("\"rules\" is a list, not {}"), std::string::npos);
  EXPECT_NE(error_of(R"({"rules": [{"layers": "a"}]})").find("is an object with a \"form\""), std::string::npos);
  EXPECT_NE(error_of(R"({"rules": [{"form": "int4", "ops": "Dense"}]})").find("names the operator \"Dense\", which LiteRT doesn't have"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"rules": [{"form": "int4", "layer": "a"}]})").find("a rule of a recipe has no setting \"layer\""),
            std::string::npos);
  EXPECT_NE(error_of(R"({"skip": [1]})").find("\"skip\" is a string or a list of strings"), std::string::npos);
  EXPECT_NE(error_of(R"({"full_integer": 1})").find("is true or false, not 1"), std::string::npos);
  EXPECT_NE(error_of(R"({"min_elements": -1})").find("is a count, not -1"), std::string::npos);
}

TEST(Recipe, MayHaveAGoal) {
  const auto goal = [](std::string_view text) { return *parse_recipe(text)->goal; };
  EXPECT_EQ(goal(R"({"target_snr": 30})").snr, 30);
  EXPECT_EQ(goal(R"({"target_snr": "28.5 dB"})").snr, 28.5);
  EXPECT_EQ(goal(R"({"max_size": 2000000})").bytes, 2e6);
  EXPECT_EQ(goal(R"({"max_size": "2MB"})").bytes, 2e6);
  EXPECT_EQ(goal(R"({"max_size": "1.5 MiB"})").bytes, 1.5 * 1024 * 1024);
  EXPECT_EQ(goal(R"({"max_size": "40%"})").share, 0.4);
  EXPECT_EQ(goal(R"({"max_size": "40%"})").forms, default_forms());
  EXPECT_EQ(goal(R"({"target_snr": 30, "forms": ["int4", "float"]})").forms, (std::vector{*form_named("int4"), Form{}}));
  const std::string text = to_json(*parse_recipe(R"({"max_size": "40%", "forms": ["int8-static"], "skip": "a"})"));
  EXPECT_EQ(to_json(*parse_recipe(text)), text);
}

TEST(Recipe, SaysWhatIsWrongWithAGoal) {
  EXPECT_EQ(error_of(R"({"target_snr": "good"})"),
            "K101: a target of signal to noise can't be \"good\". Give decibels above 0, such as 30 or \"30dB\"");
  EXPECT_NE(error_of(R"({"target_snr": -3})").find("can't be -3"), std::string::npos);
  EXPECT_NE(error_of(R"({"target_snr": "30%"})").find("can't be \"30%\""), std::string::npos);
  EXPECT_EQ(error_of(R"({"max_size": "2 apples"})"),
            "K101: a size can't be \"2 apples\". Give bytes, such as 2000000 or \"2MB\" or \"1.5MiB\", or a share of the file of floats, "
            "such as \"40%\"");
  EXPECT_EQ(error_of(R"({"target_snr": 30, "max_size": 9})"),
            "K101: a recipe has one goal, not both \"target_snr\" and \"max_size\". Give \"target_snr\" or \"max_size\"");
  EXPECT_EQ(error_of(R"({"forms": ["int4"]})"),
            "K101: a recipe with \"forms\" to choose from has a goal. Give \"target_snr\" or \"max_size\"");
  EXPECT_EQ(error_of(R"({"form": "int4", "target_snr": 30})"),
            "K101: a recipe with a goal has no \"form\": that is searched. Give \"forms\" to choose from");
  EXPECT_NE(error_of(R"({"inputs": "int8", "target_snr": 30})").find("has float inputs and outputs, by which it is judged"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"forms": "int4", "target_snr": 30})").find("\"forms\" is a list of forms' names, not \"int4\""),
            std::string::npos);
  EXPECT_NE(error_of(R"({"forms": ["int5"], "target_snr": 30})").find("there is no form of quantization \"int5\""), std::string::npos);
}

TEST(Layers, AreMatchedByPatternsAndByWhatTheyLieIn) {
  EXPECT_TRUE(matches("encoder", "encoder/dense/matmul"));
  EXPECT_TRUE(matches("encoder/dense", "encoder/dense/matmul"));
  EXPECT_TRUE(matches("*dense", "encoder/dense/matmul"));
  EXPECT_TRUE(matches("block_?/conv", "block_3/conv"));
  EXPECT_TRUE(matches("*", "any"));
  EXPECT_TRUE(matches("a*b*c", "a-bb-c-c"));
  EXPECT_FALSE(matches("enc", "encoder/dense"));
  EXPECT_FALSE(matches("dense", "encoder/dense"));
  EXPECT_FALSE(matches("block_?", "block_12"));
  EXPECT_FALSE(matches("", "a"));
}

}  // namespace
}  // namespace kelt::quantize
