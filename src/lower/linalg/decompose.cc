// lower/linalg/decompose.cc — keras.ops.linalg.cholesky, cholesky_inverse, lu_factor, qr → their steps, unrolled.
//
// The signs are LAPACK's, which all backends call: a reflection of qr turns a column against the sign of its first entry.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/linalg/lowerings.h"
#include "lower/linalg/matrix.h"
#include "lower/linalg/place.h"
#include "lower/linalg/solve.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// A row of [1, count]: `inside` at `begin` and behind, `outside` before.
Value step_row(Lowering& to, int64_t count, int64_t begin, float outside, float inside) {
  std::vector<float> entries(static_cast<size_t>(count), outside);
  for (int64_t i = begin; i < count; ++i) entries[static_cast<size_t>(i)] = inside;
  return constant_matrix(to, 1, count, entries);
}

// The lower factor, column by column; what is left loses the product of each.
Result<Value> cholesky(Lowering& to, const Value& x) {
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(x));
  std::vector<Value> columns;
  Value rest = x;
  for (int64_t k = 0; k < shape.rows; ++k) {
    const int64_t left = shape.rows - 1 - k;
    const Value root = unary(to, BuiltinOperator::SQRT, block_of(to, rest, {0, 1, 0, 1}));
    const Value column = div(to, columns_of(to, rest, 0, 1), root);
    columns.push_back(moved(to, column, k, 0));
    if (left == 0) break;
    const Value below = rows_of(to, column, 1, left);
    const Value product = batch_matmul(to, below, below, false, true);
    rest = sub(to, block_of(to, rest, {1, left, 1, left}), product);
  }
  return concatenate(to, columns, x.rank() - 1);
}

struct LuFactors {
  Value factors, exchanges;
};

// On the transpose, [.., n, m]: a column is a row of the matrix.
Result<LuFactors> lu(Lowering& to, const Value& x) {
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(x));
  Value work = transposed(to, x);
  std::vector<Value> exchanges;
  for (int64_t k = 0; k < std::min(shape.rows, shape.columns); ++k) {
    const Value sizes = unary(to, BuiltinOperator::ABS, rows_of(to, work, k, 1));
    const Value index = index_of_largest(to, k == 0 ? sizes : sub(to, sizes, step_row(to, shape.rows, k, 1e37F, 0)));
    exchanges.push_back(index);
    const Value place = one_hot_row(to, index, shape.rows);
    std::vector<float> here(static_cast<size_t>(shape.rows), 0.0F);
    here[static_cast<size_t>(k)] = 1;
    const Value apart = sub(to, constant_matrix(to, 1, shape.rows, here), place);  // zeros, if nothing is exchanged
    work = sub(to, work, mul(to, batch_matmul(to, work, apart, false, true), apart));
    if (k + 1 == shape.rows) break;
    const Value row = rows_of(to, work, k, 1);
    const Value below = mul(to, row, step_row(to, shape.rows, k + 1, 0, 1));
    const Value factors = div(to, below, or_one(to, columns_of(to, row, k, 1)));  // no pivot: nothing below either
    // Row k loses what it holds beyond its factors; the others lose theirs times the pivot's row.
    std::vector<float> behind(static_cast<size_t>(shape.columns), 0.0F), own(static_cast<size_t>(shape.columns), 0.0F);
    for (int64_t i = k + 1; i < shape.columns; ++i) behind[static_cast<size_t>(i)] = 1;
    own[static_cast<size_t>(k)] = 1;
    const Value pivot_row = mul(to, columns_of(to, work, k, 1), constant_matrix(to, shape.columns, 1, behind));
    work = sub(to, work, mul(to, pivot_row, factors));
    work = sub(to, work, mul(to, constant_matrix(to, shape.columns, 1, own), sub(to, below, factors)));
  }
  return LuFactors{transposed(to, work), concatenate(to, exchanges, exchanges[0].rank() - 1)};
}

// v [.., m, 1] with a first entry of 1, and the factor of the reflection 1 - factor v vᵀ.
struct Reflection {
  Value vector, factor;
};

