#include "verify/port_values.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace kelt::verify {
namespace {

using litert::TensorType;

struct Scale {
  double scale = 1;
  double zero = 0;
};

Scale scale_of(const litert::Tensor& tensor) {
  const auto& quantization = tensor.quantization;
  return {.scale = quantization.scale.empty() ? 1.0 : static_cast<double>(quantization.scale[0]),
          .zero = quantization.zero_point.empty() ? 0.0 : static_cast<double>(quantization.zero_point[0])};
}

template <typename Integer>
std::vector<std::byte> in_integers(std::span<const float> floats, const Scale& scale) {
  constexpr double kLeast = std::numeric_limits<Integer>::min(), kMost = std::numeric_limits<Integer>::max();
  std::vector<Integer> integers(floats.size());
  std::ranges::transform(floats, integers.begin(), [&](float value) {
    const double steps = std::nearbyint(static_cast<double>(value) / scale.scale) + scale.zero;
    return static_cast<Integer>(std::isnan(steps) ? scale.zero : std::clamp(steps, kLeast, kMost));
  });
  const auto bytes = std::as_bytes(std::span(integers));
  return {bytes.begin(), bytes.end()};
}

template <typename Integer>
std::vector<float> from_integers(std::span<const std::byte> bytes, const Scale& scale) {
  std::vector<Integer> integers(bytes.size() / sizeof(Integer));
  if (!integers.empty()) std::memcpy(integers.data(), bytes.data(), integers.size() * sizeof(Integer));
  std::vector<float> floats(integers.size());
  std::ranges::transform(integers, floats.begin(),
                         [&](Integer value) { return static_cast<float>((static_cast<double>(value) - scale.zero) * scale.scale); });
  return floats;
}

}  // namespace

std::vector<std::byte> as_held(std::span<const float> floats, const litert::Tensor& tensor) {
  const Scale scale = scale_of(tensor);
  switch (tensor.type) {
    case TensorType::INT8: return in_integers<int8_t>(floats, scale);
    case TensorType::UINT8: return in_integers<uint8_t>(floats, scale);
    case TensorType::INT16: return in_integers<int16_t>(floats, scale);
    default: {
      const auto bytes = std::as_bytes(floats);
      return {bytes.begin(), bytes.end()};
    }
  }
}

std::optional<std::vector<float>> as_floats(std::span<const std::byte> bytes, const litert::Tensor& tensor) {
  const Scale scale = scale_of(tensor);
  switch (tensor.type) {
    case TensorType::INT8: return from_integers<int8_t>(bytes, scale);
    case TensorType::UINT8: return from_integers<uint8_t>(bytes, scale);
    case TensorType::INT16: return from_integers<int16_t>(bytes, scale);
    case TensorType::FLOAT32: {
      std::vector<float> floats(bytes.size() / sizeof(float));
      if (!floats.empty()) std::memcpy(floats.data(), bytes.data(), floats.size() * sizeof(float));
      return floats;
    }
    default: return std::nullopt;
  }
}

}  // namespace kelt::verify
