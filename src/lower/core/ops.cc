#include "lower/core/ops.h"

#include <algorithm>

#include "lower/core/arguments.h"
#include "lower/core/compute_dtype.h"
#include "lower/core/many_axes.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// A constant that a cast makes larger is folded up to this size.
constexpr size_t kFoldedBytes = size_t{64} << 10;

// XNNPACK takes no more operands than these.
constexpr size_t kJoined = 5;

std::vector<int32_t> to_int32(std::span<const int64_t> values) {
  std::vector<int32_t> numbers;
  for (const int64_t value : values) numbers.push_back(clamp_int32(value));
  return numbers;
}

// The options table of an elementwise operator with two operands, where it has one.
Value emit_binary(Emitter& to, BuiltinOperator code, const std::vector<Value>& inputs, const ValueType& type) {
  switch (code) {
    case BuiltinOperator::ADD: return to.emit(code, tflite::AddOptionsT{}, inputs, type);
    case BuiltinOperator::SUB: return to.emit(code, tflite::SubOptionsT{}, inputs, type);
    case BuiltinOperator::MUL: return to.emit(code, tflite::MulOptionsT{}, inputs, type);
    case BuiltinOperator::DIV: return to.emit(code, tflite::DivOptionsT{}, inputs, type);
    case BuiltinOperator::BITWISE_XOR: return to.emit(code, tflite::BitwiseXorOptionsT{}, inputs, type);
    case BuiltinOperator::RIGHT_SHIFT: return to.emit(code, tflite::RightShiftOptionsT{}, inputs, type);
    default: return to.emit(code, inputs, type);
  }
}

std::ptrdiff_t unknown_lengths(const Dims& dims) {
  return std::count_if(dims.begin(), dims.end(), [](const Dim& dim) { return !dim.is_static(); });
}

// With a length of -1, SLICE stays outside XNNPACK; STRIDED_SLICE with an open end does not.
Value slice_to_the_end(Emitter& to, const Value& x, std::vector<int32_t> begin, const std::vector<int32_t>& lengths, const Dims& size) {
  tflite::StridedSliceOptionsT options;
  std::vector<int32_t> end;
  for (size_t axis = 0; axis < begin.size(); ++axis) {
    if (lengths[axis] < 0) options.end_mask |= 1 << axis;
    if (lengths[axis] == 0) begin[axis] = 1;  // XNNPACK takes an end of 0 for that of the axis
    end.push_back(lengths[axis] < 0 ? 0 : begin[axis] + lengths[axis]);
  }
  const Value strides = to.ints(std::vector<int32_t>(begin.size(), 1));
  return to.emit(BuiltinOperator::STRIDED_SLICE, std::move(options), {x, to.ints(begin), to.ints(end), strides}, {x.dtype, size});
}

}  // namespace

Dims broadcast(const Dims& a, const Dims& b) {
  const Dims& longer = a.size() >= b.size() ? a : b;
  const Dims& shorter = a.size() >= b.size() ? b : a;
  Dims dims = longer;
  const size_t offset = longer.size() - shorter.size();
  for (size_t axis = 0; axis < shorter.size(); ++axis) {
    Dim& dim = dims[axis + offset];
    const Dim& other = shorter[axis];
    if (dim == Dim(1) || (dim.is_unknown() && other.is_static() && other != Dim(1))) dim = other;
  }
  return dims;
}

Value operand(Emitter& to, BuiltinOperator code, const Value& x) {
  const auto dtype = compute_dtype(code, x.dtype);
  if (dtype) return cast(to, x, *dtype);
  to.fail(reject("computes in " + std::string(name(x.dtype)) + ", which " + tflite::EnumNameBuiltinOperator(code) + " lacks",
                 "Cast to float32 before it"));
  return x;
}

Value unary(Emitter& to, BuiltinOperator code, const Value& x) {
  const Value wide = operand(to, code, x);
  return cast(to, to.emit(code, {wide}, {wide.dtype, x.dims}), x.dtype);
}

Value binary(Emitter& to, BuiltinOperator code, const Value& a, const Value& b) {
  const Value wide_a = operand(to, code, a);
  const Value wide_b = operand(to, code, b);
  return cast(to, emit_binary(to, code, {wide_a, wide_b}, {wide_a.dtype, broadcast(a.dims, b.dims)}), a.dtype);
}

