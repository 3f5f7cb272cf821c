// lower/cast.cc — keras.ops.cast → CAST. Gradients mean nothing at inference: stop_gradient is its operand.

#include <cmath>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"
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

namespace {

bool has_sign(DType dtype) { return dtype == DType::kInt8 || dtype == DType::kInt16 || dtype == DType::kInt32 || dtype == DType::kInt64; }

int digits(DType integer) { return static_cast<int>(8 * byte_size(integer, 1)) - (has_sign(integer) ? 1 : 0); }

}  // namespace

int64_t highest_of(DType integer) { return (((int64_t{1} << (digits(integer) - 1)) - 1) * 2) + 1; }
int64_t lowest_of(DType integer) { return has_sign(integer) ? -highest_of(integer) - 1 : 0; }

// Only the bounds that `x` can pass: the others may be no numbers of its dtype.
Value saturate_cast(Emitter& to, const Value& x, DType dtype) {
  if (!is_integer(dtype) || x.dtype == DType::kBool) return cast(to, x, dtype);
  Value y = x;
  if (is_float(x.dtype) || (has_sign(x.dtype) && (!has_sign(dtype) || digits(x.dtype) > digits(dtype)))) {
    const double low = has_sign(dtype) ? -std::ldexp(1.0, digits(dtype)) : 0;
    y = binary(to, litert::BuiltinOperator::MAXIMUM, y, like(to, y, low));
  }
  if (is_float(x.dtype) || digits(x.dtype) > digits(dtype)) {
    // The largest float32 below 2^31 is 2^31 - 128.
    const double slack = is_float(x.dtype) && digits(dtype) > 24 ? std::ldexp(1.0, digits(dtype) - 24) : 1;
    y = binary(to, litert::BuiltinOperator::MINIMUM, y, like(to, y, std::ldexp(1.0, digits(dtype)) - slack));
  }
  return cast(to, y, dtype);
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
