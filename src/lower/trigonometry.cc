// lower/trigonometry.cc — keras.ops.tan, arcsin, arccos, arctan, arctan2, sinh, cosh, arcsinh, arccosh, arctanh, deg2rad, rad2deg, sinc.
//
// ATAN2 does not broadcast: its operands get one shape first.

#include <numbers>

#include "lower/core/ops.h"
#include "lower/elementary.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Value one(Lowering& to, const Value& x) { return like(to, x, 1); }
Value root(Lowering& to, const Value& x) { return unary(to, BuiltinOperator::SQRT, x); }

// √(1 − x²), exact near ±1.
Value cathetus(Lowering& to, const Value& x) {
  const Value sum = add(to, one(to, x), x);
  return root(to, mul(to, sub(to, one(to, x), x), sum));
}

// 1 in the shape of x, whose values may be anything.
Value ones_like(Lowering& to, const Value& x) { return cast(to, compare(to, BuiltinOperator::EQUAL, x, x), x.dtype); }

}  // namespace

Value tan(Lowering& to, const Value& x) {
  const Value cosine = unary(to, BuiltinOperator::COS, x);
  return div(to, unary(to, BuiltinOperator::SIN, x), cosine);
}

Value arcsin(Lowering& to, const Value& x) { return binary(to, BuiltinOperator::ATAN2, x, cathetus(to, x)); }
Value arccos(Lowering& to, const Value& x) { return binary(to, BuiltinOperator::ATAN2, cathetus(to, x), x); }
Value arctan(Lowering& to, const Value& x) { return binary(to, BuiltinOperator::ATAN2, x, ones_like(to, x)); }

Value arctan2(Lowering& to, const Value& x1, const Value& x2) {
  if (same_lengths(x1.dims, x2.dims)) return binary(to, BuiltinOperator::ATAN2, x1, x2);
  const Value right = mul(to, x2, ones_like(to, x1));
  return binary(to, BuiltinOperator::ATAN2, mul(to, x1, ones_like(to, x2)), right);
}

// tanh x cosh x: nothing cancels near zero.
Value sinh(Lowering& to, const Value& x) {
  const Value cosine = cosh(to, x);
  return mul(to, unary(to, BuiltinOperator::TANH, x), cosine);
}

Value cosh(Lowering& to, const Value& x) {
  const Value up = scaled(to, unary(to, BuiltinOperator::EXP, x), 0.5);
  const Value down = scaled(to, unary(to, BuiltinOperator::EXP, unary(to, BuiltinOperator::NEG, x)), 0.5);
  return add(to, up, down);
}

// sign x log1p(|x| + |x| / (1/|x| + √(1 + 1/x²))), which overflows nowhere.
Value arcsinh(Lowering& to, const Value& x) {
  const Value size = unary(to, BuiltinOperator::ABS, x);
  const Value inverse = div(to, one(to, x), size);
  const Value rest = div(to, size, add(to, inverse, root(to, add(to, one(to, x), mul(to, inverse, inverse)))));
  const Value distance = log1p(to, add(to, size, rest));
  return mul(to, unary(to, BuiltinOperator::SIGN, x), distance);
}

// With t = x − 1: log1p(t + √t √(t + 2)).
Value arccosh(Lowering& to, const Value& x) {
  const Value t = sub(to, x, one(to, x));
  const Value upper_root = root(to, add(to, t, like(to, x, 2)));
  return log1p(to, add(to, t, mul(to, root(to, t), upper_root)));
}

Value arctanh(Lowering& to, const Value& x) {
  const Value opposite = log1p(to, unary(to, BuiltinOperator::NEG, x));
  return scaled(to, sub(to, log1p(to, x), opposite), 0.5);
}

Value deg2rad(Lowering& to, const Value& x) { return scaled(to, x, std::numbers::pi / 180); }
Value rad2deg(Lowering& to, const Value& x) { return scaled(to, x, 180 / std::numbers::pi); }

// sin πx / πx, and 1 at zero.
Value sinc(Lowering& to, const Value& x) {
  const Value angle = scaled(to, x, std::numbers::pi);
  const Value at_zero = compare(to, BuiltinOperator::EQUAL, x, like(to, x, 0));
  const Value safe = select(to, at_zero, one(to, x), angle);
  return select(to, at_zero, one(to, x), div(to, unary(to, BuiltinOperator::SIN, safe), safe));
}

}  // namespace kelt::lower
