#include "search/groups.h"

#include "litert/testing.h"

namespace kelt::search {
namespace {

std::vector<std::string> names_of(const std::vector<Group>& groups) {
  std::vector<std::string> names;
  for (const Group& group : groups) {
    std::string& name = names.emplace_back();
    for (const Layer& layer : group.layers) name += (name.empty() ? "" : " + ") + layer.path;
  }
  return names;
}

constexpr const char* kModel = R"(fn (x: f32[1,32], i: i32[3]) {
  a: f32[1,32] = FULLY_CONNECTED(x, @k: f32[32,32], _) {keep_num_dims: true}
  a/few: f32[1,2] = FULLY_CONNECTED(a, @f: f32[2,32], _) {keep_num_dims: true}
  a/deep: f32[1,32] = FULLY_CONNECTED(a, @d: f32[32,32], _) {keep_num_dims: true}
  rows: f32[3,32] = GATHER(@t: f32[40,32], i) {axis: 0}
  head: f32[1,40] = FULLY_CONNECTED(a/deep, @t, _) {keep_num_dims: true}
  sum: f32[1,40] = ADD(head, @b: f32[1,40])
} -> (a/few, rows, sum))";

TEST(Groups, AreLayersWithWeightsTogetherWhereTheyShareThem) {
  EXPECT_EQ(names_of(groups_of(litert::model_of(kModel), {.min_elements = 1024})),
            (std::vector<std::string>{"a", "a/deep", "rows + head"}));
  EXPECT_EQ(names_of(groups_of(litert::model_of(kModel), {.min_elements = 40})),
            (std::vector<std::string>{"a", "a/few", "a/deep", "rows + head", "sum"}));
}

TEST(Groups, GetTheirFormsByRules) {
  const litert::Model model = litert::model_of(kModel);
  const std::vector<Group> groups = groups_of(model, {.min_elements = 1024});
  const quantize::Recipe given =
      *quantize::parse_recipe(R"({"target_snr": 20, "weights": "min-max", "rules": [{"layers": "head", "form": "fp16"}]})");
  const std::vector<quantize::Form> forms = {*quantize::form_named("int4"), {}, *quantize::form_named("int8-dynamic")};
  const quantize::Recipe recipe = recipe_of(given, groups, forms);
  std::string rules;
  for (const quantize::Rule& rule : recipe.rules) rules += rule.layers + " " + quantize::name_of(rule.form) + ", ";
  // "a" matches "a/deep" too, which is to stay in floats; what was given stands last.
  EXPECT_EQ(rules, "a int4, rows int8-dynamic, head int8-dynamic, a/deep float, head fp16, ");
  EXPECT_EQ(recipe.form, quantize::Form{});
  EXPECT_EQ(recipe.weights, quantize::WeightMethod::kMinMax);
  EXPECT_FALSE(recipe.goal.has_value());
}

}  // namespace
}  // namespace kelt::search
