// optimize/restore_integers.cc — weights that were integers before the model made floats of them → integers in the file.
//
// A FULLY_CONNECTED takes them as they are, and quantizes its other operand as it runs: int8 or int4 with a scale a row, or
// int4 in blocks along a row. The runtime's blocks have no zero points: what they would take away is Σ x over each block times
// scale × zero, two small products beside. Forms that it lacks become the nearest int8 of each row. A GATHER of rows looks
// integers and scales up, and multiplies. Everything else keeps its floats.

#include <algorithm>

#include "optimize/pass.h"
#include "optimize/rewriter.h"
#include "weights/quantized.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::Subgraph;
using litert::TensorId;
using litert::TensorType;
using tflite::ActivationFunctionType;

// The operators of a subgraph written anew, one after the other.
class Writer {
 public:
  explicit Writer(Subgraph& subgraph) : subgraph_(&subgraph) {}

  void keep(Operator op) { operators_.push_back(std::move(op)); }
  void finish() && { subgraph_->operators = std::move(operators_); }

  [[nodiscard]] litert::Tensor& tensor(TensorId id) { return subgraph_->tensors[id]; }
  TensorId constant(Array array, std::string name) {
    litert::Tensor added;
    added.name = std::move(name);
    added.type = litert::to_tensor_type(array.dtype);
    added.dims.assign(array.shape.begin(), array.shape.end());
    added.constant = std::move(array);
    return add(std::move(added));
  }
  TensorId result(TensorType type, Dims dims, std::string name) {
    litert::Tensor added;
    added.name = std::move(name);
    added.type = type;
    added.dims = std::move(dims);
    return add(std::move(added));
  }
  template <typename Options>
  void emit(BuiltinOperator code, Options options, std::vector<TensorId> inputs, TensorId output, const std::string& path) {
    Operator op{.code = code, .inputs = std::move(inputs), .outputs = {output}, .path = path};
    litert::set_options(op, std::move(options));
    operators_.push_back(std::move(op));
  }

 private:
  TensorId add(litert::Tensor tensor) {
    subgraph_->tensors.push_back(std::move(tensor));
    return static_cast<TensorId>(subgraph_->tensors.size() - 1);
  }

  Subgraph* subgraph_;
  std::vector<Operator> operators_;
};

int64_t blocks(const Quantized& matrix) { return matrix.scales.shape[1]; }
int64_t block_length(const Quantized& matrix) { return block_shape(matrix)[1]; }

// In the file's form: integers with their scales, one a channel.
Result<TensorId> per_channel(Writer& to, const Quantized& matrix, const std::string& name) {
  const bool four = matrix.bits == 4;
  const TensorId id = to.constant(four ? cast(matrix.values, DType::kInt4) : matrix.values, name);
  KELT_ASSIGN_OR_RETURN(to.tensor(id).quantization.scale, read_as<float>(matrix.scales));
  to.tensor(id).quantization.zero_point.assign(matrix.scales.count(), 0);
  to.tensor(id).quantization.quantized_dimension = 0;
  return id;
}

TensorId in_blocks(Writer& to, const Quantized& matrix, const std::string& name) {
  const TensorId scales = to.constant(cast(matrix.scales, DType::kFloat16), name + "/scales");
  const TensorId id = to.constant(cast(matrix.values, DType::kInt4), name);
  tflite::BlockwiseQuantizationT form;
  form.scales = scales;
  form.zero_points = -1;
  form.block_size = static_cast<int32_t>(block_length(matrix));
  to.tensor(id).quantization.details.Set(std::move(form));
  return id;
}

// 1 where a column lies in a block: x times it is the sum of each block.
Array membership(const Quantized& matrix) {
  const int64_t columns = matrix.values.shape[1];
  std::vector<float> ones(static_cast<size_t>(blocks(matrix) * columns), 0.0F);
  for (int64_t column = 0; column < columns; ++column) ones[static_cast<size_t>(column / block_length(matrix) * columns + column)] = 1;
  return array_from<float>({blocks(matrix), columns}, ones);
}

