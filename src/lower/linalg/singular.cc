// One-sided: pairs of columns of x are turned until every pair stands at right angles; then their lengths are the singular values.
// A round turns half as many pairs as there are columns, all at once; between rounds the columns move on like the players of a
// tournament, so that every round is the same and a WHILE of one round does for any size. It takes no longer than LAPACK's to
// float32 accuracy: ten sweeps, where six or seven are needed.

#include "lower/linalg/singular.h"

#include "lower/control/nested.h"
#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/linalg/matrix.h"
#include "lower/linalg/place.h"
#include "lower/sort.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr int64_t kSweeps = 10;

struct Pairs {
  Value first, second;  // [.., h, width]
};

// Turns row i of the one against row i of the other until their first `length` elements are at right angles.
Pairs turned(Lowering& to, const Pairs& pairs, int64_t length) {
  const auto inner = [&](const Value& a, const Value& b) {
    const Value right = columns_of(to, b, 0, length);
    return sum_along(to, mul(to, columns_of(to, a, 0, length), right), -1);
  };
  const Value product = inner(pairs.first, pairs.second);
  const Value first_square = inner(pairs.first, pairs.first);
  const Value apart = sub(to, inner(pairs.second, pairs.second), first_square);
  const Value twice = add(to, product, product);
  const Value twice_squared = mul(to, twice, twice);
  const Value root = unary(to, BuiltinOperator::SQRT, add(to, mul(to, apart, apart), twice_squared));
  const Value size = add(to, add(to, unary(to, BuiltinOperator::ABS, apart), root), like(to, root, 1e-37));
  const Value negative = compare(to, BuiltinOperator::LESS, apart, like(to, apart, 0));
  const Value tangent = div(to, select(to, negative, unary(to, BuiltinOperator::NEG, twice), twice), size);
  const Value cosine = unary(to, BuiltinOperator::RSQRT, add(to, mul(to, tangent, tangent), like(to, tangent, 1)));
  const Value sine = mul(to, cosine, tangent);
  const Value second_sine = mul(to, sine, pairs.second);
  const Value first = sub(to, mul(to, cosine, pairs.first), second_sine);
  const Value second_cosine = mul(to, cosine, pairs.second);
  return {first, add(to, mul(to, sine, pairs.first), second_cosine)};
}

// The next round's pairs, first ones above second ones: all but the first row move on by one place.
Value moved_on(Lowering& to, const Pairs& pairs, int64_t half) {
  const int axis = pairs.first.rank() - 2;
  if (half == 1) return concatenate(to, std::vector<Value>{pairs.first, pairs.second}, axis);
  std::vector<Value> rows = {rows_of(to, pairs.first, 0, 1), rows_of(to, pairs.second, 0, 1)};
  if (half > 2) rows.push_back(rows_of(to, pairs.first, 1, half - 2));
  rows.push_back(rows_of(to, pairs.second, 1, half - 1));
  rows.push_back(rows_of(to, pairs.first, half - 1, 1));
  return concatenate(to, rows, axis);
}

Result<Value> rotated(Lowering& to, const Value& rows, int64_t count, int64_t length) {
  const int64_t half = count / 2;
  const auto condition = [&](Lowering& inside, std::span<const Value> inputs) -> Result<std::vector<Value>> {
    const Value rounds = inside.constant(scalar(DType::kInt32, (count - 1) * kSweeps));
    return std::vector<Value>{compare(inside, BuiltinOperator::LESS, inputs[0], rounds)};
  };
  const auto body = [&](Lowering& inside, std::span<const Value> inputs) -> Result<std::vector<Value>> {
    const Pairs pairs{rows_of(inside, inputs[1], 0, half), rows_of(inside, inputs[1], half, half)};
    const Value next = moved_on(inside, turned(inside, pairs, length), half);
    return std::vector<Value>{add(inside, inputs[0], like(inside, inputs[0], 1)), next};
  };
  const std::vector<Value> initial = {to.constant(scalar(DType::kInt32, int64_t{0})), rows};
  KELT_ASSIGN_OR_RETURN(const std::vector<Value> last, emit_while(to, initial, condition, body));
  return last[1];
}

// The `count` rows with the largest values, in order. values [.., rows, 1]
Result<Value> ordered(Lowering& to, const Value& rows, const Value& values, int64_t count) {
  const Value row = transposed(to, values);
  KELT_ASSIGN_OR_RETURN(const Best best, largest(to, row, Dim(count)));
  // [.., 1, count, rows]: the place of each
  const Value places = one_hot_row(to, best.places, *row.dim(-1).value());
  const Value chosen = reduce(to, BuiltinOperator::SUM, places, std::vector<int>{places.rank() - 3}, false);
  return batch_matmul(to, chosen, rows);
}

}  // namespace

Result<Singular> singular_values(Lowering& to, const Value& x) {
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(x, kLoopedOrder));
  const bool tall = shape.rows >= shape.columns;
  const int64_t count = std::min(shape.rows, shape.columns);
  const int64_t length = std::max(shape.rows, shape.columns);
  const int64_t even = count + count % 2;
  // In units of the largest entry, whose square might overflow.
  const std::vector<int> both = {x.rank() - 2, x.rank() - 1};
  const Value largest = reduce(to, BuiltinOperator::REDUCE_MAX, unary(to, BuiltinOperator::ABS, x), both, true);
  const Value nothing = compare(to, BuiltinOperator::EQUAL, largest, like(to, largest, 0));
  const Value scale = select(to, nothing, like(to, largest, 1), largest);
  const Value scaled = div(to, x, scale);
  // [.., even, length + even]: the vectors, and what has been done to them
  Value vectors = tall ? transposed(to, scaled) : scaled;
  if (even > count) {
    std::vector<Padding> padding(vectors.dims.size());
    padding[padding.size() - 2].after = 1;
    vectors = pad(to, vectors, padding);
  }
  KELT_ASSIGN_OR_RETURN(const Value unit, with_batch_of(to, unit_matrix(to, even, even), vectors));
  Value rows = concatenate(to, std::vector<Value>{vectors, unit}, x.rank() - 1);
  if (count > 1) {
    KELT_ASSIGN_OR_RETURN(rows, rotated(to, rows, even, length));
  }
  const auto lengths = [&](const Value& of) {
    const Value found = columns_of(to, of, 0, length);
    return unary(to, BuiltinOperator::SQRT, sum_along(to, mul(to, found, found), -1));
  };
  KELT_ASSIGN_OR_RETURN(rows, ordered(to, rows, lengths(rows), count));
  const Value sizes = lengths(rows);
  const Value none = compare(to, BuiltinOperator::EQUAL, sizes, like(to, sizes, 0));
  const Value divisor = select(to, none, like(to, sizes, 1), sizes);
  const Value own = div(to, columns_of(to, rows, 0, length), divisor);
  const Value turns = columns_of(to, rows, length, count);
  return Singular{.values = mul(to, sizes, scale), .left = tall ? own : turns, .right = tall ? turns : own};
}

}  // namespace kelt::lower
