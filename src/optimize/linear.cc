#include "optimize/linear.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using tflite::ActivationFunctionType;

std::optional<ActivationFunctionType> activation(const litert::Operator& op) {
  if (const auto* conv = op.options.AsConv2DOptions()) return conv->fused_activation_function;
  if (const auto* depthwise = op.options.AsDepthwiseConv2DOptions()) return depthwise->fused_activation_function;
  if (const auto* transposed = op.options.AsTransposeConvOptions()) return transposed->fused_activation_function;
  if (const auto* dense = op.options.AsFullyConnectedOptions()) return dense->fused_activation_function;
  if (op.options.AsBatchMatMulOptions() != nullptr) return ActivationFunctionType::NONE;
  return std::nullopt;
}

std::optional<Linear> layout(const litert::Operator& op) {
  switch (op.code) {
    case BuiltinOperator::CONV_2D: return Linear{.output_axis = 0, .input_axis = 3};
    case BuiltinOperator::DEPTHWISE_CONV_2D: return Linear{.output_axis = 3};
    case BuiltinOperator::TRANSPOSE_CONV: return Linear{.input = 2, .bias = 3, .output_axis = 0, .input_axis = 3};
    case BuiltinOperator::FULLY_CONNECTED: return Linear{.output_axis = 0, .input_axis = 1};
    default: return std::nullopt;
  }
}

}  // namespace

bool has_activation(const litert::Operator& op) {
  const auto active = [](const auto* options) {
    return options != nullptr && options->fused_activation_function != ActivationFunctionType::NONE;
  };
  return active(op.options.AsAddOptions()) || active(op.options.AsSubOptions()) || active(op.options.AsMulOptions()) ||
         active(op.options.AsDivOptions());
}

std::optional<Linear> as_linear(Rewriter& in, OperatorId id) {
  if (id == kNoOperator) return std::nullopt;
  const litert::Operator& op = in.at(id);
  const std::optional<Linear> linear = layout(op);
  if (!linear || op.inputs.size() <= linear->weights || activation(op) != ActivationFunctionType::NONE) return std::nullopt;
  const Array* weights = in.constant(op.inputs[linear->weights]);
  if (weights == nullptr || weights->dtype != DType::kFloat32) return std::nullopt;
  const litert::TensorId bias = op.inputs.size() > linear->bias ? op.inputs[linear->bias] : litert::kNoTensor;
  if (bias != litert::kNoTensor && in.constant(bias) == nullptr) return std::nullopt;
  return linear;
}

Result<std::optional<std::vector<double>>> per_channel(const Array& operand, int64_t channels) {
  using Values = std::optional<std::vector<double>>;
  if (operand.dtype != DType::kFloat32) return Values{};
  const auto count = static_cast<int64_t>(operand.count());
  const bool channelwise = count == channels && !operand.shape.empty() && operand.shape.back() == channels;
  if (count != 1 && !channelwise) return Values{};
  KELT_ASSIGN_OR_RETURN(std::vector<double> values, read_as<double>(operand));
  if (count == 1) values.assign(static_cast<size_t>(channels), values[0]);
  return Values{std::move(values)};
}

Result<std::vector<double>> read_bias(Rewriter& in, OperatorId id, const Linear& linear, int64_t channels) {
  const auto& inputs = in.at(id).inputs;
  const Array* bias = inputs.size() > linear.bias ? in.constant(inputs[linear.bias]) : nullptr;
  if (bias == nullptr) return std::vector<double>(static_cast<size_t>(channels), 0.0);
  return read_as<double>(*bias);
}

void write_bias(Rewriter& in, OperatorId id, const Linear& linear, const std::vector<double>& bias) {
  const std::vector<float> values(bias.begin(), bias.end());
  const auto count = static_cast<int64_t>(values.size());
  auto& inputs = in.at(id).inputs;
  if (inputs.size() <= linear.bias) inputs.resize(linear.bias + 1, litert::kNoTensor);
  in.set_input(id, linear.bias, in.add_constant(array_from<float>({count}, values), in.at(id).path + "/bias"));
}

void scale_weights(Rewriter& in, OperatorId id, const Linear& linear, int axis, const Array& factors) {
  const litert::TensorId weights = in.at(id).inputs[linear.weights];
  const Array scaled = scale_along(*in.constant(weights), axis, factors);
  in.set_input(id, linear.weights, in.add_constant(scaled, in.tensor(weights).name));
}

}  // namespace kelt::optimize
