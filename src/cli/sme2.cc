#include "cli/sme2.h"

#include <cstdio>

#include "cli/table.h"

namespace kelt::cli {
namespace {

// TensorFlow joins the names of all that it fused with semicolons: the first will do.
std::string first_name(const std::string& name) { return name.substr(0, name.find(';')); }

}  // namespace

std::string sme2_text(const quantize::Sme2Report& report) {
  std::string text = "\nSME2: " + std::to_string(report.in) + " of " + std::to_string(report.operators.size()) +
                     " operators that multiply matrices or convolve run on it";
  if (report.share) {
    char percent[32];
    std::snprintf(percent, sizeof percent, ", %.1f %% of the multiply-adds", *report.share * 100);
    text += percent;
  }
  text += report.others == 0 ? "\n" : "; " + std::to_string(report.others) + " others do neither\n";
  Table table;
  for (const quantize::Sme2Operator& op : report.operators) {
    const std::string recipe = op.recipe.empty() ? "no recipe brings it in" : op.recipe == "float" ? "float is" : op.recipe + " would be";
    table.row({"  " + op.name, first_name(op.tensor), op.row.empty() ? "out" : "in", op.row.empty() ? op.why + "; " + recipe : op.row});
  }
  return text + table.text();
}

nlohmann::ordered_json sme2_json(const quantize::Sme2Report& report) {
  nlohmann::ordered_json json = {{"in", report.in}, {"of", report.operators.size()}, {"others", report.others}};
  json["share_of_multiply_adds"] = report.share ? nlohmann::ordered_json(*report.share) : nlohmann::ordered_json();
  nlohmann::ordered_json& operators = json["operators"] = nlohmann::ordered_json::array();
  for (const quantize::Sme2Operator& op : report.operators) {
    nlohmann::ordered_json each = {{"subgraph", op.subgraph}, {"op", op.op}, {"name", op.name}, {"tensor", op.tensor}};
    each["row"] = op.row.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(op.row);
    if (op.row.empty())
      each.update({{"why", op.why}, {"recipe", op.recipe.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(op.recipe)}});
    if (op.multiply_adds) each["multiply_adds"] = *op.multiply_adds;
    operators.push_back(std::move(each));
  }
  return json;
}

}  // namespace kelt::cli
