#include "quantize/integer_ops.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kelt::quantize {
namespace {

using Op = litert::BuiltinOperator;
using litert::Operator;
using litert::Subgraph;

constexpr Runs kXnn = Runs::kDelegated;
constexpr Runs kOwn = Runs::kBuiltin;
constexpr Runs kNot = Runs::kNot;
constexpr Scales kSame = Scales::kSame;
constexpr FixedScale kUnit8 = {1.0F / 256, -128}, kSigned8 = {1.0F / 128, 0}, kSixteen = {1.0F / 32768, 0};

// clang-format off
constexpr IntegerOp kIntegerOps[] = {
    // Weights.
    {Op::FULLY_CONNECTED, kXnn, kOwn},
    {Op::CONV_2D, kXnn, kOwn},
    {Op::DEPTHWISE_CONV_2D, kXnn, kOwn},
    {Op::TRANSPOSE_CONV, kXnn, kOwn},
    {Op::BATCH_MATMUL, kXnn, kOwn},
    // Arithmetic.
    {Op::ADD, kXnn, kOwn},
    {Op::SUB, kXnn, kOwn},
    {Op::MUL, kXnn, kOwn},
    {Op::DIV, kOwn, kOwn},
    {Op::SQUARED_DIFFERENCE, kOwn, kNot},
    {Op::MAXIMUM, kOwn, kOwn, kSame},
    {Op::MINIMUM, kOwn, kOwn, kSame},
    {Op::MEAN, kXnn, kOwn},
    {Op::SUM, kXnn, kOwn},
    {Op::REDUCE_MAX, kXnn, kOwn, kSame},
    {Op::REDUCE_MIN, kXnn, kOwn, kSame},
    // Functions.
    {Op::ELU, kXnn, kNot},
    {Op::LEAKY_RELU, kXnn, kOwn},
    {Op::PRELU, kOwn, kNot},
    {Op::RELU, kOwn, kOwn},
    {Op::RELU6, kOwn, kOwn},
    {Op::HARD_SWISH, kOwn, kNot},
    {Op::GELU, kOwn, kOwn},
    {Op::ABS, kOwn, kOwn},
    {Op::EXP, kOwn, kOwn},
    {Op::LOG, kOwn, kOwn},
    {Op::SQRT, kOwn, kOwn},
    {Op::RSQRT, kOwn, kOwn},
    {Op::LOGISTIC, kXnn, kOwn, Scales::kFixed, kUnit8, kSixteen},
    {Op::TANH, kXnn, kOwn, Scales::kFixed, kSigned8, kSixteen},
    {Op::SOFTMAX, kOwn, kOwn, Scales::kFixed, kUnit8, kSixteen},
    {Op::LOG_SOFTMAX, kOwn, kNot, Scales::kFixed, {16.0F / 256, 127}},
    {Op::L2_NORMALIZATION, kOwn, kNot, Scales::kFixed, kSigned8},
    // Pooling and resizing.
    {Op::AVERAGE_POOL_2D, kOwn, kOwn, kSame},
    {Op::MAX_POOL_2D, kXnn, kOwn, kSame},
    {Op::RESIZE_BILINEAR, kXnn, kOwn, kSame},
    {Op::RESIZE_NEAREST_NEIGHBOR, kOwn, kOwn, kSame},
    // What moves values.
    {Op::CONCATENATION, kXnn, kOwn, kSame},
    {Op::SPLIT, kXnn, kOwn, kSame},
    {Op::SPLIT_V, kOwn, kOwn, kSame},
    {Op::PACK, kOwn, kOwn, kSame},
    {Op::UNPACK, kOwn, kOwn, kSame},
    {Op::SLICE, kXnn, kOwn, kSame},
    {Op::STRIDED_SLICE, kXnn, kOwn, kSame},
    {Op::GATHER, kOwn, kOwn, kSame},
    {Op::GATHER_ND, kOwn, kOwn, kSame},
    {Op::RESHAPE, kXnn, kOwn, kSame},
    {Op::EXPAND_DIMS, kOwn, kOwn, kSame},
    {Op::SQUEEZE, kOwn, kOwn, kSame},
    {Op::TRANSPOSE, kXnn, kOwn, kSame},
    {Op::PAD, kXnn, kOwn, kSame},
    {Op::PADV2, kOwn, kOwn, kSame},
    {Op::MIRROR_PAD, kOwn, kOwn, kSame},
    {Op::TILE, kOwn, kOwn, kSame},
    {Op::BROADCAST_TO, kOwn, kOwn, kSame},
    {Op::REVERSE_V2, kOwn, kOwn, kSame},
    {Op::SELECT_V2, kOwn, kOwn, kSame},
    {Op::DEPTH_TO_SPACE, kXnn, kNot, kSame},
    {Op::SPACE_TO_DEPTH, kXnn, kNot, kSame},
    {Op::BATCH_TO_SPACE_ND, kOwn, kOwn, kSame},
    {Op::SPACE_TO_BATCH_ND, kOwn, kOwn, kSame},
};
// clang-format on

bool is_constant(const Subgraph& graph, const std::vector<litert::TensorId>& operands, size_t i) {
  return i < operands.size() && operands[i] >= 0 && graph.tensors[static_cast<size_t>(operands[i])].constant.has_value();
}

bool steps_are_one(const Operator& op, const Subgraph& graph) {
  if (!is_constant(graph, op.inputs, 3)) return false;
  const auto steps = read_as<int32_t>(*graph.tensors[static_cast<size_t>(op.inputs[3])].constant);
  return steps.ok() && std::ranges::all_of(*steps, [](int32_t step) { return step == 1; });
}

}  // namespace

std::span<const IntegerOp> integer_ops() { return kIntegerOps; }

const IntegerOp* integer_op(Op op) {
  const auto* const found = std::ranges::find(kIntegerOps, op, &IntegerOp::op);
  return found == std::end(kIntegerOps) ? nullptr : found;
}

bool delegated_in_int8(const Operator& op, const Subgraph& graph) {
  constexpr size_t kMostJoined = 5, kMostParts = 4;
  const IntegerOp* const found = integer_op(op.code);
  if (found == nullptr || found->int8 != Runs::kDelegated) return false;
  switch (op.code) {
    case Op::FULLY_CONNECTED:
    case Op::CONV_2D:
    case Op::DEPTHWISE_CONV_2D:
    case Op::TRANSPOSE_CONV:
    case Op::BATCH_MATMUL: return is_constant(graph, op.inputs, 1);
    case Op::CONCATENATION: return op.inputs.size() <= kMostJoined;
    case Op::SPLIT: return op.outputs.size() <= kMostParts;
    case Op::STRIDED_SLICE: return steps_are_one(op, graph);
    case Op::LEAKY_RELU: return op.options.AsLeakyReluOptions() != nullptr && op.options.AsLeakyReluOptions()->alpha != 0;
    default: return true;
  }
}

Ratio delegated_ratio(Op op) {
  switch (op) {
    case Op::ADD:
    case Op::SUB: return {std::ldexp(1.0, -10), 256};
    case Op::MUL: return {std::ldexp(1.0, -16), 256};
    case Op::QUANTIZE: return {std::ldexp(1.0, -7), 256};
    case Op::LEAKY_RELU: return {std::ldexp(1.0, -8), 128};
    case Op::FULLY_CONNECTED:
    case Op::CONV_2D:
    case Op::DEPTHWISE_CONV_2D:
    case Op::TRANSPOSE_CONV:
    case Op::BATCH_MATMUL: return {0, 256};
    default: return {0, std::numeric_limits<double>::infinity()};
  }
}

}  // namespace kelt::quantize
