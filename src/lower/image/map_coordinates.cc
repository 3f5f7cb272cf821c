// lower/image/map_coordinates.cc — keras.ops.image.map_coordinates → GATHER of the neighbours of each place, weighted.

#include <cmath>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/image/lowerings.h"
#include "lower/image/sample.h"

namespace kelt::lower {

Result<void> lower_map_coordinates(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value inputs = args.tensor("inputs");
  const Value coordinates = cast(to, args.tensor("coordinates"), DType::kFloat32);
  const int64_t order = args.integer("order");
  Interpolation interpolation{.linear = order == 1, .beyond = args.text("fill_mode"), .fill = args.number("fill_value")};
  if (order != 0 && order != 1) args.reject_argument("order", "0 or 1");
  KELT_RETURN_IF_ERROR(args.finish());
  if (is_integer(inputs.dtype)) interpolation.fill = std::trunc(interpolation.fill);

  std::vector<SampledAxis> axes;
  for (int axis = 0; axis < inputs.rank(); ++axis) {
    std::vector<int64_t> begin(coordinates.dims.size(), 0);
    begin[0] = axis;
    Dims size = coordinates.dims;
    size[0] = Dim(1);
    KELT_ASSIGN_OR_RETURN(const Value places, squeeze(to, slice(to, coordinates, begin, size), std::vector<int>{0}));
    KELT_ASSIGN_OR_RETURN(const Value length, to.dim_value(inputs.dim(axis)));
    const Dims inner(inputs.dims.begin() + axis + 1, inputs.dims.end());
    KELT_ASSIGN_OR_RETURN(const Value step, to.dim_value(product_of(inner)));
    axes.push_back({.places = places, .length = length, .step = step});
  }
  KELT_ASSIGN_OR_RETURN(const Value table, flatten(to, cast(to, inputs, DType::kFloat32)));
  KELT_ASSIGN_OR_RETURN(const Value y, sample(to, table, Value{}, axes, interpolation));
  return to.bind(node, as_sampled(to, y, inputs.dtype));
}

}  // namespace kelt::lower
