// optimize/cast_late.cc — RESHAPE(CAST(x)) of integers → CAST(RESHAPE(x)), where only comparisons and BROADCAST_TO read it.
//
// A causal mask compares positions as floats, one of the two as a column. XNNPACK takes the RESHAPE of floats, and leaves the comparison
// behind it: a partition of one operator, and the mask comes after the first layer has begun.

#include <algorithm>

#include "optimize/pass.h"
#include "optimize/rewriter.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;
using litert::TensorType;

bool is_left_by_xnnpack(BuiltinOperator code) {
  return code == BuiltinOperator::BROADCAST_TO || code == BuiltinOperator::GREATER || code == BuiltinOperator::GREATER_EQUAL ||
         code == BuiltinOperator::LESS || code == BuiltinOperator::LESS_EQUAL || code == BuiltinOperator::EQUAL ||
         code == BuiltinOperator::NOT_EQUAL;
}

Result<void> cast_late_at(Rewriter& in, OperatorId id) {
  if (in.at(id).code != BuiltinOperator::RESHAPE) return {};
  const TensorId reshaped = in.at(id).outputs[0];
  const OperatorId cast = in.producer(in.at(id).inputs[0], BuiltinOperator::CAST);
  if (cast == kNoOperator || in.tensor(reshaped).type != TensorType::FLOAT32 || in.is_output(reshaped)) return {};
  const TensorId integers = in.at(cast).inputs[0];
  if (in.tensor(integers).type != TensorType::INT32) return {};
  const auto& readers = in.consumers(reshaped);
  if (readers.empty() || !std::ranges::all_of(readers, [&](OperatorId reader) { return is_left_by_xnnpack(in.at(reader).code); }))
    return {};

  litert::Tensor column;
  column.name = in.tensor(reshaped).name + "/integers";
  column.type = TensorType::INT32;
  column.dims = in.tensor(reshaped).dims;
  litert::Operator late = in.at(cast);
  in.set_input(id, 0, integers);
  in.set_output(id, in.add_tensor(std::move(column)));
  late.inputs[0] = in.at(id).outputs[0];
  late.outputs[0] = reshaped;
  in.insert_after(id, std::move(late));
  return {};
}

}  // namespace

Result<bool> cast_late(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, cast_late_at); }

}  // namespace kelt::optimize
