// lower/concatenate.cc — keras.ops.concatenate, append, hstack, vstack, dstack, stack → CONCATENATION.
//
// PACK stays outside XNNPACK: a stack is a concatenation of parts with an axis of length 1 more, where that takes no computed
// shape.

#include <algorithm>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

Result<void> bind_joined(const graph::Node& node, Lowering& to, std::vector<Value> parts, int axis) {
  for (Value& part : parts) part = cast(to, part, to.declared(node.outputs[0]).dtype);
  return to.bind(node, concatenate(to, parts, axis));
}

// numpy's hstack, vstack, dstack: each part gets at least `rank` axes, of length 1 in front (and one behind, for dstack).
Result<void> lower_stacked(const graph::Node& node, Lowering& to, int rank, int axis) {
  Arguments args(node, to);
  std::vector<Value> parts = args.tensors("xs");
  KELT_RETURN_IF_ERROR(args.finish());
  for (Value& part : parts) {
    while (part.rank() < rank) {
      const bool behind = rank == 3 && part.rank() == 2;
      KELT_ASSIGN_OR_RETURN(part, expand_dims(to, part, behind ? part.rank() : 0));
    }
  }
  const bool vectors = rank == 1 && parts[0].rank() == 1;  // hstack joins vectors end to end
  return bind_joined(node, to, std::move(parts), vectors ? 0 : axis);
}

}  // namespace

Result<void> lower_concatenate(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  std::vector<Value> parts = args.tensors("xs");
  const bool flat = !args.optional_integer("axis").has_value();
  const int axis = flat || parts.empty() ? 0 : args.axis("axis", parts[0].rank());
  KELT_RETURN_IF_ERROR(args.finish());
  if (flat) {
    for (Value& part : parts) {
      KELT_ASSIGN_OR_RETURN(part, flatten(to, part));
    }
  }
  return bind_joined(node, to, std::move(parts), axis);
}

Result<void> lower_append(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  std::vector<Value> parts = {args.tensor("x1"), args.tensor("x2")};
  const bool flat = !args.optional_integer("axis").has_value();
  const int axis = flat ? 0 : args.axis("axis", parts[0].rank());
  KELT_RETURN_IF_ERROR(args.finish());
  if (flat) {
    for (Value& part : parts) {
      KELT_ASSIGN_OR_RETURN(part, flatten(to, part));
    }
  }
  return bind_joined(node, to, std::move(parts), axis);
}

Result<void> lower_hstack(const graph::Node& node, Lowering& to) { return lower_stacked(node, to, 1, 1); }
Result<void> lower_vstack(const graph::Node& node, Lowering& to) { return lower_stacked(node, to, 2, 0); }
Result<void> lower_dstack(const graph::Node& node, Lowering& to) { return lower_stacked(node, to, 3, 2); }

Result<void> lower_stack(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  std::vector<Value> parts = args.tensors("x");
  const int axis = parts.empty() ? 0 : args.axis("axis", parts[0].rank() + 1);
  KELT_RETURN_IF_ERROR(args.finish());
  for (Value& part : parts) part = cast(to, part, to.declared(node.outputs[0]).dtype);
  const Dims& dims = parts[0].dims;
  if (std::count_if(dims.begin(), dims.end(), [](const Dim& dim) { return !dim.is_static(); }) > 1)
    return to.bind(node, pack(to, parts, axis));
  for (Value& part : parts) {
    KELT_ASSIGN_OR_RETURN(part, expand_dims(to, part, axis));
  }
  return to.bind(node, concatenate(to, parts, axis));
}

}  // namespace kelt::lower