Value compare(Emitter& to, BuiltinOperator code, const Value& a, const Value& b) {
  return to.emit(code, {operand(to, code, a), operand(to, code, b)}, {DType::kBool, broadcast(a.dims, b.dims)});
}

Value add(Emitter& to, const Value& a, const Value& b) { return binary(to, BuiltinOperator::ADD, a, b); }
Value sub(Emitter& to, const Value& a, const Value& b) { return binary(to, BuiltinOperator::SUB, a, b); }
Value mul(Emitter& to, const Value& a, const Value& b) { return binary(to, BuiltinOperator::MUL, a, b); }
Value div(Emitter& to, const Value& a, const Value& b) { return binary(to, BuiltinOperator::DIV, a, b); }

Value select(Emitter& to, const Value& condition, const Value& a, const Value& b) {
  return to.emit(BuiltinOperator::SELECT_V2, {condition, a, b}, {a.dtype, broadcast(condition.dims, broadcast(a.dims, b.dims))});
}

Value cast(Emitter& to, const Value& x, DType dtype) {
  if (x.dtype == dtype) return x;
  // Of a constant, unless it grows: then the file keeps the small one.
  if (const auto constant = to.constant_of(x)) {
    const bool grows = byte_size(dtype, constant->count()) > constant->bytes();
    if (!grows || byte_size(dtype, constant->count()) <= kFoldedBytes) return to.constant(kelt::cast(*constant, dtype));
  }
  tflite::CastOptionsT options;
  options.in_data_type = litert::to_tensor_type(x.dtype);
  options.out_data_type = litert::to_tensor_type(dtype);
  return to.emit(BuiltinOperator::CAST, std::move(options), {x}, {dtype, x.dims});
}

Value like(Emitter& to, const Value& x, double scalar) { return to.constant(x.dtype, scalar); }
Value scaled(Emitter& to, const Value& x, double factor) { return mul(to, x, like(to, x, factor)); }
Value shifted(Emitter& to, const Value& x, double offset) { return add(to, x, like(to, x, offset)); }

Value clip(Emitter& to, const Value& x, const Value& low, const Value& high) {
  const Value above = binary(to, BuiltinOperator::MAXIMUM, x, low);
  return binary(to, BuiltinOperator::MINIMUM, above, high);
}

Value clip(Emitter& to, const Value& x, double low, double high) {
  const Value above = binary(to, BuiltinOperator::MAXIMUM, x, like(to, x, low));
  return binary(to, BuiltinOperator::MINIMUM, above, like(to, x, high));
}

Result<Value> reshape(Lowering& to, const Value& x, const Dims& dims) {
  if (same_lengths(x.dims, dims)) return x;
  const auto constant = to.constant_of(x);
  if (const auto shape = static_dims(dims); constant && shape) return to.constant(kelt::reshape(*constant, *shape));
  if (unknown_lengths(dims) <= 1) return reshape_to_known(to, x, dims);
  KELT_ASSIGN_OR_RETURN(const Value computed, to.shape_value(dims));
  return to.emit(BuiltinOperator::RESHAPE, tflite::ReshapeOptionsT{}, {x, computed}, {x.dtype, dims});
}

// One unknown dim is -1, which keeps the shape a constant and the operator in the delegate.
Value reshape_to_known(Emitter& to, const Value& x, const Dims& dims) {
  if (unknown_lengths(dims) > 1)
    to.fail(reject("has more axes than the runtime takes, several of unknown length", "Fix all but one of them"));
  std::vector<int32_t> shape;
  for (const Dim& dim : dims) shape.push_back(clamp_int32(dim.value().value_or(-1)));
  const Value shape_constant = to.ints(shape);
  tflite::ReshapeOptionsT options;
  options.new_shape = std::move(shape);
  return to.emit(BuiltinOperator::RESHAPE, std::move(options), {x, shape_constant}, {x.dtype, dims});
}

