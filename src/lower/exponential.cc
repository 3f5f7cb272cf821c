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
Value scaled(Lowering& to, const Value& x, double factor) { return mul(to, x, like(to, x, factor)); }

// XNNPACK's LOG is off by 1e-7 near 1, where the result is small: there 2 artanh t, t = x / (2 + x), as a series.
Value log1p_of_finite(Lowering& to, const Value& x) {
  const Value t = div(to, x, add(to, x, like(to, x, 2)));
  const Value squared = mul(to, t, t);
  Value series = like(to, x, 1.0 / 9);
  for (const double coefficient : {1.0 / 7, 1.0 / 5, 1.0 / 3, 1.0}) series = add(to, mul(to, series, squared), like(to, x, coefficient));
  const Value small = compare(to, BuiltinOperator::LESS, abs(to, x), like(to, x, 0.25));
  return select(to, small, scaled(to, mul(to, t, series), 2), log(to, add(to, x, like(to, x, 1))));
}

}  // namespace

// x × ln 2 would be rounded, which a large x makes visible.
Value exp2(Lowering& to, const Value& x) { return binary(to, BuiltinOperator::POW, like(to, x, 2), x); }

// (eˣ + 1) tanh(x/2): nothing cancels.
Value expm1(Lowering& to, const Value& x) {
  return mul(to, add(to, exp(to, x), like(to, x, 1)), unary(to, BuiltinOperator::TANH, scaled(to, x, 0.5)));
}

// On some processors the runtime's LOG of infinity is 88.4; what exceeds all finite numbers is added.
Value log1p(Lowering& to, const Value& x) { return add(to, log1p_of_finite(to, x), relu(to, sub(to, x, like(to, x, kLargest)))); }

Value log2(Lowering& to, const Value& x) { return scaled(to, log(to, x), std::numbers::log2e); }
Value log10(Lowering& to, const Value& x) { return scaled(to, log(to, x), std::numbers::log10e); }

// max + log(1 + e^−|x1 − x2|). Equal infinities would make their difference a NaN.
Value logaddexp(Lowering& to, const Value& x1, const Value& x2) {
  const Value larger = binary(to, BuiltinOperator::MAXIMUM, x1, x2);
  const Value distance = abs(to, sub(to, x1, x2));
  const Value sum = add(to, larger, log1p_of_finite(to, exp(to, unary(to, BuiltinOperator::NEG, distance))));
  const Value equal = add(to, x1, like(to, x1, std::numbers::ln2));
  return select(to, compare(to, BuiltinOperator::EQUAL, x1, x2), equal, sum);
}

Value logaddexp2(Lowering& to, const Value& x1, const Value& x2) {
  return scaled(to, logaddexp(to, scaled(to, x1, std::numbers::ln2), scaled(to, x2, std::numbers::ln2)), std::numbers::log2e);
}

Value cbrt(Lowering& to, const Value& x) {
  const Value root = binary(to, BuiltinOperator::POW, abs(to, x), like(to, x, 1.0 / 3));
  return mul(to, unary(to, BuiltinOperator::SIGN, x), root);
}

// The larger × √(1 + (smaller / larger)²): no overflow in between.
Value hypot(Lowering& to, const Value& x1, const Value& x2) {
  const Value a = abs(to, x1);
  const Value b = abs(to, x2);
  const Value larger = binary(to, BuiltinOperator::MAXIMUM, a, b);
  const Value smaller = binary(to, BuiltinOperator::MINIMUM, a, b);
  const Value ratio = div(to, smaller, least(to, most(to, larger, kSmallest), kLargest));
  return mul(to, larger, unary(to, BuiltinOperator::SQRT, add(to, mul(to, ratio, ratio), like(to, x1, 1))));
}

}  // namespace kelt::lower
