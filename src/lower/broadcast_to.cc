// lower/broadcast_to.cc — keras.ops.broadcast_to, meshgrid → BROADCAST_TO.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {

Result<void> lower_broadcast_to(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  Dims dims = args.dims("shape");
  KELT_RETURN_IF_ERROR(args.finish());
  const size_t added = dims.size() - x.dims.size();
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis] == Dim(-1) && axis >= added) dims[axis] = x.dims[axis - added];
  }
  KELT_ASSIGN_OR_RETURN(const Value y, broadcast_to(to, x, dims));
  return to.bind(node, y);
}

// Each vector along an axis of its own; indexing "xy" swaps the first two.
Result<void> lower_meshgrid(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  std::vector<Value> vectors = args.tensors("x");
  const bool swap = args.text("indexing") == "xy" && vectors.size() > 1;
  KELT_RETURN_IF_ERROR(args.finish());
  const size_t rank = vectors.size();
  const auto axis_of = [&](size_t index) { return swap && index < 2 ? 1 - index : index; };
  Dims dims(rank);
  for (size_t index = 0; index < rank; ++index) {
    KELT_ASSIGN_OR_RETURN(vectors[index], flatten(to, vectors[index]));
    dims[axis_of(index)] = vectors[index].dims[0];
  }
  for (size_t index = 0; index < rank; ++index) {
    Dims shape(rank, Dim(1));
    shape[axis_of(index)] = vectors[index].dims[0];
    KELT_ASSIGN_OR_RETURN(const Value along, reshape(to, vectors[index], shape));
    KELT_ASSIGN_OR_RETURN(const Value grid, broadcast_to(to, along, dims));
    KELT_RETURN_IF_ERROR(to.bind(node, grid, static_cast<int>(index)));
  }
  return {};
}

}  // namespace kelt::lower
