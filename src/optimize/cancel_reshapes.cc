// optimize/cancel_reshapes.cc — RESHAPE of a RESHAPE → the last one; a RESHAPE to the shape that is there already → nothing.

#include "optimize/pass.h"
#include "optimize/rewriter.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;

bool only_moves_lengths_of_one(BuiltinOperator code) { return code == BuiltinOperator::EXPAND_DIMS || code == BuiltinOperator::SQUEEZE; }

Result<void> cancel_reshapes_at(Rewriter& in, OperatorId id) {
  const litert::Operator& op = in.at(id);
  if (op.code != BuiltinOperator::RESHAPE || op.inputs.size() < 2 || in.constant(op.inputs[1]) == nullptr) return {};
  const OperatorId producer = in.producer(op.inputs[0]);
  const bool reshaped =
      producer != kNoOperator && (in.at(producer).code == BuiltinOperator::RESHAPE || only_moves_lengths_of_one(in.at(producer).code));
  if (reshaped) in.set_input(id, 0, in.at(producer).inputs[0]);
  const litert::TensorId input = in.at(id).inputs[0];
  const litert::TensorId output = in.at(id).outputs[0];
  if (same_lengths(in.tensor(input).dims, in.tensor(output).dims) && in.replace_uses(output, input)) in.erase(id);
  return {};
}

}  // namespace

Result<bool> cancel_reshapes(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, cancel_reshapes_at); }

}  // namespace kelt::optimize
