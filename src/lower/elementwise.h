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
  return to.bind(node, unary(to, code, x));
}

// keras.ops.<op>(x1, x2)
template <litert::BuiltinOperator code>
Result<void> lower_binary(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = args.tensor("x1");
  const Value x2 = args.tensor("x2");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, binary(to, code, x1, x2));
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

}  // namespace kelt::lower
