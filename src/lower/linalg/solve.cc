// lower/linalg/solve.cc — keras.ops.linalg.solve, inv, solve_triangular → steps of elimination; det, slogdet, logdet → its pivots.
//
// Rows are not exchanged: the pivot's row is taken out by its one-hot place, and the rest follows at the end. The work is done on
// the transpose, where a place is a row and ONE_HOT makes it without a reshape.

#include "lower/linalg/solve.h"

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/linalg/lowerings.h"
#include "lower/linalg/matrix.h"
#include "lower/linalg/place.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr double kTaken = 1e37;  // above every entry: what is taken is not the largest of the rest

// The sign of the permutation, [.., 1, 1]: + for an even number of pairs in the wrong order.
Value parity(Lowering& to, const Value& places, int64_t order) {
  std::vector<float> counted, above;
  for (int64_t i = 0; i < order; ++i) counted.push_back(static_cast<float>(i));
  for (int64_t i = 0; i < order; ++i) {
    for (int64_t j = 0; j < order; ++j) above.push_back(i < j ? 1 : 0);
  }
  const Value position = sum_along(to, mul(to, places, constant_matrix(to, 1, order, counted)), -1);
  const Value wrong = cast(to, compare(to, BuiltinOperator::GREATER, position, transposed(to, position)), DType::kFloat32);
  const Value pairs = sum_along(to, sum_along(to, mul(to, wrong, constant_matrix(to, order, order, above)), -1), -2);
  const Value odd = binary(to, BuiltinOperator::FLOOR_MOD, pairs, like(to, pairs, 2));
  return sub(to, like(to, odd, 1), mul(to, odd, like(to, odd, 2)));
}

struct Determinant {
  Value pivots;  // [.., n, 1]
  Value parity;  // [.., 1, 1]
};

Result<Determinant> determinant_of(Lowering& to, const Value& x) {
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(x));
  KELT_ASSIGN_OR_RETURN(const Elimination found, eliminate(to, x, Value{}));
  return Determinant{concatenate(to, found.pivots, x.rank() - 2), parity(to, found.places, shape.rows)};
}

std::vector<int> last_two(const Value& x) { return {x.rank() - 2, x.rank() - 1}; }

struct SignAndLog {
  Value sign, log;  // [..]
};

Result<SignAndLog> sign_and_log(Lowering& to, const Value& x) {
  KELT_ASSIGN_OR_RETURN(const Determinant found, determinant_of(to, x));
  const Value product = reduce(to, BuiltinOperator::REDUCE_PROD, unary(to, BuiltinOperator::SIGN, found.pivots), last_two(x), true);
  const Value sign = reduce(to, BuiltinOperator::SUM, mul(to, product, found.parity), last_two(x), false);
  const Value logs = unary(to, BuiltinOperator::LOG, unary(to, BuiltinOperator::ABS, found.pivots));
  return SignAndLog{sign, reduce(to, BuiltinOperator::SUM, logs, last_two(x), false)};
}

}  // namespace

Result<Elimination> eliminate(Lowering& to, const Value& a, const Value& b) {
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(a));
  const int64_t order = shape.rows;
  Value work = transposed(to, a);  // [.., n + m, n]: a column an equation
  if (!b.absent()) {
    KELT_ASSIGN_OR_RETURN(const Value left, with_batch_of(to, a, b));
    KELT_ASSIGN_OR_RETURN(const Value right, with_batch_of(to, b, a));
    if (!right.dim(-1).is_static()) return reject("solves for a number of right sides that is not known", "Give it a fixed number of them");
    work = transposed(to, concatenate(to, std::vector<Value>{left, right}, left.rank() - 1));
  }
  Elimination found;
  std::vector<Value> places;
  Value taken;  // [.., 1, n]
  for (int64_t k = 0; k < order; ++k) {
    const Value row = rows_of(to, work, k, 1);
    Value sizes = unary(to, BuiltinOperator::ABS, row);
    if (!taken.absent()) sizes = sub(to, sizes, mul(to, taken, like(to, taken, kTaken)));
    const Value place = place_of_largest(to, sizes);
    const Value equation = batch_matmul(to, work, place, false, true);
    const Value pivot = rows_of(to, equation, k, 1);
    // A determinant of 0 is no NaN; a system without a solution is.
    const Value divisor = b.absent() ? or_one(to, pivot) : pivot;
    const Value others = sub(to, row, place);
    work = sub(to, work, mul(to, div(to, equation, divisor), others));
    taken = taken.absent() ? place : add(to, taken, place);
    places.push_back(place);
    found.pivots.push_back(pivot);
  }
  found.places = concatenate(to, places, work.rank() - 2);
  if (!b.absent()) {
    const Value right = rows_of(to, work, order, *work.dim(-2).value() - order);
    found.solution = transposed(to, batch_matmul(to, right, found.places, false, true));
  }
  return found;
}

