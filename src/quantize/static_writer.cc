#include "quantize/static_writer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quantize/constant.h"
#include "quantize/integer_ops.h"
#include "quantize/steps.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::TensorId;
using litert::TensorType;

TensorType type_of(const Params& params) { return params.bits == 16 ? TensorType::INT16 : TensorType::INT8; }

tflite::QuantizationParametersT quantization_of(float scale, int64_t zero) {
  tflite::QuantizationParametersT quantization;
  quantization.scale = {scale};
  quantization.zero_point = {zero};
  return quantization;
}

// Floats as integers with one scale.
template <typename Integer>
Result<Array> rounded(const Array& floats, const Params& params) {
  KELT_ASSIGN_OR_RETURN(const std::vector<float> values, read_as<float>(floats));
  constexpr double kLeast = std::numeric_limits<Integer>::min(), kMost = std::numeric_limits<Integer>::max();
  std::vector<Integer> integers(values.size());
  std::ranges::transform(values, integers.begin(), [&](float value) {
    return static_cast<Integer>(std::clamp(std::nearbyint(value / params.scale) + static_cast<double>(params.zero), kLeast, kMost));
  });
  return array_from<Integer>(floats.shape, integers);
}

template <typename Options>
bool name_bias_type(Operator& op) {
  auto* options =
      static_cast<Options*>(op.options.type == tflite::BuiltinOptionsUnionTraits<Options>::enum_value ? op.options.value : nullptr);
  if (options != nullptr) options->quantized_bias_type = TensorType::INT64;
  return options != nullptr;
}

// Scales of 16 bits are any number: the options' default says that they are powers of two.
void allow_any_scale(Operator& op) {
  if (auto* add = op.options.AsAddOptions()) add->pot_scale_int16 = false;
  if (auto* sub = op.options.AsSubOptions()) sub->pot_scale_int16 = false;
}

// 16-bit kernels take biases of 32 or 64 bits; the options say which.
void name_bias(Operator& op) {
  (void)(name_bias_type<tflite::FullyConnectedOptionsT>(op) || name_bias_type<tflite::Conv2DOptionsT>(op) ||
         name_bias_type<tflite::TransposeConvOptionsT>(op));
}

}  // namespace

TensorId StaticWriter::new_integers(TensorId id, const Params& params, const std::string& suffix) {
  const litert::Tensor floats = to_->tensor(id);
  const TensorId made = to_->result(type_of(params), floats.dims, floats.name + suffix);
  to_->tensor(made).quantization = quantization_of(params.scale, params.zero);
  return made;
}

TensorId StaticWriter::convert(TensorId from, const Params& to, const std::string& name) {
  const TensorId made = to_->result(type_of(to), to_->tensor(from).dims, name);
  to_->tensor(made).quantization = quantization_of(to.scale, to.zero);
  to_->emit(BuiltinOperator::QUANTIZE, tflite::QuantizeOptionsT{}, {from}, made, "");
  return made;
}

TensorId StaticWriter::new_bytes(TensorId id, const Params& params) {
  const TensorId bytes = new_integers(id, params, "");
  to_->tensor(bytes).type = TensorType::UINT8;
  to_->tensor(bytes).quantization.zero_point = {params.zero + 128};
  return bytes;
}

TensorId StaticWriter::integer_input(TensorId id, TensorType type) {
  const int bits = type == TensorType::INT16 ? 16 : 8;
  const Params& params = params_.at({id, bits});
  const TensorId integers = new_integers(id, params, "");
  home_[id] = bits;
  made_[{id, bits}] = integers;
  if (type != TensorType::UINT8) return integers;
  const TensorId bytes = new_bytes(id, params);
  to_->emit(BuiltinOperator::QUANTIZE, tflite::QuantizeOptionsT{}, {bytes}, integers, "");
  return bytes;
}

Result<TensorId> StaticWriter::integer_output(TensorId id, TensorType type) {
  const int bits = type == TensorType::INT16 ? 16 : 8;
  KELT_ASSIGN_OR_RETURN(const TensorId found, integers(id, bits));
  if (type != TensorType::UINT8) return found;
  const TensorId bytes = new_bytes(id, params_.at({id, bits}));
  to_->emit(BuiltinOperator::QUANTIZE, tflite::QuantizeOptionsT{}, {found}, bytes, "");
  return bytes;
}

Result<TensorId> StaticWriter::integers(TensorId id, int bits) {
  if (const auto found = made_.find({id, bits}); found != made_.end()) return found->second;
  const Params& params = params_.at({id, bits});
  const std::string name = to_->tensor(id).name + "/" + (bits == 16 ? "int16" : "int8");
  if (const auto floats = before_->floats(id)) {
    KELT_ASSIGN_OR_RETURN(Array rounded_to, bits == 16 ? rounded<int16_t>(*floats, params) : rounded<int8_t>(*floats, params));
    const TensorId constant = to_->constant(std::move(rounded_to), name);
    to_->tensor(constant).quantization = quantization_of(params.scale, params.zero);
    made_[{id, bits}] = constant;
    return constant;
  }
  const auto home = home_.find(id);
  const TensorId from = home == home_.end() ? id : made_.at({id, home->second});
  const TensorId converted = convert(from, params, name);
  made_[{id, bits}] = converted;
  return converted;
}

void StaticWriter::provide_floats(TensorId id) {
  const auto home = id < 0 ? home_.end() : home_.find(id);
  if (home == home_.end() || made_.contains({id, 0})) return;
  made_[{id, 0}] = id;
  to_->emit(BuiltinOperator::DEQUANTIZE, tflite::DequantizeOptionsT{}, {made_.at({id, home->second})}, id, "");
}