Result<Array> shifts(const Quantized& matrix, double sign) {  // [channels, blocks]: scale × zero
  KELT_ASSIGN_OR_RETURN(const auto scales, read_as<float>(matrix.scales));
  KELT_ASSIGN_OR_RETURN(auto zeros, read_as<float>(*matrix.zeros));
  for (size_t i = 0; i < zeros.size(); ++i) zeros[i] *= static_cast<float>(sign) * scales[i];
  return array_from<float>(matrix.scales.shape, zeros);
}

bool all_zero(const Quantized& matrix) {
  if (!matrix.zeros) return true;
  const auto zeros = read_as<float>(*matrix.zeros);
  return zeros.ok() && std::all_of(zeros->begin(), zeros->end(), [](float zero) { return zero == 0; });
}

bool runs_in_blocks(const Quantized& matrix) {
  const int64_t length = block_length(matrix);
  return matrix.bits == 4 && (length == 32 || length == 64 || length == 128);
}

tflite::FullyConnectedOptionsT linear() {
  tflite::FullyConnectedOptionsT options;
  options.keep_num_dims = true;
  return options;
}

Dims with_last(Dims dims, int64_t length) {
  dims.back() = length;
  return dims;
}

// op, without its activation and bias, plus Σ x a block × shift (and the bias there).
Result<void> correct(Writer& to, Operator op, const Quantized& matrix) {
  const TensorId x = op.inputs[0];
  const TensorId bias = op.inputs.size() > 2 ? op.inputs[2] : litert::kNoTensor;
  const TensorId y = op.outputs[0];
  const Dims dims = to.tensor(y).dims;
  const std::string name = to.tensor(y).name;
  KELT_ASSIGN_OR_RETURN(const Array shift, shifts(matrix, -1));
  const TensorId sums = to.result(TensorType::FLOAT32, with_last(to.tensor(x).dims, blocks(matrix)), name + "/sums");
  const TensorId taken = to.result(TensorType::FLOAT32, dims, name + "/zeros");
  const TensorId product = to.result(TensorType::FLOAT32, dims, name + "/product");
  auto options = *op.options.AsFullyConnectedOptions();
  tflite::AddOptionsT sum;
  sum.fused_activation_function = std::exchange(options.fused_activation_function, ActivationFunctionType::NONE);
  to.emit(BuiltinOperator::FULLY_CONNECTED, linear(), {x, to.constant(membership(matrix), name + "/blocks"), litert::kNoTensor}, sums,
          op.path);
  to.emit(BuiltinOperator::FULLY_CONNECTED, linear(), {sums, to.constant(shift, name + "/shift"), bias}, taken, op.path);
  to.emit(BuiltinOperator::FULLY_CONNECTED, options, {x, op.inputs[1], litert::kNoTensor}, product, op.path);
  to.emit(BuiltinOperator::ADD, sum, {product, taken}, y, op.path);
  return {};
}

Result<void> fully_connected(Writer& to, Operator op, Quantized matrix) {
  const std::string name = to.tensor(op.inputs[1]).name;
  const Array floats = *to.tensor(op.inputs[1]).constant;
  const bool symmetric = all_zero(matrix);
  const bool even = matrix.values.shape[1] % 2 == 0;
  if (blocks(matrix) == 1 && symmetric && (matrix.bits == 8 || even)) {
    KELT_ASSIGN_OR_RETURN(op.inputs[1], per_channel(to, matrix, name));
  } else if (runs_in_blocks(matrix)) {
    op.inputs[1] = in_blocks(to, matrix, name);
    if (!symmetric) return correct(to, std::move(op), matrix);
  } else {
    KELT_ASSIGN_OR_RETURN(const Quantized nearest, quantize_rows(floats));
    KELT_ASSIGN_OR_RETURN(op.inputs[1], per_channel(to, nearest, name));
  }
  to.keep(std::move(op));
  return {};
}

