// lower/expand_dims.cc — keras.ops.expand_dims, squeeze, ravel → RESHAPE, or a form that needs no computed shape.

#include <algorithm>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {

Result<void> lower_expand_dims(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("x");
  const int rank = static_cast<int>(to.declared(node.outputs[0]).dims.size());
  std::vector<int> axes = args.axes("axis", rank);
  KELT_RETURN_IF_ERROR(args.finish());
  std::sort(axes.begin(), axes.end());
  for (const int axis : axes) {
    KELT_ASSIGN_OR_RETURN(x, expand_dims(to, x, axis));
  }
  return to.bind(node, x);
}

Result<void> lower_squeeze(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const bool all = !args.optional_integers("axis").has_value();
  std::vector<int> axes = args.axes("axis", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  if (all) std::erase_if(axes, [&](int axis) { return x.dims[axis] != Dim(1); });
  KELT_ASSIGN_OR_RETURN(const Value y, squeeze(to, x, axes));
  return to.bind(node, y);
}

Result<void> lower_ravel(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y, flatten(to, x));
  return to.bind(node, y);
}

}  // namespace kelt::lower
