#include "quantize/recipe.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kelt::quantize {
namespace {

using Json = nlohmann::ordered_json;
using litert::BuiltinOperator;
using litert::TensorType;
using statistics::RangeMethod;

constexpr std::string_view kHalfAccumulation = "fp16-accumulate";
constexpr std::string_view kFullInteger = "int8-full";

// The words of a setting, as JSON has them.
template <typename T>
struct Word {
  std::string_view name;
  T value;
};
constexpr Word<RangeMethod> kRanges[] = {{"min-max", RangeMethod::kMinMax},
                                         {"moving-average", RangeMethod::kMovingAverage},
                                         {"percentile", RangeMethod::kPercentile},
                                         {"mse", RangeMethod::kMse}};
constexpr Word<WeightMethod> kWeights[] = {
    {"auto", WeightMethod::kAuto}, {"min-max", WeightMethod::kMinMax}, {"clip", WeightMethod::kClip}, {"gptq", WeightMethod::kGptq}};
constexpr Word<TensorType> kTypes[] = {
    {"float32", TensorType::FLOAT32}, {"int8", TensorType::INT8}, {"uint8", TensorType::UINT8}, {"int16", TensorType::INT16}};

Error wrong(const std::string& what, const std::string& remedy = "") {
  return {.code = Code::kInvalidArgument, .what = what, .remedy = remedy};
}

template <typename T, size_t kCount>
Result<T> value_of(const Word<T> (&words)[kCount], const std::string& setting, const Json& json) {
  std::string names;
  for (const Word<T>& word : words) {
    if (json == word.name) return word.value;
    names += (names.empty() ? "" : ", ") + std::string(word.name);
  }
  return wrong("a recipe's \"" + setting + "\" can't be " + json.dump(), "Choose one of " + names);
}

template <typename T, size_t kCount>
std::string word_of(const Word<T> (&words)[kCount], T value) {
  return std::string(std::ranges::find(words, value, &Word<T>::value)->name);
}

Result<BuiltinOperator> op_named(const Json& name) {
  for (const BuiltinOperator op : tflite::EnumValuesBuiltinOperator()) {
    if (name == tflite::EnumNameBuiltinOperator(op)) return op;
  }
  return wrong("a rule of a recipe names the operator " + name.dump() + ", which LiteRT doesn't have",
               "Take the names that kelt inspect shows, such as \"FULLY_CONNECTED\"");
}

// A list of strings, or one string.
Result<std::vector<Json>> strings_in(const Json& json, const std::string& setting) {
  const std::vector<Json> items = json.is_array() ? json.get<std::vector<Json>>() : std::vector<Json>{json};
  if (!std::ranges::all_of(items, [](const Json& item) { return item.is_string(); })) {
    return wrong("a recipe's \"" + setting + "\" is a string or a list of strings, not " + json.dump());
  }
  return items;
}

Result<std::string> string_in(const Json& json, const std::string& setting) {
  if (!json.is_string()) return wrong("a recipe's \"" + setting + "\" is a string, not " + json.dump());
  return json.get<std::string>();
}

Error unknown(const std::string& key, const std::string& where, const std::string& keys) {
  return wrong(where + " has no setting \"" + key + "\"", "Its settings are " + keys);
}

Result<Rule> parse_rule(const Json& json) {
  if (!json.is_object() || !json.contains("form")) return wrong("a rule of a recipe is an object with a \"form\", not " + json.dump());
  Rule rule;
  for (const auto& [key, value] : json.items()) {
    if (key == "layers") {
      KELT_ASSIGN_OR_RETURN(rule.layers, string_in(value, key));
    } else if (key == "ops") {
      KELT_ASSIGN_OR_RETURN(const auto names, strings_in(value, key));
      for (const Json& name : names) {
        KELT_ASSIGN_OR_RETURN(const BuiltinOperator op, op_named(name));
        rule.ops.push_back(op);
      }
    } else if (key == "form") {
      KELT_ASSIGN_OR_RETURN(const std::string name, string_in(value, key));
      KELT_ASSIGN_OR_RETURN(rule.form, form_named(name));
    } else {
      return unknown(key, "a rule of a recipe", "layers, ops, form");
    }
  }
  return rule;
}

Result<void> set_form(Recipe& recipe, const Json& value) {
  KELT_ASSIGN_OR_RETURN(const std::string name, string_in(value, "form"));
  KELT_ASSIGN_OR_RETURN(const Recipe named, recipe_named(name));
  recipe.form = named.form;
  recipe.half_accumulation |= named.half_accumulation;
  recipe.full_integer |= named.full_integer;
  return {};
}

Result<void> set_rules(Recipe& recipe, const Json& value) {
  if (!value.is_array()) return wrong("a recipe's \"rules\" is a list, not " + value.dump());
  for (const Json& rule : value) {
    KELT_ASSIGN_OR_RETURN(Rule parsed, parse_rule(rule));
    recipe.rules.push_back(std::move(parsed));
  }
  return {};
}

Result<void> set_skip(Recipe& recipe, const Json& value) {
  KELT_ASSIGN_OR_RETURN(const auto patterns, strings_in(value, "skip"));
  for (const Json& pattern : patterns) recipe.skip.push_back(pattern.get<std::string>());
  return {};
}

template <auto kMember, const auto& kWords>
Result<void> set_word(Recipe& recipe, const Json& value, const std::string& key) {
  KELT_ASSIGN_OR_RETURN(recipe.*kMember, value_of(kWords, key, value));
  return {};
}

template <auto kMember>
Result<void> set_flag(Recipe& recipe, const Json& value, const std::string& key) {
  if (!value.is_boolean()) return wrong("a recipe's \"" + key + "\" is true or false, not " + value.dump());
  recipe.*kMember = value.get<bool>();
  return {};
}

Result<void> set(Recipe& recipe, const std::string& key, const Json& value) {
  if (is_goal(key)) return set_goal(recipe.goal, key, value);
  if (key == "form") return set_form(recipe, value);
  if (key == "rules") return set_rules(recipe, value);
  if (key == "skip") return set_skip(recipe, value);
  if (key == "ranges") return set_word<&Recipe::ranges, kRanges>(recipe, value, key);
  if (key == "weights") return set_word<&Recipe::weights, kWeights>(recipe, value, key);
  if (key == "inputs") return set_word<&Recipe::inputs, kTypes>(recipe, value, key);
  if (key == "outputs") return set_word<&Recipe::outputs, kTypes>(recipe, value, key);
  if (key == "min_elements") {
    if (!value.is_number_unsigned()) return wrong("a recipe's \"min_elements\" is a count, not " + value.dump());
    recipe.min_elements = value.get<int64_t>();
    return {};
  }
  if (key == "full_integer") return set_flag<&Recipe::full_integer>(recipe, value, key);
  if (key == "delegate_aware") return set_flag<&Recipe::delegate_aware>(recipe, value, key);
  if (key == "may_find_nothing") return set_flag<&Recipe::may_find_nothing>(recipe, value, key);
  if (key == "half_accumulation") return set_flag<&Recipe::half_accumulation>(recipe, value, key);
  if (key == "bias_correction") return set_flag<&Recipe::bias_correction>(recipe, value, key);
  return unknown(key, "a recipe",
                 "form, rules, skip, ranges, weights, bias_correction, inputs, outputs, min_elements, full_integer, delegate_aware, "
                 "may_find_nothing, half_accumulation, target_snr, max_size, forms");
}

// What goes with a goal.
Result<void> check_goal(const Recipe& recipe, bool has_form) {
  const Goal& goal = *recipe.goal;
  const bool has_size = goal.bytes || goal.share;
  if (goal.snr.has_value() == has_size) {
    return wrong(
        has_size ? "a recipe has one goal, not both \"target_snr\" and \"max_size\"" : "a recipe with \"forms\" to choose from has a goal",
        "Give \"target_snr\" or \"max_size\"");
  }
  if (has_form) return wrong("a recipe with a goal has no \"form\": that is searched", "Give \"forms\" to choose from");
  if (recipe.full_integer || recipe.inputs != TensorType::FLOAT32 || recipe.outputs != TensorType::FLOAT32) {
    return wrong("a recipe with a goal has float inputs and outputs, by which it is judged, and no full_integer");
  }
  return {};
}

}  // namespace

