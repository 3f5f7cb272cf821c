// lower/bessel.cc — keras.ops.i0 → two polynomials (Abramowitz and Stegun, 9.8.1 and 9.8.2).

#include <cmath>

#include "lower/core/ops.h"
#include "lower/elementary.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr double kBorder = 3.75;

// Coefficients from that of the highest power on.
Value polynomial(Lowering& to, const Value& t, std::span<const double> coefficients) {
  Value sum = like(to, t, coefficients[0]);
  for (const double coefficient : coefficients.subspan(1)) sum = add(to, mul(to, sum, t), like(to, t, coefficient));
  return sum;
}

}  // namespace

Value i0(Lowering& to, const Value& given) {
  constexpr double kNear[] = {0.0045813, 0.0360768, 0.2659732, 1.2067492, 3.0899424, 3.5156229, 1};
  constexpr double kFar[] = {0.00392377, -0.01647633, 0.02635537, -0.02057706, 0.00916281, -0.00157565, 0.00225319, 0.01328592, 0.39894228};
  const Value x = unary(to, BuiltinOperator::ABS, cast(to, given, DType::kFloat32));
  const Value border = like(to, x, kBorder);
  const Value small = div(to, binary(to, BuiltinOperator::MINIMUM, x, border), border);
  const Value near = polynomial(to, mul(to, small, small), kNear);
  const Value large = binary(to, BuiltinOperator::MAXIMUM, x, border);
  const Value damping = unary(to, BuiltinOperator::RSQRT, large);
  const Value growth = mul(to, unary(to, BuiltinOperator::EXP, large), damping);
  const Value far = mul(to, growth, polynomial(to, div(to, border, large), kFar));
  return cast(to, select(to, compare(to, BuiltinOperator::LESS, x, border), near, far), given.dtype);
}

}  // namespace kelt::lower