// A row of parameters for each index, spread over the columns of their blocks.
TensorId looked_up(Writer& to, const Operator& gather, const Array& parameters, const Quantized& matrix, const std::string& name) {
  const TensorId y = gather.outputs[0];
  const TensorId rows = to.result(TensorType::FLOAT32, with_last(to.tensor(y).dims, blocks(matrix)), name);
  to.emit(BuiltinOperator::GATHER, *gather.options.AsGatherOptions(), {to.constant(parameters, name), gather.inputs[1]}, rows, gather.path);
  if (blocks(matrix) == 1) return rows;
  const std::vector<int> swap = {1, 0};
  const TensorId spread = to.result(TensorType::FLOAT32, to.tensor(y).dims, name + "/spread");
  const TensorId places = to.constant(transpose(membership(matrix), swap), name + "/blocks");
  to.emit(BuiltinOperator::FULLY_CONNECTED, linear(), {rows, places, litert::kNoTensor}, spread, gather.path);
  return spread;
}

TensorId shape_of(Writer& to, const std::vector<int32_t>& dims, const std::string& name) {
  return to.constant(array_from<int32_t>({static_cast<int64_t>(dims.size())}, dims), name + "/shape");
}

// x in the shape of y, whose last dim is known; at most one other dim by −1, several from the shape of the indices.
void reshape_like(Writer& to, TensorId x, TensorId indices, TensorId y, const std::string& path) {
  const Dims dims = to.tensor(y).dims;
  const std::string name = to.tensor(y).name;
  std::vector<int32_t> numbers;
  for (const Dim& dim : dims) numbers.push_back(static_cast<int32_t>(dim.value().value_or(-1)));
  TensorId shape = litert::kNoTensor;
  if (std::count(numbers.begin(), numbers.end(), -1) <= 1) {
    shape = shape_of(to, numbers, name);
  } else {
    const TensorId leading = to.result(TensorType::INT32, {static_cast<int64_t>(dims.size()) - 1}, name + "/leading");
    shape = to.result(TensorType::INT32, {static_cast<int64_t>(dims.size())}, name + "/shape");
    tflite::ShapeOptionsT in_ints;
    in_ints.out_type = TensorType::INT32;
    to.emit(BuiltinOperator::SHAPE, in_ints, {indices}, leading, path);
    to.emit(BuiltinOperator::CONCATENATION, tflite::ConcatenationOptionsT{}, {leading, shape_of(to, {numbers.back()}, name)}, shape, path);
  }
  to.emit(BuiltinOperator::RESHAPE, tflite::ReshapeOptionsT{}, {x, shape}, y, path);
}

// Rows of 4-bit integers: EMBEDDING_LOOKUP takes them, of a vector of indices, and scales them if it is told how.
Result<void> look_up_nibbles(Writer& to, const Operator& op, const Quantized& matrix, bool scaled, TensorId y) {
  const std::string name = to.tensor(op.inputs[0]).name;
  const TensorId indices = op.inputs[1];
  Quantized table = matrix;
  if (!scaled) {
    const std::vector<float> ones(static_cast<size_t>(matrix.values.shape[0]), 1.0F);
    table.scales = array_from<float>({matrix.values.shape[0], 1}, ones);
  }
  KELT_ASSIGN_OR_RETURN(const TensorId rows, per_channel(to, table, name));
  Dim count = 1;
  for (const Dim& dim : to.tensor(indices).dims) count = count * dim;
  const TensorId flat = to.result(TensorType::INT32, {count}, name + "/indices");
  const TensorId found = to.result(TensorType::FLOAT32, {count, matrix.values.shape[1]}, name + "/rows");
  to.emit(BuiltinOperator::RESHAPE, tflite::ReshapeOptionsT{}, {indices, shape_of(to, {-1}, name)}, flat, op.path);
  to.keep({.code = BuiltinOperator::EMBEDDING_LOOKUP, .inputs = {flat, rows}, .outputs = {found}, .path = op.path});
  reshape_like(to, found, indices, y, op.path);
  return {};
}

