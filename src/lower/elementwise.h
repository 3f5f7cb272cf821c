// lower/elementwise.h — keras.ops with one LiteRT operator each, element by element.
//
// Templates on the operator, so that lower/table.cc says in one line what becomes what.

#pragma once

#include "lower/core/arguments.h"
#include "lower/core/ops.h"

namespace kelt::lower {

// keras.ops.<op>(x)
template <litert::BuiltinOperator kCode>
Result<void> lower_unary(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, unary(to, kCode, cast(to, x, to.declared(node.outputs[0]).dtype)));
}

// keras.ops.<op>(x1, x2)
template <litert::BuiltinOperator kCode>
Result<void> lower_binary(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = args.tensor("x1");
  const Value x2 = args.tensor("x2");
  KELT_RETURN_IF_ERROR(args.finish());
  const DType dtype = to.declared(node.outputs[0]).dtype;
  const Value right = cast(to, x2, dtype);
  return to.bind(node, binary(to, kCode, cast(to, x1, dtype), right));
}

// keras.ops.<op>(x1, x2) → bool
template <litert::BuiltinOperator kCode>
Result<void> lower_comparison(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = args.tensor("x1");
  const Value x2 = args.tensor("x2");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, compare(to, kCode, x1, x2));
}

// Where a composition computes: half floats would be rounded at every step.
inline DType composed_dtype(DType dtype) { return dtype == DType::kFloat16 || dtype == DType::kBFloat16 ? DType::kFloat32 : dtype; }

// keras.ops.<op>(x) as a composition, computed in the dtype of the result if that is a float.
template <Value (*kCompose)(Lowering& to, const Value& x)>
Result<void> lower_composed(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  KELT_RETURN_IF_ERROR(args.finish());
  const DType dtype = to.declared(node.outputs[0]).dtype;
  if (!is_float(dtype)) return to.bind(node, kCompose(to, x));
  return to.bind(node, cast(to, kCompose(to, cast(to, x, composed_dtype(dtype))), dtype));
}

// keras.ops.<op>(x1, x2) likewise.
template <Value (*kCompose)(Lowering& to, const Value& x1, const Value& x2)>
Result<void> lower_composed_pair(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = args.tensor("x1");
  const Value x2 = args.tensor("x2");
  KELT_RETURN_IF_ERROR(args.finish());
  const DType dtype = to.declared(node.outputs[0]).dtype;
  if (dtype == DType::kBool) return to.bind(node, kCompose(to, x1, x2));
  const DType wide = composed_dtype(dtype);
  const Value right = cast(to, x2, wide);
  return to.bind(node, cast(to, kCompose(to, cast(to, x1, wide), right), dtype));
}

}  // namespace kelt::lower
