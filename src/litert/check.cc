#include "litert/check.h"

#include <algorithm>

namespace kelt::litert {
namespace {

Error broken(std::string place, const std::string& rule) { return {.code = Code::kBadModel, .what = std::move(place) + " " + rule}; }

class SubgraphCheck {
 public:
  SubgraphCheck(const Subgraph& subgraph, size_t index)
      : subgraph_(subgraph), place_("subgraph " + std::to_string(index)), made_(subgraph.tensors.size(), false) {}

  Result<void> run() {
    for (const TensorId id : subgraph_.inputs) KELT_RETURN_IF_ERROR(exists(place_, "an input", id));
    for (const TensorId id : subgraph_.outputs) KELT_RETURN_IF_ERROR(exists(place_, "an output", id));
    for (size_t i = 0; i < subgraph_.tensors.size(); ++i) KELT_RETURN_IF_ERROR(check_tensor(i));
    for (const TensorId id : subgraph_.inputs) made_[static_cast<size_t>(id)] = true;
    for (size_t i = 0; i < subgraph_.operators.size(); ++i) KELT_RETURN_IF_ERROR(check_operator(i));
    return {};
  }

 private:
  Result<void> exists(const std::string& place, std::string_view role, TensorId id) const {
    if (id >= 0 && static_cast<size_t>(id) < subgraph_.tensors.size()) return {};
    return broken(place,
                  "has " + std::string(role) + " " + std::to_string(id) + ", of " + std::to_string(subgraph_.tensors.size()) + " tensors");
  }

  Result<void> check_tensor(size_t index) {
    const Tensor& tensor = subgraph_.tensors[index];
    if (tensor.constant) made_[index] = true;
    const tflite::QuantizationParametersT& quantization = tensor.quantization;
    const std::string place = place_ + ", tensor " + std::to_string(index);
    const auto rank = static_cast<int64_t>(tensor.dims.size());
    if (quantization.scale.size() > 1 && (quantization.quantized_dimension < 0 || quantization.quantized_dimension >= rank)) {
      return broken(place, "is quantized along axis " + std::to_string(quantization.quantized_dimension) + ", of " + std::to_string(rank));
    }
    if (const auto* const blocks = quantization.details.AsBlockwiseQuantization()) {
      KELT_RETURN_IF_ERROR(exists(place, "the scales", blocks->scales));
      if (blocks->zero_points != kNoTensor) return exists(place, "the zero points", blocks->zero_points);
    }
    if (const auto* const axes = quantization.details.AsMultiAxisQuantization()) {
      KELT_RETURN_IF_ERROR(exists(place, "the scales", axes->scales));
      if (axes->zero_points != kNoTensor) return exists(place, "the zero points", axes->zero_points);
    }
    return {};
  }

  Result<void> check_operator(size_t index) {
    const Operator& op = subgraph_.operators[index];
    const std::string place = place_ + ", operator " + std::to_string(index);
    for (const TensorId id : op.inputs) {
      if (id != kNoTensor) KELT_RETURN_IF_ERROR(exists(place, "an input", id));
    }
    for (const TensorId id : op.intermediates) {
      if (id != kNoTensor) KELT_RETURN_IF_ERROR(exists(place, "an intermediate", id));
    }
    for (const TensorId id : op.outputs) {
      KELT_RETURN_IF_ERROR(exists(place, "an output", id));
      if (made_[static_cast<size_t>(id)]) return broken(place, "writes tensor " + std::to_string(id) + ", which has a value already");
      made_[static_cast<size_t>(id)] = true;
    }
    return {};
  }

  const Subgraph& subgraph_;
  std::string place_;
  std::vector<bool> made_;  // by tensor: constants, inputs, and what the operators so far wrote
};

Result<void> check_ports(const std::vector<SignaturePort>& ports, const Subgraph& subgraph, const std::string& key) {
  const auto stray = std::ranges::find_if(
      ports, [&](const SignaturePort& port) { return port.tensor < 0 || static_cast<size_t>(port.tensor) >= subgraph.tensors.size(); });
  if (stray == ports.end()) return {};
  return broken("signature '" + key + "'",
                "has '" + stray->name + "' at tensor " + std::to_string(stray->tensor) + ", of " + std::to_string(subgraph.tensors.size()));
}

}  // namespace

Result<void> check_model(const Model& model) {
  for (size_t i = 0; i < model.subgraphs.size(); ++i) KELT_RETURN_IF_ERROR(SubgraphCheck(model.subgraphs[i], i).run());
  for (const Signature& signature : model.signatures) {
    if (signature.subgraph < 0 || static_cast<size_t>(signature.subgraph) >= model.subgraphs.size()) {
      return broken("signature '" + signature.key + "'", "is of subgraph " + std::to_string(signature.subgraph));
    }
    const Subgraph& subgraph = model.subgraphs[static_cast<size_t>(signature.subgraph)];
    KELT_RETURN_IF_ERROR(check_ports(signature.inputs, subgraph, signature.key));
    KELT_RETURN_IF_ERROR(check_ports(signature.outputs, subgraph, signature.key));
  }
  return {};
}

}  // namespace kelt::litert
