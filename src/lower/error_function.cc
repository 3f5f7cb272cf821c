// lower/error_function.cc — keras.ops.erf, erfc, erfinv: a rational function and two polynomials, right to a few units in the
// last place of float32.

#include <limits>
#include <span>

#include "lower/core/ops.h"
#include "lower/elementary.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// Highest power first.
Value polynomial(Lowering& to, const Value& x, std::span<const double> coefficients) {
  Value y = like(to, x, coefficients[0]);
  for (const double coefficient : coefficients.subspan(1)) y = add(to, mul(to, y, x), like(to, x, coefficient));
  return y;
}

// erf x ≈ x p(x²) / q(x²) for |x| ≤ 4, where it is 1 to float32.
constexpr double kNumerator[] = {-2.72614225801306e-10, 2.77068142495902e-08,  -2.10102402082508e-06, -5.69250639462346e-05,
                                 -7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02};
constexpr double kDenominator[] = {-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03,
                                   -1.42647390514189e-02};

// erf⁻¹ x = x p(w), w = −log(1 − x²): one polynomial in w − 2.5 near zero, one in √w − 3 in the tails (M. Giles, 2010).
constexpr double kCentre[] = {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                              -0.00125372503, -0.00417768164, 0.246640727,    1.50140941};
constexpr double kTails[] = {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                             -0.0076224613,   0.00943887047,  1.00167406,    2.83297682};

}  // namespace

Value erf(Lowering& to, const Value& x) {
  const Value bounded = clip(to, x, -4, 4);
  const Value squared = mul(to, bounded, bounded);
  const Value denominator = polynomial(to, squared, kDenominator);
  return div(to, mul(to, bounded, polynomial(to, squared, kNumerator)), denominator);
}

Value erfc(Lowering& to, const Value& x) { return sub(to, like(to, x, 1), erf(to, x)); }

Value erfinv(Lowering& to, const Value& x) {
  const Value one = like(to, x, 1);
  const Value sum = add(to, one, x);
  const Value rest = mul(to, sub(to, one, x), sum);
  const Value w = unary(to, BuiltinOperator::NEG, unary(to, BuiltinOperator::LOG, rest));
  const Value centre = polynomial(to, sub(to, w, like(to, x, 2.5)), kCentre);
  const Value tails = polynomial(to, sub(to, unary(to, BuiltinOperator::SQRT, w), like(to, x, 3)), kTails);
  const Value factor = select(to, compare(to, BuiltinOperator::LESS, w, like(to, x, 5)), centre, tails);
  const Value end = compare(to, BuiltinOperator::EQUAL, rest, like(to, x, 0));
  return mul(to, x, select(to, end, like(to, x, std::numeric_limits<double>::infinity()), factor));
}

}  // namespace kelt::lower