void StaticWriter::provide_floats(const Operator& op) {
  for (const TensorId id : op.inputs) provide_floats(id);
}

// A channel of tiny weights has a scale in whose steps its bias still fits into 32 bits.
Result<std::vector<float>> StaticWriter::least_scales(const Operator& before, const Form& form, size_t scales) const {
  constexpr float kMostSteps = 0x1p30F;
  const Kernel& kernel = *kernel_of(before.code);
  if (form.activation_bits != 8 || kernel.bias >= before.inputs.size() || before.inputs[kernel.bias] < 0) return std::vector<float>{};
  KELT_ASSIGN_OR_RETURN(const std::vector<float> bias, read_as<float>(*before_->floats(before.inputs[kernel.bias])));
  const float input = params_.at({before.inputs[kernel.input], form.activation_bits}).scale;
  std::vector<float> least(scales, 0.0F);
  for (size_t i = 0; i < bias.size(); ++i) {
    float& scale = least[scales == 1 ? 0 : i];
    scale = std::max(scale, std::abs(bias[i]) / (input * kMostSteps));
  }
  return least;
}

// The weights, and the bias in their steps.
Result<void> StaticWriter::set_weights(Operator& op, const Operator& before, const Form& form, const LayerWeights& from) {
  const Kernel& kernel = *kernel_of(op.code);
  const std::string name = to_->tensor(before.inputs[kernel.weights]).name;
  const Weighted weighted = *weights_of(*before_, before);
  Steps steps = steps_of(op, kernel, form, *before_, from.scales);
  KELT_ASSIGN_OR_RETURN(steps.least, least_scales(before, form, Array{DType::kFloat32, steps.scales, nullptr}.count()));
  KELT_ASSIGN_OR_RETURN(const Quantized quantized, integers_of(weighted.floats, steps, from));
  KELT_ASSIGN_OR_RETURN(op.inputs[kernel.weights], add_quantized(to_->subgraph(), quantized, name));
  KELT_ASSIGN_OR_RETURN(const auto corrected, corrected_bias(*before_, before, weighted, quantized, from));
  if (corrected) return set_bias(op, before, form, *corrected, bias_name(before_->subgraph(), before, kernel.bias, true));
  if (kernel.bias >= op.inputs.size() || op.inputs[kernel.bias] < 0) return {};
  KELT_ASSIGN_OR_RETURN(const std::vector<float> values, read_as<float>(*before_->floats(op.inputs[kernel.bias])));
  return set_bias(op, before, form, values, bias_name(before_->subgraph(), before, kernel.bias, false));
}

// In steps of input scale × weight scale, of each channel.
Result<void> StaticWriter::set_bias(Operator& op, const Operator& before, const Form& form, std::span<const float> values,
                                    const std::string& name) {
  const Kernel& kernel = *kernel_of(op.code);
  op.inputs.resize(std::max(op.inputs.size(), kernel.bias + 1), litert::kNoTensor);
  TensorId& bias = op.inputs[kernel.bias];
  const Params& input = params_.at({before.inputs[kernel.input], form.activation_bits});
  std::vector<float> scales = to_->tensor(op.inputs[kernel.weights]).quantization.scale;
  for (float& scale : scales) scale *= input.scale;
  const double most = form.activation_bits == 16 ? 0x1p62 : 0x1p31 - 1;
  std::vector<int64_t> steps(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const double scaled = std::nearbyint(static_cast<double>(values[i]) / scales[scales.size() == 1 ? 0 : i]);
    steps[i] = static_cast<int64_t>(std::clamp(scaled, -most, most));
  }
  Array array = array_from<int64_t>({static_cast<int64_t>(steps.size())}, steps);
  if (form.activation_bits == 8) {
    array = cast(array, DType::kInt32);
  } else {
    name_bias(op);
  }
  bias = to_->constant(std::move(array), name);
  tflite::QuantizationParametersT& quantization = to_->tensor(bias).quantization;
  quantization.zero_point.assign(scales.size(), 0);
  quantization.scale = std::move(scales);
  return {};
}

Result<void> StaticWriter::write(const Operator& op, const Form& form, const LayerWeights& from) {
  const int bits = form.activation_bits;
  Operator written = op;
  for (const size_t index : data_operands(*before_, op)) {
    KELT_ASSIGN_OR_RETURN(written.inputs[index], integers(op.inputs[index], bits));
    // A kernel that moves integers wants its operands in the scale of its result, unless that one is given.
    if (integer_op(op.code)->scales != Scales::kSame || !before_->is_activation(op.outputs[0])) continue;
    const Params& result = params_.at({op.outputs[0], bits});
    if (params_.at({op.inputs[index], bits}) == result) continue;
    written.inputs[index] = convert(written.inputs[index], result, to_->tensor(op.outputs[0]).name + "/rescaled");
  }
  const Kernel* kernel = kernel_of(op.code);
  if (kernel != nullptr && before_->floats(op.inputs[kernel->weights])) {
    KELT_RETURN_IF_ERROR(set_weights(written, op, form, from));
  }
  if (bits == 16) allow_any_scale(written);
  for (size_t index = 0; index < op.outputs.size(); ++index) {
    const TensorId id = op.outputs[index];
    if (!before_->is_activation(id)) continue;
    written.outputs[index] = new_integers(id, params_.at({id, bits}), bits == 16 ? "/int16" : "/int8");
    made_[{id, bits}] = written.outputs[index];
    home_[id] = bits;
  }
  to_->keep(std::move(written));
  return {};
}

}  // namespace kelt::quantize
