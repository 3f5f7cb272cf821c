// optimize/cast_late.cc — RESHAPE(CAST(x)) of integers → CAST(RESHAPE(x)), for the comparisons and the BROADCAST_TO that read it.
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
  std::vector<OperatorId> readers = in.consumers(reshaped);
  const size_t all = readers.size();
  std::erase_if(readers, [&](OperatorId reader) { return !is_left_by_xnnpack(in.at(reader).code); });
  if (readers.empty()) return {};

  litert::Tensor column = in.tensor(reshaped);
  column.source.reset();
  column.name += "/late";
  litert::Operator late = in.at(cast);
  late.outputs[0] = in.add_tensor(column);
  column.name += "/integers";
  column.type = TensorType::INT32;
  litert::Operator early = in.at(id);
  early.inputs[0] = integers;
  early.outputs[0] = late.inputs[0] = in.add_tensor(std::move(column));
  for (const OperatorId reader : readers) {
    for (size_t index = 0; index < in.at(reader).inputs.size(); ++index) {
      if (in.at(reader).inputs[index] == reshaped) in.set_input(reader, index, late.outputs[0]);
    }
  }
  in.insert_after(id, std::move(early));
  in.insert_after(id, std::move(late));
  if (readers.size() == all) in.erase(id);
  return {};
}

}  // namespace

Result<bool> cast_late(litert::Model& model, const Options& /*options*/) { return rewrite_operators(model, cast_late_at); }

}  // namespace kelt::optimize
