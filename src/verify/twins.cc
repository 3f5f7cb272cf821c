#include "verify/twins.h"

#include <array>
#include <set>

namespace kelt::verify {
namespace {

using litert::TensorId;
using litert::TensorType;

constexpr std::array<std::string_view, 4> kSuffixes = {"/int8", "/int16", "_quantized", "_dequant"};  // kelt's, litert-quantizer's

bool is_number(const litert::Tensor& tensor) {
  if (tensor.type == TensorType::FLOAT32) return true;
  const bool integers = tensor.type == TensorType::INT8 || tensor.type == TensorType::UINT8 || tensor.type == TensorType::INT16;
  return integers && tensor.quantization.scale.size() == 1;
}

}  // namespace

Twins::Twins(const quantize::Graph& floats, const quantize::Graph& quantized) : quantized_(&quantized) {
  std::set<std::string> several;
  const std::vector<litert::Tensor>& tensors = floats.subgraph().tensors;
  for (TensorId id = 0; id < static_cast<TensorId>(tensors.size()); ++id) {
    const std::string& name = tensors[static_cast<size_t>(id)].name;
    const bool constant = floats.floats(id).has_value() || floats.is_constant(id);
    if (!constant && !floats.is_activation(id)) continue;
    if (!(constant ? constants_ : activations_).emplace(name, id).second && !constant) several.insert(name);
  }
  for (const std::string& name : several) activations_.erase(name);  // which of them is meant?
}

std::optional<TensorId> Twins::find(std::string_view name, bool constants) const {
  const auto& known = constants ? constants_ : activations_;
  for (const std::string_view candidate : {name, without_suffix(name)}) {
    if (const auto found = known.find(candidate); found != known.end()) return found->second;
  }
  return std::nullopt;
}

std::optional<TensorId> Twins::activation(TensorId quantized) const {
  if (quantized < 0 || quantized_->is_constant(quantized) || !is_number(quantized_->tensor(quantized))) return std::nullopt;
  return find(quantized_->tensor(quantized).name, false);
}

std::optional<TensorId> Twins::constant(TensorId quantized) const {
  if (!quantized_->is_constant(quantized)) return std::nullopt;
  return find(quantized_->tensor(quantized).name, true);
}

std::string_view without_suffix(std::string_view name) {
  for (const std::string_view suffix : kSuffixes) {
    if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return name;
}

}  // namespace kelt::verify
