// optimize/connect_constants.cc — BATCH_MATMUL with a constant matrix → FULLY_CONNECTED.
//
// A lowering makes the one it sees: weights that are computed from others (merged LoRA, normalised ones) become constants
// only when they are folded.

#include "optimize/pass.h"
#include "optimize/rewriter.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;

Result<void> connect(Rewriter& in, OperatorId id) {
  litert::Operator& op = in.at(id);
  const auto* product = op.code == BuiltinOperator::BATCH_MATMUL ? op.options.AsBatchMatMulOptions() : nullptr;
  const Array* matrix = product == nullptr ? nullptr : in.constant(op.inputs[1]);
  if (matrix == nullptr || matrix->shape.size() != 2 || matrix->dtype != DType::kFloat32 || product->adj_x) return {};
  if (in.constant(op.inputs[0]) != nullptr) return {};
  const std::vector<int> swap = {1, 0};
  const Array weights = product->adj_y ? *matrix : transpose(*matrix, swap);
  const litert::TensorId constant = in.add_constant(weights, in.tensor(op.inputs[1]).name);
  in.set_input(id, 1, constant);
  op.inputs.push_back(litert::kNoTensor);
  op.code = BuiltinOperator::FULLY_CONNECTED;
  op.options = {};
  tflite::FullyConnectedOptionsT options;
  options.keep_num_dims = true;
  litert::set_options(op, std::move(options));
  in.touch();
  return {};
}

}  // namespace

Result<bool> connect_constants(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, connect); }

}  // namespace kelt::optimize
