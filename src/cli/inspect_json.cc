#include "cli/inspect_json.h"

#include <algorithm>

#include "cli/faults.h"
#include "litert/op_info.h"
#include "litert/schema_text.h"
#include "litert/summary.h"
#include "litert/text_values.h"

namespace kelt::cli {
namespace {

using Json = nlohmann::ordered_json;

Json shape_json(const Dims& dims) {
  Json shape = Json::array();
  for (const Dim& dim : dims) shape.push_back(dim.value().value_or(-1));
  return shape;
}

Json table_json(const std::string& text) { return Json::parse(text, nullptr, false); }

Json tensor_json(const litert::Tensor& tensor) {
  Json json = {{"name", tensor.name}, {"type", litert::type_name(tensor.type)}, {"shape", shape_json(tensor.dims)}};
  if (tensor.constant) json["bytes"] = tensor.constant->bytes();
  const Json quantization = table_json(litert::table_text(tensor.quantization, litert::TextStyle::kJson));
  if (!quantization.empty()) json["quantization"] = quantization;
  if (tensor.is_variable) json["variable"] = true;
  if (tensor.sparsity) json["sparse"] = true;
  if (tensor.external_buffer != 0) json["external_buffer"] = tensor.external_buffer;
  return json;
}

Json operator_json(const litert::Operator& op) {
  Json json = {{"op", litert::op_name(op.code)}, {"version", op.version}, {"inputs", op.inputs}, {"outputs", op.outputs}};
  if (!op.custom_code.empty()) json["custom_code"] = op.custom_code;
  if (!op.custom_options.empty()) json["custom_options_bytes"] = op.custom_options.size();
  const bool second = op.options2.type != tflite::BuiltinOptions2::NONE;
  json["options"] = table_json(second ? litert::table_text(op.options2, litert::TextStyle::kJson)
                                      : litert::table_text(op.options, litert::TextStyle::kJson));
  return json;
}

Json subgraph_json(const litert::Subgraph& graph) {
  Json json = {{"name", graph.name}, {"inputs", graph.inputs}, {"outputs", graph.outputs}};
  Json& tensors = json["tensors"] = Json::array();
  for (const litert::Tensor& tensor : graph.tensors) tensors.push_back(tensor_json(tensor));
  Json& operators = json["operators"] = Json::array();
  for (const litert::Operator& op : graph.operators) operators.push_back(operator_json(op));
  return json;
}

Json ports_json(const std::vector<litert::SignaturePort>& ports, const litert::Subgraph& graph) {
  Json json = Json::array();
  for (const litert::SignaturePort& port : ports) {
    const litert::Tensor& tensor = graph.tensors[static_cast<size_t>(port.tensor)];
    json.push_back(
        {{"name", port.name}, {"type", litert::type_name(tensor.type)}, {"shape", shape_json(tensor.dims)}, {"tensor", port.tensor}});
  }
  return json;
}

Json metadata_json(const litert::Model& model) {
  Json json = Json::array();
  for (const litert::Metadata& metadata : model.metadata) {
    Json entry = {{"name", metadata.name}, {"bytes", metadata.bytes.bytes()}};
    if (const std::optional<std::string> text = metadata_text(metadata)) entry["text"] = *text;
    json.push_back(std::move(entry));
  }
  return json;
}

}  // namespace

std::optional<std::string> metadata_text(const litert::Metadata& metadata) {
  constexpr size_t kLongest = 4096;
  if (metadata.bytes.bytes() > kLongest) return std::nullopt;
  const Result<std::vector<std::byte>> bytes = read_all(metadata.bytes);
  if (!bytes.ok()) return std::nullopt;
  std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  text.erase(std::min(text.size(), text.find_last_not_of('\0') + 1));
  const bool printable = std::ranges::all_of(text, [](unsigned char c) { return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t'; });
  return printable ? std::optional(text) : std::nullopt;
}

Json inspect_json(const litert::Model& model, const std::string& path, uint64_t file_bytes) {
  const litert::Summary summary = litert::summarize(model);
  Json json = {
      {"file", {{"path", path}, {"bytes", file_bytes}}}, {"description", model.description}, {"min_runtime_version", summary.min_runtime}};
  Json& signatures = json["signatures"] = Json::array();
  for (const litert::Signature& signature : model.signatures) {
    const litert::Subgraph& graph = model.subgraphs[static_cast<size_t>(signature.subgraph)];
    signatures.push_back({{"key", signature.key},
                          {"subgraph", signature.subgraph},
                          {"inputs", ports_json(signature.inputs, graph)},
                          {"outputs", ports_json(signature.outputs, graph)}});
  }
  Json& operators = json["operators"] = Json::array();
  for (const litert::OpCount& op : summary.operators) {
    operators.push_back({{"op", op.name}, {"version", op.version}, {"count", op.count}, {"min_runtime_version", op.runtime}});
  }
  Json& weights = json["weights"] = {{"tensors", summary.constants},
                                     {"bytes", summary.constant_bytes},
                                     {"outside", model.constants_outside},
                                     {"bytes_of_type", summary.bytes_of_type}};
  Json& layers = weights["layers"] = Json::array();
  for (const litert::LayerWeights& layer : summary.layers) {
    layers.push_back({{"path", layer.path}, {"tensors", layer.tensors}, {"elements", layer.elements}, {"bytes", layer.bytes}});
  }
  json["metadata"] = metadata_json(model);
  json["faults"] = faults_json(model);
  json["unknown_fields"] = model.unknown_fields;
  Json& subgraphs = json["subgraphs"] = Json::array();
  for (const litert::Subgraph& graph : model.subgraphs) subgraphs.push_back(subgraph_json(graph));
  return json;
}

}  // namespace kelt::cli
