// lower/argmax.cc — keras.ops.argmax, argmin → ARG_MAX, ARG_MIN.

#include "lower/argmax.h"

#include "lower/core/arguments.h"
#include "lower/core/compute_dtype.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

template <typename Options>
Value emit_place(Lowering& to, litert::BuiltinOperator code, const Value& x, int axis) {
  Options options;
  options.output_type = litert::TensorType::INT32;
  Dims dims = x.dims;
  dims.erase(dims.begin() + axis);
  return to.emit(code, std::move(options), {x, to.constant(scalar(DType::kInt32, int64_t{axis}))}, {DType::kInt32, dims});
}

Result<void> lower_place(const graph::Node& node, Lowering& to, litert::BuiltinOperator code) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const bool flat = !args.optional_integer("axis").has_value();
  const auto axis = flat ? std::nullopt : std::optional<int>(args.axis("axis", x.rank()));
  const bool keep_dims = args.flag("keepdims");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y, place_of(to, code, x, axis, keep_dims));
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace

Result<Value> place_of(Lowering& to, litert::BuiltinOperator code, const Value& x, std::optional<int> axis, bool keep_dims) {
  Value row = x;
  if (!axis) {
    KELT_ASSIGN_OR_RETURN(row, flatten(to, x));
  }
  const auto dtype = compute_dtype(code, x.dtype);
  if (!dtype) return reject("compares " + std::string(name(x.dtype)) + ", which LiteRT can't", "Cast to int32 or float32 before it");
  row = cast(to, row, *dtype);
  const bool largest = code == litert::BuiltinOperator::ARG_MAX;
  Value y = largest ? emit_place<tflite::ArgMaxOptionsT>(to, code, row, axis.value_or(0))
                    : emit_place<tflite::ArgMinOptionsT>(to, code, row, axis.value_or(0));
  for (int added = axis ? x.rank() - 1 : 0; keep_dims && added < x.rank(); ++added) {
    KELT_ASSIGN_OR_RETURN(y, expand_dims(to, y, axis.value_or(0)));
  }
  return y;
}

Result<void> lower_argmax(const graph::Node& node, Lowering& to) { return lower_place(node, to, litert::BuiltinOperator::ARG_MAX); }
Result<void> lower_argmin(const graph::Node& node, Lowering& to) { return lower_place(node, to, litert::BuiltinOperator::ARG_MIN); }

}  // namespace kelt::lower
