#include "cli/faults.h"

#include "quantize/validate.h"

namespace kelt::cli {
namespace {

std::vector<quantize::Fault> all_faults(const litert::Model& model) {
  std::vector<quantize::Fault> faults = quantize::faults_of(model);
  for (quantize::Fault& fault : quantize::version_faults_of(model)) faults.push_back(std::move(fault));
  return faults;
}

}  // namespace

std::string faults_text(const litert::Model& model) {
  const std::vector<quantize::Fault> faults = all_faults(model);
  if (faults.empty()) return "";
  std::string text = "\nfaults: " + std::to_string(faults.size()) + "\n";
  for (const quantize::Fault& fault : faults) text += "  " + quantize::in_words(fault, model) + "\n";
  return text;
}

nlohmann::ordered_json faults_json(const litert::Model& model) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const quantize::Fault& fault : all_faults(model)) {
    json.push_back({{"rule", fault.rule},
                    {"subgraph", fault.subgraph},
                    {"op", fault.op},
                    {"tensor", fault.tensor},
                    {"what", fault.what},
                    {"remedy", fault.remedy}});
  }
  return json;
}

}  // namespace kelt::cli
