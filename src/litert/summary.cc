#include "litert/summary.h"

#include <algorithm>
#include <set>

#include "litert/op_info.h"
#include "litert/op_versions.h"
#include "litert/text_values.h"

namespace kelt::litert {
namespace {

std::vector<OpCount> count_operators(const Model& model) {
  std::map<std::pair<std::string, int>, OpCount> counts;
  for (const Subgraph& graph : model.subgraphs) {
    for (const Operator& op : graph.operators) {
      const bool custom = op.code == BuiltinOperator::CUSTOM;
      const std::string name = custom ? "CUSTOM:" + op.custom_code : op_name(op.code);
      OpCount& entry = counts[{name, op.version}];
      entry.name = name;
      entry.version = op.version;
      if (!custom) entry.runtime = min_runtime_version(op.code, op.version);
      ++entry.count;
    }
  }
  std::vector<OpCount> sorted;
  for (auto& [key, entry] : counts) sorted.push_back(std::move(entry));
  std::ranges::stable_sort(sorted, std::ranges::greater{}, &OpCount::count);
  return sorted;
}

// A constant is "layer/kernel"; with other converters an op in the layer, "layer/MatMul".
std::string layer_of(std::string_view name) { return std::string(name.substr(0, name.rfind('/'))); }

class WeightCount {
 public:
  explicit WeightCount(Summary& summary) : summary_(summary) {}

  void add(const Tensor& tensor) {
    ++summary_.tensors;
    if (!tensor.constant) return;
    ++summary_.constants;
    const std::string path = layer_of(tensor.name);
    const auto [at, is_new] = index_.try_emplace(path, summary_.layers.size());
    if (is_new) summary_.layers.push_back({.path = path});
    LayerWeights& layer = summary_.layers[at->second];
    ++layer.tensors;
    if (!seen_.insert(tensor.constant->source->identity()).second) return;
    const uint64_t bytes = tensor.constant->bytes();
    layer.bytes += bytes;
    if (to_dtype(tensor.type)) layer.elements += tensor.constant->count();
    summary_.constant_bytes += bytes;
    summary_.bytes_of_type[type_name(tensor.type)] += bytes;
  }

 private:
  Summary& summary_;
  std::map<std::string, size_t> index_;
  std::set<std::string> seen_;  // identities of sources
};

}  // namespace

Summary summarize(const Model& model) {
  Summary summary;
  summary.operators = count_operators(model);
  summary.min_runtime = min_runtime_version(model, model.constants_outside);
  WeightCount weights(summary);
  for (const Subgraph& graph : model.subgraphs) {
    for (const Tensor& tensor : graph.tensors) weights.add(tensor);
  }
  return summary;
}

}  // namespace kelt::litert
