// lower/arithmetic.cc — keras.ops arithmetic that is one LiteRT operator for some element types and a composition for others.

#include <algorithm>
#include <optional>

#include "lower/core/arguments.h"
#include "lower/core/compute_dtype.h"
#include "lower/core/ops.h"
#include "lower/elementary.h"
#include "lower/logic.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

bool has(BuiltinOperator code, const Value& x) { return compute_dtype(code, x.dtype).has_value(); }
bool never_negative(DType dtype) {
  return dtype == DType::kBool || dtype == DType::kUInt8 || dtype == DType::kUInt16 || dtype == DType::kUInt32 || dtype == DType::kUInt64;
}

// A divisor with 1 in the place of every 0, and where those are, unless it is known to have none: by 0 the runtime stops.
struct Divisor {
  Value value;
  std::optional<Value> zero;
};

Divisor without_zeros(Lowering& to, const Value& x) {
  if (const auto constant = to.constant_of(x)) {
    const auto numbers = read_as<double>(*constant);
    if (numbers.ok() && std::ranges::find(*numbers, 0.0) == numbers->end()) return {x, std::nullopt};
  }
  const Value zero = compare(to, BuiltinOperator::EQUAL, x, like(to, x, 0));
  return {select(to, zero, like(to, x, 1), x), zero};
}

// The largest number of an unsigned type.
Value all_ones(Lowering& to, const Value& x) { return to.constant(kelt::cast(scalar(DType::kInt64, int64_t{-1}), x.dtype)); }

}  // namespace

Value absolute(Lowering& to, const Value& x) {
  if (never_negative(x.dtype)) return x;
  if (has(BuiltinOperator::ABS, x)) return unary(to, BuiltinOperator::ABS, x);
  return binary(to, BuiltinOperator::MAXIMUM, x, unary(to, BuiltinOperator::NEG, x));
}

Value square(Lowering& to, const Value& x) { return is_float(x.dtype) ? unary(to, BuiltinOperator::SQUARE, x) : mul(to, x, x); }

Value sign(Lowering& to, const Value& x) {
  if (x.dtype == DType::kBool) return x;
  if (has(BuiltinOperator::SIGN, x)) return unary(to, BuiltinOperator::SIGN, x);
  const Value zero = like(to, x, 0);
  const Value below = cast(to, compare(to, BuiltinOperator::LESS, x, zero), x.dtype);
  const Value above = cast(to, compare(to, BuiltinOperator::GREATER, x, zero), x.dtype);
  return sub(to, above, below);
}

Value relu(Lowering& to, const Value& x) {
  return is_float(x.dtype) ? unary(to, BuiltinOperator::RELU, x) : binary(to, BuiltinOperator::MAXIMUM, x, like(to, x, 0));
}

// Of whole numbers, their signs.
Value hard_tanh(Lowering& to, const Value& x) { return is_float(x.dtype) ? unary(to, BuiltinOperator::RELU_N1_TO_1, x) : sign(to, x); }

Value reciprocal(Lowering& to, const Value& x) { return div(to, like(to, x, 1), x); }

// RSQRT, of XNNPACK, makes NaN of zeros.
Value rsqrt(Lowering& to, const Value& x) { return reciprocal(to, unary(to, BuiltinOperator::SQRT, x)); }

// Integers are whole as they are.
Value ceil(Lowering& to, const Value& x) { return is_float(x.dtype) ? unary(to, BuiltinOperator::CEIL, x) : x; }
Value floor(Lowering& to, const Value& x) { return is_float(x.dtype) ? unary(to, BuiltinOperator::FLOOR, x) : x; }

// ⌊|x|⌋ with the sign of x.
Value trunc(Lowering& to, const Value& x) {
  if (!is_float(x.dtype)) return x;
  const Value size = unary(to, BuiltinOperator::FLOOR, unary(to, BuiltinOperator::ABS, x));
  return mul(to, unary(to, BuiltinOperator::SIGN, x), size);
}

Value copy(Lowering&, const Value& x) { return x; }

Value divide_no_nan(Lowering& to, const Value& x1, const Value& x2) {
  const Divisor divisor = without_zeros(to, x2);
  const Value quotient = div(to, x1, divisor.value);
  return divisor.zero ? select(to, *divisor.zero, like(to, x1, 0), quotient) : quotient;
}

