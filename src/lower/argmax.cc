// lower/argmax.cc — keras.ops.argmax, argmin → ARG_MAX, ARG_MIN.

#include "lower/arguments.h"
#include "lower/compute_dtype.h"
#include "lower/lowerings.h"
#include "lower/ops.h"

namespace kelt::lower {
namespace {

template <typename Options>
Result<void> lower_place(const graph::Node& node, Lowering& to, litert::BuiltinOperator code) {
  Arguments args(node, to);
  Value x = args.tensor("x");
  const bool flat = !args.optional_integer("axis").has_value();
  const int axis = flat ? 0 : args.axis("axis", x.rank());
  const bool keep_dims = args.flag("keepdims");
  KELT_RETURN_IF_ERROR(args.finish());
  const int rank = x.rank();
  if (flat) {
    KELT_ASSIGN_OR_RETURN(x, flatten(to, x));
  }
  const auto dtype = compute_dtype(code, x.dtype);
  if (!dtype) return refuse("compares " + std::string(name(x.dtype)) + ", which LiteRT can't", "Cast to int32 or float32 before it");
  Options options;
  options.output_type = litert::TensorType::INT32;
  Dims dims = x.dims;
  dims.erase(dims.begin() + axis);
  const std::vector<Value> inputs = {cast(to, x, *dtype), to.constant(scalar(DType::kInt32, int64_t{axis}))};
  Value y = to.emit(code, std::move(options), inputs, {DType::kInt32, dims});
  for (int added = flat ? 0 : rank - 1; keep_dims && added < rank; ++added) {
    KELT_ASSIGN_OR_RETURN(y, expand_dims(to, y, flat ? 0 : axis));
  }
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace

Result<void> lower_argmax(const graph::Node& node, Lowering& to) {
  return lower_place<tflite::ArgMaxOptionsT>(node, to, litert::BuiltinOperator::ARG_MAX);
}

Result<void> lower_argmin(const graph::Node& node, Lowering& to) {
  return lower_place<tflite::ArgMinOptionsT>(node, to, litert::BuiltinOperator::ARG_MIN);
}

}  // namespace kelt::lower
