// lower/logic.cc — keras.ops.logical_*, isnan, isinf, isfinite, and maximum and minimum, which are or and and of booleans.

#include "lower/logic.h"

#include <limits>

#include "lower/core/ops.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Value infinity(Emitter& to, const Value& x) { return like(to, x, std::numeric_limits<double>::infinity()); }

// `both`, which is made of x1 and x2; where one of them is a NaN, the other.
Value unless_nan(Lowering& to, const Value& x1, const Value& x2, const Value& both) {
  const Value otherwise = select(to, is_nan(to, x2), x1, both);
  return select(to, is_nan(to, x1), x2, otherwise);
}

}  // namespace

Value truth(Emitter& to, const Value& x) {
  return x.dtype == DType::kBool ? x : compare(to, BuiltinOperator::NOT_EQUAL, x, like(to, x, 0));
}

Value logical_and(Lowering& to, const Value& x1, const Value& x2) {
  const Value right = truth(to, x2);
  return binary(to, BuiltinOperator::LOGICAL_AND, truth(to, x1), right);
}
Value logical_or(Lowering& to, const Value& x1, const Value& x2) {
  const Value right = truth(to, x2);
  return binary(to, BuiltinOperator::LOGICAL_OR, truth(to, x1), right);
}
Value logical_xor(Lowering& to, const Value& x1, const Value& x2) {
  const Value right = truth(to, x2);
  return compare(to, BuiltinOperator::NOT_EQUAL, truth(to, x1), right);
}
Value logical_not(Lowering& to, const Value& x) { return unary(to, BuiltinOperator::LOGICAL_NOT, truth(to, x)); }

Value is_nan(Lowering& to, const Value& x) { return compare(to, BuiltinOperator::NOT_EQUAL, x, x); }

Value is_inf(Lowering& to, const Value& x) {
  if (!is_float(x.dtype)) return compare(to, BuiltinOperator::NOT_EQUAL, x, x);
  return compare(to, BuiltinOperator::EQUAL, unary(to, BuiltinOperator::ABS, x), infinity(to, x));
}

Value is_finite(Lowering& to, const Value& x) {
  if (!is_float(x.dtype)) return compare(to, BuiltinOperator::EQUAL, x, x);
  return compare(to, BuiltinOperator::LESS, unary(to, BuiltinOperator::ABS, x), infinity(to, x));
}

Value is_posinf(Lowering& to, const Value& x) {
  if (!is_float(x.dtype)) return compare(to, BuiltinOperator::NOT_EQUAL, x, x);
  return compare(to, BuiltinOperator::EQUAL, x, infinity(to, x));
}

Value is_neginf(Lowering& to, const Value& x) {
  if (!is_float(x.dtype)) return compare(to, BuiltinOperator::NOT_EQUAL, x, x);
  return compare(to, BuiltinOperator::EQUAL, x, like(to, x, -std::numeric_limits<double>::infinity()));
}

Value maximum(Lowering& to, const Value& x1, const Value& x2) {
  return binary(to, x1.dtype == DType::kBool ? BuiltinOperator::LOGICAL_OR : BuiltinOperator::MAXIMUM, x1, x2);
}

Value minimum(Lowering& to, const Value& x1, const Value& x2) {
  return binary(to, x1.dtype == DType::kBool ? BuiltinOperator::LOGICAL_AND : BuiltinOperator::MINIMUM, x1, x2);
}

Value fmax(Lowering& to, const Value& x1, const Value& x2) {
  if (!is_float(x1.dtype)) return maximum(to, x1, x2);
  return unless_nan(to, x1, x2, maximum(to, x1, x2));
}

Value fmin(Lowering& to, const Value& x1, const Value& x2) {
  if (!is_float(x1.dtype)) return minimum(to, x1, x2);
  return unless_nan(to, x1, x2, minimum(to, x1, x2));
}

}  // namespace kelt::lower
