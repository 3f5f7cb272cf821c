#include "lower/core/strided_slice.h"

#include <algorithm>

#include "lower/core/ops.h"

namespace kelt::lower {
namespace {

bool is_open(const Bound& bound) { return std::holds_alternative<Open>(bound); }

bool keeps_all(const Range& range) {
  const auto* begin = std::get_if<int64_t>(&range.begin);
  return range.stride == 1 && (is_open(range.begin) || (begin != nullptr && *begin == 0)) && is_open(range.end);
}

// Where a slice without elements begins and ends: XNNPACK takes an end of 0 for that of the axis.
constexpr int64_t kNowhere = 1;

// The bounds of all axes as an int32 vector; open ones count for nothing.
Result<Value> vector_of(Lowering& to, const std::vector<Bound>& bounds) {
  std::vector<int32_t> numbers;
  std::vector<Value> elements;
  bool computed = false;
  for (const Bound& bound : bounds) {
    const auto* number = std::get_if<int64_t>(&bound);
    const auto* value = std::get_if<Value>(&bound);
    numbers.push_back(number != nullptr ? clamp_int32(*number) : 0);
    elements.push_back(value != nullptr ? *value : to.constant(scalar(DType::kInt32, int64_t{numbers.back()})));
    computed = computed || value != nullptr;
  }
  if (!computed) return to.ints(numbers);
  return row_of(to, elements);
}

// XNNPACK has no strides, but slices: every k-th element of an axis of m · k, with all that stands behind it, is the first part of
// each row of an [m, k · rest] matrix. Not where a reshape would need a computed shape, or would infer a length from no elements.
bool can_be_columns(const Value& x, std::span<const Range> ranges) {
  bool strided = false;
  for (size_t axis = 0; axis < ranges.size(); ++axis) {
    const Range& range = ranges[axis];
    if (range.length.value() == 0 || (strided && !range.length.is_static())) return false;
    if (range.stride == 1) continue;
    strided = true;
    const auto length = x.dims[axis].value();
    const auto* begin = std::get_if<int64_t>(&range.begin);
    const bool from_start = is_open(range.begin) || (begin != nullptr && *begin >= 0 && *begin < range.stride);
    if (!length || range.stride < 1 || *length % range.stride != 0 || !from_start) return false;
    if (range.length.value() != *length / range.stride) return false;
  }
  const auto open = std::ranges::count_if(ranges, [](const Range& range) { return !range.length.is_static(); });
  return strided && x.dtype == DType::kFloat32 && open <= 1;
}

Result<Value> columns(Lowering& to, const Value& x, std::span<const Range> ranges) {
  std::vector<Range> plain;
  for (size_t axis = 0; axis < ranges.size(); ++axis) plain.push_back(ranges[axis].stride == 1 ? ranges[axis] : whole(x.dims[axis]));
  KELT_ASSIGN_OR_RETURN(Value y, strided_slice(to, x, plain));
  int64_t rest = 1;
  for (size_t axis = ranges.size(); axis-- > 0;) {
    const Range& range = ranges[axis];
    if (range.stride != 1) {
      Dims rows(y.dims.begin(), y.dims.begin() + static_cast<ptrdiff_t>(axis));
      rows.insert(rows.end(), {range.length, Dim(range.stride * rest)});
      const auto* begin = std::get_if<int64_t>(&range.begin);
      const int64_t from = begin == nullptr ? 0 : *begin * rest;
      KELT_ASSIGN_OR_RETURN(const Value matrix, reshape(to, y, rows));
      KELT_ASSIGN_OR_RETURN(const Value part, slice_axis(to, matrix, static_cast<int>(axis) + 1, from, from + rest, Dim(rest)));
      Dims dims = y.dims;
      dims[axis] = range.length;
      KELT_ASSIGN_OR_RETURN(y, reshape(to, part, dims));
    }
    rest *= y.dims[axis].value().value_or(1);
  }
  return y;
}

}  // namespace

Range whole(const Dim& length) { return Range{.length = length}; }

Result<Bound> bound_of(Lowering& to, const Dim& dim, const Dim& axis_length) {
  if (const auto number = dim.value()) return Bound(*number);
  if (!dim.is_unknown() && !axis_length.is_unknown()) {
    const auto from_end = (dim - axis_length).value();
    if (from_end && *from_end >= 0) return Bound(Open{});
    if (from_end) return Bound(*from_end);
  }
  KELT_ASSIGN_OR_RETURN(const Value value, to.dim_value(dim));
  return Bound(value);
}

Result<Value> strided_slice(Lowering& to, const Value& x, std::span<const Range> ranges) {
  if (std::all_of(ranges.begin(), ranges.end(), keeps_all)) return x;
  if (can_be_columns(x, ranges)) return columns(to, x, ranges);
  tflite::StridedSliceOptionsT options;
  std::vector<Bound> begins, ends;
  std::vector<int32_t> strides;
  Dims dims;
  for (size_t axis = 0; axis < ranges.size(); ++axis) {
    Range range = ranges[axis];
    if (range.length.value() == 0 && !keeps_all(range)) range.begin = range.end = kNowhere;
    if (is_open(range.begin)) options.begin_mask |= 1 << axis;
    if (is_open(range.end)) options.end_mask |= 1 << axis;
    begins.push_back(range.begin);
    ends.push_back(range.end);
    strides.push_back(clamp_int32(range.stride));
    dims.push_back(range.length);
  }
  KELT_ASSIGN_OR_RETURN(const Value begin, vector_of(to, begins));
  KELT_ASSIGN_OR_RETURN(const Value end, vector_of(to, ends));
  const std::vector<Value> inputs = {x, begin, end, to.ints(strides)};
  return to.emit(litert::BuiltinOperator::STRIDED_SLICE, std::move(options), inputs, {x.dtype, std::move(dims)});
}

Result<Value> slice_axis(Lowering& to, const Value& x, int axis, const Bound& begin, const Bound& end, const Dim& length) {
  std::vector<Range> ranges;
  for (const Dim& dim : x.dims) ranges.push_back(whole(dim));
  ranges[axis] = {.begin = begin, .end = end, .stride = 1, .length = length};
  return strided_slice(to, x, ranges);
}

}  // namespace kelt::lower
