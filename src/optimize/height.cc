#include "optimize/height.h"

#include <algorithm>

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using litert::TensorId;

using Numbers = std::optional<std::vector<int64_t>>;

Numbers numbers(Rewriter& in, const litert::Operator& op, size_t index) {
  const Array* array = op.inputs.size() > index ? in.constant(op.inputs[index]) : nullptr;
  if (array == nullptr) return std::nullopt;
  const auto values = read_as<int64_t>(*array);
  return values.ok() ? Numbers(*values) : std::nullopt;
}

void set_numbers(Rewriter& in, OperatorId id, size_t index, const std::vector<int64_t>& values, Shape shape) {
  const Array* before = in.constant(in.at(id).inputs[index]);
  const DType dtype = before->dtype;
  in.set_input(id, index, in.add_constant(cast(array_from<int64_t>(std::move(shape), values), dtype), in.at(id).path));
}

Dims without_height(const Dims& image) {
  Dims row = image;
  row.erase(row.begin() + 1);
  return row;
}

bool is_image(const Dims& dims) { return dims.size() == 4 && dims[1] == Dim(1); }

// Axis 0, 1 or 2 of a row, counted from either end, as an axis of the image.
int64_t axis_of_image(int64_t axis) {
  if (axis < 0) axis += 3;
  return axis == 0 ? 0 : axis + 1;
}

bool includes(const std::vector<int64_t>& values, int64_t value) { return std::find(values.begin(), values.end(), value) != values.end(); }

bool is_reduction(BuiltinOperator code) {
  using enum BuiltinOperator;
  return code == MEAN || code == SUM || code == REDUCE_MAX || code == REDUCE_MIN || code == REDUCE_PROD || code == REDUCE_ANY ||
         code == REDUCE_ALL;
}