Result<Recipe> recipe_named(std::string_view name) {
  Recipe recipe;
  if (name == kHalfAccumulation) {
    recipe.form.kind = Kind::kHalf;
    recipe.half_accumulation = true;
    return recipe;
  }
  if (name == kFullInteger) {
    recipe.form.kind = Kind::kStatic;
    recipe.full_integer = true;
    return recipe;
  }
  Result<Form> form = form_named(name);
  if (!form.ok()) {
    Error error = std::move(form).error();
    error.what = "there is no recipe \"" + std::string(name) + "\"";
    error.remedy += "; or " + std::string(kHalfAccumulation) + " or " + std::string(kFullInteger) + ", or give JSON";
    return error;
  }
  recipe.form = *form;
  recipe.full_integer = recipe.form.kind == Kind::kStatic && recipe.form.activation_bits == 16;  // XNNPACK takes none of it
  return recipe;
}

Result<Recipe> parse_recipe(std::string_view text) {
  if (!text.starts_with('{')) return recipe_named(text);
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return wrong("the recipe is no JSON: " + std::string(text.substr(0, 60)));
  Recipe recipe;
  for (const auto& [key, value] : json.items()) KELT_RETURN_IF_ERROR(set(recipe, key, value));
  if (recipe.goal) KELT_RETURN_IF_ERROR(check_goal(recipe, json.contains("form")));
  return recipe;
}

