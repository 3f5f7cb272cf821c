// lower/cast.cc — keras.ops.cast → CAST. Gradients mean nothing at inference: stop_gradient is its operand.

#include <cmath>

#include "lower/arguments.h"
#include "lower/lowerings.h"
#include "lower/ops.h"
#include "lower/saturate.h"

namespace kelt::lower {

Result<void> lower_cast(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  args.ignore("dtype");  // the output's declared dtype says it
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, cast(to, x, to.declared(node.outputs[0]).dtype));
}

// keras.ops.convert_to_tensor, array.
Result<void> lower_convert(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.scalar_or_tensor("x", to.declared(node.outputs[0]).dtype);
  args.ignore("dtype");
  args.ignore("sparse");  // ways to store the same values
  args.ignore("ragged");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, x);
}

Value saturate_cast(Emitter& to, const Value& x, DType dtype) {
  const bool narrower = is_float(x.dtype) || byte_size(x.dtype, 1) > byte_size(dtype, 1);
  if (!is_integer(dtype) || x.dtype == DType::kBool || !narrower) return cast(to, x, dtype);
  const int bits = static_cast<int>(8 * byte_size(dtype, 1));
  const bool has_sign = dtype == DType::kInt8 || dtype == DType::kInt16 || dtype == DType::kInt32 || dtype == DType::kInt64;
  // The largest float32 below 2^31 is 2^31 - 128.
  const double slack = is_float(x.dtype) && bits >= 32 ? std::ldexp(1.0, bits - 24 - (has_sign ? 1 : 0)) : 1;
  const double high = std::ldexp(1.0, has_sign ? bits - 1 : bits) - slack;
  const double low = has_sign ? -std::ldexp(1.0, bits - 1) : 0;
  const Value above = binary(to, litert::BuiltinOperator::MAXIMUM, x, like(to, x, low));
  return cast(to, binary(to, litert::BuiltinOperator::MINIMUM, above, like(to, x, high)), dtype);
}

// keras.ops.saturate_cast
Result<void> lower_saturate_cast(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  args.ignore("dtype");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, saturate_cast(to, x, to.declared(node.outputs[0]).dtype));
}

Result<void> lower_stop_gradient(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value variable = args.tensor("variable");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, variable);
}

}  // namespace kelt::lower
