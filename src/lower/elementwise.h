// lower/elementwise.h — keras.ops with one LiteRT operator each, element by element.
//
// Templates on the operator, so that lower/table.cc says in one line what becomes what.

#pragma once

#include "lower/arguments.h"
#include "lower/ops.h"

namespace kelt::lower {

// keras.ops.<op>(x)
template <litert::BuiltinOperator code>
Result<void> lower_unary(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, unary(to, code, cast(to, x, to.declared(node.outputs[0]).dtype)));
}

// keras.ops.<op>(x1, x2)
template <litert::BuiltinOperator code>
Result<void> lower_binary(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = args.tensor("x1");
  const Value x2 = args.tensor("x2");
  KELT_RETURN_IF_ERROR(args.finish());
  const DType dtype = to.declared(node.outputs[0]).dtype;
  return to.bind(node, binary(to, code, cast(to, x1, dtype), cast(to, x2, dtype)));
}

// keras.ops.<op>(x1, x2) → bool
template <litert::BuiltinOperator code>
Result<void> lower_comparison(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = args.tensor("x1");
  const Value x2 = args.tensor("x2");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, compare(to, code, x1, x2));
}

// keras.ops.<op>(x) as a composition, computed in the dtype of the result if that is a float.
template <Value (*compose)(Lowering& to, const Value& x)>
Result<void> lower_composed(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  KELT_RETURN_IF_ERROR(args.finish());
  const DType dtype = to.declared(node.outputs[0]).dtype;
  return to.bind(node, compose(to, is_float(dtype) ? cast(to, x, dtype) : x));
}

// keras.ops.<op>(x1, x2) likewise.
template <Value (*compose)(Lowering& to, const Value& x1, const Value& x2)>
Result<void> lower_composed_pair(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = args.tensor("x1");
  const Value x2 = args.tensor("x2");
  KELT_RETURN_IF_ERROR(args.finish());
  const DType dtype = to.declared(node.outputs[0]).dtype;
  if (dtype == DType::kBool) return to.bind(node, compose(to, x1, x2));
  return to.bind(node, compose(to, cast(to, x1, dtype), cast(to, x2, dtype)));
}

}  // namespace kelt::lower