// Turns the column into its first entry; none where nothing stands below that.
Reflection reflection_of(Lowering& to, const Value& column, int64_t length) {
  const Value head = rows_of(to, column, 0, 1);
  const Value tail = rows_of(to, column, 1, length - 1);
  const Value rest = sum_along(to, mul(to, tail, tail), -2);
  const Value none = compare(to, BuiltinOperator::EQUAL, rest, like(to, rest, 0));
  const Value size = unary(to, BuiltinOperator::SQRT, add(to, mul(to, head, head), rest));
  const Value negative = compare(to, BuiltinOperator::LESS, head, like(to, head, 0));
  const Value target = select(to, negative, size, unary(to, BuiltinOperator::NEG, size));
  const Value one = like(to, head, 1);
  const Value distance = sub(to, head, target);
  const Value vector =
      concatenate(to, std::vector<Value>{add(to, mul(to, head, like(to, head, 0)), one), div(to, tail, select(to, none, one, distance))},
                  column.rank() - 2);
  const Value divisor = select(to, none, one, target);
  const Value factor = div(to, unary(to, BuiltinOperator::NEG, distance), divisor);
  return {vector, select(to, none, like(to, head, 0), factor)};
}

// x - factor v (vᵀ x)
Value reflected(Lowering& to, const Value& x, const Reflection& reflection) {
  const Value projected = batch_matmul(to, reflection.vector, x, true, false);
  return sub(to, x, mul(to, mul(to, reflection.vector, reflection.factor), projected));
}

}  // namespace

Result<void> lower_cholesky(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  const bool upper = args.flag("upper");
  KELT_RETURN_IF_ERROR(args.finish());
  // Both halves count alike, as on jax.
  const Value even = mul(to, add(to, x, transposed(to, x)), like(to, x, 0.5));
  KELT_ASSIGN_OR_RETURN(const Value factor, cholesky(to, even));
  return to.bind(node, cast(to, upper ? transposed(to, factor) : factor, to.declared(node.outputs[0]).dtype));
}

// The inverse of the matrix whose factor x is.
Result<void> lower_cholesky_inverse(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  const bool upper = args.flag("upper");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(x));
  KELT_ASSIGN_OR_RETURN(const Value unit, with_batch_of(to, unit_matrix(to, shape.rows, shape.rows), x));
  KELT_ASSIGN_OR_RETURN(const Value inverse, solve_triangular(to, x, unit, !upper));
  return to.bind(node, cast(to, batch_matmul(to, inverse, inverse, !upper, upper), to.declared(node.outputs[0]).dtype));
}

Result<void> lower_lu_factor(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const LuFactors found, lu(to, x));
  KELT_RETURN_IF_ERROR(to.bind(node, cast(to, found.factors, to.declared(node.outputs[0]).dtype), 0));
  return to.bind(node, cast(to, found.exchanges, to.declared(node.outputs[1]).dtype), 1);
}

Result<void> lower_qr(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  const bool complete = args.text("mode") == "complete";
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(x));
  const auto [rows, columns] = shape;
  const int64_t steps = std::min(rows, columns);
  std::vector<Reflection> reflections;
  std::vector<Value> upper;
  Value rest = x;
  for (int64_t k = 0; k < steps; ++k) {
    if (k + 1 < rows) {
      reflections.push_back(reflection_of(to, columns_of(to, rest, 0, 1), rows - k));
      rest = reflected(to, rest, reflections.back());
    }
    upper.push_back(moved(to, rows_of(to, rest, 0, 1), 0, k));
    if (k + 1 < steps) rest = block_of(to, rest, {1, rows - k - 1, 1, columns - k - 1});
  }
  const int64_t width = complete ? rows : steps;
  if (complete && rows > columns) {
    const Value zeros = mul(to, x, like(to, x, 0));
    upper.push_back(rows_of(to, zeros, 0, rows - columns));
  }
  KELT_ASSIGN_OR_RETURN(Value q, with_batch_of(to, unit_matrix(to, rows, width), x));
  for (int64_t k = static_cast<int64_t>(reflections.size()) - 1; k >= 0; --k) {
    const Reflection& step = reflections[static_cast<size_t>(k)];
    q = reflected(to, q, {moved(to, step.vector, k, 0), step.factor});
  }
  KELT_RETURN_IF_ERROR(to.bind(node, cast(to, q, to.declared(node.outputs[0]).dtype), 0));
  return to.bind(node, cast(to, concatenate(to, upper, x.rank() - 2), to.declared(node.outputs[1]).dtype), 1);
}

}  // namespace kelt::lower
