// lower/triangle.cc — keras.ops.tril, triu → SELECT_V2 by comparing rows with columns; trace → the diagonal likewise, summed.

#include "lower/arguments.h"
#include "lower/fill.h"
#include "lower/lowerings.h"
#include "lower/ops.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// Whether row + k is related to the column, for the last two axes of x.
Result<Value> where_related(Lowering& to, const Value& x, int64_t k, BuiltinOperator relation) {
  KELT_ASSIGN_OR_RETURN(const Value rows, count_up(to, x.dim(-2)));
  KELT_ASSIGN_OR_RETURN(const Value upright, reshape(to, rows, {x.dim(-2), Dim(1)}));
  KELT_ASSIGN_OR_RETURN(const Value columns, count_up(to, x.dim(-1)));
  const Value shifted = k == 0 ? upright : add(to, upright, to.constant(scalar(DType::kInt32, k)));
  return compare(to, relation, shifted, columns);
}

Result<void> lower_triangle(const graph::Node& node, Lowering& to, BuiltinOperator relation) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int64_t k = args.integer("k");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value kept, where_related(to, x, k, relation));
  if (x.dtype == DType::kBool) return to.bind(node, binary(to, BuiltinOperator::LOGICAL_AND, x, kept));
  return to.bind(node, select(to, kept, x, like(to, x, 0)));
}

}  // namespace

Result<void> lower_tril(const graph::Node& node, Lowering& to) { return lower_triangle(node, to, BuiltinOperator::GREATER_EQUAL); }
Result<void> lower_triu(const graph::Node& node, Lowering& to) { return lower_triangle(node, to, BuiltinOperator::LESS_EQUAL); }

Result<void> lower_trace(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("x");
  const int64_t offset = args.integer("offset");
  const int axis1 = args.axis("axis1", x.rank());
  const int axis2 = args.axis("axis2", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  std::vector<int> order;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axis != axis1 && axis != axis2) order.push_back(axis);
  }
  order.push_back(axis1);
  order.push_back(axis2);
  x = cast(to, transpose(to, x, order), to.declared(node.outputs[0]).dtype);
  KELT_ASSIGN_OR_RETURN(const Value kept, where_related(to, x, offset, BuiltinOperator::EQUAL));
  const Value diagonal = select(to, kept, x, like(to, x, 0));
  return to.bind(node, reduce(to, BuiltinOperator::SUM, diagonal, std::vector<int>{x.rank() - 2, x.rank() - 1}, false));
}

}  // namespace kelt::lower
