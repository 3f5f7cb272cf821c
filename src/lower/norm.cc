// lower/norm.cc — keras.ops.norm of vectors, and of matrices as the root of all squares → sums, largest or smallest of |x|.

#include <cmath>

#include "lower/arguments.h"
#include "lower/logic.h"
#include "lower/lowerings.h"
#include "lower/ops.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Value vector_norm(Lowering& to, const Value& x, const std::vector<int>& axes, bool keep_dims, double order) {
  const Value size = unary(to, BuiltinOperator::ABS, x);
  if (std::isinf(order)) return reduce(to, order > 0 ? BuiltinOperator::REDUCE_MAX : BuiltinOperator::REDUCE_MIN, size, axes, keep_dims);
  if (order == 0) return reduce(to, BuiltinOperator::SUM, cast(to, truth(to, x), x.dtype), axes, keep_dims);
  if (order == 1) return reduce(to, BuiltinOperator::SUM, size, axes, keep_dims);
  if (order == 2) return unary(to, BuiltinOperator::SQRT, reduce(to, BuiltinOperator::SUM, mul(to, x, x), axes, keep_dims));
  const Value powers = binary(to, BuiltinOperator::POW, size, like(to, x, order));
  return binary(to, BuiltinOperator::POW, reduce(to, BuiltinOperator::SUM, powers, axes, keep_dims), like(to, x, 1 / order));
}

}  // namespace

Result<void> lower_norm(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), to.declared(node.outputs[0]).dtype);
  const std::vector<int> axes = args.axes("axis", x.rank());
  const bool keep_dims = args.flag("keepdims");
  const graph::Attribute* given = args.raw("ord");
  const auto* word = given == nullptr ? nullptr : std::get_if<std::string>(&given->value);
  const bool euclidean = given == nullptr || std::holds_alternative<graph::None>(given->value) || (word != nullptr && *word == "fro");
  const double order = euclidean ? 2 : word != nullptr ? 0 : args.number("ord");
  KELT_RETURN_IF_ERROR(args.finish());
  if (!euclidean && (word != nullptr || axes.size() > 1)) {
    return refuse("is a norm of matrices other than the root of all squares", "Use ord=None, or the norm of one axis");
  }
  return to.bind(node, vector_norm(to, x, axes, keep_dims, order));
}

}  // namespace kelt::lower
