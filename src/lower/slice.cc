// lower/slice.cc — keras.ops.slice → SLICE; STRIDED_SLICE where a size is computed; GATHER where a start depends on values, since
// the result has a known size then; slice_update → DYNAMIC_UPDATE_SLICE.

#include <optional>
#include <variant>
#include <vector>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/fill.h"
#include "lower/lowerings.h"

namespace kelt::lower {

namespace {

using litert::BuiltinOperator;

// Where an axis starts: at a dim, or at an int32 scalar.
using Start = std::variant<Dim, Value>;

Result<std::vector<Start>> read_starts(const graph::Attribute& attribute, int rank, Lowering& to) {
  std::vector<Start> starts;
  if (const auto* list = std::get_if<graph::List>(&attribute.value)) {
    for (const graph::Attribute& element : *list) {
      if (const auto* number = std::get_if<int64_t>(&element.value)) {
        starts.emplace_back(Dim(*number));
      } else if (const auto* dim = std::get_if<Dim>(&element.value)) {
        starts.emplace_back(*dim);
      } else if (const auto* id = std::get_if<graph::ValueId>(&element.value)) {
        KELT_ASSIGN_OR_RETURN(const Value value, to.value(*id));
        KELT_ASSIGN_OR_RETURN(const Value index, reshape(to, cast(to, value, DType::kInt32), {}));
        starts.emplace_back(index);
      } else {
        return reject("starts at something that is no integer");
      }
    }
  } else if (const auto* id = std::get_if<graph::ValueId>(&attribute.value)) {
    KELT_ASSIGN_OR_RETURN(const Value row, to.value(*id));
    const auto constant = to.constant_of(row);
    for (int axis = 0; axis < rank && !constant; ++axis) {
      const Value place = to.constant(scalar(DType::kInt32, int64_t{axis}));
      starts.emplace_back(gather(to, cast(to, row, DType::kInt32), place, 0));
    }
    if (constant) {
      KELT_ASSIGN_OR_RETURN(const std::vector<int64_t> numbers, read_as<int64_t>(*constant));
      for (const int64_t number : numbers) starts.emplace_back(Dim(number));
    }
  }
  if (static_cast<int>(starts.size()) != rank) return reject("has another number of starts than of axes");
  return starts;
}

// What SLICE takes: numbers throughout, where an open length reaches the end.
std::optional<std::vector<int64_t>> plain_starts(const std::vector<Start>& starts, const Dims& asked, const Dims& dims) {
  std::vector<int64_t> numbers;
  for (size_t axis = 0; axis < starts.size(); ++axis) {
    const auto* dim = std::get_if<Dim>(&starts[axis]);
    const auto number = dim == nullptr ? std::nullopt : dim->value();
    if (!number) return std::nullopt;
    const bool open = asked[axis] == Dim(-1) || same_length(asked[axis] + *dim, dims[axis]);
    if (!open && !asked[axis].is_static()) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

Result<void> lower_slice(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("inputs");
  const graph::Attribute* start_indices = args.raw("start_indices");
  const Dims asked = args.dims("shape");
  KELT_RETURN_IF_ERROR(args.finish());
  if (start_indices == nullptr) return reject("has no start");
  KELT_ASSIGN_OR_RETURN(const std::vector<Start> starts, read_starts(*start_indices, x.rank(), to));
  const Dims& sizes = to.declared(node.outputs[0]).dims;
  if (const auto numbers = plain_starts(starts, asked, x.dims)) return to.bind(node, slice(to, x, *numbers, sizes));
  std::vector<Range> ranges;
  for (int axis = 0; axis < x.rank(); ++axis) {
    Range range = whole(x.dims[axis]);
    if (const auto* start = std::get_if<Dim>(&starts[axis])) {
      KELT_ASSIGN_OR_RETURN(range.begin, bound_of(to, *start, x.dims[axis]));
      if (asked[axis] != Dim(-1)) {
        KELT_ASSIGN_OR_RETURN(range.end, bound_of(to, *start + asked[axis], x.dims[axis]));
      }
      range.length = sizes[axis];
    }
    ranges.push_back(std::move(range));
  }
  KELT_ASSIGN_OR_RETURN(x, strided_slice(to, x, ranges));
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (const auto* start = std::get_if<Value>(&starts[axis])) {
      KELT_ASSIGN_OR_RETURN(const Value places, count_up(to, sizes[axis]));
      x = gather(to, x, add(to, places, *start), axis);
    }
  }
  return to.bind(node, x);
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
