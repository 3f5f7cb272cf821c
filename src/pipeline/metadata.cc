#include "pipeline/metadata.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "base/version.h"
#include "litert/sources.h"
#include "pipeline/valid_sizes.h"
#include "weights/array_fingerprint.h"

namespace kelt::pipeline {

namespace {

std::vector<NamedArray> weights_of(const graph::Module& module) {
  std::vector<NamedArray> named;
  for (const auto& weight : module.weights) named.push_back({weight.name, weight.array});
  return named;
}

}  // namespace

Result<std::vector<int>> changed_weights(const graph::Module& module, const litert::Model& file) {
  const auto entry = std::ranges::find(file.metadata, kWeightsName, &litert::Metadata::name);
  if (entry == file.metadata.end() || entry->bytes.bytes() != module.weights.size() * sizeof(uint64_t)) return std::vector<int>();
  KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> stored, read_all(entry->bytes));
  KELT_ASSIGN_OR_RETURN(const std::vector<uint64_t> now, fingerprints(weights_of(module)));
  std::vector<int> changed;
  for (size_t i = 0; i < now.size(); ++i) {
    if (std::memcmp(stored.data() + i * sizeof(uint64_t), &now[i], sizeof(uint64_t)) != 0) changed.push_back(static_cast<int>(i));
  }
  return changed;
}

Result<void> describe(const graph::Module& module, litert::Model& model) {
  nlohmann::ordered_json json;
  json["version"] = version();
  nlohmann::ordered_json& sizes = json["proven_sizes"] = nlohmann::ordered_json::object();
  for (const auto& [symbol, proven] : module.proven_sizes) sizes[symbol] = proven;
  if (!module.valid_sizes.empty()) json["valid_sizes"] = valid_sizes_json(module);
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto bytes = std::as_bytes(std::span(text));
  const auto length = static_cast<int64_t>(bytes.size());
  model.metadata.push_back({kMetadataName, array_of(DType::kUInt8, {length}, {bytes.begin(), bytes.end()})});
  litert::store_sources(model);
  const auto table = std::make_shared<FingerprintTable>(weights_of(module));
  model.metadata.push_back({kWeightsName, {DType::kUInt8, {static_cast<int64_t>(table->size())}, table}});
  // Without it libLiteRt takes an unknown dim for 1 when it is asked for the type of an input.
  for (litert::Subgraph& subgraph : model.subgraphs) {
    for (litert::Tensor& tensor : subgraph.tensors) tensor.has_rank = true;
  }
  model.description = "kelt " + std::string(version());
  return {};
}

}  // namespace kelt::pipeline
