// lower/where.cc — keras.ops.where, select → SELECT_V2; clip → MAXIMUM, MINIMUM.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/logic.h"
#include "lower/lowerings.h"

namespace kelt::lower {

Result<void> lower_where(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const DType dtype = to.declared(node.outputs[0]).dtype;
  const Value condition = args.scalar_or_tensor("condition", DType::kBool);
  const auto x1 = args.optional_scalar_or_tensor("x1", dtype);
  const auto x2 = args.optional_scalar_or_tensor("x2", dtype);
  KELT_RETURN_IF_ERROR(args.finish());
  if (!x1 || !x2)
    return reject("finds the places that are true, whose number is not known", "Give keras.ops.where both values to choose from");
  return to.bind(node, select(to, condition, *x1, *x2));
}

// The first condition that holds chooses, so the last is applied first.
Result<void> lower_select(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const DType dtype = to.declared(node.outputs[0]).dtype;
  const std::vector<Value> conditions = args.tensors("condlist");
  const std::vector<Value> choices = args.tensors("choicelist");
  Value result = args.scalar_or_tensor("default", dtype);
  KELT_RETURN_IF_ERROR(args.finish());
  if (conditions.size() != choices.size()) return reject("has another number of conditions than of choices");
  for (size_t index = conditions.size(); index-- > 0;) {
    const Value choice = cast(to, choices[index], dtype);
    result = select(to, truth(to, conditions[index]), choice, result);
  }
  return to.bind(node, result);
}

Result<void> lower_clip(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const DType dtype = to.declared(node.outputs[0]).dtype;
  const Value x = cast(to, args.tensor("x"), dtype);
  const Value low = args.scalar_or_tensor("x_min", dtype);
  const Value high = args.scalar_or_tensor("x_max", dtype);
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, clip(to, x, low, high));
}

}  // namespace kelt::lower
