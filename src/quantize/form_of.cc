#include "quantize/form_of.h"

#include <algorithm>

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;
using litert::TensorType;

int bits_of(TensorType type) {
  switch (type) {
    case TensorType::INT8:
    case TensorType::UINT8: return 8;
    case TensorType::INT4: return 4;
    case TensorType::INT2: return 2;
    default: return 0;
  }
}

bool has_scale(const litert::Tensor& tensor) {
  return !tensor.quantization.scale.empty() || tensor.quantization.details.type != tflite::QuantizationDetails::NONE;
}

bool looks_rows_up(const litert::Operator& op) {
  return op.code == BuiltinOperator::GATHER || op.code == BuiltinOperator::EMBEDDING_LOOKUP;
}

// Of activations that are integers with scales: 8 or 16; else 0.
int activation_bits(const Graph& graph, std::span<const TensorId> ids) {
  int bits = 0;
  for (const TensorId id : ids) {
    if (id < 0 || graph.is_constant(id) || !has_scale(graph.tensor(id))) continue;
    const TensorType type = graph.tensor(id).type;
    if (type == TensorType::INT16) return 16;
    bits = std::max(bits, bits_of(type));
  }
  return bits;
}

void take_steps(const litert::Operator& op, const litert::Tensor& weights, Form& form) {
  form.bits = bits_of(weights.type);
  if (const auto* blocks = weights.quantization.details.AsBlockwiseQuantization()) form.block = blocks->block_size;
  const Kernel* kernel = kernel_of(op.code);
  if (kernel == nullptr || form.block != 0 || weights.quantization.scale.size() != 1 || weights.dims.empty()) return;
  const auto channels = static_cast<size_t>(channels_of(op, *kernel, weights.dims.size()));
  form.per_tensor = channels < weights.dims.size() && weights.dims[channels] != Dim(1);
}

}  // namespace

Form form_of(const Graph& graph, const litert::Operator& op) {
  if (op.code == BuiltinOperator::QUANTIZE || op.code == BuiltinOperator::DEQUANTIZE) return {};
  Form form;
  const int bits = std::max(activation_bits(graph, op.inputs), activation_bits(graph, op.outputs));
  if (bits != 0) form = {.kind = Kind::kStatic, .activation_bits = bits};
  for (const TensorId id : op.inputs) {
    const TensorId stored = stored_behind(graph, id);
    if (stored == litert::kNoTensor) continue;
    const litert::Tensor& weights = graph.tensor(stored);
    if (weights.type == TensorType::FLOAT16 && form.kind == Kind::kFloat) form.kind = Kind::kHalf;
    const bool integers = bits_of(weights.type) != 0 && (has_scale(weights) || looks_rows_up(op));
    if (!integers || weights.dims.empty()) continue;
    if (form.kind != Kind::kStatic) form.kind = stored != id ? Kind::kWeights : Kind::kDynamic;
    if (form.kind != Kind::kStatic || kernel_of(op.code) != nullptr) take_steps(op, weights, form);
  }
  return form;
}

}  // namespace kelt::quantize
