#include "pipeline/metadata.h"

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "base/version.h"
#include "litert/sources.h"

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
  litert::store_sources(model);
  // Without it libLiteRt takes an unknown dim for 1 when it is asked for the type of an input.
  for (litert::Subgraph& subgraph : model.subgraphs) {
    for (litert::Tensor& tensor : subgraph.tensors) tensor.has_rank = true;
  }
  model.description = "kelt " + std::string(version());
}

}  // namespace kelt::pipeline
