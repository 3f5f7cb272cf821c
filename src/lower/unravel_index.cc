// lower/unravel_index.cc — keras.ops.unravel_index → quotients and remainders, the last axis first.
//
// A negative index counts from the end; what lies outside is moved to the nearest place. A fraction
// stays with the last axis.

#include <algorithm>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {

Result<void> lower_unravel_index(const graph::Node& node, Lowering& to) {
  using litert::BuiltinOperator;
  Arguments args(node, to);
  const DType declared = to.declared(node.outputs[0]).dtype;
  const DType dtype = is_float(declared) ? DType::kFloat32 : DType::kInt32;
  const Value indices = args.scalar_or_tensor("indices", dtype);
  const Dims shape = args.dims("shape");
  KELT_RETURN_IF_ERROR(args.finish());
  std::vector<Value> places(shape.size()), lengths(shape.size());
  Value rest = indices;
  for (size_t axis = shape.size(); axis-- > 0;) {
    KELT_ASSIGN_OR_RETURN(const Value length, to.dim_value(shape[axis]));
    lengths[axis] = cast(to, length, dtype);
    places[axis] = binary(to, BuiltinOperator::FLOOR_MOD, rest, lengths[axis]);
    rest = binary(to, BuiltinOperator::FLOOR_DIV, rest, lengths[axis]);
  }
  const Value past = compare(to, BuiltinOperator::GREATER, rest, like(to, rest, 0));
  const Value before = compare(to, BuiltinOperator::LESS, rest, like(to, rest, -1));
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const Value last = sub(to, lengths[axis], like(to, rest, 1));
    const Value place = select(to, past, last, select(to, before, like(to, rest, 0), places[axis]));
    const int output = static_cast<int>(axis);
    KELT_RETURN_IF_ERROR(to.bind(node, cast(to, place, to.declared(node.outputs[axis]).dtype), output));
  }
  return {};
}

}  // namespace kelt::lower