Value transpose(Emitter& to, const Value& x, std::span<const int> permutation) {
  if (std::is_sorted(permutation.begin(), permutation.end())) return x;
  if (const auto constant = to.constant_of(x)) return to.constant(kelt::transpose(*constant, permutation));
  Dims dims;
  for (const int axis : permutation) dims.push_back(x.dims[axis]);
  const Value order = to.ints(std::vector<int32_t>(permutation.begin(), permutation.end()));
  return to.emit(BuiltinOperator::TRANSPOSE, tflite::TransposeOptionsT{}, {x, order}, {x.dtype, std::move(dims)});
}

Result<Value> expand_dims(Lowering& to, const Value& x, int axis) {
  Dims dims = x.dims;
  dims.insert(dims.begin() + axis, Dim(1));
  if (unknown_lengths(dims) <= 1) return reshape(to, x, dims);
  if (x.dtype == DType::kFloat32) {
    // EXPAND_DIMS stays outside XNNPACK; a product with a 1 of higher rank has a leading axis, which moves.
    const Value leading = mul(to, x, to.constant(kelt::reshape(scalar(x.dtype, 1.0), Shape(dims.size(), 1))));
    std::vector<int> order;
    for (int from = 1; from <= x.rank(); ++from) order.push_back(from);
    order.insert(order.begin() + axis, 0);
    return transpose(to, leading, order);
  }
  return to.emit(BuiltinOperator::EXPAND_DIMS, tflite::ExpandDimsOptionsT{}, {x, to.constant(scalar(DType::kInt32, int64_t{axis}))},
                 {x.dtype, std::move(dims)});
}

Result<Value> squeeze(Lowering& to, const Value& x, std::span<const int> axes) {
  Dims dims;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) dims.push_back(x.dims[axis]);
  }
  if (unknown_lengths(dims) <= 1) return reshape(to, x, dims);
  // SQUEEZE stays outside XNNPACK; a sum over axes of length 1 does not.
  if (x.dtype == DType::kFloat32) return reduce(to, BuiltinOperator::SUM, x, axes, false);
  tflite::SqueezeOptionsT options;
  options.squeeze_dims.assign(axes.begin(), axes.end());
  return to.emit(BuiltinOperator::SQUEEZE, std::move(options), {x}, {x.dtype, std::move(dims)});
}

Result<Value> flatten(Lowering& to, const Value& x) { return reshape(to, x, {product_of(x.dims)}); }

Result<Value> broadcast_to(Lowering& to, const Value& x, const Dims& dims) {
  if (same_lengths(x.dims, dims)) return x;
  KELT_ASSIGN_OR_RETURN(const Value shape, to.shape_value(dims));
  return to.emit(BuiltinOperator::BROADCAST_TO, tflite::BroadcastToOptionsT{}, {x, shape}, {x.dtype, dims});
}

Value pack(Emitter& to, std::span<const Value> elements, int axis) {
  tflite::PackOptionsT options;
  options.values_count = clamp_int32(static_cast<int64_t>(elements.size()));
  options.axis = axis;
  Dims dims = elements[0].dims;
  dims.insert(dims.begin() + axis, Dim(static_cast<int64_t>(elements.size())));
  std::vector<Value> wide;
  for (const Value& element : elements) wide.push_back(operand(to, BuiltinOperator::PACK, element));
  const ValueType type{wide[0].dtype, std::move(dims)};
  return cast(to, to.emit(BuiltinOperator::PACK, std::move(options), wide, type), elements[0].dtype);
}

Result<Value> row_of(Lowering& to, std::span<const Value> scalars) {
  std::vector<Value> elements;
  for (const Value& element : scalars) {
    if (const auto constant = to.constant_of(element)) {
      elements.push_back(to.constant(kelt::reshape(*constant, {1})));
      continue;
    }
    KELT_ASSIGN_OR_RETURN(const Value one, reshape(to, element, {Dim(1)}));
    elements.push_back(one);
  }
  return concatenate(to, elements, 0);
}