// By 0 a float is infinite or no number, and of an integer jax makes -2, of 0 alone -1.
Value floor_divide(Lowering& to, const Value& x1, const Value& x2) {
  if (x1.dtype == DType::kBool) {
    const Value by = cast(to, x2, DType::kInt32);
    return cast(to, floor_divide(to, cast(to, x1, DType::kInt32), by), x1.dtype);
  }
  const Divisor divisor = without_zeros(to, x2);
  Value quotient = binary(to, BuiltinOperator::FLOOR_DIV, x1, divisor.value);
  if (is_float(x1.dtype)) quotient = add(to, quotient, sub(to, x1, x1));  // that of an infinity is no number
  if (!divisor.zero) return quotient;
  if (is_float(x1.dtype)) return select(to, *divisor.zero, div(to, x1, x2), quotient);
  if (never_negative(x1.dtype)) return select(to, *divisor.zero, all_ones(to, x1), quotient);
  const Value nothing = compare(to, BuiltinOperator::EQUAL, x1, like(to, x1, 0));
  return select(to, *divisor.zero, select(to, nothing, like(to, x1, -1), like(to, x1, -2)), quotient);
}

// Of integers by 0 it is 0.
Value mod(Lowering& to, const Value& x1, const Value& x2) {
  return binary(to, BuiltinOperator::FLOOR_MOD, x1, is_float(x2.dtype) ? x2 : without_zeros(to, x2).value);
}

// The remainder with the sign of the dividend.
Value fmod(Lowering& to, const Value& x1, const Value& x2) {
  const Value divisor = absolute(to, x2);
  const Value size = mod(to, absolute(to, x1), divisor);
  return mul(to, sign(to, x1), size);
}

Value multiply(Lowering& to, const Value& x1, const Value& x2) {
  return x1.dtype == DType::kBool ? logical_and(to, x1, x2) : mul(to, x1, x2);
}
Value add_or(Lowering& to, const Value& x1, const Value& x2) { return x1.dtype == DType::kBool ? logical_or(to, x1, x2) : add(to, x1, x2); }

// 0 below zero, 1 above, x2 at zero.
Value heaviside(Lowering& to, const Value& x1, const Value& x2) {
  const Value zero = like(to, x1, 0);
  const Value above = cast(to, compare(to, BuiltinOperator::GREATER, x1, zero), x1.dtype);
  const Value y = select(to, compare(to, BuiltinOperator::EQUAL, x1, zero), x2, above);
  return is_float(x1.dtype) ? select(to, is_nan(to, x1), x1, y) : y;
}

// Of floats it is the first bit: -0 and a NaN may have it too.
Value signbit(Lowering& to, const Value& x) {
  if (!is_float(x.dtype)) return compare(to, BuiltinOperator::LESS, x, like(to, x, 0));
  const Value bits = to.emit(BuiltinOperator::BITCAST, {cast(to, x, DType::kFloat32)}, {DType::kInt32, x.dims});
  return compare(to, BuiltinOperator::LESS, bits, like(to, bits, 0));
}

// keras.ops.round: half to even, at a decimal place.
Result<void> lower_round(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int64_t decimals = args.integer("decimals");
  KELT_RETURN_IF_ERROR(args.finish());
  if (!is_float(x.dtype)) {
    if (decimals >= 0) return to.bind(node, x);
    return reject("rounds integers to tens", "Cast to float32 before it");
  }
  if (decimals == 0) return to.bind(node, unary(to, BuiltinOperator::ROUND, x));
  double unit = 1;
  for (int64_t place = 0; place < std::abs(decimals); ++place) unit *= 10;
  const Value factor = like(to, x, unit);
  if (decimals > 0) return to.bind(node, div(to, unary(to, BuiltinOperator::ROUND, mul(to, x, factor)), factor));
  return to.bind(node, mul(to, unary(to, BuiltinOperator::ROUND, div(to, x, factor)), factor));
}

Result<void> lower_nan_to_num(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const double nan = args.number("nan");
  const auto positive = args.optional_number("posinf");
  const auto negative = args.optional_number("neginf");
  KELT_RETURN_IF_ERROR(args.finish());
  if (!is_float(x.dtype)) return to.bind(node, x);
  const double largest = x.dtype == DType::kFloat16 ? 65504.0 : x.dtype == DType::kBFloat16 ? 3.3895313892515355e38 : 3.4028234663852886e38;
  Value y = select(to, is_nan(to, x), like(to, x, nan), x);
  y = select(to, is_posinf(to, x), like(to, x, positive.value_or(largest)), y);
  y = select(to, is_neginf(to, x), like(to, x, negative.value_or(-largest)), y);
  return to.bind(node, y);
}

}  // namespace kelt::lower
