// lower/split.cc — keras.ops.split, array_split, hsplit, vsplit, dsplit, unstack → SPLIT into few equal parts, else slices.

#include <algorithm>

#include "lower/core/arguments.h"
#include "lower/core/compute_dtype.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

constexpr int64_t kMostParts = 4;  // of XNNPACK's SPLIT; more are slices of it

std::vector<Value> equal_parts(Lowering& to, const Value& x, int axis, int64_t count) {
  tflite::SplitOptionsT options;
  options.num_splits = clamp_int32(count);
  const DType dtype = compute_dtype(litert::BuiltinOperator::SPLIT, x.dtype).value_or(x.dtype);
  Dims dims = x.dims;
  dims[axis] = Dim::floor_div(dims[axis], Dim(count));
  const std::vector<Value> inputs = {to.constant(scalar(DType::kInt32, int64_t{axis})), cast(to, x, dtype)};
  std::vector<Value> parts = to.emit_many(litert::BuiltinOperator::SPLIT, std::move(options), inputs,
                                          std::vector<ValueType>(static_cast<size_t>(count), {dtype, dims}));
  for (Value& part : parts) part = cast(to, part, x.dtype);
  return parts;
}

Result<std::vector<Value>> parts_at(Lowering& to, const Value& x, int axis, const std::vector<int64_t>& positions) {
  std::vector<Value> parts;
  const Dim& length = x.dims[axis];
  Bound begin = Open{};
  Dim done(0);
  for (const int64_t position : positions) {
    const Dim end = position < 0 ? length + Dim(position) : length.is_static() ? Dim(std::min(position, *length.value())) : Dim(position);
    KELT_ASSIGN_OR_RETURN(const Value part, slice_axis(to, x, axis, begin, Bound(position), end - done));
    parts.push_back(part);
    begin = position;
    done = end;
  }
  KELT_ASSIGN_OR_RETURN(const Value last, slice_axis(to, x, axis, begin, Open{}, length - done));
  parts.push_back(last);
  return parts;
}

// Where the parts begin, but for the first; the first ones are longer by one where the length is no multiple.
std::vector<int64_t> begins(int64_t length, int64_t count) {
  std::vector<int64_t> positions;
  for (int64_t part = 1; part < count; ++part) positions.push_back(part * (length / count) + std::min(part, length % count));
  return positions;
}

// SPLIT, or slices where the parts differ, or XNNPACK has no SPLIT into so many.
Result<std::vector<Value>> parts_of(Lowering& to, const Value& x, int axis, int64_t count) {
  const auto length = x.dims[axis].value();
  if (!length || (*length % count == 0 && (count <= kMostParts || !is_float(x.dtype)))) return equal_parts(to, x, axis, count);
  return parts_at(to, x, axis, begins(*length, count));
}

Result<void> bind_all(const graph::Node& node, Lowering& to, const std::vector<Value>& parts) {
  if (parts.size() != node.outputs.size()) return Error{.code = Code::kInternal, .what = "its lowering made another number of parts"};
  for (size_t index = 0; index < parts.size(); ++index) KELT_RETURN_IF_ERROR(to.bind(node, parts[index], static_cast<int>(index)));
  return {};
}

Result<void> split_along(const graph::Node& node, Lowering& to, Arguments& args, const Value& x, int axis) {
  const graph::Attribute* how = args.raw("indices_or_sections");
  const bool sections = how != nullptr && std::holds_alternative<int64_t>(how->value);
  const std::vector<int64_t> numbers = args.integers("indices_or_sections");
  KELT_RETURN_IF_ERROR(args.finish());
  if (!sections) {
    KELT_ASSIGN_OR_RETURN(const std::vector<Value> parts, parts_at(to, x, axis, numbers));
    return bind_all(node, to, parts);
  }
  if (numbers[0] == 1) return to.bind(node, x);
  KELT_ASSIGN_OR_RETURN(const std::vector<Value> parts, parts_of(to, x, axis, numbers[0]));
  return bind_all(node, to, parts);
}

}  // namespace

Result<void> lower_split(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  return split_along(node, to, args, x, args.axis("axis", x.rank()));
}

Result<void> lower_hsplit(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  return split_along(node, to, args, x, x.rank() == 1 ? 0 : 1);
}

Result<void> lower_vsplit(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  return split_along(node, to, args, x, 0);
}

Result<void> lower_dsplit(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  return split_along(node, to, args, x, 2);
}

Result<void> lower_unstack(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int axis = args.axis("axis", x.rank());
  args.ignore("num");  // the number of outputs says it
  KELT_RETURN_IF_ERROR(args.finish());
  const auto count = static_cast<int64_t>(node.outputs.size());
  std::vector<Value> parts = {x};
  if (count > 1) {
    KELT_ASSIGN_OR_RETURN(parts, parts_of(to, x, axis, count));
  }
  for (Value& part : parts) {
    part.dims[axis] = Dim(1);
    KELT_ASSIGN_OR_RETURN(part, squeeze(to, part, std::vector<int>{axis}));
  }
  return bind_all(node, to, parts);
}

}  // namespace kelt::lower
