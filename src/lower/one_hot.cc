// lower/one_hot.cc — keras.ops.one_hot → ONE_HOT; multi_hot → the largest of them along an axis.
//
// A class outside the range, −1 among them, gives zeros in both.

#include "lower/core/arguments.h"
#include "lower/core/compute_dtype.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Value one_hot(Lowering& to, const Value& classes, int64_t count, int axis, DType dtype) {
  const DType computed = compute_dtype(BuiltinOperator::ONE_HOT, dtype).value_or(DType::kFloat32);
  tflite::OneHotOptionsT options;
  options.axis = axis == classes.rank() ? -1 : axis;
  Dims dims = classes.dims;
  dims.insert(dims.begin() + axis, Dim(count));
  const Value indices = classes.dtype == DType::kInt64 ? classes : cast(to, classes, DType::kInt32);
  const std::vector<Value> inputs = {indices, to.constant(scalar(DType::kInt32, count)), to.constant(computed, 1),
                                     to.constant(computed, 0)};
  return cast(to, to.emit(BuiltinOperator::ONE_HOT, std::move(options), inputs, {computed, dims}), dtype);
}

}  // namespace

Result<void> lower_one_hot(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int64_t count = args.integer("num_classes");
  const int axis = args.axis("axis", x.rank() + 1);
  args.ignore("dtype");   // the output's declared dtype says it
  args.ignore("sparse");  // a way to store the same values
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, one_hot(to, x, count, axis, to.declared(node.outputs[0]).dtype));
}

Result<void> lower_multi_hot(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("inputs");
  const int64_t count = args.integer("num_classes");
  const int axis = args.axis("axis", x.rank() + 1);
  args.ignore("dtype");
  args.ignore("sparse");
  args.ignore("kwargs");
  KELT_RETURN_IF_ERROR(args.finish());
  const Value each = one_hot(to, x, count, axis, DType::kFloat32);
  const Value all = reduce(to, BuiltinOperator::REDUCE_MAX, each, std::vector<int>{x.rank() > 1 ? 1 : 0}, false);
  return to.bind(node, cast(to, all, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
