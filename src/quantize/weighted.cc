#include "quantize/weighted.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::TensorType;

// Where the weights stand: of a product, or the rows of a table of two dims. -1 for other operators.
int weights_operand(const Graph& graph, const litert::Operator& op) {
  if (const Kernel* kernel = kernel_of(op.code)) return static_cast<int>(kernel->weights);
  int rows = -1;
  if (op.code == BuiltinOperator::EMBEDDING_LOOKUP) rows = 1;
  if (const auto* gather = op.options.AsGatherOptions(); gather != nullptr && gather->axis == 0 && gather->batch_dims == 0) rows = 0;
  if (rows < 0 || static_cast<size_t>(rows) >= op.inputs.size() || op.inputs[static_cast<size_t>(rows)] < 0) return -1;
  return graph.tensor(op.inputs[static_cast<size_t>(rows)]).dims.size() == 2 ? rows : -1;
}

}  // namespace

Graph::Graph(const litert::Subgraph& subgraph) : subgraph_(&subgraph), producers_(subgraph.tensors.size(), -1) {
  for (size_t index = 0; index < subgraph.operators.size(); ++index) {
    for (const litert::TensorId output : subgraph.operators[index].outputs) {
      if (output >= 0) producers_[static_cast<size_t>(output)] = static_cast<int>(index);
    }
  }
}

const litert::Operator* Graph::producer(litert::TensorId id) const {
  const int index = producer_index(id);
  return index < 0 ? nullptr : &subgraph_->operators[static_cast<size_t>(index)];
}

std::optional<Array> Graph::floats(litert::TensorId id) const {
  if (id < 0) return std::nullopt;
  const litert::Tensor& found = tensor(id);
  return found.type == TensorType::FLOAT32 && !found.sparsity ? found.constant : std::nullopt;
}

bool Graph::is_activation(litert::TensorId id) const {
  return id >= 0 && tensor(id).type == TensorType::FLOAT32 && !floats(id).has_value();
}

std::optional<Weighted> weights_of(const Graph& graph, const litert::Operator& op) {
  const int operand = weights_operand(graph, op);
  if (operand < 0 || static_cast<size_t>(operand) >= op.inputs.size()) return std::nullopt;
  const auto floats = graph.floats(op.inputs[static_cast<size_t>(operand)]);
  if (!floats || floats->shape.empty()) return std::nullopt;
  return Weighted{.operand = static_cast<size_t>(operand), .floats = *floats, .kernel = kernel_of(op.code)};
}

uint64_t bytes_of(const litert::Operator& op, const Weighted& weights, const Form& form) {
  const size_t count = weights.floats.count();
  if (form.kind == Kind::kFloat) return weights.floats.bytes();
  if (form.kind == Kind::kHalf) return count * 2;
  const uint64_t integers = (count * static_cast<size_t>(form.bits) + 7) / 8;
  if (form.block != 0) return integers + count / static_cast<size_t>(form.block) * 2;
  if (form.per_tensor) return integers + 4;
  const int axis = weights.kernel == nullptr ? 0 : channels_of(op, *weights.kernel, weights.floats.shape.size());
  return integers + static_cast<uint64_t>(weights.floats.shape[static_cast<size_t>(axis)]) * 4;
}

litert::TensorId stored_behind(const Graph& graph, litert::TensorId id) {
  if (graph.is_constant(id)) return id;
  const litert::Operator* made = graph.producer(id);
  const bool widened =
      made != nullptr && made->code == BuiltinOperator::DEQUANTIZE && !made->inputs.empty() && graph.is_constant(made->inputs[0]);
  return widened ? made->inputs[0] : litert::kNoTensor;
}

bool has_integer_weights(const Graph& graph, const litert::Operator& op) {
  const int operand = weights_operand(graph, op);
  if (operand < 0 || static_cast<size_t>(operand) >= op.inputs.size()) return false;
  const litert::TensorId id = op.inputs[static_cast<size_t>(operand)];
  if (id < 0) return false;
  const TensorType type = graph.tensor(id).type;
  return graph.tensor(id).constant.has_value() && (type == TensorType::INT8 || type == TensorType::INT4 || type == TensorType::INT2);
}

}  // namespace kelt::quantize
