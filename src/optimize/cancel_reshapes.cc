// optimize/cancel_reshapes.cc — RESHAPE of a RESHAPE → the last one; a RESHAPE to the shape that is there already → nothing.
//
// A SUM that drops an axis of length 1 and a product with [[[[1]]]] that leads with one stand for reshapes where two lengths are
// unknown. Together they move the axis: a TRANSPOSE. (XNNPACK as TensorFlow 2.21 has it keeps the axis of such a SUM for what follows
// in the partition, so that the product has other dims there.)

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

bool is_one(const Array* constant) {
  if (constant == nullptr || constant->dtype != DType::kFloat32 || constant->shape != Shape{1, 1, 1, 1}) return false;
  const auto value = read_as<float>(*constant);
  return value.ok() && value->front() == 1.0F;
}

// Whether it takes [n, 1, w, c] to [n, w, c].
bool drops_height(Rewriter& in, OperatorId id) {
  const litert::Operator& op = in.at(id);
  const auto* options = op.options.AsReducerOptions();
  const std::vector<Dim>& dims = in.tensor(op.inputs[0]).dims;
  if (options == nullptr || options->keep_dims || dims.size() != 4 || dims[1] != Dim(1)) return false;
  const Array* axes = in.constant(op.inputs[1]);
  const auto dropped = axes == nullptr ? Result<std::vector<int64_t>>(std::vector<int64_t>{}) : read_as<int64_t>(*axes);
  return dropped.ok() && *dropped == std::vector<int64_t>{1};
}

Result<void> move_height_at(Rewriter& in, OperatorId id) {
  const litert::Operator& op = in.at(id);
  const auto* options = op.options.AsMulOptions();
  if (op.code != BuiltinOperator::MUL || options == nullptr || options->fused_activation_function != tflite::ActivationFunctionType::NONE)
    return {};
  if (!is_one(in.constant(op.inputs[1]))) return {};
  const OperatorId drop = in.producer(op.inputs[0], BuiltinOperator::SUM);
  if (drop == kNoOperator || !drops_height(in, drop)) return {};
  const litert::TensorId image = in.at(drop).inputs[0];
  const std::string path = op.path;
  litert::Operator move{.code = BuiltinOperator::TRANSPOSE,
                        .inputs = {image, in.add_constant(array_from<int32_t>({4}, std::vector<int32_t>{1, 0, 2, 3}), path)},
                        .outputs = op.outputs,
                        .path = path};
  litert::set_options(move, tflite::TransposeOptionsT{});
  in.erase(id);
  in.insert_after(id, std::move(move));
  return {};
}

Result<void> cancel_at(Rewriter& in, OperatorId id) {
  if (in.at(id).code == BuiltinOperator::MUL) return move_height_at(in, id);
  return cancel_reshapes_at(in, id);
}

}  // namespace

Result<bool> cancel_reshapes(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, cancel_at); }

}  // namespace kelt::optimize
