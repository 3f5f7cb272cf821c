// optimize/fuse_activation.cc — RELU, RELU6 or RELU_N1_TO_1 of what an operator makes → that operator with the activation fused.

#include "optimize/pass.h"
#include "optimize/rewriter.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using tflite::ActivationFunctionType;

std::optional<ActivationFunctionType> as_activation(BuiltinOperator code) {
  switch (code) {
    case BuiltinOperator::RELU: return ActivationFunctionType::RELU;
    case BuiltinOperator::RELU6: return ActivationFunctionType::RELU6;
    case BuiltinOperator::RELU_N1_TO_1: return ActivationFunctionType::RELU_N1_TO_1;
    default: return std::nullopt;
  }
}

// Where the operator keeps its fused activation; null if it can have none.
ActivationFunctionType* fused_activation(litert::Operator& op) {
  if (auto* options = op.options.AsConv2DOptions()) return &options->fused_activation_function;
  if (auto* options = op.options.AsDepthwiseConv2DOptions()) return &options->fused_activation_function;
  if (auto* options = op.options.AsTransposeConvOptions()) return &options->fused_activation_function;
  if (auto* options = op.options.AsFullyConnectedOptions()) return &options->fused_activation_function;
  if (auto* options = op.options.AsPool2DOptions()) return &options->fused_activation_function;
  if (auto* options = op.options.AsAddOptions()) return &options->fused_activation_function;
  if (auto* options = op.options.AsSubOptions()) return &options->fused_activation_function;
  if (auto* options = op.options.AsMulOptions()) return &options->fused_activation_function;
  if (auto* options = op.options.AsDivOptions()) return &options->fused_activation_function;
  return nullptr;
}

Result<void> fuse_activation_at(Rewriter& in, OperatorId id) {
  const auto activation = as_activation(in.at(id).code);
  if (!activation) return {};
  const litert::TensorId input = in.at(id).inputs[0];
  const OperatorId producer = in.producer(input);
  if (producer == kNoOperator || in.only_consumer(input) != id || in.tensor(input).type != litert::TensorType::FLOAT32) return {};
  ActivationFunctionType* fused = fused_activation(in.at(producer));
  if (fused == nullptr || *fused != ActivationFunctionType::NONE) return {};
  *fused = *activation;
  in.absorb(producer, id);
  return {};
}

}  // namespace

Result<bool> fuse_activation(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, fuse_activation_at); }

}  // namespace kelt::optimize
