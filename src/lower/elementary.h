// lower/elementary.h — elementary functions that LiteRT lacks, composed of those it has.
//
// Each keeps its relative accuracy near zero and its limits at infinity. lower/table.cc lists them by name.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// exponential.cc
Value exp2(Lowering& to, const Value& x);
Value expm1(Lowering& to, const Value& x);
Value log1p(Lowering& to, const Value& x);
Value log2(Lowering& to, const Value& x);
Value log10(Lowering& to, const Value& x);
Value logaddexp(Lowering& to, const Value& x1, const Value& x2);
Value logaddexp2(Lowering& to, const Value& x1, const Value& x2);
Value cbrt(Lowering& to, const Value& x);
Value hypot(Lowering& to, const Value& x1, const Value& x2);

// trigonometry.cc
Value tan(Lowering& to, const Value& x);
Value arcsin(Lowering& to, const Value& x);
Value arccos(Lowering& to, const Value& x);
Value arctan(Lowering& to, const Value& x);
Value arctan2(Lowering& to, const Value& x1, const Value& x2);
Value sinh(Lowering& to, const Value& x);
Value cosh(Lowering& to, const Value& x);
Value arcsinh(Lowering& to, const Value& x);
Value arccosh(Lowering& to, const Value& x);
Value arctanh(Lowering& to, const Value& x);
Value deg2rad(Lowering& to, const Value& x);
Value rad2deg(Lowering& to, const Value& x);
Value sinc(Lowering& to, const Value& x);

// bessel.cc
Value i0(Lowering& to, const Value& x);

// divisor.cc
Value gcd(Lowering& to, const Value& x1, const Value& x2);
Value lcm(Lowering& to, const Value& x1, const Value& x2);

// error_function.cc
Value erf(Lowering& to, const Value& x);
Value erfc(Lowering& to, const Value& x);
Value erfinv(Lowering& to, const Value& x);

// arithmetic.cc
Value absolute(Lowering& to, const Value& x);
Value square(Lowering& to, const Value& x);
Value sign(Lowering& to, const Value& x);
Value relu(Lowering& to, const Value& x);
Value hard_tanh(Lowering& to, const Value& x);
Value reciprocal(Lowering& to, const Value& x);
Value rsqrt(Lowering& to, const Value& x);
Value ceil(Lowering& to, const Value& x);
Value floor(Lowering& to, const Value& x);
Value trunc(Lowering& to, const Value& x);
Value copy(Lowering& to, const Value& x);
Value divide_no_nan(Lowering& to, const Value& x1, const Value& x2);
Value floor_divide(Lowering& to, const Value& x1, const Value& x2);
Value mod(Lowering& to, const Value& x1, const Value& x2);
Value fmod(Lowering& to, const Value& x1, const Value& x2);
Value multiply(Lowering& to, const Value& x1, const Value& x2);
Value add_or(Lowering& to, const Value& x1, const Value& x2);
Value heaviside(Lowering& to, const Value& x1, const Value& x2);
Value signbit(Lowering& to, const Value& x);

}  // namespace kelt::lower
