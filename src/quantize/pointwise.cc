#include "quantize/pointwise.h"

#include <utility>

#include "quantize/nearest.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::Operator;

Shape matrix_of(const Shape& weights) { return {weights.front(), weights.back()}; }

}  // namespace

bool is_pointwise(const Graph& graph, const Operator& op) {
  const auto* conv = op.options.AsConv2DOptions();
  if (op.code != BuiltinOperator::CONV_2D || conv == nullptr || conv->stride_w != 1 || conv->stride_h != 1) return false;
  const auto weights = weights_of(graph, op);
  if (!weights || weights->floats.shape.size() != 4 || weights->floats.shape[1] != 1 || weights->floats.shape[2] != 1) return false;
  const Dims& input = graph.tensor(op.inputs[0]).dims;
  return input.size() == 4 && input.back().value() == weights->floats.shape.back();  // else it has groups
}

Decision as_product(const Shape& weights, Decision decision) {
  decision = nearest(*kernel_of(BuiltinOperator::FULLY_CONNECTED), matrix_of(weights), std::move(decision));
  if (decision.form.bits < 8 && decision.why.empty()) decision.why = "a CONV_2D of 1×1 kernels is a product, which XNNPACK takes so";
  return decision;
}

void make_products(litert::Subgraph& subgraph, const std::vector<Decision>& decisions) {
  const Graph graph(subgraph);
  for (size_t index = 0; index < decisions.size(); ++index) {
    const Form& form = decisions[index].form;
    Operator& op = subgraph.operators[index];
    if (form.kind != Kind::kDynamic || form.bits == 8 || !is_pointwise(graph, op)) continue;
    litert::Tensor matrix;
    matrix.name = graph.tensor(op.inputs[1]).name;
    const Array weights = weights_of(graph, op)->floats;
    matrix.constant = reshape(weights, matrix_of(weights.shape));
    matrix.dims.assign(matrix.constant->shape.begin(), matrix.constant->shape.end());
    subgraph.tensors.push_back(std::move(matrix));
    op.inputs[1] = static_cast<litert::TensorId>(subgraph.tensors.size() - 1);
    tflite::FullyConnectedOptionsT options;
    options.keep_num_dims = true;
    options.fused_activation_function = op.options.AsConv2DOptions()->fused_activation_function;
    op.code = BuiltinOperator::FULLY_CONNECTED;
    litert::set_options(op, options);
  }
}

}  // namespace kelt::quantize
