// optimize/fold_scale.cc — linear(x) × s, or ÷ s, with one s per output channel → linear(x) with scaled weights and bias.
//
// With fuse_bias this folds a batch normalisation into the convolution that precedes it.

#include "optimize/linear.h"
#include "optimize/pass.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;

Result<void> fold_scale_at(Rewriter& in, OperatorId id) {
  const litert::Operator& op = in.at(id);
  const bool divides = op.code == BuiltinOperator::DIV;
  if (op.code != BuiltinOperator::MUL && !divides) return {};
  for (const int side : {0, 1}) {
    if (divides && side == 1) return {};
    const litert::TensorId activations = op.inputs[side];
    const Array* operand = in.constant(op.inputs[1 - side]);
    const OperatorId producer = in.producer(activations);
    const std::optional<Linear> linear = as_linear(in, producer);
    if (!linear || operand == nullptr || in.only_consumer(activations) != id) continue;
    if (in.tensor(op.outputs[0]).dims.size() != in.tensor(activations).dims.size()) continue;
    const litert::TensorId weights = in.at(producer).inputs[linear->weights];
    const int64_t channels = in.constant(weights)->shape[linear->output_axis];
    KELT_ASSIGN_OR_RETURN(auto factors, per_channel(*operand, channels));
    if (!factors) continue;
    if (divides) {
      for (double& factor : *factors) factor = 1 / factor;
    }
    KELT_ASSIGN_OR_RETURN(std::vector<double> bias, read_bias(in, producer, *linear, channels));
    for (size_t channel = 0; channel < bias.size(); ++channel) bias[channel] *= (*factors)[channel];
    scale_weights(in, producer, *linear, linear->output_axis, *factors);
    write_bias(in, producer, *linear, bias);
    in.absorb(producer, id);
    return {};
  }
  return {};
}

}  // namespace

Result<bool> fold_scale(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, fold_scale_at); }

}  // namespace kelt::optimize