std::string to_json(const Recipe& recipe) {
  Json json = Json::object();
  if (recipe.goal) {
    add_goal(json, *recipe.goal);
  } else {
    json["form"] = name_of(recipe.form);
  }
  for (const Rule& rule : recipe.rules) {
    Json entry = {{"layers", rule.layers}};
    for (const BuiltinOperator op : rule.ops) entry["ops"].push_back(tflite::EnumNameBuiltinOperator(op));
    entry["form"] = name_of(rule.form);
    json["rules"].push_back(entry);
  }
  for (const std::string& pattern : recipe.skip) json["skip"].push_back(pattern);
  json["ranges"] = word_of(kRanges, recipe.ranges);
  json["weights"] = word_of(kWeights, recipe.weights);
  json["bias_correction"] = recipe.bias_correction;
  json["inputs"] = word_of(kTypes, recipe.inputs);
  json["outputs"] = word_of(kTypes, recipe.outputs);
  if (recipe.min_elements) json["min_elements"] = *recipe.min_elements;
  json["full_integer"] = recipe.full_integer;
  json["delegate_aware"] = recipe.delegate_aware;
  json["may_find_nothing"] = recipe.may_find_nothing;
  json["half_accumulation"] = recipe.half_accumulation;
  return json.dump(2);
}

ScaleChoice scales_by(WeightMethod method) { return method == WeightMethod::kMinMax ? ScaleChoice::kMinMax : ScaleChoice::kClip; }

int64_t min_elements_of(const Recipe& recipe, BuiltinOperator op) {
  constexpr int64_t kOfProduct = 256, kOfOthers = 1024;
  return recipe.min_elements.value_or(op == BuiltinOperator::FULLY_CONNECTED ? kOfProduct : kOfOthers);
}

bool is_static(const Recipe& recipe) {
  const auto calibrated = [](const Form& form) { return form.kind == Kind::kStatic; };
  return calibrated(recipe.form) || std::ranges::any_of(recipe.rules, calibrated, &Rule::form);
}

}  // namespace kelt::quantize
