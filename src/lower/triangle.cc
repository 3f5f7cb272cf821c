// lower/triangle.cc — keras.ops.tril, triu → SELECT_V2 by comparing rows with columns; trace → the diagonal likewise, summed;
// diag, diagflat of a row → SELECT_V2 likewise; diagonal, diag of a matrix → GATHER.

#include "lower/triangle.h"

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/fill.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Result<void> lower_triangle(const graph::Node& node, Lowering& to, BuiltinOperator relation) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int64_t k = args.integer("k");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value kept, where_related(to, x.dim(-2), x.dim(-1), k, relation));
  if (x.dtype == DType::kBool) return to.bind(node, binary(to, BuiltinOperator::LOGICAL_AND, x, kept));
  return to.bind(node, select(to, kept, x, like(to, x, 0)));
}

// start, start + step, …: `count` of them, in int32.
Result<Value> steps_from(Lowering& to, const Dim& start, const Dim& step, const Dim& count) {
  if (start.is_static() && step.is_static() && count.is_static()) {
    std::vector<int32_t> numbers;
    for (int64_t index = 0; index < *count.value(); ++index) numbers.push_back(clamp_int32(*start.value() + index * *step.value()));
    return to.ints(numbers);
  }
  KELT_ASSIGN_OR_RETURN(const Value numbers, count_up(to, count));
  KELT_ASSIGN_OR_RETURN(const Value stride, to.dim_value(step));
  KELT_ASSIGN_OR_RETURN(const Value first, to.dim_value(start));
  return add(to, mul(to, numbers, stride), first);
}

// A square matrix with `row` as its diagonal k, and zeros.
Result<Value> matrix_of(Lowering& to, const Value& row, int64_t k) {
  const int64_t shift = std::abs(k);
  const Dim size = row.dims[0] + Dim(shift);
  // Above the main diagonal a row has its own element, below it a column.
  const Value padded = pad(to, row, std::vector<Padding>{{.before = 0, .after = shift}});
  KELT_ASSIGN_OR_RETURN(const Value lined, reshape(to, padded, k >= 0 ? Dims{size, Dim(1)} : Dims{Dim(1), size}));
  KELT_ASSIGN_OR_RETURN(const Value kept, where_related(to, size, size, k, BuiltinOperator::EQUAL));
  if (row.dtype == DType::kBool) return binary(to, BuiltinOperator::LOGICAL_AND, lined, kept);
  return select(to, kept, lined, like(to, lined, 0));
}

// All axes but two, then those.
Value with_last(Lowering& to, const Value& x, int axis1, int axis2) {
  std::vector<int> order;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axis != axis1 && axis != axis2) order.push_back(axis);
  }
  order.push_back(axis1);
  order.push_back(axis2);
  return transpose(to, x, order);
}

}  // namespace

Result<Value> where_related(Lowering& to, const Dim& rows, const Dim& columns, int64_t k, BuiltinOperator relation) {
  KELT_ASSIGN_OR_RETURN(const Value row, count_up(to, rows));
  KELT_ASSIGN_OR_RETURN(const Value upright, reshape(to, row, {rows, Dim(1)}));
  KELT_ASSIGN_OR_RETURN(const Value column, count_up(to, columns));
  const Value shifted = k == 0 ? upright : add(to, upright, to.constant(scalar(DType::kInt32, k)));
  return compare(to, relation, shifted, column);
}

// The matrix as a row: its diagonal lies there a step of columns + 1 apart.
Result<Value> diagonal(Lowering& to, const Value& x, int64_t offset) {
  const Dim& rows = x.dim(-2);
  const Dim& columns = x.dim(-1);
  const Dim length = Dim::max(Dim(0), offset >= 0 ? Dim::min(rows, columns - Dim(offset)) : Dim::min(rows + Dim(offset), columns));
  const Dim first = offset >= 0 ? Dim(offset) : columns * Dim(-offset);
  KELT_ASSIGN_OR_RETURN(const Value places, steps_from(to, first, columns + Dim(1), length));
  Dims dims(x.dims.begin(), x.dims.end() - 2);
  dims.push_back(rows * columns);
  KELT_ASSIGN_OR_RETURN(const Value row, reshape(to, x, dims));
  return gather(to, row, places, x.rank() - 2);
}

Result<void> lower_diagonal(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int64_t offset = args.integer("offset");
  const int axis1 = args.axis("axis1", x.rank());
  const int axis2 = args.axis("axis2", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y, diagonal(to, with_last(to, x, axis1, axis2), offset));
  return to.bind(node, y);
}

// The diagonal of a matrix, or the matrix of a diagonal.
Result<void> lower_diag(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int64_t k = args.integer("k");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y, x.rank() == 1 ? matrix_of(to, x, k) : diagonal(to, x, k));
  return to.bind(node, y);
}

Result<void> lower_diagflat(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int64_t k = args.integer("k");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value row, flatten(to, x));
  KELT_ASSIGN_OR_RETURN(const Value y, matrix_of(to, row, k));
  return to.bind(node, y);
}

Result<void> lower_tril(const graph::Node& node, Lowering& to) { return lower_triangle(node, to, BuiltinOperator::GREATER_EQUAL); }
Result<void> lower_triu(const graph::Node& node, Lowering& to) { return lower_triangle(node, to, BuiltinOperator::LESS_EQUAL); }

Result<void> lower_trace(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("x");
  const int64_t offset = args.integer("offset");
  const int axis1 = args.axis("axis1", x.rank());
  const int axis2 = args.axis("axis2", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  x = cast(to, with_last(to, x, axis1, axis2), to.declared(node.outputs[0]).dtype);
  KELT_ASSIGN_OR_RETURN(const Value kept, where_related(to, x.dim(-2), x.dim(-1), offset, BuiltinOperator::EQUAL));
  const Value diagonal = select(to, kept, x, like(to, x, 0));
  return to.bind(node, reduce(to, BuiltinOperator::SUM, diagonal, std::vector<int>{x.rank() - 2, x.rank() - 1}, false));
}

}  // namespace kelt::lower
