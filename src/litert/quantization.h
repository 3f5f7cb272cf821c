// litert/quantization.h — what a tensor's quantization parameters become where its values move, and when two are the same.
//
// The runtime's RESHAPE, TRANSPOSE and SPLIT move the stored integers and never look at scales: what an integer stands for is
// told by the tensor that it lies in. Whoever lets a reader see another tensor instead asks here first.

#pragma once

#include <optional>
#include <span>

#include "litert/model.h"

namespace kelt::litert {

using Quantization = tflite::QuantizationParametersT;

// Calls visit(TensorId&) for each tensor that holds scales or zero points of this one; -1 where there are none.
template <typename Visit>
void visit_parameter_tensors(Quantization& quantization, Visit visit) {
  if (auto* blocks = quantization.details.AsBlockwiseQuantization()) {
    visit(blocks->scales);
    visit(blocks->zero_points);
  } else if (auto* axes = quantization.details.AsMultiAxisQuantization()) {
    visit(axes->scales);
    visit(axes->zero_points);
  }
}

// One scale for the whole tensor, or none.
[[nodiscard]] bool is_per_tensor(const Quantization& quantization);
// Whether an integer stands for the same number under both. Ranges and an axis that nothing is quantized along don't count.
[[nodiscard]] bool same_scales(const Quantization& a, const Quantization& b);
// Whether the same bytes are the same values in both: type and scales.
[[nodiscard]] bool same_values(const Tensor& a, const Tensor& b);

// The parameters of the values after the move; empty where they can't be stated without reading a scale tensor, or where an
// axis that they run along is cut.
[[nodiscard]] std::optional<Quantization> transposed(const Quantization& quantization, std::span<const int32_t> permutation);
[[nodiscard]] std::optional<Quantization> reshaped(const Quantization& quantization, const Shape& from, const Shape& to);
[[nodiscard]] std::optional<Quantization> sliced(const Quantization& quantization, int axis, int64_t begin, int64_t length);

}  // namespace kelt::litert
