// lower/close.cc — keras.ops.isclose, allclose, isin → comparisons.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/logic.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// |x1 − x2| ≤ atol + rtol |x2|; infinities are close to themselves.
Result<Value> close(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = cast(to, args.tensor("x1"), DType::kFloat32);
  const Value x2 = cast(to, args.tensor("x2"), DType::kFloat32);
  const Value relative = args.scalar_or_tensor("rtol", DType::kFloat32);
  const Value absolute = args.scalar_or_tensor("atol", DType::kFloat32);
  const bool equal_nan = args.flag("equal_nan");
  KELT_RETURN_IF_ERROR(args.finish());
  const Value room = add(to, absolute, mul(to, relative, unary(to, BuiltinOperator::ABS, x2)));
  const Value near = compare(to, BuiltinOperator::LESS_EQUAL, unary(to, BuiltinOperator::ABS, sub(to, x1, x2)), room);
  const Value x2_is_finite = is_finite(to, x2);
  const Value finite = logical_and(to, is_finite(to, x1), x2_is_finite);
  const Value equal = compare(to, BuiltinOperator::EQUAL, x1, x2);
  const Value y = logical_or(to, logical_and(to, near, finite), equal);
  if (!equal_nan) return y;
  const Value x2_is_nan = is_nan(to, x2);
  return logical_or(to, y, logical_and(to, is_nan(to, x1), x2_is_nan));
}

}  // namespace

Result<void> lower_isclose(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Value y, close(node, to));
  return to.bind(node, y);
}

Result<void> lower_allclose(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Value each, close(node, to));
  std::vector<int> axes;
  for (int axis = 0; axis < each.rank(); ++axis) axes.push_back(axis);
  return to.bind(node, reduce(to, BuiltinOperator::REDUCE_ALL, each, axes, false));
}

// Each element against all of x2.
Result<void> lower_isin(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = args.tensor("x1");
  const std::vector<Value> given = args.tensors("x2");
  args.ignore("assume_unique");  // a hint
  const bool invert = args.flag("invert");
  KELT_RETURN_IF_ERROR(args.finish());
  std::vector<Value> parts;
  for (const Value& part : given) {
    KELT_ASSIGN_OR_RETURN(const Value row, flatten(to, part));
    parts.push_back(cast(to, row, x1.dtype));
  }
  const Value among = concatenate(to, parts, 0);
  KELT_ASSIGN_OR_RETURN(const Value each, expand_dims(to, x1, x1.rank()));
  const Value equal = compare(to, BuiltinOperator::EQUAL, each, among);
  const Value found = reduce(to, BuiltinOperator::REDUCE_ANY, equal, std::vector<int>{x1.rank()}, false);
  return to.bind(node, invert ? logical_not(to, found) : found);
}

}  // namespace kelt::lower
