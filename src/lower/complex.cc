// lower/complex.cc — keras.ops.real, imag, isreal, angle of real numbers. LiteRT computes on no complex ones.

#include <numbers>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/fill.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Result<Value> read_real(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  KELT_RETURN_IF_ERROR(args.finish());
  if (x.dtype == DType::kComplex64) return reject("computes on complex numbers", "Compute with the real and the imaginary part apart");
  return x;
}

}  // namespace

Result<void> lower_real(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Value x, read_real(node, to));
  return to.bind(node, x);
}

Result<void> lower_imag(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Value x, read_real(node, to));
  if (x.dtype == DType::kBool) return to.bind(node, compare(to, BuiltinOperator::NOT_EQUAL, x, x));
  KELT_ASSIGN_OR_RETURN(const Value zeros, filled_like(to, like(to, x, 0), x));
  return to.bind(node, zeros);
}

// Everywhere.
Result<void> lower_isreal(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Value x, read_real(node, to));
  const Value same = compare(to, BuiltinOperator::EQUAL, x, x);
  return to.bind(node, binary(to, BuiltinOperator::LOGICAL_OR, same, unary(to, BuiltinOperator::LOGICAL_NOT, same)));
}

// π of negative numbers, 0 of others.
Result<void> lower_angle(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Value x, read_real(node, to));
  const Value below = compare(to, BuiltinOperator::LESS, x, like(to, x, 0));
  const Value angle = select(to, below, like(to, x, std::numbers::pi), like(to, x, 0));
  return to.bind(node, select(to, compare(to, BuiltinOperator::EQUAL, x, x), angle, x));
}

}  // namespace kelt::lower