Result<Value> solve(Lowering& to, const Value& a, const Value& b) {
  KELT_ASSIGN_OR_RETURN(const Elimination found, eliminate(to, a, b));
  return found.solution;
}

Result<Value> solve_triangular(Lowering& to, const Value& a, const Value& b, bool lower) {
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(a));
  const int64_t order = shape.rows;
  std::vector<Value> rows(static_cast<size_t>(order));
  Value rest = b;
  for (int64_t step = 0; step < order; ++step) {
    // What is left are the rows below (or above) the one that is solved.
    const int64_t k = lower ? step : order - 1 - step;
    const int64_t left = order - 1 - step;
    const Value pivot = block_of(to, a, {.row = k, .rows = 1, .column = k, .columns = 1});
    if (!rest.dim(-1).is_static()) return reject("solves for a number of right sides that is not known", "Give it a fixed number of them");
    const Value solved = div(to, rows_of(to, rest, lower ? 0 : left, 1), pivot);
    rows[static_cast<size_t>(k)] = solved;
    if (left == 0) break;
    const Value column = block_of(to, a, {.row = lower ? k + 1 : 0, .rows = left, .column = k, .columns = 1});
    const Value product = mul(to, column, solved);
    rest = sub(to, rows_of(to, rest, lower ? 1 : 0, left), product);
  }
  return concatenate(to, rows, rows[0].rank() - 2);
}

namespace {

// A vector on the right is a matrix of one column.
template <typename Solve>
Result<void> lower_system(const graph::Node& node, Lowering& to, const Value& a, const Value& b, const Solve& solve_matrix) {
  const Value matrix = cast(to, a, DType::kFloat32);
  Value right = cast(to, b, DType::kFloat32);
  const bool vector = b.rank() == a.rank() - 1;
  if (vector) {
    KELT_ASSIGN_OR_RETURN(right, expand_dims(to, right, right.rank()));
  }
  KELT_ASSIGN_OR_RETURN(Value y, solve_matrix(matrix, right));
  if (vector) {
    KELT_ASSIGN_OR_RETURN(y, squeeze(to, y, std::vector<int>{y.rank() - 1}));
  }
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace

Result<void> lower_solve(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value a = args.tensor("a");
  const Value b = args.tensor("b");
  KELT_RETURN_IF_ERROR(args.finish());
  return lower_system(node, to, a, b, [&](const Value& matrix, const Value& right) { return solve(to, matrix, right); });
}

Result<void> lower_solve_triangular(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value a = args.tensor("a");
  const Value b = args.tensor("b");
  const bool lower = args.flag("lower");
  KELT_RETURN_IF_ERROR(args.finish());
  return lower_system(node, to, a, b, [&](const Value& matrix, const Value& right) { return solve_triangular(to, matrix, right, lower); });
}

Result<void> lower_inv(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(x));
  KELT_ASSIGN_OR_RETURN(const Value y, solve(to, x, unit_matrix(to, shape.rows, shape.columns)));
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

Result<void> lower_det(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Determinant found, determinant_of(to, x));
  const Value product = reduce(to, BuiltinOperator::REDUCE_PROD, found.pivots, std::vector<int>{x.rank() - 2}, true);
  const Value y = reduce(to, BuiltinOperator::SUM, mul(to, product, found.parity), last_two(x), false);
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

Result<void> lower_slogdet(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const SignAndLog found, sign_and_log(to, x));
  KELT_RETURN_IF_ERROR(to.bind(node, cast(to, found.sign, to.declared(node.outputs[0]).dtype), 0));
  return to.bind(node, cast(to, found.log, to.declared(node.outputs[1]).dtype), 1);
}

Result<void> lower_logdet(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const SignAndLog found, sign_and_log(to, x));
  return to.bind(node, cast(to, found.log, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
