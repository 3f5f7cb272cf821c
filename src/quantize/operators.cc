// quantize/operators.cc — weights that are integers, in the forms that the runtime runs (quantize/kernels.h).
//
// The runtime's blocks have no zero points: what they would take away is Σ x over each block times scale × zero, two small products
// beside. A FULLY_CONNECTED whose integers have no form takes the nearest int8 of each row. A GATHER of rows looks integers and
// scales up, and multiplies.

#include "quantize/operators.h"

#include <algorithm>

#include "quantize/constant.h"
#include "quantize/kernels.h"
#include "weights/quantize.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::TensorId;
using litert::TensorType;
using tflite::ActivationFunctionType;

int64_t blocks(const Quantized& matrix) { return matrix.scales.shape[1]; }
int64_t block_length(const Quantized& matrix) { return block_shape(matrix)[1]; }

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

// In the form that loses least: the integers themselves, blocks with their zeros taken away beside, the nearest 8 bits of each row.
Result<void> fully_connected(Writer& to, Operator op, Quantized matrix) {
  const std::string name = to.tensor(op.inputs[1]).name;
  KELT_ASSIGN_OR_RETURN(const bool taken, takes(op, matrix));
  Quantized without_zeros = matrix;
  without_zeros.zeros.reset();
  KELT_ASSIGN_OR_RETURN(const bool taken_without, takes(op, without_zeros));
  const bool in_blocks = matrix.bits == 4 && is_block_length(block_length(matrix)) && matrix.values.shape[0] >= kFewestRowsInBlocks;
  const bool corrected = !taken && taken_without && in_blocks;
  if (!taken && !corrected) {
    KELT_ASSIGN_OR_RETURN(matrix, quantize_weights(dequantize(matrix), per_channel(matrix.values.shape, 0, 8)));
  }
  if (corrected) {
    KELT_ASSIGN_OR_RETURN(op.inputs[1], add_in_blocks(to.subgraph(), without_zeros, name));
    return correct(to, std::move(op), matrix);
  }
  // One block a row, which has a smaller form than a channel's.
  const bool block = matrix.bits == 4 && matrix.scales.dtype == DType::kFloat16 && blocks(matrix) == 1 && in_blocks;
  KELT_ASSIGN_OR_RETURN(op.inputs[1], block ? add_in_blocks(to.subgraph(), matrix, name) : add_quantized(to.subgraph(), matrix, name));
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

// Of a row, or of blocks that EMBEDDING_LOOKUP knows.
bool are_scaled_by_lookup(const Quantized& matrix) {
  return blocks(matrix) == 1 || (matrix.scales.dtype == DType::kFloat16 && is_block_length(block_length(matrix)));
}

// Rows of 4-bit integers: EMBEDDING_LOOKUP takes them, of a vector of indices, and scales them if it is told how.
Result<void> look_up_nibbles(Writer& to, const Operator& op, const Quantized& matrix, bool scaled, TensorId y) {
  const std::string name = to.tensor(op.inputs[0]).name;
  const TensorId indices = op.inputs[1];
  Quantized table = matrix;
  table.zeros.reset();
  if (!scaled) {
    const std::vector<float> ones(static_cast<size_t>(matrix.values.shape[0]), 1.0F);
    table.scales = array_from<float>({matrix.values.shape[0], 1}, ones);
  }
  KELT_ASSIGN_OR_RETURN(const TensorId rows, add_quantized(to.subgraph(), table, name));
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
  KELT_ASSIGN_OR_RETURN(const bool symmetric, is_symmetric(matrix));
  if (nibbles && are_scaled_by_lookup(matrix) && symmetric) return look_up_nibbles(to, op, matrix, true, y);
  TensorId values = to.result(TensorType::FLOAT32, to.tensor(y).dims, name + "/values");
  if (nibbles) {
    KELT_RETURN_IF_ERROR(look_up_nibbles(to, op, matrix, false, values));
  } else {
    look_up_bytes(to, op, matrix, values);
  }
  if (!symmetric) {
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
bool is_by_rows(const Quantized& weights) { return weights.values.shape.size() == 2 && weights.scales.shape[0] == weights.values.shape[0]; }

}  // namespace

Result<bool> write_quantized(Writer& to, const Operator& op, size_t operand, const Quantized& weights) {
  KELT_RETURN_IF_ERROR(check_quantized(weights));
  if (op.code == BuiltinOperator::GATHER) {
    const auto* options = op.options.AsGatherOptions();
    if (options == nullptr || options->axis != 0 || operand != 0 || !is_by_rows(weights)) return false;
    KELT_RETURN_IF_ERROR(gather(to, op, weights));
    return true;
  }
  const Kernel* kernel = kernel_of(op.code);
  if (kernel == nullptr || operand != kernel->weights) return false;
  if (op.options.AsFullyConnectedOptions() != nullptr && is_by_rows(weights)) {
    KELT_RETURN_IF_ERROR(fully_connected(to, op, weights));
    return true;
  }
  KELT_ASSIGN_OR_RETURN(const bool taken, takes(op, weights));
  if (!taken) return false;
  Operator quantized = op;
  KELT_ASSIGN_OR_RETURN(quantized.inputs[operand], add_quantized(to.subgraph(), weights, to.tensor(op.inputs[operand]).name));
  to.keep(std::move(quantized));
  return true;
}

Result<void> write_weight_only(Writer& to, Operator op, size_t operand, const Quantized& weights) {
  const std::string name = to.tensor(op.inputs[operand]).name;
  KELT_ASSIGN_OR_RETURN(const TensorId integers, add_quantized(to.subgraph(), weights, name));
  const TensorId floats = to.result(TensorType::FLOAT32, to.tensor(integers).dims, name + "/floats");
  to.emit(BuiltinOperator::DEQUANTIZE, tflite::DequantizeOptionsT{}, {integers}, floats, op.path);
  op.inputs[operand] = floats;
  to.keep(std::move(op));
  return {};
}

}  // namespace kelt::quantize
