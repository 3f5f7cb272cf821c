#include "pipeline/tensor_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "litert/op_info.h"

namespace kelt::pipeline {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;

// What a constant operand is to its operator; "" where it is nothing in particular.
struct Roles {
  BuiltinOperator code;
  std::array<std::string_view, 4> operands;
};

constexpr auto kRoles = std::to_array<Roles>({
    {BuiltinOperator::CONV_2D, {"", "kernel", "bias"}},
    {BuiltinOperator::CONV_3D, {"", "kernel", "bias"}},
    {BuiltinOperator::DEPTHWISE_CONV_2D, {"", "kernel", "bias"}},
    {BuiltinOperator::FULLY_CONNECTED, {"", "kernel", "bias"}},
    {BuiltinOperator::BATCH_MATMUL, {"kernel", "kernel"}},
    {BuiltinOperator::TRANSPOSE_CONV, {"output_shape", "kernel", "", "bias"}},
    {BuiltinOperator::CONV_3D_TRANSPOSE, {"output_shape", "kernel", "", "bias"}},
    {BuiltinOperator::EMBEDDING_LOOKUP, {"indices", "table"}},
    {BuiltinOperator::GATHER, {"table", "indices"}},
    {BuiltinOperator::GATHER_ND, {"table", "indices"}},
    {BuiltinOperator::PRELU, {"", "alpha"}},
    {BuiltinOperator::RESHAPE, {"", "shape"}},
    {BuiltinOperator::BROADCAST_TO, {"", "shape"}},
    {BuiltinOperator::TRANSPOSE, {"", "perm"}},
    {BuiltinOperator::MEAN, {"", "axes"}},
    {BuiltinOperator::SUM, {"", "axes"}},
    {BuiltinOperator::REDUCE_PROD, {"", "axes"}},
    {BuiltinOperator::REDUCE_MAX, {"", "axes"}},
    {BuiltinOperator::REDUCE_MIN, {"", "axes"}},
    {BuiltinOperator::REDUCE_ANY, {"", "axes"}},
    {BuiltinOperator::REDUCE_ALL, {"", "axes"}},
    {BuiltinOperator::REVERSE_V2, {"", "axes"}},
    {BuiltinOperator::CUMSUM, {"", "axis"}},
    {BuiltinOperator::ARG_MAX, {"", "axis"}},
    {BuiltinOperator::ARG_MIN, {"", "axis"}},
    {BuiltinOperator::EXPAND_DIMS, {"", "axis"}},
    {BuiltinOperator::SPLIT, {"axis"}},
    {BuiltinOperator::SPLIT_V, {"", "sizes", "axis"}},
    {BuiltinOperator::PAD, {"", "paddings"}},
    {BuiltinOperator::PADV2, {"", "paddings", "value"}},
    {BuiltinOperator::MIRROR_PAD, {"", "paddings"}},
    {BuiltinOperator::SLICE, {"", "begin", "size"}},
    {BuiltinOperator::STRIDED_SLICE, {"", "begin", "end", "strides"}},
    {BuiltinOperator::TILE, {"", "multiples"}},
    {BuiltinOperator::TOPK_V2, {"", "k"}},
    {BuiltinOperator::FILL, {"shape", "value"}},
    {BuiltinOperator::RANGE, {"start", "limit", "delta"}},
    {BuiltinOperator::RESIZE_BILINEAR, {"", "size"}},
    {BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, {"", "size"}},
});

std::string_view role_of(const litert::Operator& op, size_t operand) {
  const auto* const found = std::ranges::find(kRoles, op.code, &Roles::code);
  const bool known = found != kRoles.end() && operand < found->operands.size() && !found->operands[operand].empty();
  return known ? found->operands[operand] : "constant";
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// What the weights of the module are called in their layers: "kernel".
class WeightNames {
 public:
  explicit WeightNames(const graph::Module& module) {
    for (const auto& weight : module.weights) names_.try_emplace(root_identity(weight.array), last_part(weight.name));
  }

  // The weight that the array is made of; "" if there are several, or none.
  [[nodiscard]] std::string_view of(const Array& array) const {
    const std::string identity = array.source->identity();  // "cast(f32,f16,…)": with the identities of what it is made of
    std::string_view found;
    for (size_t start = 0; start < identity.size(); ++start) {
      if (start != 0 && identity[start - 1] != '(' && identity[start - 1] != ',') continue;
      const auto* const entry = at_start(std::string_view(identity).substr(start));
      if (entry == nullptr) continue;
      if (!found.empty()) return "";
      found = entry->second;
      start += entry->first.size() - 1;
    }
    return found;
  }

 private:
  using Entry = std::pair<const std::string, std::string>;

  [[nodiscard]] const Entry* at_start(std::string_view text) const {
    auto entry = names_.upper_bound(text);
    if (entry == names_.begin()) return nullptr;
    --entry;
    if (!text.starts_with(entry->first)) return nullptr;
    const size_t end = entry->first.size();
    return end == text.size() || text[end] == ',' || text[end] == ')' ? &*entry : nullptr;
  }

  std::map<std::string, std::string, std::less<>> names_;  // by the identity of the array
};

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

class Namer {
 public:
  Namer(const graph::Module& module, litert::Model& model) : weights_(module), model_(model) {}

  void run() {
    for (const litert::Subgraph& graph : model_.subgraphs) named_.emplace_back(graph.tensors.size(), false);
    for (const litert::Signature& signature : model_.signatures) {
      for (const TensorId id : subgraph(signature.subgraph).inputs) {
        set(signature.subgraph, id, subgraph(signature.subgraph).tensors[static_cast<size_t>(id)].name, "");
      }
    }
    for (size_t i = 0; i < model_.subgraphs.size(); ++i) name_subgraph(static_cast<int>(i));
  }

 private:
  litert::Subgraph& subgraph(int index) { return model_.subgraphs[static_cast<size_t>(index)]; }

  void name_subgraph(int index) {
    litert::Subgraph& graph = subgraph(index);
    for (const TensorId id : graph.inputs) set(index, id, graph.tensors[static_cast<size_t>(id)].name, "input");
    for (const litert::Operator& op : graph.operators) {
      for (size_t operand = 0; operand < op.inputs.size(); ++operand) name_constant(index, op, operand);
      const std::string what = op.code == BuiltinOperator::CUSTOM ? op.custom_code : lower_case(litert::op_name(op.code));
      for (const TensorId id : op.outputs) set(index, id, op.path, what);
    }
    for (size_t id = 0; id < graph.tensors.size(); ++id) set(index, static_cast<TensorId>(id), graph.tensors[id].name, "unused");
  }

  void name_constant(int index, const litert::Operator& op, size_t operand) {
    const TensorId id = op.inputs[operand];
    if (id == litert::kNoTensor) return;
    const litert::Tensor& tensor = subgraph(index).tensors[static_cast<size_t>(id)];
    if (!tensor.constant) return;
    const std::string_view weight = weights_.of(*tensor.constant);
    set(index, id, op.path, std::string(weight.empty() ? role_of(op, operand) : weight));
    // Of integers in blocks, which stand in tensors of their own.
    const std::string name = tensor.name;
    if (const auto* const blocks = tensor.quantization.details.AsBlockwiseQuantization()) {
      set(index, blocks->scales, name + "_scales", "");
      set(index, blocks->zero_points, name + "_zero_points", "");
    }
  }

  void set(int index, TensorId id, const std::string& path, const std::string& what) {
    if (id == litert::kNoTensor || named_[static_cast<size_t>(index)][static_cast<size_t>(id)]) return;
    named_[static_cast<size_t>(index)][static_cast<size_t>(id)] = true;
    subgraph(index).tensors[static_cast<size_t>(id)].name = unique(path.empty() || what.empty() ? path + what : path + "/" + what);
  }

  std::string unique(const std::string& name) {
    int& count = counts_[name];
    std::string fresh = name;
    while (fresh.empty() || !taken_.insert(fresh).second) fresh = name + "_" + std::to_string(++count);
    return fresh;
  }

  WeightNames weights_;
  litert::Model& model_;
  std::vector<std::vector<bool>> named_;  // by subgraph and tensor
  std::set<std::string> taken_;
  std::map<std::string, int> counts_;
};

}  // namespace

void name_tensors(const graph::Module& module, litert::Model& model) { Namer(module, model).run(); }

}  // namespace kelt::pipeline
