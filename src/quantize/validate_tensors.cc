// Rules of a tensor by itself.

#include <algorithm>
#include <cmath>
#include <limits>

#include "quantize/validate_rules.h"

namespace kelt::quantize {
namespace {

using litert::Tensor;
using litert::TensorType;

struct Limits {
  int64_t least = std::numeric_limits<int64_t>::min(), most = std::numeric_limits<int64_t>::max();
};

Limits limits_of(TensorType type) {
  switch (type) {
    case TensorType::INT2: return {-2, 1};
    case TensorType::INT4: return {-8, 7};
    case TensorType::INT8: return {-128, 127};
    case TensorType::UINT8: return {0, 255};
    case TensorType::INT16:
    case TensorType::INT32:
    case TensorType::INT64: return {0, 0};
    default: return {};
  }
}

}  // namespace

unsigned weight_bits(TensorType type) {
  switch (type) {
    case TensorType::INT8: return 8;
    case TensorType::INT4: return 4;
    case TensorType::INT2: return 2;
    default: return 0;
  }
}

bool is_quantized(const Tensor* tensor) {
  return tensor != nullptr &&
         (!tensor->quantization.scale.empty() || tensor->quantization.details.type != tflite::QuantizationDetails::NONE);
}

bool is_activation(const Tensor* tensor) {
  using enum TensorType;
  return litert::rules::quantized(tensor) && litert::rules::is<INT8, INT16, UINT8>(tensor);
}

void check_scales(const Site& site, const Tensor& tensor) {
  const auto& scales = tensor.quantization.scale;
  const auto bad = std::ranges::find_if(scales, [](float scale) { return !std::isfinite(scale) || scale <= 0; });
  if (bad == scales.end()) return;
  site.fault(&tensor, "the scale " + std::to_string(*bad) + " is no positive number",
             "Give constant values a scale of 1, or of their size");
}

void check_zero_points(const Site& site, const Tensor& tensor) {
  const auto& quantization = tensor.quantization;
  if (quantization.scale.empty()) return;
  const size_t scales = quantization.scale.size(), zeros = quantization.zero_point.size();
  if (zeros != scales) {
    site.fault(&tensor,
               std::to_string(zeros) + " zero points stand beside " + std::to_string(scales) + " scales: the runtime rejects the file",
               "Write a zero point for every scale");
    return;
  }
  const Limits limits = limits_of(tensor.type);
  const auto bad = std::ranges::find_if(quantization.zero_point, [&](int64_t zero) { return zero < limits.least || zero > limits.most; });
  if (bad == quantization.zero_point.end()) return;
  site.fault(&tensor, "the zero point " + std::to_string(*bad) + " is none of its type",
             limits.most == 0 ? "Quantize symmetrically, with zero point 0" : "Choose the range so that it holds 0");
}

void check_axis(const Site& site, const Tensor& tensor) {
  const auto& quantization = tensor.quantization;
  const auto scales = static_cast<int64_t>(quantization.scale.size());
  if (scales <= 1) return;
  const int32_t axis = quantization.quantized_dimension;
  const bool there = axis >= 0 && static_cast<size_t>(axis) < tensor.dims.size();
  if (there && tensor.dims[static_cast<size_t>(axis)] == Dim(scales)) return;
  site.fault(&tensor, std::to_string(scales) + " scales don't fit axis " + std::to_string(axis) + " of its shape",
             "Write one scale, or one for each index of the axis");
}

}  // namespace kelt::quantize
