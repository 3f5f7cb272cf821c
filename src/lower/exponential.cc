// lower/exponential.cc — keras.ops.exp2, expm1, log1p, log2, log10, logaddexp, logaddexp2, cbrt, hypot.

#include <cmath>
#include <limits>
#include <numbers>

#include "lower/core/ops.h"
#include "lower/elementary.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr double kLargest = std::numeric_limits<float>::max();
constexpr double kSmallest = std::numeric_limits<float>::min();

Value exp(Lowering& to, const Value& x) { return unary(to, BuiltinOperator::EXP, x); }
Value log(Lowering& to, const Value& x) { return unary(to, BuiltinOperator::LOG, x); }
Value abs(Lowering& to, const Value& x) { return unary(to, BuiltinOperator::ABS, x); }
Value least(Lowering& to, const Value& x, double limit) { return binary(to, BuiltinOperator::MINIMUM, x, like(to, x, limit)); }
Value most(Lowering& to, const Value& x, double limit) { return binary(to, BuiltinOperator::MAXIMUM, x, like(to, x, limit)); }

// XNNPACK's LOG is off by 1e-7 near 1, where the result is small: there 2 artanh t, t = x / (2 + x), as a series.
Value log1p_of_finite(Lowering& to, const Value& x) {
  const Value t = div(to, x, add(to, x, like(to, x, 2)));
  const Value squared = mul(to, t, t);
  Value series = like(to, x, 1.0 / 9);
  for (const double coefficient : {1.0 / 7, 1.0 / 5, 1.0 / 3, 1.0}) series = add(to, mul(to, series, squared), like(to, x, coefficient));
  const Value small = compare(to, BuiltinOperator::LESS, abs(to, x), like(to, x, 0.25));
  const Value far = log(to, add(to, x, like(to, x, 1)));
  return select(to, small, scaled(to, mul(to, t, series), 2), far);
}

}  // namespace

// x × ln 2 would be rounded, which a large x makes visible.
Value exp2(Lowering& to, const Value& x) { return binary(to, BuiltinOperator::POW, like(to, x, 2), x); }

// (eˣ + 1) tanh(x/2): nothing cancels.
Value expm1(Lowering& to, const Value& x) {
  const Value tangent = unary(to, BuiltinOperator::TANH, scaled(to, x, 0.5));
  return mul(to, add(to, exp(to, x), like(to, x, 1)), tangent);
}

// On some processors the runtime's LOG of infinity is 88.4; what exceeds all finite numbers is added.
Value log1p(Lowering& to, const Value& x) {
  const Value beyond = relu(to, sub(to, x, like(to, x, kLargest)));
  return add(to, log1p_of_finite(to, x), beyond);
}

Value log2(Lowering& to, const Value& x) { return scaled(to, log(to, x), std::numbers::log2e); }
Value log10(Lowering& to, const Value& x) { return scaled(to, log(to, x), std::numbers::log10e); }

// max + log(1 + e^−|x1 − x2|). The difference of equal infinities is a NaN; of what is one, neither the maximum nor e is for sure.
Value logaddexp(Lowering& to, const Value& x1, const Value& x2) {
  const Value larger = binary(to, BuiltinOperator::MAXIMUM, x1, x2);
  const Value distance = abs(to, sub(to, x1, x2));
  const Value sum = add(to, larger, log1p_of_finite(to, exp(to, unary(to, BuiltinOperator::NEG, distance))));
  const Value half = scaled(to, x1, 0.5);
  const Value equal = add(to, half, add(to, scaled(to, x2, 0.5), like(to, x1, std::numbers::ln2)));
  return select(to, compare(to, BuiltinOperator::GREATER, distance, like(to, distance, 0)), sum, equal);
}

Value logaddexp2(Lowering& to, const Value& x1, const Value& x2) {
  const Value right = scaled(to, x2, std::numbers::ln2);
  return scaled(to, logaddexp(to, scaled(to, x1, std::numbers::ln2), right), std::numbers::log2e);
}

Value cbrt(Lowering& to, const Value& x) {
  const Value root = binary(to, BuiltinOperator::POW, abs(to, x), like(to, x, 1.0 / 3));
  return mul(to, unary(to, BuiltinOperator::SIGN, x), root);
}

// The larger × √((x1 / larger)² + (x2 / larger)²): no overflow in between, and a NaN wherever it is.
Value hypot(Lowering& to, const Value& x1, const Value& x2) {
  const Value a = abs(to, x1);
  const Value b = abs(to, x2);
  const Value larger = least(to, most(to, binary(to, BuiltinOperator::MAXIMUM, a, b), kSmallest), kLargest);
  const Value first = unary(to, BuiltinOperator::SQUARE, div(to, a, larger));
  const Value second = unary(to, BuiltinOperator::SQUARE, div(to, b, larger));
  return mul(to, larger, unary(to, BuiltinOperator::SQRT, add(to, first, second)));
}

}  // namespace kelt::lower
