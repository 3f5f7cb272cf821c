// weights/quantized.cc — what a Quantized says of itself, and its slices.

#include "weights/quantized.h"

#include <algorithm>

#include "weights/source.h"

namespace kelt {

Result<void> check_quantized(const Quantized& quantized) {
  const auto wrong = [](const std::string& what) { return Error{.code = Code::kBadModule, .what = what}; };
  const Shape& values = quantized.values.shape;
  const Shape& scales = quantized.scales.shape;
  if (quantized.values.dtype != DType::kInt8) return wrong("quantized values are int8, not " + std::string(name(quantized.values.dtype)));
  if (quantized.bits != 2 && quantized.bits != 4 && quantized.bits != 8) {
    return wrong("quantized values have 2, 4 or 8 bits, not " + std::to_string(quantized.bits));
  }
  if (quantized.scales.dtype != DType::kFloat32 && quantized.scales.dtype != DType::kFloat16) {
    return wrong("scales are float32 or float16, not " + std::string(name(quantized.scales.dtype)));
  }
  const auto divides = [](int64_t scale, int64_t value) { return scale > 0 && value > 0 && value % scale == 0; };
  if (!std::ranges::equal(scales, values, divides)) {
    return wrong("scales of " + shape_text(scales) + " don't fit quantized values of " + shape_text(values));
  }
  if (quantized.zeros && quantized.zeros->shape != scales) {
    return wrong("zero points of " + shape_text(quantized.zeros->shape) + " don't fit scales of " + shape_text(scales));
  }
  return {};
}

Shape block_shape(const Quantized& quantized) {
  Shape blocks;
  std::ranges::transform(quantized.values.shape, quantized.scales.shape, std::back_inserter(blocks), std::divides<>());
  return blocks;
}

std::optional<int> channel_axis(const Quantized& quantized) {
  int found = -1;
  for (size_t axis = 0; axis < quantized.scales.shape.size(); ++axis) {
    const int64_t scales = quantized.scales.shape[axis];
    if (scales == 1) continue;
    if (found >= 0 || scales != quantized.values.shape[axis]) return std::nullopt;
    found = static_cast<int>(axis);
  }
  return found;
}

Result<bool> is_symmetric(const Quantized& quantized) {
  constexpr size_t kBytesAtATime = size_t{1} << 16;  // bytes
  if (!quantized.zeros) return true;
  const Array zeros = cast(*quantized.zeros, DType::kFloat32);
  Elements buffer;
  for (size_t offset = 0; offset < zeros.bytes(); offset += kBytesAtATime) {
    const size_t size = std::min(kBytesAtATime, zeros.bytes() - offset);
    KELT_ASSIGN_OR_RETURN(const auto bytes, buffer.read(*zeros.source, offset, size));
    for (size_t i = 0; i < size; i += sizeof(float)) {
      float zero = 0;
      std::memcpy(&zero, bytes.data() + i, sizeof(float));
      if (zero != 0) return false;
    }
  }
  return true;
}

Quantized transposed(const Quantized& quantized, std::span<const int> permutation) {
  Quantized moved = quantized;
  moved.values = transpose(quantized.values, permutation);
  moved.scales = transpose(quantized.scales, permutation);
  if (quantized.zeros) moved.zeros = transpose(*quantized.zeros, permutation);
  return moved;
}

std::optional<Quantized> sliced(const Quantized& quantized, int axis, int64_t begin, int64_t length) {
  const int64_t block = block_shape(quantized)[static_cast<size_t>(axis)];
  Quantized part = quantized;
  part.values = slice(quantized.values, axis, begin, length);
  const int64_t first = begin / block;
  int64_t scales = 1;  // within one block
  if (length <= 0 || begin % block + length > block) {
    if (length <= 0 || begin % block != 0 || length % block != 0) return std::nullopt;
    scales = length / block;
  }
  part.scales = slice(quantized.scales, axis, first, scales);
  if (quantized.zeros) part.zeros = slice(*quantized.zeros, axis, first, scales);
  return part;
}

}  // namespace kelt
