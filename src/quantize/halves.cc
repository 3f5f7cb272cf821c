#include "quantize/halves.h"

#include <algorithm>
#include <cmath>

#include "quantize/kernels.h"
#include "weights/slices.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::TensorId;
using litert::TensorType;

constexpr size_t kFewest = 256;        // elements of weights that are worth an operator
constexpr float kLargest = 65504;      // of float16
constexpr float kSmallest = 0x1p-14F;  // with all its bits

// Whether float16 holds the values: none beyond its range, and not all of them where it has few bits.
Result<bool> fits(const Array& array) {
  float largest = 0;
  KELT_RETURN_IF_ERROR(read_floats(array, [&](size_t, std::span<const float> elements) {
    for (const float element : elements) {
      if (!(std::abs(element) <= largest)) largest = std::abs(element);
    }
  }));
  return largest == 0 || (largest >= kSmallest && largest <= kLargest);
}

}  // namespace

size_t least_halved(const litert::Model& model) {
  std::map<const void*, size_t> bytes;  // once for those that share their source
  for (const litert::Subgraph& subgraph : model.subgraphs) {
    for (const litert::Tensor& tensor : subgraph.tensors) {
      if (tensor.constant) bytes[tensor.constant->source.get()] = tensor.constant->bytes();
    }
  }
  size_t sum = 0;
  for (const auto& [source, size] : bytes) sum += size;
  return std::max(kLeastHalved, sum / 100);
}

bool is_worth_halving(const Operator& op, size_t operand, const Array& constant, size_t least) {
  const Kernel* kernel = kernel_of(op.code);
  const bool looked_up = op.code == BuiltinOperator::GATHER && operand == 0;
  const bool weights = kernel != nullptr && operand == kernel->weights;
  if (looked_up || weights) return constant.count() >= kFewest;
  return constant.bytes() >= least && op.code != BuiltinOperator::WHILE && op.code != BuiltinOperator::IF;
}

Result<bool> Halves::write(Operator op, const std::function<bool(const Array&)>& wanted, size_t least) {
  bool any = false;
  for (size_t index = 0; index < op.inputs.size(); ++index) {
    const TensorId tensor = op.inputs[index];
    if (tensor < 0) continue;
    const auto& array = to_->tensor(tensor).constant;
    if (!array || to_->tensor(tensor).sparsity || array->dtype != DType::kFloat32 || !is_worth_halving(op, index, *array, least) ||
        !wanted(*array))
      continue;
    KELT_ASSIGN_OR_RETURN(const TensorId half, half_of(tensor));
    if (half == litert::kNoTensor) continue;
    if (op.code == BuiltinOperator::GATHER) {
      look_up(std::move(op), half);
      return true;
    }
    op.inputs[index] = widened(op, tensor, half);
    any = true;
  }
  to_->keep(std::move(op));
  return any;
}

Result<TensorId> Halves::half_of(TensorId tensor) {
  if (const auto found = halves_.find(tensor); found != halves_.end()) return found->second;
  const Array array = *to_->tensor(tensor).constant;
  KELT_ASSIGN_OR_RETURN(const bool holds, fits(array));
  const TensorId half = holds ? to_->constant(cast(array, DType::kFloat16), to_->tensor(tensor).name) : litert::kNoTensor;
  halves_[tensor] = half;
  return half;
}

// In front of the first that reads it.
TensorId Halves::widened(const Operator& reader, TensorId tensor, TensorId half) {
  if (const auto found = widened_.find(tensor); found != widened_.end()) return found->second;
  const litert::Tensor narrow = to_->tensor(tensor);
  const TensorId result = to_->result(narrow.type, narrow.dims, narrow.name);
  to_->keep({.code = BuiltinOperator::DEQUANTIZE, .inputs = {half}, .outputs = {result}, .path = reader.path});
  widened_[tensor] = result;
  return result;
}

void Halves::look_up(Operator op, TensorId half) {
  const TensorId rows = op.outputs[0];
  const litert::Tensor wide = to_->tensor(rows);
  const TensorId found = to_->result(TensorType::FLOAT16, wide.dims, wide.name);
  op.inputs[0] = half;
  op.outputs[0] = found;
  const std::string path = op.path;
  to_->keep(std::move(op));
  tflite::CastOptionsT options;
  options.in_data_type = TensorType::FLOAT16;
  options.out_data_type = TensorType::FLOAT32;
  to_->emit(BuiltinOperator::CAST, options, {found}, rows, path);
}

}  // namespace kelt::quantize
