// lower/fill.cc — keras.ops.zeros, ones, empty, full, their _like forms, eye, identity, tri → constants, FILL, comparisons of RANGEs.

#include "lower/fill.h"

#include <numeric>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// A larger constant costs more in the file than a FILL does at run time.
constexpr size_t kConstantBytes = size_t{64} << 10;

Result<void> bind_filled(const graph::Node& node, Lowering& to, Arguments& args, double value) {
  const Dims dims = args.dims("shape");
  args.ignore("dtype");  // the output's declared dtype says it
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y, filled(to, to.constant(to.declared(node.outputs[0]).dtype, value), dims));
  return to.bind(node, y);
}

Result<void> bind_like(const graph::Node& node, Lowering& to, double value) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  args.ignore("dtype");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y, filled_like(to, to.constant(to.declared(node.outputs[0]).dtype, value), x));
  return to.bind(node, y);
}

// Rows against columns + k, in the dtype of the result.
Result<void> bind_matrix(const graph::Node& node, Lowering& to, const Dim& rows, const Dim& columns, int64_t k, BuiltinOperator relation) {
  KELT_ASSIGN_OR_RETURN(const Value row, count_up(to, rows));
  KELT_ASSIGN_OR_RETURN(const Value column_of_rows, reshape(to, row, {rows, Dim(1)}));
  KELT_ASSIGN_OR_RETURN(const Value column, count_up(to, columns));
  const Value shifted = k == 0 ? column_of_rows : add(to, column_of_rows, to.constant(scalar(DType::kInt32, k)));
  return to.bind(node, cast(to, compare(to, relation, shifted, column), to.declared(node.outputs[0]).dtype));
}

Result<void> lower_matrix(const graph::Node& node, Lowering& to, BuiltinOperator relation) {
  Arguments args(node, to);
  const Dims rows = args.dims("N");
  const graph::Attribute* m = args.raw("M");
  const bool square = m == nullptr || std::holds_alternative<graph::None>(m->value);
  const Dims columns = square ? rows : args.dims("M");
  const int64_t k = args.integer("k");
  args.ignore("dtype");
  KELT_RETURN_IF_ERROR(args.finish());
  return bind_matrix(node, to, rows[0], columns[0], k, relation);
}

}  // namespace

Result<Value> filled(Lowering& to, const Value& value, const Dims& dims) {
  const auto shape = static_dims(dims);
  if (const auto one = to.constant_of(value); one && shape) {
    const int64_t count = std::accumulate(shape->begin(), shape->end(), int64_t{1}, std::multiplies<>());
    if (byte_size(value.dtype, static_cast<size_t>(count)) <= kConstantBytes) {
      KELT_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes, read_all(*one));
      std::vector<std::byte> all;
      all.reserve(bytes.size() * static_cast<size_t>(count));
      for (int64_t index = 0; index < count; ++index) all.insert(all.end(), bytes.begin(), bytes.end());
      return to.constant(array_of(value.dtype, *shape, std::move(all)));
    }
  }
  KELT_ASSIGN_OR_RETURN(const Value sizes, to.shape_value(dims));
  return to.emit(BuiltinOperator::FILL, tflite::FillOptionsT{}, {sizes, value}, {value.dtype, dims});
}

Result<Value> filled_like(Lowering& to, const Value& value, const Value& x) {
  const bool known = std::none_of(x.dims.begin(), x.dims.end(), [](const Dim& dim) { return dim.is_unknown(); });
  if (known) return filled(to, value, x.dims);
  tflite::ShapeOptionsT options;
  options.out_type = litert::TensorType::INT32;
  const Value shape = to.emit(BuiltinOperator::SHAPE, std::move(options), {x}, {DType::kInt32, {Dim(x.rank())}});
  return to.emit(BuiltinOperator::FILL, tflite::FillOptionsT{}, {shape, value}, {value.dtype, x.dims});
}

Result<Value> count_up(Lowering& to, const Dim& count) {
  if (const auto number = count.value(); number && *number <= static_cast<int64_t>(kConstantBytes / sizeof(int32_t))) {
    std::vector<int32_t> numbers(static_cast<size_t>(*number));
    std::iota(numbers.begin(), numbers.end(), 0);
    return to.ints(numbers);
  }
  KELT_ASSIGN_OR_RETURN(const Value limit, to.dim_value(count));
  const std::vector<Value> inputs = {to.constant(scalar(DType::kInt32, int64_t{0})), limit, to.constant(scalar(DType::kInt32, int64_t{1}))};
  return to.emit(BuiltinOperator::RANGE, tflite::RangeOptionsT{}, inputs, {DType::kInt32, {count}});
}

Result<void> lower_zeros(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  return bind_filled(node, to, args, 0);
}

Result<void> lower_ones(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  return bind_filled(node, to, args, 1);
}

Result<void> lower_full(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const DType dtype = to.declared(node.outputs[0]).dtype;
  const Value value = args.scalar_or_tensor("fill_value", dtype);
  const Dims dims = args.dims("shape");
  args.ignore("dtype");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y, value.rank() == 0 ? filled(to, value, dims) : broadcast_to(to, value, dims));
  return to.bind(node, y);
}

Result<void> lower_zeros_like(const graph::Node& node, Lowering& to) { return bind_like(node, to, 0); }
Result<void> lower_ones_like(const graph::Node& node, Lowering& to) { return bind_like(node, to, 1); }

Result<void> lower_full_like(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const Value value = args.scalar_or_tensor("fill_value", to.declared(node.outputs[0]).dtype);
  args.ignore("dtype");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y, value.rank() == 0 ? filled_like(to, value, x) : broadcast_to(to, value, x.dims));
  return to.bind(node, y);
}

Result<void> lower_eye(const graph::Node& node, Lowering& to) { return lower_matrix(node, to, BuiltinOperator::EQUAL); }
Result<void> lower_tri(const graph::Node& node, Lowering& to) { return lower_matrix(node, to, BuiltinOperator::GREATER_EQUAL); }

Result<void> lower_identity(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Dims size = args.dims("n");
  args.ignore("dtype");
  KELT_RETURN_IF_ERROR(args.finish());
  return bind_matrix(node, to, size[0], size[0], 0, BuiltinOperator::EQUAL);
}

}  // namespace kelt::lower
