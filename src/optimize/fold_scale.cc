// optimize/fold_scale.cc — linear(x) × s, or ÷ s, with one s per output channel → linear(x) with scaled weights and bias.
//
// With fuse_bias this folds a batch normalisation into the convolution that precedes it. Weights that something else reads as
// they are stay as they are.

#include "optimize/linear.h"
#include "optimize/pass.h"
#include "optimize/shared_weights.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;

Result<std::optional<Scaling>> scaling_of_outputs(Rewriter& in, OperatorId id) {
  using Found = std::optional<Scaling>;
  const litert::Operator& op = in.at(id);
  const bool divides = op.code == BuiltinOperator::DIV;
  if ((op.code != BuiltinOperator::MUL && !divides) || has_activation(op)) return Found{};
  for (const int side : {0, 1}) {
    if (divides && side == 1) return Found{};
    const litert::TensorId activations = op.inputs[side];
    const Array* operand = in.constant(op.inputs[1 - side]);
    const OperatorId producer = in.producer(activations);
    const std::optional<Linear> linear = as_linear(in, producer);
    if (!linear || operand == nullptr || in.only_consumer(activations) != id) continue;
    if (in.tensor(op.outputs[0]).dims.size() != in.tensor(activations).dims.size()) continue;
    const litert::TensorId weights = in.at(producer).inputs[linear->weights];
    KELT_ASSIGN_OR_RETURN(auto factors, per_channel(*operand, in.constant(weights)->shape[linear->output_axis]));
    if (!factors) continue;
    if (divides) {
      for (double& factor : *factors) factor = 1 / factor;
    }
    return Found{Scaling{producer, weights, linear->output_axis, *std::move(factors)}};
  }
  return Found{};
}

Result<void> fold_scale_at(Rewriter& in, OperatorId id, const SharedWeights& shared) {
  KELT_ASSIGN_OR_RETURN(const auto scaling, scaling_of_outputs(in, id));
  if (!scaling) return {};
  const auto factors = shared.factors(*in.constant(scaling->weights), *scaling);
  if (!factors) return {};
  const Linear linear = *as_linear(in, scaling->linear);
  KELT_ASSIGN_OR_RETURN(std::vector<double> bias, read_bias(in, scaling->linear, linear, static_cast<int64_t>(scaling->factors.size())));
  for (size_t channel = 0; channel < bias.size(); ++channel) bias[channel] *= scaling->factors[channel];
  scale_weights(in, scaling->linear, linear, scaling->axis, *factors);
  write_bias(in, scaling->linear, linear, bias);
  in.absorb(scaling->linear, id);
  return {};
}

}  // namespace

Result<bool> fold_scale(litert::Model& model, const Options& /*options*/) {
  KELT_ASSIGN_OR_RETURN(const SharedWeights shared, SharedWeights::in(model, scaling_of_outputs));
  return rewrite_operators(model, [&](Rewriter& in, OperatorId id) { return fold_scale_at(in, id, shared); });
}

}  // namespace kelt::optimize
