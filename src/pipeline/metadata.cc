#include "pipeline/metadata.h"

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "base/version.h"

namespace kelt::pipeline {

void describe(const graph::Module& module, litert::Model& model) {
  nlohmann::ordered_json json;
  json["version"] = version();
  nlohmann::ordered_json& sizes = json["proven_sizes"] = nlohmann::ordered_json::object();
  for (const auto& [symbol, proven] : module.proven_sizes) sizes[symbol] = proven;
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto bytes = std::as_bytes(std::span(text));
  const auto length = static_cast<int64_t>(bytes.size());
  model.metadata.push_back({kMetadataName, array_of(DType::kUInt8, {length}, {bytes.begin(), bytes.end()})});
  model.description = "kelt " + std::string(version());
}

}  // namespace kelt::pipeline