Value concatenate(Emitter& to, std::span<const Value> parts, int axis) {
  if (parts.size() == 1) return parts[0];
  // Nothing is added by an empty part, at which XNNPACK goes wrong.
  const auto empty = [&](const Value& part) { return part.dims[axis] == Dim(0); };
  if (std::any_of(parts.begin(), parts.end(), empty)) {
    std::vector<Value> rest;
    std::copy_if(parts.begin(), parts.end(), std::back_inserter(rest), [&](const Value& part) { return !empty(part); });
    return rest.empty() ? parts[0] : concatenate(to, rest, axis);
  }
  if (parts.size() > kJoined) {
    // Groups are joined before, of as few as make room: what is joined twice is copied twice.
    const size_t group = std::min(parts.size() - kJoined + 1, kJoined);
    const size_t grouped = parts.size() < 2 * kJoined ? group : parts.size();
    std::vector<Value> joined;
    for (size_t begin = 0; begin < grouped; begin += group) {
      joined.push_back(concatenate(to, parts.subspan(begin, std::min(group, grouped - begin)), axis));
    }
    joined.insert(joined.end(), parts.begin() + static_cast<std::ptrdiff_t>(grouped), parts.end());
    return concatenate(to, joined, axis);
  }
  if (has_many_axes(BuiltinOperator::CONCATENATION, parts[0])) return concatenate_many(to, parts, axis);
  tflite::ConcatenationOptionsT options;
  options.axis = axis;
  Dims dims = parts[0].dims;
  for (const Value& part : parts.subspan(1)) dims[axis] = dims[axis] + part.dims[axis];
  std::vector<Value> wide;
  for (const Value& part : parts) wide.push_back(operand(to, BuiltinOperator::CONCATENATION, part));
  const ValueType type{wide[0].dtype, std::move(dims)};
  return cast(to, to.emit(BuiltinOperator::CONCATENATION, std::move(options), wide, type), parts[0].dtype);
}

Value pad(Emitter& to, const Value& x, std::span<const Padding> padding, double fill) {
  std::vector<int32_t> table;
  Dims dims = x.dims;
  for (size_t axis = 0; axis < padding.size(); ++axis) {
    table.push_back(clamp_int32(padding[axis].before));
    table.push_back(clamp_int32(padding[axis].after));
    dims[axis] = dims[axis] + Dim(padding[axis].before) + Dim(padding[axis].after);
  }
  if (std::all_of(table.begin(), table.end(), [](int32_t count) { return count == 0; })) return x;
  const Value counts = to.constant(array_from<int32_t>({static_cast<int64_t>(padding.size()), 2}, table));
  const Value wide = operand(to, BuiltinOperator::PAD, x);
  if (has_many_axes(fill == 0 ? BuiltinOperator::PAD : BuiltinOperator::PADV2, wide)) return pad_many(to, x, padding, fill);
  const ValueType type{wide.dtype, std::move(dims)};
  if (fill == 0) return cast(to, to.emit(BuiltinOperator::PAD, tflite::PadOptionsT{}, {wide, counts}, type), x.dtype);
  return cast(to, to.emit(BuiltinOperator::PADV2, tflite::PadV2OptionsT{}, {wide, counts, like(to, wide, fill)}, type), x.dtype);
}

Value slice(Emitter& to, const Value& x, std::span<const int64_t> begin, const Dims& size) {
  // A length of -1 is all that is left, which is how a dim that is not known is kept whole.
  std::vector<int32_t> lengths;
  for (const Dim& dim : size) lengths.push_back(clamp_int32(dim.value().value_or(-1)));
  if (!all_static(size)) return slice_to_the_end(to, x, to_int32(begin), lengths, size);
  return to.emit(BuiltinOperator::SLICE, tflite::SliceOptionsT{}, {x, to.ints(to_int32(begin)), to.ints(lengths)}, {x.dtype, size});
}

Value identity(Emitter& to, const Value& x) {
  if (x.rank() > 0) return slice(to, x, std::vector<int64_t>(x.dims.size(), 0), x.dims);
  return to.emit(BuiltinOperator::RESHAPE, tflite::ReshapeOptionsT{}, {x, to.ints({})}, {x.dtype, {}});
}

