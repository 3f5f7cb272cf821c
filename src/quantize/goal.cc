#include "quantize/goal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace kelt::quantize {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};
constexpr Unit kSizes[] = {{"", 1},     {"B", 1},        {"kB", 1e3},     {"KB", 1e3},    {"MB", 1e6},
                           {"GB", 1e9}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}};

// "2 MB" → 2 and "MB".
std::optional<std::pair<double, std::string_view>> number_and_unit(std::string_view text) {
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || !std::isfinite(number) || number <= 0) return std::nullopt;
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  unit.remove_prefix(std::min(unit.find_first_not_of(' '), unit.size()));
  return std::pair(number, unit);
}

std::string text_of(const nlohmann::ordered_json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

Result<double> snr_of(const nlohmann::ordered_json& value) {
  const std::string text = text_of(value);
  const auto read = number_and_unit(text);
  if (read && (read->second.empty() || read->second == "dB" || read->second == "db")) return read->first;
  return Error{.code = Code::kInvalidArgument,
               .what = "a target of signal to noise can't be " + value.dump(),
               .remedy = "Give decibels above 0, such as 30 or \"30dB\""};
}

Result<void> set_size(Goal& goal, const nlohmann::ordered_json& value) {
  const std::string text = text_of(value);
  if (const auto read = number_and_unit(text)) {
    if (read->second == "%") {
      goal.share = read->first / 100;
      return {};
    }
    const auto* const unit = std::ranges::find(kSizes, read->second, &Unit::name);
    if (unit != std::end(kSizes)) {
      goal.bytes = read->first * unit->factor;
      return {};
    }
  }
  return Error{.code = Code::kInvalidArgument,
               .what = "a size can't be " + value.dump(),
               .remedy = "Give bytes, such as 2000000 or \"2MB\" or \"1.5MiB\", or a share of the file of floats, such as \"40%\""};
}

Result<void> set_forms(Goal& goal, const nlohmann::ordered_json& value) {
  if (!value.is_array() || value.empty() || !std::ranges::all_of(value, [](const auto& item) { return item.is_string(); })) {
    return Error{.code = Code::kInvalidArgument, .what = "a recipe's \"forms\" is a list of forms' names, not " + value.dump()};
  }
  goal.forms.clear();
  for (const auto& name : value) {
    KELT_ASSIGN_OR_RETURN(const Form form, form_named(name.template get<std::string>()));
    goal.forms.push_back(form);
  }
  return {};
}

}  // namespace

std::vector<Form> default_forms() {
  std::vector<Form> forms;
  for (const char* name : {"float", "fp16", "int8-dynamic", "int4-block32", "int4"}) forms.push_back(*form_named(name));
  return forms;
}

bool is_goal(const std::string& key) { return key == "target_snr" || key == "max_size" || key == "forms"; }

Result<void> set_goal(std::optional<Goal>& goal, const std::string& key, const nlohmann::ordered_json& value) {
  if (!goal) goal = Goal{.snr = {}, .bytes = {}, .share = {}, .forms = default_forms()};
  if (key == "forms") return set_forms(*goal, value);
  if (key == "max_size") return set_size(*goal, value);
  KELT_ASSIGN_OR_RETURN(goal->snr, snr_of(value));
  return {};
}

void add_goal(nlohmann::ordered_json& json, const Goal& goal) {
  if (goal.snr) json["target_snr"] = *goal.snr;
  if (goal.bytes) json["max_size"] = *goal.bytes;
  if (goal.share) json["max_size"] = nlohmann::json(*goal.share * 100).dump() + "%";
  for (const Form& form : goal.forms) json["forms"].push_back(name_of(form));
}

}  // namespace kelt::quantize
