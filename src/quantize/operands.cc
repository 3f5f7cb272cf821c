#include "quantize/operands.h"

#include <algorithm>

#include "quantize/integer_ops.h"
#include "quantize/kernels.h"
#include "quantize/layers.h"

namespace kelt::quantize {
namespace {

using Op = litert::BuiltinOperator;

struct Operands {
  Op op;
  size_t count;     // of those that every kernel reads; others may be absent
  size_t rank = 0;  // of the weights; 0: two or more
};

// Operators that compute with one operand need no line.
constexpr Operands kOperands[] = {
    {Op::FULLY_CONNECTED, 2, 2},
    {Op::CONV_2D, 2, 4},
    {Op::DEPTHWISE_CONV_2D, 2, 4},
    {Op::TRANSPOSE_CONV, 3, 4},
    {Op::BATCH_MATMUL, 2},
    {Op::ADD, 2},
    {Op::SUB, 2},
    {Op::MUL, 2},
    {Op::DIV, 2},
    {Op::SQUARED_DIFFERENCE, 2},
    {Op::MAXIMUM, 2},
    {Op::MINIMUM, 2},
    {Op::GATHER, 2},
    {Op::EMBEDDING_LOOKUP, 2},
};

// Those that a quantizer reads or rewrites.
Operands operands_of(Op op) {
  const auto* const found = std::ranges::find(kOperands, op, &Operands::op);
  if (found != std::end(kOperands)) return *found;
  const bool rewritten = integer_op(op) != nullptr || op == Op::DEQUANTIZE || op == Op::QUANTIZE || op == Op::SQUARE;
  return {op, rewritten ? 1U : 0U};
}

Error lacks(const litert::Subgraph& subgraph, size_t index, const std::string& what) {
  const litert::Operator& op = subgraph.operators[index];
  const std::string layer = layer_of(subgraph, op);
  return {.code = Code::kBadModel,
          .what = "operator " + std::to_string(index) + " (" + name_of(op) + (layer.empty() ? "" : " of " + layer) + ") " + what,
          .remedy = "The runtime does not load such a file: make it again with the tool that it came from"};
}

Result<void> check_weights(const litert::Subgraph& subgraph, size_t index, const Operands& wanted) {
  const Kernel* kernel = kernel_of(wanted.op);
  if (kernel == nullptr) return {};
  const litert::Tensor& weights = subgraph.tensors[static_cast<size_t>(subgraph.operators[index].inputs[kernel->weights])];
  const size_t rank = weights.dims.size();
  if (wanted.rank == 0 ? rank >= 2 : rank == wanted.rank) return {};
  return lacks(subgraph, index, "has weights of " + std::to_string(rank) + " dims, which no kernel takes");
}

Result<void> check(const litert::Subgraph& subgraph, size_t index) {
  const litert::Operator& op = subgraph.operators[index];
  const Operands wanted = operands_of(op.code);
  if (wanted.count == 0) return {};
  for (size_t operand = 0; operand < wanted.count; ++operand) {
    if (operand >= op.inputs.size() || op.inputs[operand] < 0)
      return lacks(subgraph, index, "lacks its operand " + std::to_string(operand));
  }
  if (op.outputs.empty()) return lacks(subgraph, index, "has no result");
  return check_weights(subgraph, index, wanted);
}

}  // namespace

Result<void> check_operands(const litert::Model& model) {
  for (const litert::Subgraph& subgraph : model.subgraphs) {
    for (size_t index = 0; index < subgraph.operators.size(); ++index) KELT_RETURN_IF_ERROR(check(subgraph, index));
  }
  return {};
}

}  // namespace kelt::quantize
