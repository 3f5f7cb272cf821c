// lower/get_item.cc — keras.ops.get_item, which is x[key] → STRIDED_SLICE, then shapes; GATHER or GATHER_ND for tensor indices.
//
// Slices come first, on every axis at once; integers are slices of length 1 whose axis is dropped behind them.

#include <algorithm>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/lowerings.h"
#include "lower/take.h"

namespace kelt::lower {
namespace {

// What is left to do on an axis of the sliced operand, or in front of it.
enum class Kind { kKept, kDropped, kNew, kIndexed };
struct Part {
  Kind kind = Kind::kKept;
  Range range;    // kKept, kDropped
  Value indices;  // kIndexed
};

const graph::Slice* slice_in(const graph::Attribute& key) {
  const auto* slice = std::get_if<std::shared_ptr<const graph::Slice>>(&key.value);
  return slice == nullptr ? nullptr : slice->get();
}

// How many axes of the operand the key uses up.
int axes_used(const graph::Attribute& key) {
  return std::holds_alternative<graph::None>(key.value) || std::holds_alternative<graph::Ellipsis>(key.value) ? 0 : 1;
}

// The length of [begin, end) by stride: Python's rule, if all are numbers.
Dim sliced_length(const Range& range, const Dim& axis_length) {
  const auto length = axis_length.value();
  const auto* begin = std::get_if<int64_t>(&range.begin);
  const auto* end = std::get_if<int64_t>(&range.end);
  const bool computed = std::holds_alternative<Value>(range.begin) || std::holds_alternative<Value>(range.end);
  if (computed) return Dim::unknown();
  if (!length) {
    const bool from_front = range.stride == 1 && (begin == nullptr || *begin >= 0);
    if (!from_front) return Dim::unknown();
    const int64_t first = begin == nullptr ? 0 : *begin;
    if (end == nullptr) return axis_length - Dim(first);
    return *end < 0 ? axis_length + Dim(*end - first) : Dim::unknown();
  }
  const bool down = range.stride < 0;
  const auto clamp = [&](int64_t at) { return std::clamp(at < 0 ? at + *length : at, int64_t{down ? -1 : 0}, *length - (down ? 1 : 0)); };
  const int64_t first = begin == nullptr ? (down ? *length - 1 : 0) : clamp(*begin);
  const int64_t last = end == nullptr ? (down ? -1 : *length) : clamp(*end);
  const int64_t distance = down ? first - last : last - first;
  return {distance <= 0 ? 0 : (distance + std::abs(range.stride) - 1) / std::abs(range.stride)};
}

Result<Bound> read_bound(Lowering& to, const graph::Attribute& attribute, const Dim& axis_length) {
  if (std::holds_alternative<graph::None>(attribute.value)) return Bound(Open{});
  if (const auto* number = std::get_if<int64_t>(&attribute.value)) return Bound(*number);
  if (const auto* dim = std::get_if<Dim>(&attribute.value)) return bound_of(to, *dim, axis_length);
  if (const auto* id = std::get_if<graph::ValueId>(&attribute.value)) {
    KELT_ASSIGN_OR_RETURN(const Value value, to.value(*id));
    KELT_ASSIGN_OR_RETURN(const Value number, reshape(to, cast(to, value, DType::kInt32), {}));
    return Bound(number);
  }
  return reject("slices by something that is no number");
}

Result<Part> read_slice(Lowering& to, const graph::Slice& slice, const Dim& axis_length) {
  Part part;
  KELT_ASSIGN_OR_RETURN(part.range.begin, read_bound(to, slice.start, axis_length));
  KELT_ASSIGN_OR_RETURN(part.range.end, read_bound(to, slice.stop, axis_length));
  if (const auto* step = std::get_if<int64_t>(&slice.step.value)) {
    part.range.stride = clamp_int32(*step);  // a step beyond the axis takes one element
  } else if (!std::holds_alternative<graph::None>(slice.step.value)) {
    return reject("slices by a step that is no number");
  }
  part.range.length = sliced_length(part.range, axis_length);
  return part;
}

// One element of an axis: a slice of length 1, dropped later.
Result<Part> read_element(Lowering& to, const graph::Attribute& key, const Dim& axis_length) {
  Part part{.kind = Kind::kDropped};
  KELT_ASSIGN_OR_RETURN(part.range.begin, read_bound(to, key, axis_length));
  part.range.end = Open{};
  const auto* index = std::get_if<int64_t>(&part.range.begin);
  if (index != nullptr && !exact_int32(*index)) return reject("indexes by a number beyond 32 bits");
  if (const auto* number = std::get_if<int64_t>(&part.range.begin); number != nullptr && *number != -1) part.range.end = *number + 1;
  if (const auto* value = std::get_if<Value>(&part.range.begin)) {
    part.range.end = add(to, *value, to.constant(scalar(DType::kInt32, int64_t{1})));
  }
  part.range.length = Dim(1);
  return part;
}

// A mask that is known is the list of places where it is true.
Result<Value> places_of(Lowering& to, const Value& mask) {
  const auto constant = to.constant_of(mask);
  if (!constant || mask.rank() != 1) {
    return reject("selects by a mask, whose result has no known shape", "Use keras.ops.where, or multiply by the mask");
  }
  KELT_ASSIGN_OR_RETURN(const std::vector<int32_t> flags, read_as<int32_t>(*constant));
  std::vector<int32_t> places;
  for (size_t place = 0; place < flags.size(); ++place) {
    if (flags[place] != 0) places.push_back(clamp_int32(static_cast<int64_t>(place)));
  }
  return to.ints(places);
}

Result<Part> read_part(Lowering& to, const graph::Attribute& key, const Dim& axis_length) {
  if (const graph::Slice* slice = slice_in(key)) return read_slice(to, *slice, axis_length);
  if (const auto* id = std::get_if<graph::ValueId>(&key.value)) {
    KELT_ASSIGN_OR_RETURN(Value indices, to.value(*id));
    if (indices.dtype == DType::kBool) {
      KELT_ASSIGN_OR_RETURN(indices, places_of(to, indices));
    }
    return Part{.kind = Kind::kIndexed, .range = whole(axis_length), .indices = indices};
  }
  if (const auto* list = std::get_if<graph::List>(&key.value)) {
    std::vector<int32_t> numbers;
    for (const graph::Attribute& element : *list) {
      const auto* number = std::get_if<int64_t>(&element.value);
      if (number == nullptr) return reject("indexes by a list that holds more than integers");
      if (!exact_int32(*number)) return reject("indexes by a number beyond 32 bits");
      numbers.push_back(*exact_int32(*number));
    }
    return Part{.kind = Kind::kIndexed, .range = whole(axis_length), .indices = to.ints(numbers)};
  }
  return read_element(to, key, axis_length);
}

// The key as one part an axis, the ellipsis and what the key leaves out filled in.
Result<std::vector<Part>> read_key(Lowering& to, const graph::List& keys, const Value& x) {
  int used = 0;
  bool ellipsis = false;
  for (const graph::Attribute& key : keys) {
    used += axes_used(key);
    ellipsis = ellipsis || std::holds_alternative<graph::Ellipsis>(key.value);
  }
  if (used > x.rank()) return reject("has more indices than its operand has axes");
  std::vector<Part> parts;
  int axis = 0;
  const auto keep = [&](int count) {
    for (; count > 0; --count, ++axis) parts.push_back({.range = whole(x.dims[axis])});
  };
  for (const graph::Attribute& key : keys) {
    if (std::holds_alternative<graph::Ellipsis>(key.value)) {
      keep(x.rank() - used);
    } else if (std::holds_alternative<graph::None>(key.value)) {
      parts.push_back({.kind = Kind::kNew});
    } else {
      KELT_ASSIGN_OR_RETURN(Part part, read_part(to, key, x.dims[axis]));
      parts.push_back(std::move(part));
      ++axis;
    }
  }
  keep(x.rank() - axis);
  return parts;
}

// x indexed by tensors on `axes`: a GATHER for one of them, else GATHER_ND with those axes in front.
Result<Value> index(Lowering& to, const Value& x, const std::vector<int>& axes, std::vector<Value> indices) {
  for (size_t place = 0; place < axes.size(); ++place) {
    KELT_ASSIGN_OR_RETURN(indices[place], from_the_front(to, indices[place], x.dims[axes[place]]));
  }
  if (axes.size() == 1) return gather(to, x, indices[0], axes[0]);
  const bool adjacent = axes.back() - axes.front() + 1 == static_cast<int>(axes.size());
  std::vector<int> order = axes;
  Dims rest;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) != axes.end()) continue;
    order.push_back(axis);
    rest.push_back(x.dims[axis]);
  }
  Dims common;
  for (const Value& value : indices) common = broadcast(common, value.dims);
  for (Value& value : indices) {
    KELT_ASSIGN_OR_RETURN(value, broadcast_to(to, cast(to, value, DType::kInt32), common));
  }
  const Value places = pack(to, indices, static_cast<int>(common.size()));
  Dims dims = common;
  dims.insert(dims.end(), rest.begin(), rest.end());
  const Value front = transpose(to, x, order);
  const Value y = to.emit(litert::BuiltinOperator::GATHER_ND, tflite::GatherNdOptionsT{}, {front, places}, {x.dtype, dims});
  if (!adjacent) return y;
  // numpy leaves the indices' axes where the indexed ones were.
  const int count = static_cast<int>(common.size());
  std::vector<int> back;
  for (int axis = 0; axis < axes.front(); ++axis) back.push_back(count + axis);
  for (int axis = 0; axis < count; ++axis) back.push_back(axis);
  for (int axis = count + axes.front(); axis < y.rank(); ++axis) back.push_back(axis);
  return transpose(to, y, back);
}

