// lower/slice.cc — keras.ops.slice → SLICE, or STRIDED_SLICE up to a computed end; slice_update → DYNAMIC_UPDATE_SLICE.

#include <algorithm>

#include "lower/arguments.h"
#include "lower/lowerings.h"
#include "lower/ops.h"

namespace kelt::lower {

Result<void> lower_slice(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("inputs");
  const Value begin = args.indices("start_indices");
  const Dims asked = args.dims("shape");
  KELT_RETURN_IF_ERROR(args.finish());
  const auto constant = to.constant_of(begin);
  if (constant) {
    KELT_ASSIGN_OR_RETURN(const std::vector<int64_t> numbers, read_as<int64_t>(*constant));
    // -1 means all that is left, and so does a dim that reaches the end.
    bool to_the_end = true;
    for (int axis = 0; axis < x.rank(); ++axis) {
      const bool open = asked[axis] == Dim(-1) || same_length(asked[axis] + Dim(numbers[axis]), x.dims[axis]);
      to_the_end = to_the_end && (open || asked[axis].is_static());
    }
    if (to_the_end) return to.bind(node, slice(to, x, numbers, to.declared(node.outputs[0]).dims));
  }
  KELT_ASSIGN_OR_RETURN(const Value size, to.shape_value(asked));
  const ValueType type{x.dtype, to.declared(node.outputs[0]).dims};
  return to.bind(node, to.emit(litert::BuiltinOperator::SLICE, tflite::SliceOptionsT{}, {x, begin, size}, type));
}

Result<void> lower_slice_update(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("inputs");
  const Value begin = args.indices("start_indices");
  const Value updates = args.tensor("updates");
  KELT_RETURN_IF_ERROR(args.finish());
  const std::vector<Value> inputs = {x, cast(to, updates, x.dtype), begin};
  return to.bind(node,
                 to.emit(litert::BuiltinOperator::DYNAMIC_UPDATE_SLICE, tflite::DynamicUpdateSliceOptionsT{}, inputs, {x.dtype, x.dims}));
}

}  // namespace kelt::lower