bool is_elementwise(BuiltinOperator code) {
  using enum BuiltinOperator;
  constexpr BuiltinOperator kCodes[] = {
      ABS,        ADD,        CAST,    CEIL, COS,         DIV,         ELU,      EQUAL,      EXP,        FLOOR,      FLOOR_DIV,
      GELU,       GREATER,    LESS,    LOG,  LOGICAL_AND, LOGICAL_NOT, LOGISTIC, HARD_SWISH, LOGICAL_OR, MUL,        GREATER_EQUAL,
      MAXIMUM,    LESS_EQUAL, MINIMUM, NEG,  NOT_EQUAL,   POW,         PRELU,    RELU,       RELU6,      ROUND,      RELU_N1_TO_1,
      RSQRT,      SELECT_V2,  SIGN,    SIN,  SQRT,        SQUARE,      SUB,      TANH,       FLOOR_MOD,  LEAKY_RELU, SQUARED_DIFFERENCE,
      RELU_0_TO_1};
  return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

bool works_on_the_last_axis(litert::Operator& op) {
  if (op.code == BuiltinOperator::SOFTMAX || op.code == BuiltinOperator::LOG_SOFTMAX) return true;
  const auto* dense = op.options.AsFullyConnectedOptions();
  return dense != nullptr && dense->keep_num_dims;
}

std::optional<AxisTable> table_of(Rewriter& in, litert::Operator& op) {
  if (is_elementwise(op.code) || works_on_the_last_axis(op)) return AxisTable::kNone;
  if (op.options.AsConcatenationOptions() != nullptr) return AxisTable::kAxis;
  const auto first = numbers(in, op, 1);
  if (!first) return std::nullopt;
  const auto* reducer = op.options.AsReducerOptions();
  if (is_reduction(op.code) && reducer != nullptr && reducer->keep_dims) return AxisTable::kAxes;
  switch (op.code) {
    case BuiltinOperator::PAD:
    case BuiltinOperator::PADV2:
    case BuiltinOperator::MIRROR_PAD: return first->size() == 6 ? std::optional(AxisTable::kPaddings) : std::nullopt;
    case BuiltinOperator::SLICE: return numbers(in, op, 2) ? std::optional(AxisTable::kBox) : std::nullopt;
    case BuiltinOperator::STRIDED_SLICE: {
      const auto* options = op.options.AsStridedSliceOptions();
      const bool simple =
          options != nullptr && options->ellipsis_mask == 0 && options->new_axis_mask == 0 && options->shrink_axis_mask == 0;
      return simple && first->size() == 3 && numbers(in, op, 2) && numbers(in, op, 3) ? std::optional(AxisTable::kSteps) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

bool is_quantized(const litert::Tensor& tensor) {
  return !tensor.quantization.scale.empty() || tensor.quantization.details.value != nullptr;
}

// A product with a single 1 of rank 4, whose leading axis a TRANSPOSE moves behind the batch.
std::optional<Heightened> heightened_by_product(Rewriter& in, OperatorId id) {
  const litert::Operator& op = in.at(id);
  const auto* options = op.options.AsMulOptions();
  if (options == nullptr || options->fused_activation_function != tflite::ActivationFunctionType::NONE) return std::nullopt;
  const Array* one = in.constant(op.inputs[1]);
  if (one == nullptr || one->count() != 1 || one->shape.size() != 4 || !is_row(in, op.inputs[0])) return std::nullopt;
  const auto value = read_as<double>(*one);
  if (!value.ok() || (*value)[0] != 1) return std::nullopt;
  const OperatorId mover = in.only_consumer(op.outputs[0]);
  if (mover == kNoOperator || in.at(mover).code != BuiltinOperator::TRANSPOSE) return std::nullopt;
  if (numbers(in, in.at(mover), 1) != std::vector<int64_t>{1, 0, 2, 3}) return std::nullopt;
  return Heightened{in.at(mover).outputs[0], {id, mover}};
}

litert::Operator reshape_operator(Rewriter& in, TensorId from, TensorId to, const std::string& path) {
  std::vector<int32_t> shape;
  for (const Dim& dim : in.tensor(to).dims) shape.push_back(static_cast<int32_t>(dim.value().value_or(-1)));
  tflite::ReshapeOptionsT options;
  options.new_shape = shape;
  litert::Operator op{.code = BuiltinOperator::RESHAPE, .path = path};
  litert::set_options(op, std::move(options));
  op.inputs = {from, in.add_constant(array_from<int32_t>({static_cast<int64_t>(shape.size())}, shape), path)};
  op.outputs = {to};
  return op;
}

bool needs_no_computed_shape(const Dims& dims) {
  return std::count_if(dims.begin(), dims.end(), [](const Dim& dim) { return !dim.is_static(); }) <= 1;
}

}  // namespace

bool is_row(Rewriter& in, TensorId tensor) {
  if (tensor < 0) return false;
  const litert::Tensor& found = in.tensor(tensor);
  return found.dims.size() == 3 && !found.constant && !is_quantized(found);
}

Dims with_height(const Dims& row) {
  Dims image = row;
  image.insert(image.begin() + 1, Dim(1));
  return image;
}

std::optional<TensorId> image_of(Rewriter& in, TensorId row) {
  const OperatorId id = is_row(in, row) ? in.producer(row) : kNoOperator;
  if (id == kNoOperator) return std::nullopt;
  litert::Operator& op = in.at(id);
  const bool reshapes = (op.code == BuiltinOperator::RESHAPE && numbers(in, op, 1)) || op.code == BuiltinOperator::SQUEEZE;
  const auto* reducer = op.options.AsReducerOptions();
  const bool sums =
      op.code == BuiltinOperator::SUM && reducer != nullptr && !reducer->keep_dims && numbers(in, op, 1) == std::vector<int64_t>{1};
  if (!reshapes && !sums) return std::nullopt;
  const Dims& image = in.tensor(op.inputs[0]).dims;
  if (!is_image(image) || is_quantized(in.tensor(op.inputs[0])) || !same_lengths(without_height(image), in.tensor(row).dims)) {
    return std::nullopt;
  }
  return op.inputs[0];
}

std::optional<Heightened> heightened(Rewriter& in, OperatorId id) {
  litert::Operator& op = in.at(id);
  std::optional<Heightened> found;
  if ((op.code == BuiltinOperator::RESHAPE && numbers(in, op, 1)) || op.code == BuiltinOperator::EXPAND_DIMS) {
    found = Heightened{op.outputs[0], {id}};
  } else {
    found = heightened_by_product(in, id);
  }
  if (!found || !is_row(in, op.inputs[0]) || in.is_output(found->image)) return std::nullopt;
  const litert::Tensor& image = in.tensor(found->image);
  if (is_quantized(image) || !same_lengths(image.dims, with_height(in.tensor(op.inputs[0]).dims))) return std::nullopt;
  return found;
}

std::optional<AxisTable> works_on_images(Rewriter& in, OperatorId id) {
  litert::Operator& op = in.at(id);
  if (op.outputs.size() != 1 || !is_row(in, op.outputs[0])) return std::nullopt;
  bool reads_row = false;
  for (const TensorId input : op.inputs) {
    if (input < 0) continue;
    if (is_quantized(in.tensor(input)) || (in.tensor(input).constant && in.constant(input) == nullptr)) return std::nullopt;
    reads_row = reads_row || is_row(in, input);
  }
  return reads_row && !heightened_by_product(in, id) ? table_of(in, op) : std::nullopt;
}

std::optional<AxisTable> reads_images(Rewriter& in, OperatorId id) {
  litert::Operator& op = in.at(id);
  if (op.inputs.empty() || !is_row(in, op.inputs[0]) || op.outputs.size() != 1 || is_quantized(in.tensor(op.outputs[0]))) {
    return std::nullopt;
  }
  const auto axes = numbers(in, op, 1);
  if (!axes) return std::nullopt;
  if (op.code == BuiltinOperator::RESHAPE) return AxisTable::kShape;
  const auto* reducer = op.options.AsReducerOptions();
  const bool drops = is_reduction(op.code) && reducer != nullptr && !reducer->keep_dims;
  return drops && (includes(*axes, 1) || includes(*axes, -2)) ? std::optional(AxisTable::kDroppedAxes) : std::nullopt;
}

Result<void> adapt(Rewriter& in, OperatorId id, AxisTable table) {
  const auto insert = [&](size_t index, int64_t width, int64_t value) -> Result<void> {
    KELT_ASSIGN_OR_RETURN(std::vector<int64_t> values, read_as<int64_t>(*in.constant(in.at(id).inputs[index])));
    values.insert(values.begin() + width, static_cast<size_t>(width), value);
    set_numbers(in, id, index, values, width == 1 ? Shape{4} : Shape{4, width});
    return {};
  };
  switch (table) {
    case AxisTable::kNone:
    case AxisTable::kShape: return {};
    case AxisTable::kPaddings: return insert(1, 2, 0);
    case AxisTable::kBox: KELT_RETURN_IF_ERROR(insert(1, 1, 0)); return insert(2, 1, 1);
    case AxisTable::kSteps: {
      auto* options = in.at(id).options.AsStridedSliceOptions();
      for (int32_t* mask : {&options->begin_mask, &options->end_mask}) *mask = (*mask & 1) | ((*mask & 6) << 1);
      KELT_RETURN_IF_ERROR(insert(1, 1, 0));
      KELT_RETURN_IF_ERROR(insert(2, 1, 1));
      return insert(3, 1, 1);
    }
    case AxisTable::kAxis: {
      auto* options = in.at(id).options.AsConcatenationOptions();
      options->axis = static_cast<int32_t>(axis_of_image(options->axis));
      in.touch();
      return {};
    }
    case AxisTable::kAxes:
    case AxisTable::kDroppedAxes: {
      KELT_ASSIGN_OR_RETURN(std::vector<int64_t> axes, read_as<int64_t>(*in.constant(in.at(id).inputs[1])));
      for (int64_t& axis : axes) axis = axis_of_image(axis);
      if (table == AxisTable::kDroppedAxes) axes.push_back(1);
      std::sort(axes.begin(), axes.end());
      set_numbers(in, id, 1, axes, {static_cast<int64_t>(axes.size())});
      return {};
    }
  }
  return {};
}

void insert_row_of(Rewriter& in, OperatorId id, TensorId image, TensorId row) {
  const std::string path = id == kNoOperator ? "" : in.at(id).path;
  if (needs_no_computed_shape(in.tensor(row).dims)) return in.insert_after(id, reshape_operator(in, image, row, path));
  litert::Operator op{.inputs = {image}, .outputs = {row}, .path = path};
  if (in.tensor(row).type == litert::TensorType::FLOAT32) {
    op.code = BuiltinOperator::SUM;
    op.inputs.push_back(in.add_constant(array_from<int32_t>({1}, std::vector<int32_t>{1}), path));
    litert::set_options(op, tflite::ReducerOptionsT{});
  } else {
    op.code = BuiltinOperator::SQUEEZE;
    tflite::SqueezeOptionsT options;
    options.squeeze_dims = {1};
    litert::set_options(op, std::move(options));
  }
  in.insert_after(id, std::move(op));
}

void insert_image_of(Rewriter& in, OperatorId id, TensorId row, TensorId image) {
  const std::string path = id == kNoOperator ? "" : in.at(id).path;
  if (needs_no_computed_shape(in.tensor(image).dims)) return in.insert_after(id, reshape_operator(in, row, image, path));
  litert::Operator op{.code = BuiltinOperator::EXPAND_DIMS, .inputs = {row}, .outputs = {image}, .path = path};
  if (in.tensor(row).type != litert::TensorType::FLOAT32) {
    op.inputs.push_back(in.add_constant(reshape(array_from<int32_t>({1}, std::vector<int32_t>{1}), {}), path));
    litert::set_options(op, tflite::ExpandDimsOptionsT{});
    return in.insert_after(id, std::move(op));
  }
  litert::Tensor leading;
  leading.name = in.tensor(image).name;
  leading.dims = in.tensor(row).dims;
  leading.dims.insert(leading.dims.begin(), Dim(1));
  op.code = BuiltinOperator::MUL;
  op.inputs.push_back(in.add_constant(array_from<float>({1, 1, 1, 1}, std::vector<float>{1}), path));
  op.outputs = {in.add_tensor(std::move(leading))};
  litert::set_options(op, tflite::MulOptionsT{});
  litert::Operator move{.code = BuiltinOperator::TRANSPOSE, .outputs = {image}, .path = path};
  move.inputs = {op.outputs[0], in.add_constant(array_from<int32_t>({4}, std::vector<int32_t>{1, 0, 2, 3}), path)};
  litert::set_options(move, tflite::TransposeOptionsT{});
  in.insert_after(id, std::move(op));
  in.insert_after(id, std::move(move));
}

}  // namespace kelt::optimize
