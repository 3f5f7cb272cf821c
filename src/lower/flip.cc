// lower/flip.cc — keras.ops.flip, fliplr, flipud → REVERSE_V2, one for each axis; roll → two slices, joined the other way round;
// rot90 → transposes and flips.

#include <numeric>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/flip.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// The place at which the second piece begins: length − shift, whatever the shift. No number in it is negative at any length,
// so that the runtime works it out before it allocates (core/size.h).
Dim turning_point(const Dim& length, int64_t shift) {
  if (length.value() == 0) return Dim(0);
  return shift > 0 ? length - Dim(1) - Dim::mod(Dim(shift - 1), length) : Dim::mod(Dim(-shift), length);
}

Result<Value> roll(Lowering& to, const Value& x, int axis, int64_t shift) {
  const Dim first = turning_point(x.dims[axis], shift);
  if (first.value() == 0) return x;
  KELT_ASSIGN_OR_RETURN(const Bound turn, bound_of(to, first, x.dims[axis]));
  const Dim second = x.dims[axis] - first;
  KELT_ASSIGN_OR_RETURN(const Value tail, slice_axis(to, x, axis, turn, Open{}, second));
  KELT_ASSIGN_OR_RETURN(const Value head, slice_axis(to, x, axis, Open{}, turn, first));
  Value y = concatenate(to, std::vector<Value>{tail, head}, axis);
  y.dims = x.dims;
  return y;
}

}  // namespace

Value flip(Lowering& to, const Value& x, int axis) {
  const auto dtype = x.dtype == DType::kUInt32 ? DType::kInt64 : x.dtype == DType::kUInt16 ? DType::kInt32 : x.dtype;
  const std::vector<Value> inputs = {cast(to, x, dtype), to.ints(std::vector<int32_t>{axis})};
  return cast(to, to.emit(BuiltinOperator::REVERSE_V2, tflite::ReverseV2OptionsT{}, inputs, {dtype, x.dims}), x.dtype);
}

Result<void> lower_flip(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("x");
  const std::vector<int> axes = args.axes("axis", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  for (const int axis : axes) x = flip(to, x, axis);
  return to.bind(node, x);
}

Result<void> lower_fliplr(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, flip(to, x, 1));
}

Result<void> lower_flipud(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, flip(to, x, 0));
}

Result<void> lower_roll(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("x");
  std::vector<int64_t> shifts = args.integers("shift");
  const bool flat = !args.optional_integers("axis").has_value();
  const std::vector<int> axes = flat ? std::vector<int>{0} : args.axes("axis", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  const Dims dims = x.dims;
  if (flat) {
    KELT_ASSIGN_OR_RETURN(x, flatten(to, x));
  }
  if (shifts.size() == 1) shifts.resize(axes.size(), shifts[0]);
  if (shifts.size() != axes.size()) return reject("shifts another number of axes than it names");
  for (size_t index = 0; index < axes.size(); ++index) {
    KELT_ASSIGN_OR_RETURN(x, roll(to, x, axes[index], shifts[index]));
  }
  KELT_ASSIGN_OR_RETURN(const Value y, reshape(to, x, dims));
  return to.bind(node, y);
}

Result<void> lower_rot90(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("array");
  const int64_t turns = ((args.integer("k") % 4) + 4) % 4;
  const std::vector<int> axes = args.axes("axes", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  if (axes.size() != 2) return reject("turns in a plane of other than two axes");
  std::vector<int> swapped(x.dims.size());
  std::iota(swapped.begin(), swapped.end(), 0);
  std::swap(swapped[axes[0]], swapped[axes[1]]);
  if (turns == 0) return to.bind(node, x);
  if (turns == 1) return to.bind(node, transpose(to, flip(to, x, axes[1]), swapped));
  if (turns == 2) return to.bind(node, flip(to, flip(to, x, axes[0]), axes[1]));
  return to.bind(node, flip(to, transpose(to, x, swapped), axes[1]));
}

}  // namespace kelt::lower