Value element_of_shape(Emitter& to, const Value& x, int axis) {
  tflite::ShapeOptionsT shape_options;
  shape_options.out_type = litert::TensorType::INT32;
  const Value shape = to.emit(BuiltinOperator::SHAPE, std::move(shape_options), {x}, {DType::kInt32, {Dim(x.rank())}});
  tflite::StridedSliceOptionsT options;
  options.shrink_axis_mask = 1;
  const std::vector<Value> inputs = {shape, to.ints(std::vector<int32_t>{axis}), to.ints(std::vector<int32_t>{axis + 1}),
                                     to.ints(std::vector<int32_t>{1})};
  return to.emit(BuiltinOperator::STRIDED_SLICE, std::move(options), inputs, {DType::kInt32, {}});
}

Value reduce(Emitter& to, BuiltinOperator code, const Value& x, std::span<const int> axes, bool keep_dims) {
  tflite::ReducerOptionsT options;
  options.keep_dims = keep_dims;
  Dims dims;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const bool reduced = std::find(axes.begin(), axes.end(), axis) != axes.end();
    if (!reduced) dims.push_back(x.dims[axis]);
    if (reduced && keep_dims) dims.emplace_back(1);
  }
  if (axes.empty()) return x;
  const Value wide = operand(to, code, x);
  if (has_many_axes(code, wide)) return reduce_many(to, code, x, axes, dims);
  const Value over = to.ints(std::vector<int32_t>(axes.begin(), axes.end()));
  return cast(to, to.emit(code, std::move(options), {wide, over}, {wide.dtype, std::move(dims)}), x.dtype);
}

Value cumulative_sum(Emitter& to, const Value& x, int axis) {
  const Value wide = operand(to, BuiltinOperator::CUMSUM, x);
  const std::vector<Value> inputs = {wide, to.constant(scalar(DType::kInt32, int64_t{axis}))};
  return cast(to, to.emit(BuiltinOperator::CUMSUM, tflite::CumsumOptionsT{}, inputs, {wide.dtype, x.dims}), x.dtype);
}

Value fully_connected(Emitter& to, const Value& x, const Value& weights, const Value& bias, ActivationFunctionType activation) {
  tflite::FullyConnectedOptionsT options;
  options.fused_activation_function = activation;
  options.keep_num_dims = true;
  Dims dims = x.dims;
  dims.back() = weights.dims[0];
  return to.emit(BuiltinOperator::FULLY_CONNECTED, std::move(options), {x, weights, bias}, {x.dtype, std::move(dims)});
}

Value batch_matmul(Emitter& to, const Value& a, const Value& b, bool adjoint_a, bool adjoint_b) {
  tflite::BatchMatMulOptionsT options;
  options.adj_x = adjoint_a;
  options.adj_y = adjoint_b;
  Dims dims = broadcast(Dims(a.dims.begin(), a.dims.end() - 2), Dims(b.dims.begin(), b.dims.end() - 2));
  dims.push_back(adjoint_a ? a.dim(-1) : a.dim(-2));
  dims.push_back(adjoint_b ? b.dim(-2) : b.dim(-1));
  return to.emit(BuiltinOperator::BATCH_MATMUL, std::move(options), {a, b}, {a.dtype, std::move(dims)});
}

Value softmax(Emitter& to, const Value& x) {
  tflite::SoftmaxOptionsT options;
  options.beta = 1;
  const Value wide = operand(to, BuiltinOperator::SOFTMAX, x);
  if (has_many_axes(BuiltinOperator::SOFTMAX, wide)) return softmax_many(to, x);
  return cast(to, to.emit(BuiltinOperator::SOFTMAX, std::move(options), {wide}, {wide.dtype, x.dims}), x.dtype);
}

Value gather(Emitter& to, const Value& params, const Value& indices, int axis, int batch_dims) {
  tflite::GatherOptionsT options;
  options.axis = axis;
  options.batch_dims = batch_dims;
  Dims dims(params.dims.begin(), params.dims.begin() + axis);
  dims.insert(dims.end(), indices.dims.begin() + batch_dims, indices.dims.end());
  dims.insert(dims.end(), params.dims.begin() + axis + 1, params.dims.end());
  const Value wide = operand(to, BuiltinOperator::GATHER, params);
  return cast(to, to.emit(BuiltinOperator::GATHER, std::move(options), {wide, indices}, {wide.dtype, std::move(dims)}), params.dtype);
}

}  // namespace kelt::lower
