// lower/transpose.cc — keras.ops.transpose, swapaxes, moveaxis → TRANSPOSE.

#include <algorithm>
#include <numeric>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {

Result<void> lower_transpose(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const bool reverse = !args.optional_integers("axes").has_value();
  std::vector<int> order = args.axes("axes", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  if (reverse) std::reverse(order.begin(), order.end());
  return to.bind(node, transpose(to, x, order));
}

Result<void> lower_swapaxes(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int axis1 = args.axis("axis1", x.rank());
  const int axis2 = args.axis("axis2", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  std::vector<int> order(x.dims.size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[axis1], order[axis2]);
  return to.bind(node, transpose(to, x, order));
}

Result<void> lower_moveaxis(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const std::vector<int> source = args.axes("source", x.rank());
  const std::vector<int> destination = args.axes("destination", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  if (source.size() != destination.size()) return reject("moves a number of axes to another number of places");
  std::vector<int> order(x.dims.size(), -1);
  for (size_t index = 0; index < source.size(); ++index) order[destination[index]] = source[index];
  // The others keep their order.
  auto place = std::find(order.begin(), order.end(), -1);
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (std::find(source.begin(), source.end(), axis) != source.end()) continue;
    *place = axis;
    place = std::find(place, order.end(), -1);
  }
  return to.bind(node, transpose(to, x, order));
}

}  // namespace kelt::lower
