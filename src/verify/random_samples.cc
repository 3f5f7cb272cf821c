#include "verify/random_samples.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>

#include "runtime/trial.h"
#include "statistics/statistics.h"
#include "verify/taken_samples.h"
#include "verify/twins.h"

namespace kelt::verify {
namespace {

using litert::TensorType;
using statistics::Range;

constexpr size_t kSamples = 4;

template <typename Integer>
Range range_of_integers(double scale, double zero) {
  return {static_cast<float>((std::numeric_limits<Integer>::min() - zero) * scale),
          static_cast<float>((std::numeric_limits<Integer>::max() - zero) * scale)};
}

// What the integers that an input becomes can hold.
std::optional<Range> calibrated(const litert::Model& quantized, const std::string& name) {
  for (const litert::Subgraph& graph : quantized.subgraphs) {
    for (const litert::Tensor& tensor : graph.tensors) {
      const auto& [scales, zeros] = std::pair(tensor.quantization.scale, tensor.quantization.zero_point);
      if (tensor.constant || scales.size() != 1 || (tensor.name != name && without_suffix(tensor.name) != name)) continue;
      const auto zero = static_cast<double>(zeros.empty() ? 0 : zeros[0]);
      if (tensor.type == TensorType::INT8) return range_of_integers<int8_t>(scales[0], zero);
      if (tensor.type == TensorType::UINT8) return range_of_integers<uint8_t>(scales[0], zero);
      if (tensor.type == TensorType::INT16) return range_of_integers<int16_t>(scales[0], zero);
    }
  }
  return std::nullopt;
}

void stretch(std::vector<std::byte>& bytes, const Range& range) {
  std::vector<float> values(bytes.size() / sizeof(float));
  if (values.empty()) return;
  std::memcpy(values.data(), bytes.data(), bytes.size());
  for (float& value : values) value = range.min + (value + 1) / 2 * (range.max - range.min);
  std::memcpy(bytes.data(), values.data(), bytes.size());
}

OwnedSample sample_of(const litert::Model& floats, const litert::Model& quantized, const litert::Signature& signature, size_t number) {
  OwnedSample sample;
  for (const litert::SignaturePort& port : signature.inputs) {
    const litert::Tensor& tensor = floats.subgraphs[static_cast<size_t>(signature.subgraph)].tensors[static_cast<size_t>(port.tensor)];
    OwnedInput input{.name = port.name, .dtype = litert::to_dtype(tensor.type).value_or(DType::kFloat32)};
    for (const Dim& dim : tensor.dims) input.shape.push_back(std::max<int64_t>(dim.value().value_or(1), 1));
    const size_t count = Array{input.dtype, input.shape, nullptr}.count();
    input.bytes = runtime::random_bytes(input.dtype, count, number * signature.inputs.size() + sample.size());
    const auto range = input.dtype == DType::kFloat32 ? calibrated(quantized, tensor.name) : std::nullopt;
    if (range) stretch(input.bytes, *range);
    sample.push_back(std::move(input));
  }
  return sample;
}

}  // namespace

std::vector<calibrate::Data> random_samples(const litert::Model& floats, const litert::Model& quantized) {
  std::vector<calibrate::Data> data;
  for (const litert::Signature& signature : floats.signatures) {
    const auto samples = std::make_shared<std::vector<OwnedSample>>();
    for (size_t i = 0; i < kSamples; ++i) samples->push_back(sample_of(floats, quantized, signature, i));
    data.push_back({.signature = signature.key, .next = [samples, at = size_t{0}]() mutable -> Result<std::optional<calibrate::Given>> {
                      if (at == samples->size()) return std::optional<calibrate::Given>();
                      return std::optional(calibrate::Given{.inputs = inputs_of((*samples)[at++])});
                    }});
  }
  return data;
}

}  // namespace kelt::verify