// Drops, adds and indexes axes, from the last to the first so that positions hold.
Result<Value> reshape_parts(Lowering& to, Value x, const std::vector<Part>& parts) {
  std::vector<int> indexed_axes;
  std::vector<Value> indices;
  bool apart = false;
  std::vector<int> dropped;
  std::vector<int> added;
  int axis = 0;  // of x, before anything is dropped
  int kept = 0;  // of the result of dropping
  for (const Part& part : parts) {
    if (part.kind == Kind::kNew) {
      added.push_back(kept++);
      continue;
    }
    if (part.kind == Kind::kDropped) {
      dropped.push_back(axis++);
      continue;
    }
    if (part.kind == Kind::kIndexed) {
      apart = apart || (!indexed_axes.empty() && indexed_axes.back() + 1 != kept);
      indexed_axes.push_back(kept);
      indices.push_back(part.indices);
    }
    ++axis;
    ++kept;
  }
  if (!indices.empty() && !dropped.empty() && apart) return reject("mixes integers and tensors as indices of axes that are not neighbours");
  if (!dropped.empty()) {
    KELT_ASSIGN_OR_RETURN(x, squeeze(to, x, dropped));
  }
  for (const int place : added) {
    KELT_ASSIGN_OR_RETURN(x, expand_dims(to, x, place));
  }
  if (indices.empty()) return x;
  return index(to, x, indexed_axes, indices);
}

}  // namespace

