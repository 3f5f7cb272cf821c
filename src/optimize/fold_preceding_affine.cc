// optimize/fold_preceding_affine.cc — linear(x × s + t), with one s and t per input channel → linear'(x).
//
// The scale goes into the weights along their input channels, the shift into the bias: bias[o] += Σ W[o, …, i] t[i]. A shift
// is only folded where no zero padding comes between, since the padding is not shifted.

#include "optimize/linear.h"
#include "optimize/pass.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using tflite::Padding;

// Every output reads elements of the input only, never of the padding.
bool reads_no_padding(const litert::Operator& op, const Array& weights) {
  if (op.code == BuiltinOperator::FULLY_CONNECTED) return true;
  const bool pointwise = weights.shape[1] == 1 && weights.shape[2] == 1;
  if (const auto* conv = op.options.AsConv2DOptions()) return pointwise || conv->padding == Padding::VALID;
  if (const auto* depthwise = op.options.AsDepthwiseConv2DOptions()) return pointwise || depthwise->padding == Padding::VALID;
  return false;
}

// Σ over all but the output channel of W × the value of its input channel.
Result<std::vector<double>> contract(const Array& weights, const Linear& linear, const std::vector<double>& values) {
  KELT_ASSIGN_OR_RETURN(const std::vector<float> elements, read_as<float>(weights));
  const auto outputs = static_cast<size_t>(weights.shape[linear.output_axis]);
  std::vector<double> sums(outputs, 0.0);
  const size_t inputs = values.size();
  if (linear.input_axis < 0) {  // depthwise [1, h, w, channels × multiplier]
    const size_t multiplier = outputs / inputs;
    for (size_t index = 0; index < elements.size(); ++index)
      sums[index % outputs] += elements[index] * values[index % outputs / multiplier];
  } else {  // [outputs, …, inputs]
    const size_t per_output = elements.size() / outputs;
    for (size_t index = 0; index < elements.size(); ++index) sums[index / per_output] += elements[index] * values[index % inputs];
  }
  return sums;
}

struct Affine {
  litert::TensorId input;
  std::vector<double> values;
};

// The non-constant operand of an elementwise operator of this kind, and its per-channel constant.
Result<std::optional<Affine>> match(Rewriter& in, OperatorId id, BuiltinOperator code, int64_t channels) {
  using Match = std::optional<Affine>;
  if (id == kNoOperator || in.at(id).code != code) return Match{};
  const litert::Operator& op = in.at(id);
  const bool fused =
      (op.options.AsMulOptions() && op.options.AsMulOptions()->fused_activation_function != tflite::ActivationFunctionType::NONE) ||
      (op.options.AsAddOptions() && op.options.AsAddOptions()->fused_activation_function != tflite::ActivationFunctionType::NONE);
  if (fused) return Match{};
  for (const int side : {0, 1}) {
    const Array* operand = in.constant(op.inputs[1 - side]);
    if (operand == nullptr || in.constant(op.inputs[side]) != nullptr) continue;
    if (in.tensor(op.inputs[side]).dims.size() != in.tensor(op.outputs[0]).dims.size()) continue;
    KELT_ASSIGN_OR_RETURN(auto values, per_channel(*operand, channels));
    if (values) return Match{Affine{op.inputs[side], *std::move(values)}};
  }
  return Match{};
}

Result<void> fold_preceding_affine_at(Rewriter& in, OperatorId id) {
  const std::optional<Linear> linear = as_linear(in, id);
  if (!linear || in.at(id).code == BuiltinOperator::TRANSPOSE_CONV) return {};
  const litert::TensorId input = in.at(id).inputs[linear->input];
  const OperatorId preceding = in.producer(input);
  const Dim channels = in.tensor(input).dims.back();
  if (preceding == kNoOperator || in.only_consumer(input) != id || !channels.is_static()) return {};
  const Array weights = *in.constant(in.at(id).inputs[linear->weights]);
  // A grouped convolution reads fewer input channels than there are.
  if (linear->input_axis >= 0 && weights.shape[linear->input_axis] != *channels.value()) return {};

  KELT_ASSIGN_OR_RETURN(const auto shift, match(in, preceding, BuiltinOperator::ADD, *channels.value()));
  if (shift && reads_no_padding(in.at(id), weights)) {
    const int64_t outputs = weights.shape[linear->output_axis];
    KELT_ASSIGN_OR_RETURN(std::vector<double> bias, read_bias(in, id, *linear, outputs));
    KELT_ASSIGN_OR_RETURN(const std::vector<double> sums, contract(weights, *linear, shift->values));
    for (size_t output = 0; output < bias.size(); ++output) bias[output] += sums[output];
    write_bias(in, id, *linear, bias);
    in.set_input(id, linear->input, shift->input);
    in.erase(preceding);
    return fold_preceding_affine_at(in, id);  // the scale may stand behind the shift
  }
  KELT_ASSIGN_OR_RETURN(const auto scale, match(in, preceding, BuiltinOperator::MUL, *channels.value()));
  if (!scale) return {};
  std::vector<double> factors = scale->values;
  int axis = linear->input_axis;
  if (axis < 0) {
    axis = linear->output_axis;
    const size_t multiplier = static_cast<size_t>(weights.shape[axis]) / factors.size();
    std::vector<double> repeated;
    for (const double factor : factors) repeated.insert(repeated.end(), multiplier, factor);
    factors = std::move(repeated);
  }
  scale_weights(in, id, *linear, axis, factors);
  in.set_input(id, linear->input, scale->input);
  in.erase(preceding);
  return {};
}

}  // namespace

Result<bool> fold_preceding_affine(litert::Model& model, const Options& /*options*/) {
  return rewrite_operators(model, fold_preceding_affine_at);
}

}  // namespace kelt::optimize
