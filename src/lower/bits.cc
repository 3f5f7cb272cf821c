// lower/bits.cc — keras.ops.view → BITCAST; nextafter → steps of the bits; ldexp → a product with a power of 2; a cast to float8 and
// back → a rounding to its grid.

#include <limits>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/logic.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// Between types of one size.
Value bitcast(Lowering& to, const Value& x, DType dtype) { return to.emit(BuiltinOperator::BITCAST, {x}, {dtype, x.dims}); }

// What a cast to a float of 8 bits keeps.
struct Float8 {
  int digits;            // behind the leading one
  int lowest;            // exponent: below, numbers are as far apart as there
  double bound;          // from here on it overflows
  bool bound_overflows;  // itself, as what it is halfway to is odd
  bool has_infinity;
};
constexpr Float8 kE4M3 = {.digits = 3, .lowest = -6, .bound = 464, .bound_overflows = false, .has_infinity = false};
constexpr Float8 kE5M2 = {.digits = 2, .lowest = -14, .bound = 61440, .bound_overflows = true, .has_infinity = true};

// The distance between neighbours around |x|: a power of 2, made by its bits.
Value step_of(Lowering& to, const Value& size, const Float8& format) {
  constexpr int kBias = 127, kDigits = 23;
  const Value bits = bitcast(to, size, DType::kInt32);
  const Value exponent = binary(to, BuiltinOperator::RIGHT_SHIFT, bits, like(to, bits, kDigits));
  const Value above = binary(to, BuiltinOperator::MAXIMUM, exponent, like(to, bits, format.lowest + kBias));
  const Value moved = sub(to, above, like(to, bits, format.digits));
  return bitcast(to, mul(to, moved, like(to, bits, 1 << kDigits)), DType::kFloat32);
}

Value power_of_two(Lowering& to, const Value& exponent) { return binary(to, BuiltinOperator::POW, like(to, exponent, 2), exponent); }

}  // namespace

Result<void> lower_view(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  args.ignore("dtype");  // the output's declared dtype says it
  KELT_RETURN_IF_ERROR(args.finish());
  const DType dtype = to.declared(node.outputs[0]).dtype;
  if (dtype == x.dtype) return to.bind(node, x);
  if (dtype == DType::kBool) return reject("reads numbers as booleans", "Compare them with 0: keras.ops.not_equal");
  if (byte_size(dtype, 1) != byte_size(x.dtype, 1)) {
    return reject("reads elements as ones of another size", "View as a dtype of the same number of bytes");
  }
  return to.bind(node, bitcast(to, x, dtype));
}

// One up in the bits is one further from zero.
Result<void> lower_nextafter(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x1");
  const Value goal = args.tensor("x2");
  KELT_RETURN_IF_ERROR(args.finish());
  if (x.dtype != DType::kFloat32) return reject("steps through " + std::string(name(x.dtype)), "Cast to float32 before it");
  const Value zero = like(to, x, 0);
  // Operands of one shape: BITCAST does not broadcast.
  const Value from = add(to, x, mul(to, zero, select(to, is_finite(to, goal), goal, zero)));
  const Value bits = bitcast(to, from, DType::kInt32);
  const Value up = compare(to, BuiltinOperator::GREATER, goal, from);
  const Value away = compare(to, BuiltinOperator::EQUAL, up, compare(to, BuiltinOperator::GREATER, from, zero));
  const Value one = like(to, bits, 1);
  const Value moved = bitcast(to, add(to, bits, select(to, away, one, like(to, bits, -1))), DType::kFloat32);
  const double tiny = std::numeric_limits<float>::denorm_min();
  const Value first = select(to, up, like(to, x, tiny), like(to, x, -tiny));
  Value y = select(to, compare(to, BuiltinOperator::EQUAL, from, zero), first, moved);
  y = select(to, compare(to, BuiltinOperator::EQUAL, from, goal), goal, y);
  const Value sum = add(to, from, goal);  // a NaN where one of them is
  const Value goal_is_nan = is_nan(to, goal);
  const Value bad = logical_or(to, is_nan(to, from), goal_is_nan);
  return to.bind(node, select(to, bad, sum, y));
}

// ROUND takes the even one of two that are as near, as casts do.
Result<void> lower_round_to_float8(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const Float8& format = args.text("format") == "e4m3fn" ? kE4M3 : kE5M2;
  KELT_RETURN_IF_ERROR(args.finish());
  const Value size = unary(to, BuiltinOperator::ABS, x);
  const Value step = step_of(to, size, format);
  const Value rounded = mul(to, unary(to, BuiltinOperator::ROUND, div(to, x, step)), step);
  const BuiltinOperator within = format.bound_overflows ? BuiltinOperator::LESS : BuiltinOperator::LESS_EQUAL;
  const Value fits = compare(to, within, size, like(to, x, format.bound));
  const double infinity = std::numeric_limits<double>::infinity();
  const double beyond = format.has_infinity ? infinity : std::numeric_limits<double>::quiet_NaN();
  const Value other = mul(to, x, like(to, x, beyond));
  return to.bind(node, select(to, fits, rounded, other));
}

// In two halves: the power alone may be beyond float32 where the product is not.
Result<void> lower_ldexp(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x1"), DType::kFloat32);
  const Value exponent = cast(to, args.tensor("x2"), DType::kFloat32);
  KELT_RETURN_IF_ERROR(args.finish());
  const Value half = unary(to, BuiltinOperator::FLOOR, mul(to, exponent, like(to, exponent, 0.5)));
  const Value other_power = power_of_two(to, sub(to, exponent, half));
  const Value y = mul(to, mul(to, x, power_of_two(to, half)), other_power);
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
