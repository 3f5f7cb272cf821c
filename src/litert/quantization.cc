#include "litert/quantization.h"

#include <algorithm>

namespace kelt::litert {
namespace {

bool has_details(const Quantization& quantization) { return quantization.details.type != tflite::QuantizationDetails::NONE; }

// An absent zero point is 0, and one stands for every channel.
int64_t zero_point(const Quantization& quantization, size_t channel) {
  const std::vector<int64_t>& zeros = quantization.zero_point;
  return zeros.empty() ? 0 : zeros[std::min(channel, zeros.size() - 1)];
}

int64_t product(std::span<const int64_t> lengths) {
  int64_t product = 1;
  for (const int64_t length : lengths) product *= length;
  return product;
}

}  // namespace

bool is_per_tensor(const Quantization& quantization) { return quantization.scale.size() <= 1 && !has_details(quantization); }

bool same_scales(const Quantization& a, const Quantization& b) {
  if (a.scale != b.scale || a.details != b.details) return false;
  if (a.scale.size() > 1 && a.quantized_dimension != b.quantized_dimension) return false;
  for (size_t channel = 0; channel < a.scale.size(); ++channel) {
    if (zero_point(a, channel) != zero_point(b, channel)) return false;
  }
  return true;
}

bool same_values(const Tensor& a, const Tensor& b) { return a.type == b.type && same_scales(a.quantization, b.quantization); }

std::optional<Quantization> transposed(const Quantization& quantization, std::span<const int32_t> permutation) {
  if (is_per_tensor(quantization)) return quantization;
  const auto axis = std::ranges::find(permutation, quantization.quantized_dimension);
  if (has_details(quantization) || axis == permutation.end()) return std::nullopt;
  Quantization moved = quantization;
  moved.quantized_dimension = static_cast<int32_t>(axis - permutation.begin());
  return moved;
}

std::optional<Quantization> reshaped(const Quantization& quantization, const Shape& from, const Shape& to) {
  if (is_per_tensor(quantization)) return quantization;
  const auto axis = static_cast<size_t>(quantization.quantized_dimension);
  if (has_details(quantization) || axis >= from.size()) return std::nullopt;
  const int64_t before = product(std::span(from).first(axis));
  for (size_t i = 0; i < to.size(); ++i) {
    if (to[i] != from[axis] || product(std::span(to).first(i)) != before) continue;
    Quantization moved = quantization;
    moved.quantized_dimension = static_cast<int32_t>(i);
    return moved;
  }
  return std::nullopt;
}

std::optional<Quantization> sliced(const Quantization& quantization, int axis, int64_t begin, int64_t length) {
  if (is_per_tensor(quantization)) return quantization;
  if (has_details(quantization)) return std::nullopt;
  if (quantization.quantized_dimension != axis) return quantization;
  const auto end = static_cast<size_t>(begin + length);
  if (end > quantization.scale.size()) return std::nullopt;
  Quantization part = quantization;
  part.scale.assign(quantization.scale.begin() + begin, quantization.scale.begin() + static_cast<ptrdiff_t>(end));
  part.zero_point.clear();
  for (auto channel = static_cast<size_t>(begin); channel < end; ++channel) part.zero_point.push_back(zero_point(quantization, channel));
  return part;
}

}  // namespace kelt::litert
