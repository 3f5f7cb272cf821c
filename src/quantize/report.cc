#include "quantize/report.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <tuple>

#include "base/table.h"

namespace kelt::quantize {

namespace {

// One line for all that stand beside floats: JSON has the tensor of each.
std::string without_tensor(const std::string& why) {
  constexpr std::string_view kBegin = "what is on the other side of ", kEnd = " computes in floats";
  const bool beside = why.starts_with(kBegin) && why.ends_with(kEnd);
  return beside ? "what stands beside it" + std::string(kEnd) : why;
}

}  // namespace

std::string to_text(const Report& report) {
  struct Sum {
    size_t count = 0;
    uint64_t before = 0, after = 0;
  };
  std::map<std::pair<std::string, std::string>, Sum> forms;                                      // form and operator
  std::map<std::string, size_t> methods;                                                         // of weights
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<std::string>> others;  // form, operator, reason → layers
  for (const Line& line : report.lines) {
    Sum& sum = forms[{line.form, line.op}];
    ++sum.count;
    sum.before += line.bytes_before;
    sum.after += line.bytes_after;
    if (!line.weights.empty()) ++methods[line.weights];
    if (!line.why.empty()) others[{line.form, line.op, without_tensor(line.why)}].push_back(line.layer);
  }
  Table table;
  for (const auto& [key, sum] : forms) {
    table.row({"  " + key.first, std::to_string(sum.count), key.second,
               sum.before == 0 ? "" : "weights " + size_text(sum.before) + (sum.after == sum.before ? "" : " → " + size_text(sum.after))});
  }
  std::string text = forms.empty() ? "" : table.text();
  for (const auto& [method, count] : methods) text += "  weights of " + std::to_string(count) + " by " + method + "\n";
  for (const auto& [key, layers] : others) {
    const auto& [form, op, why] = key;
    text += "  " + op + " is " + form + ", since " + why + ": " + layers.front();
    if (layers.size() > 1) text += " and " + std::to_string(layers.size() - 1) + " more";
    text += "\n";
  }
  for (const std::string& note : report.notes) text += "  note: " + note + "\n";
  return text;
}

std::string to_json(const Report& report) {
  nlohmann::ordered_json json;
  json["operators"] = nlohmann::ordered_json::array();
  for (const Line& line : report.lines) {
    json["operators"].push_back({{"layer", line.layer},
                                 {"op", line.op},
                                 {"form", line.form},
                                 {"asked", line.asked},
                                 {"why", line.why},
                                 {"bytes_before", line.bytes_before},
                                 {"bytes_after", line.bytes_after},
                                 {"weights", line.weights}});
  }
  json["notes"] = report.notes;
  json["recipe"] = report.recipe.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json::parse(report.recipe);
  json["effects"] = nlohmann::ordered_json::array();
  for (const auto& [layer, form, snr, saved] : report.effects) {
    json["effects"].push_back({{"layer", layer}, {"form", form}, {"snr", snr}, {"bytes_saved", saved}});
  }
  return json.dump(2);
}

}  // namespace kelt::quantize