void look_up_bytes(Writer& to, const Operator& op, const Quantized& matrix, TensorId y) {
  const std::string name = to.tensor(op.inputs[0]).name;
  const TensorId integers = to.result(TensorType::INT8, to.tensor(y).dims, name + "/integers");
  to.emit(BuiltinOperator::GATHER, *op.options.AsGatherOptions(), {to.constant(matrix.values, name), op.inputs[1]}, integers, op.path);
  tflite::CastOptionsT widen;
  widen.in_data_type = TensorType::INT8;
  widen.out_data_type = TensorType::FLOAT32;
  to.emit(BuiltinOperator::CAST, widen, {integers}, y, op.path);
}

Result<void> gather(Writer& to, const Operator& op, const Quantized& matrix) {
  const TensorId y = op.outputs[0];
  const std::string name = to.tensor(op.inputs[0]).name;
  const bool nibbles = matrix.bits == 4 && matrix.values.shape[1] % 2 == 0 && to.tensor(op.inputs[1]).type == TensorType::INT32;
  if (nibbles && blocks(matrix) == 1 && all_zero(matrix)) return look_up_nibbles(to, op, matrix, true, y);
  TensorId values = to.result(TensorType::FLOAT32, to.tensor(y).dims, name + "/values");
  if (nibbles) {
    KELT_RETURN_IF_ERROR(look_up_nibbles(to, op, matrix, false, values));
  } else {
    look_up_bytes(to, op, matrix, values);
  }
  if (!all_zero(matrix)) {
    const TensorId zeros = looked_up(to, op, cast(*matrix.zeros, DType::kFloat32), matrix, name + "/zeros");
    const TensorId centred = to.result(TensorType::FLOAT32, to.tensor(y).dims, name + "/centred");
    to.emit(BuiltinOperator::SUB, tflite::SubOptionsT{}, {values, zeros}, centred, op.path);
    values = centred;
  }
  const TensorId scales = looked_up(to, op, cast(matrix.scales, DType::kFloat32), matrix, name + "/scales");
  to.emit(BuiltinOperator::MUL, tflite::MulOptionsT{}, {values, scales}, y, op.path);
  return {};
}

// A matrix whose rows have scales of their own.
std::optional<Quantized> integers_behind(const Subgraph& subgraph, TensorId id) {
  if (id < 0 || !subgraph.tensors[id].constant || subgraph.tensors[id].constant->shape.size() != 2) return std::nullopt;
  auto matrix = quantized_form(*subgraph.tensors[id].constant);
  return matrix && matrix->scales.shape[0] == matrix->values.shape[0] ? matrix : std::nullopt;
}

Result<bool> rewrite(Writer& to, const Subgraph& subgraph, const Operator& op) {
  if (op.code == BuiltinOperator::FULLY_CONNECTED && op.options.AsFullyConnectedOptions() != nullptr) {
    auto matrix = integers_behind(subgraph, op.inputs[1]);
    if (!matrix) return false;
    KELT_RETURN_IF_ERROR(fully_connected(to, op, *std::move(matrix)));
    return true;
  }
  const auto* rows = op.code == BuiltinOperator::GATHER ? op.options.AsGatherOptions() : nullptr;
  if (rows != nullptr && rows->axis == 0) {
    const auto matrix = integers_behind(subgraph, op.inputs[0]);
    if (!matrix) return false;
    KELT_RETURN_IF_ERROR(gather(to, op, *matrix));
    return true;
  }
  return false;
}

}  // namespace

Result<bool> restore_integers(litert::Model& model, const Options& /*options*/) {
  bool changed = false;
  for (Subgraph& subgraph : model.subgraphs) {
    Writer to(subgraph);
    for (const Operator& op : std::vector<Operator>(subgraph.operators)) {
      KELT_ASSIGN_OR_RETURN(const bool rewritten, rewrite(to, subgraph, op));
      if (!rewritten) to.keep(op);
      changed |= rewritten;
    }
    std::move(to).finish();
  }
  return changed;
}

}  // namespace kelt::optimize
