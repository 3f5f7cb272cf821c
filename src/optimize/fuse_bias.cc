// optimize/fuse_bias.cc — linear(x) + c, or − c, with one c per output channel → linear(x) with that added to its bias.

#include "optimize/linear.h"
#include "optimize/pass.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;

Result<void> fuse_bias_at(Rewriter& in, OperatorId id) {
  const litert::Operator& op = in.at(id);
  const bool subtracts = op.code == BuiltinOperator::SUB;
  if (op.code != BuiltinOperator::ADD && !subtracts) return {};
  for (const int side : {0, 1}) {
    if (subtracts && side == 1) return {};  // c - linear(x) is no bias
    const litert::TensorId activations = op.inputs[side];
    const Array* operand = in.constant(op.inputs[1 - side]);
    const OperatorId producer = in.producer(activations);
    const std::optional<Linear> linear = as_linear(in, producer);
    if (!linear || operand == nullptr || in.only_consumer(activations) != id) continue;
    const int64_t channels = in.constant(in.at(producer).inputs[linear->weights])->shape[linear->output_axis];
    if (in.tensor(op.outputs[0]).dims.size() != in.tensor(activations).dims.size()) continue;
    KELT_ASSIGN_OR_RETURN(const auto addend, per_channel(*operand, channels));
    if (!addend) continue;
    KELT_ASSIGN_OR_RETURN(std::vector<double> bias, read_bias(in, producer, *linear, channels));
    for (size_t channel = 0; channel < bias.size(); ++channel) bias[channel] += subtracts ? -(*addend)[channel] : (*addend)[channel];
    write_bias(in, producer, *linear, bias);
    in.absorb(producer, id);
    return {};
  }
  return {};
}

}  // namespace

Result<bool> fuse_bias(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, fuse_bias_at); }

}  // namespace kelt::optimize
