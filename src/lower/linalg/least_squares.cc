// lower/linalg/least_squares.cc — keras.ops.linalg.svd (the values), eigh (the values), pinv, lstsq, matrix_rank → singular values.
//
// The limits below which a value counts as 0 are those of jax; TensorFlow has the same, numpy and torch smaller ones.

#include <algorithm>

#include "graph/visit.h"
#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/flip.h"
#include "lower/linalg/lowerings.h"
#include "lower/linalg/matrix.h"
#include "lower/linalg/singular.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr double kEpsilon = 0x1p-23;

// 1 / value, and 0 where the value is not above `least`.
Value inverses(Lowering& to, const Value& values, const Value& least) {
  const Value counts = compare(to, BuiltinOperator::GREATER, values, least);
  return select(to, counts, div(to, like(to, values, 1), select(to, counts, values, like(to, values, 1))), like(to, values, 0));
}

// rightᵀ · diag(1 / values) · left · b
Value applied(Lowering& to, const Singular& found, const Value& inverse, const Value& left_b) {
  return batch_matmul(to, found.right, mul(to, left_b, inverse), true, false);
}

Value share_of_largest(Lowering& to, const Singular& found, double share) {
  const Value largest = rows_of(to, found.values, 0, 1);
  return mul(to, largest, like(to, largest, share));
}

Error no_sign_of_their_own() {
  return reject("gives singular or eigenvectors, whose signs no rule settles: those of the file would differ from Keras'",
                "Use the values alone (svd with compute_uv=False, eigh(x)[0]), or pinv, lstsq, solve for what the vectors serve");
}

// Somebody wants the value.
bool is_read(const graph::Function& function, graph::ValueId id) {
  bool read = std::ranges::any_of(function.outputs, [&](const graph::Port& port) { return port.value == id; });
  for (const graph::Node& node : function.nodes) graph::for_each_operand(node, [&](graph::ValueId operand) { read |= operand == id; });
  return read;
}

Result<Value> without_last(Lowering& to, const Value& x) { return squeeze(to, x, std::vector<int>{x.rank() - 1}); }

}  // namespace

Result<void> lower_svd(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  args.ignore("full_matrices");  // of the vectors
  const bool vectors = args.flag("compute_uv");
  KELT_RETURN_IF_ERROR(args.finish());
  const int index = vectors ? 1 : 0;
  if (vectors && (is_read(to.function(), node.outputs[0]) || is_read(to.function(), node.outputs[2]))) return no_sign_of_their_own();
  KELT_ASSIGN_OR_RETURN(const Singular found, singular_values(to, x));
  KELT_ASSIGN_OR_RETURN(const Value y, without_last(to, found.values));
  KELT_RETURN_IF_ERROR(to.bind(node, cast(to, y, to.declared(node.outputs[static_cast<size_t>(index)]).dtype), index));
  if (vectors) to.bind_opaque(node);
  return {};
}

// The values of x + shift are all positive: its singular values.
Result<void> lower_eigh(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  KELT_RETURN_IF_ERROR(args.finish());
  if (is_read(to.function(), node.outputs[1])) return no_sign_of_their_own();
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(x));
  const Value even = mul(to, add(to, x, transposed(to, x)), like(to, x, 0.5));
  const Value sums = sum_along(to, unary(to, BuiltinOperator::ABS, even), -1);
  const Value shift = reduce(to, BuiltinOperator::REDUCE_MAX, sums, std::vector<int>{x.rank() - 2}, true);
  const Value shifted = add(to, even, mul(to, shift, unit_matrix(to, shape.rows, shape.rows)));
  KELT_ASSIGN_OR_RETURN(const Singular found, singular_values(to, shifted));
  const Value falling = sub(to, found.values, shift);
  const Value rising = flip(to, falling, x.rank() - 2);
  KELT_ASSIGN_OR_RETURN(const Value y, without_last(to, rising));
  KELT_RETURN_IF_ERROR(to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype), 0));
  to.bind_opaque(node);
  return {};
}

Result<void> lower_eig(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  args.tensor("x");
  KELT_RETURN_IF_ERROR(args.finish());
  return reject("gives complex eigenvalues, which have next to no operator in LiteRT",
                "Use eigh(x)[0] for a symmetric matrix, or compute it outside of the exported model");
}

Result<void> lower_pinv(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  const auto share = args.optional_number("rcond");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(x, kLoopedOrder));
  KELT_ASSIGN_OR_RETURN(const Singular found, singular_values(to, x));
  const double least = share.value_or(10 * kEpsilon * static_cast<double>(std::max(shape.rows, shape.columns)));
  const Value y = applied(to, found, inverses(to, found.values, share_of_largest(to, found, least)), found.left);
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

Result<void> lower_lstsq(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value a = cast(to, args.tensor("a"), DType::kFloat32);
  Value b = cast(to, args.tensor("b"), DType::kFloat32);
  const auto share = args.optional_number("rcond");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(a, kLoopedOrder));
  const bool vector = b.rank() == 1;
  if (vector) {
    KELT_ASSIGN_OR_RETURN(b, expand_dims(to, b, 1));
  }
  KELT_ASSIGN_OR_RETURN(const Singular found, singular_values(to, a));
  const double least = share ? (*share < 0 ? kEpsilon : *share) : kEpsilon * static_cast<double>(std::max(shape.rows, shape.columns));
  const Value inverse = inverses(to, found.values, share_of_largest(to, found, least));
  Value y = applied(to, found, inverse, batch_matmul(to, found.left, b));
  if (vector) {
    KELT_ASSIGN_OR_RETURN(y, without_last(to, y));
  }
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

Result<void> lower_matrix_rank(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  const auto limit = args.optional_number("tol");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const MatrixShape shape, matrix_shape(x, kLoopedOrder));
  KELT_ASSIGN_OR_RETURN(const Singular found, singular_values(to, x));
  const double share = kEpsilon * static_cast<double>(std::max(shape.rows, shape.columns));
  const Value least = limit ? like(to, found.values, *limit) : share_of_largest(to, found, share);
  const Value counts = cast(to, compare(to, BuiltinOperator::GREATER, found.values, least), DType::kInt32);
  const std::vector<int> both = {x.rank() - 2, x.rank() - 1};
  return to.bind(node, cast(to, reduce(to, BuiltinOperator::SUM, counts, both, false), to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