Result<void> lower_get_item(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const graph::Attribute* key = args.raw("key");
  KELT_RETURN_IF_ERROR(args.finish());
  if (key == nullptr) return reject("has no key");
  const auto* list = std::get_if<graph::List>(&key->value);
  KELT_ASSIGN_OR_RETURN(std::vector<Part> parts, read_key(to, list != nullptr ? *list : graph::List{*key}, x));
  // Where the rule above leaves a length open, the declared type may know it.
  const bool no_index = std::none_of(parts.begin(), parts.end(), [](const Part& part) { return part.kind == Kind::kIndexed; });
  const Dims& declared = to.declared(node.outputs[0]).dims;
  size_t place = 0;
  for (Part& part : parts) {
    if (!no_index || part.kind == Kind::kDropped) continue;
    if (part.kind == Kind::kKept && place < declared.size() && !declared[place].is_unknown()) part.range.length = declared[place];
    ++place;
  }
  std::vector<Range> ranges;
  for (const Part& part : parts) {
    if (part.kind != Kind::kNew) ranges.push_back(part.range);
  }
  KELT_ASSIGN_OR_RETURN(const Value sliced, strided_slice(to, x, ranges));
  KELT_ASSIGN_OR_RETURN(const Value y, reshape_parts(to, sliced, parts));
  return to.bind(node, y);
}

}  // namespace kelt::lower
