// quantize/goal.h — what a recipe asks for that has to be searched: how good, or how small, and in which forms (search/).

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "quantize/form.h"

namespace kelt::quantize {

// One of the first three is there.
struct Goal {
  std::optional<double> snr;    // dB of the outputs, at least
  std::optional<double> bytes;  // of the file, at most
  std::optional<double> share;  // of the file of floats, at most: 0.4
  std::vector<Form> forms;      // that a layer may have
};

// float, fp16, int8-dynamic, int4-block32, int4.
[[nodiscard]] std::vector<Form> default_forms();

[[nodiscard]] bool is_goal(const std::string& key);
// "target_snr": 30 or "30dB"; "max_size": 2000000, "2MB", "2MiB" or "40%"; "forms": a list of names.
[[nodiscard]] Result<void> set_goal(std::optional<Goal>& goal, const std::string& key, const nlohmann::ordered_json& value);
// The settings as set_goal() takes them.
void add_goal(nlohmann::ordered_json& json, const Goal& goal);

}  // namespace kelt::quantize
