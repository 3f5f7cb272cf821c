// lower/repeat.cc — keras.ops.repeat → copies side by side, BROADCAST_TO where their number is a length, or GATHER; tile → TILE.

#include <algorithm>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"
#include "lower/repeat.h"

namespace kelt::lower {
namespace {

int unknown_count(const Dims& dims) {
  return static_cast<int>(std::count_if(dims.begin(), dims.end(), [](const Dim& dim) { return !dim.is_static(); }));
}

// [.., n, ..] → [.., n, 1, ..] → count copies → [.., n × count, ..]
Result<Value> by_copies(Lowering& to, const Value& x, int axis, int64_t count) {
  Dims result = x.dims;
  result[axis] = result[axis] * Dim(count);
  KELT_ASSIGN_OR_RETURN(const Value apart, expand_dims(to, x, axis + 1));
  const Value copies = concatenate(to, std::vector<Value>(static_cast<size_t>(count), apart), axis + 1);
  return reshape(to, copies, result);
}

// The same for a count that is known when the file runs. An axis of one is the new one itself.
Result<Value> by_broadcast(Lowering& to, Value x, int axis, const Dim& count) {
  Dims result = x.dims;
  result[axis] = result[axis] * count;
  if (x.dims[axis] == Dim(1)) return broadcast_to(to, x, result);
  KELT_ASSIGN_OR_RETURN(x, expand_dims(to, x, axis + 1));
  Dims copies = x.dims;
  copies[axis + 1] = count;
  KELT_ASSIGN_OR_RETURN(x, broadcast_to(to, x, copies));
  return reshape(to, x, result);
}

// Each element of the axis as often as `counts` says.
Value by_gather(Lowering& to, const Value& x, int axis, const std::vector<int64_t>& counts) {
  std::vector<int32_t> places;
  for (size_t place = 0; place < counts.size(); ++place)
    places.insert(places.end(), static_cast<size_t>(counts[place]), clamp_int32(static_cast<int64_t>(place)));
  return gather(to, x, to.ints(places), axis);
}

}  // namespace

Result<Value> repeat(Lowering& to, const Value& x, int axis, int64_t count) {
  if (count == 1) return x;
  const auto length = x.dims[axis].value();
  if (length && unknown_count(x.dims) > 1) return by_gather(to, x, axis, std::vector<int64_t>(static_cast<size_t>(*length), count));
  return by_copies(to, x, axis, count);
}

Result<void> lower_repeat(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("x");
  const Dims repeats = args.dims("repeats");
  const bool flat = !args.optional_integer("axis").has_value();
  const int axis = flat ? 0 : args.axis("axis", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  if (flat) {
    KELT_ASSIGN_OR_RETURN(x, flatten(to, x));
  }
  if (repeats.size() != 1) {
    const auto counts = static_dims(repeats);
    if (!counts || x.dims[axis].value() != static_cast<int64_t>(counts->size()))
      return reject("its argument `repeats` has not one number for each element of the axis");
    return to.bind(node, by_gather(to, x, axis, *counts));
  }
  const auto count = repeats[0].value();
  KELT_ASSIGN_OR_RETURN(const Value y, count ? repeat(to, x, axis, *count) : by_broadcast(to, x, axis, repeats[0]));
  return to.bind(node, y);
}

Result<void> lower_tile(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("x");
  Dims counts = args.dims("repeats");
  KELT_RETURN_IF_ERROR(args.finish());
  while (x.rank() < static_cast<int>(counts.size())) {
    KELT_ASSIGN_OR_RETURN(x, expand_dims(to, x, 0));
  }
  counts.insert(counts.begin(), x.dims.size() - counts.size(), Dim(1));
  if (std::all_of(counts.begin(), counts.end(), [](const Dim& count) { return count == Dim(1); })) return to.bind(node, x);
  Dims dims;
  for (int axis = 0; axis < x.rank(); ++axis) dims.push_back(x.dims[axis] * counts[axis]);
  KELT_ASSIGN_OR_RETURN(const Value multiples, to.shape_value(counts));
  return to.bind(node, to.emit(litert::BuiltinOperator::TILE, tflite::TileOptionsT{}, {x, multiples}, {x.dtype, dims}));
}

}  // namespace kelt::lower
