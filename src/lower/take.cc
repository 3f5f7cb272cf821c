// lower/take.cc — keras.ops.take, take_along_axis → GATHER.
//
// GATHER takes indices of any rank; EMBEDDING_LOOKUP, which takes vectors only, would need a computed shape around it.

#include "lower/take.h"

#include <algorithm>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

bool counts_from_zero(BuiltinOperator code) {
  return code == BuiltinOperator::RANGE || code == BuiltinOperator::ARG_MAX || code == BuiltinOperator::ARG_MIN ||
         code == BuiltinOperator::TOPK_V2;
}

bool never_negative(Lowering& to, const Value& indices) {
  if (const auto constant = to.constant_of(indices)) {
    const auto numbers = read_as<int64_t>(*constant);
    return numbers.ok() && std::all_of(numbers->begin(), numbers->end(), [](int64_t number) { return number >= 0; });
  }
  const auto& operators = to.subgraph().operators;
  const auto maker = std::find_if(operators.rbegin(), operators.rend(), [&](const litert::Operator& op) {
    return std::find(op.outputs.begin(), op.outputs.end(), indices.id) != op.outputs.end();
  });
  return maker != operators.rend() && counts_from_zero(maker->code);
}

}  // namespace

Result<Value> from_the_front(Lowering& to, const Value& indices, const Dim& length) {
  const bool is_unsigned = indices.dtype == DType::kUInt8 || indices.dtype == DType::kUInt16 || indices.dtype == DType::kBool;
  const Value numbers = indices.dtype == DType::kInt64 ? indices : cast(to, indices, DType::kInt32);
  if (is_unsigned || never_negative(to, numbers)) return numbers;
  KELT_ASSIGN_OR_RETURN(const Value count, to.dim_value(length));
  const Value wrapped = binary(to, BuiltinOperator::FLOOR_MOD, numbers, cast(to, count, numbers.dtype));
  return binary(to, BuiltinOperator::MAXIMUM, numbers, wrapped);
}

Result<void> lower_take(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("x");
  const Value indices = args.scalar_or_tensor("indices", DType::kInt32);
  const bool flat = !args.optional_integer("axis").has_value();
  const int axis = flat ? 0 : args.axis("axis", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  if (flat) {
    KELT_ASSIGN_OR_RETURN(x, flatten(to, x));
  }
  KELT_ASSIGN_OR_RETURN(const Value places, from_the_front(to, indices, x.dims[axis]));
  return to.bind(node, gather(to, x, places, axis));
}

Result<void> lower_take_along_axis(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("x");
  Value indices = args.tensor("indices");
  const bool flat = !args.optional_integer("axis").has_value();
  const int axis = flat ? 0 : args.axis("axis", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  if (flat) {
    KELT_ASSIGN_OR_RETURN(x, flatten(to, x));
    KELT_ASSIGN_OR_RETURN(indices, flatten(to, indices));
  }
  KELT_ASSIGN_OR_RETURN(Value places, from_the_front(to, indices, x.dims[axis]));
  // With the axis last, all others are batch axes of the GATHER; they must be of equal length.
  std::vector<int> order;
  Dims x_dims, index_dims;
  for (int other = 0; other < x.rank(); ++other) {
    const bool broadcasts = !same_length(x.dims[other], places.dims[other]);
    x_dims.push_back(other != axis && broadcasts && x.dims[other] == Dim(1) ? places.dims[other] : x.dims[other]);
    index_dims.push_back(other != axis && broadcasts && places.dims[other] == Dim(1) ? x.dims[other] : places.dims[other]);
    if (other != axis) order.push_back(other);
  }
  KELT_ASSIGN_OR_RETURN(x, broadcast_to(to, x, x_dims));
  KELT_ASSIGN_OR_RETURN(places, broadcast_to(to, places, index_dims));
  order.push_back(axis);
  const Value moved_places = transpose(to, places, order);
  const Value gathered = gather(to, transpose(to, x, order), moved_places, x.rank() - 1, x.rank() - 1);
  std::vector<int> back(order.size());
  for (size_t place = 0; place < order.size(); ++place) back[order[place]] = static_cast<int>(place);
  return to.bind(node, transpose(to, gathered, back));
}

}  // namespace kelt::lower
