// lower/reshape.cc — keras.ops.reshape → RESHAPE, with -1 as long as one dim at most is unknown.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {

Result<void> lower_reshape(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const Dims asked = args.dims("newshape");
  KELT_RETURN_IF_ERROR(args.finish());
  // The declared dims are what was asked with -1 resolved; where they are unknown, what was asked says more.
  Dims dims = to.declared(node.outputs[0]).dims;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis].is_unknown() && asked[axis] != Dim(-1)) dims[axis] = asked[axis];
  }
  KELT_ASSIGN_OR_RETURN(const Value y, reshape(to, x, dims));
  return to.bind(node, y);
}

}  // namespace kelt::lower
