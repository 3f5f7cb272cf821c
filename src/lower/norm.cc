// lower/norm.cc — keras.ops.norm → sums, largest or smallest of |x|; of matrices by 2, -2 and "nuc" → of singular values.

#include <algorithm>
#include <cmath>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/linalg/singular.h"
#include "lower/logic.h"
#include "lower/lowerings.h"
#include "lower/sums.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Value vector_norm(Lowering& to, const Value& x, const std::vector<int>& axes, bool keep_dims, double order) {
  const Value size = unary(to, BuiltinOperator::ABS, x);
  if (std::isinf(order)) return reduce(to, order > 0 ? BuiltinOperator::REDUCE_MAX : BuiltinOperator::REDUCE_MIN, size, axes, keep_dims);
  if (order == 0) return sum_of(to, cast(to, truth(to, x), x.dtype), axes, keep_dims);
  if (order == 1) return sum_of(to, size, axes, keep_dims);
  if (order == 2) return unary(to, BuiltinOperator::SQRT, sum_of(to, mul(to, x, x), axes, keep_dims));
  const Value powers = binary(to, BuiltinOperator::POW, size, like(to, x, order));
  return binary(to, BuiltinOperator::POW, sum_of(to, powers, axes, keep_dims), like(to, x, 1 / order));
}

// By 1, -1 and the infinities: the largest or smallest sum of a column or a row.
Value extreme_sum(Lowering& to, const Value& x, const std::vector<int>& axes, bool keep_dims, double order) {
  const bool rows = std::isinf(order);
  const Value sums = sum_of(to, unary(to, BuiltinOperator::ABS, x), std::vector<int>{axes[rows ? 1 : 0]}, true);
  return reduce(to, order > 0 ? BuiltinOperator::REDUCE_MAX : BuiltinOperator::REDUCE_MIN, sums, axes, keep_dims);
}

Result<Value> of_singular_values(Lowering& to, const Value& x, const std::vector<int>& axes, bool keep_dims, BuiltinOperator code) {
  std::vector<int> order;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) order.push_back(axis);
  }
  order.insert(order.end(), axes.begin(), axes.end());
  KELT_ASSIGN_OR_RETURN(const Singular found, singular_values(to, transpose(to, x, order)));
  Value y = reduce(to, code, found.values, std::vector<int>{x.rank() - 2, x.rank() - 1}, false);
  if (!keep_dims) return y;
  for (const int axis : {std::min(axes[0], axes[1]), std::max(axes[0], axes[1])}) {
    KELT_ASSIGN_OR_RETURN(y, expand_dims(to, y, axis));
  }
  return y;
}

Result<Value> matrix_norm(Lowering& to, const Value& x, const std::vector<int>& axes, bool keep_dims, double order, bool nuclear) {
  const Value real = cast(to, x, DType::kFloat32);
  if (!nuclear && (std::isinf(order) || std::abs(order) == 1)) return extreme_sum(to, real, axes, keep_dims, order);
  if (!nuclear && std::abs(order) != 2)
    return reject("is no norm of matrices", "Use one of ord=None, \"nuc\", 1, -1, 2, -2 and the infinities");
  const auto code = nuclear ? BuiltinOperator::SUM : order > 0 ? BuiltinOperator::REDUCE_MAX : BuiltinOperator::REDUCE_MIN;
  return of_singular_values(to, real, axes, keep_dims, code);
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
  if (euclidean || axes.size() != 2) return to.bind(node, vector_norm(to, x, axes, keep_dims, order));
  KELT_ASSIGN_OR_RETURN(const Value y, matrix_norm(to, x, axes, keep_dims, order, word != nullptr));
  return to.bind(node, cast(to, y, x.dtype));
}

}  // namespace kelt::lower
