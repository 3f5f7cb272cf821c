#include "verify/corrected.h"

#include <cmath>

#include "quantize/constant.h"
#include "quantize/layer_weights.h"
#include "weights/cast.h"

namespace kelt::verify {
namespace {

using litert::BuiltinOperator;
using litert::Operator;
using litert::TensorId;

TensorId bias_of(const quantize::Graph& graph, const Operator& op) {
  const quantize::Kernel* kernel = quantize::kernel_of(op.code);
  if (kernel == nullptr || kernel->bias >= op.inputs.size()) return litert::kNoTensor;
  return quantize::stored_behind(graph, op.inputs[kernel->bias]);
}

// Σ |w − ŵ| of each result.
Result<std::vector<double>> lost(const Array& weights, const Array& rounded, size_t results, bool depthwise) {
  KELT_ASSIGN_OR_RETURN(const std::vector<float> before, read_as<float>(weights));
  KELT_ASSIGN_OR_RETURN(const std::vector<float> after, read_as<float>(rounded));
  std::vector<double> sums(results, 0.0);
  const size_t each = before.size() / results;
  for (size_t i = 0; i < before.size(); ++i) {
    sums[depthwise ? i % results : i / each] += std::abs(static_cast<double>(before[i]) - static_cast<double>(after[i]));
  }
  return sums;
}

// The values of a bias, and the most that each lost to rounding.
struct Stored {
  std::vector<float> values;
  std::vector<double> half_steps;
};

Result<Stored> read_bias(const litert::Tensor& bias) {
  Stored stored;
  KELT_ASSIGN_OR_RETURN(stored.values, read_as<float>(cast(*bias.constant, DType::kFloat32)));
  const std::vector<float>& scales = bias.quantization.scale;
  stored.half_steps.assign(stored.values.size(), 0.0);
  for (size_t i = 0; i < stored.values.size() && !scales.empty(); ++i) {
    const float scale = scales[scales.size() == 1 ? 0 : i % scales.size()];
    stored.values[i] *= scale;
    stored.half_steps[i] = kHalfAStep * static_cast<double>(scale);
  }
  return stored;
}

// Of the float file, by the name that the bias had; zeros where it has none.
Result<std::vector<float>> bias_before(const quantize::Graph& floats, const Twins& twins, std::string_view name, size_t count) {
  const auto twin = twins.constant(name.substr(0, name.size() - quantize::kCorrected.size()));
  const std::optional<Array> known = twin ? floats.floats(*twin) : std::nullopt;
  return known && known->count() == count ? read_as<float>(*known) : std::vector<float>(count, 0.0F);
}

}  // namespace

bool has_corrected_bias(const quantize::Graph& graph, const Operator& op) {
  const TensorId bias = bias_of(graph, op);
  return bias != litert::kNoTensor && graph.tensor(bias).name.ends_with(quantize::kCorrected);
}

Result<std::optional<Constant>> check_corrected_bias(const quantize::Graph& floats, const quantize::Graph& quantized, const Twins& twins,
                                                     const Operator& op, double largest) {
  constexpr double kOtherSamples = 2;  // those of the calibration may have been larger
  const TensorId bias = bias_of(quantized, op);
  const TensorId weights = quantize::stored_behind(quantized, op.inputs[quantize::kernel_of(op.code)->weights]);
  const auto twin = twins.constant(weights);
  const std::optional<Array> before = twin ? floats.floats(*twin) : std::nullopt;
  if (!before) return std::optional<Constant>();
  KELT_ASSIGN_OR_RETURN(const auto integers, quantize::read_quantized(quantized.subgraph(), weights));
  KELT_ASSIGN_OR_RETURN(const Stored stored, read_bias(quantized.tensor(bias)));
  const size_t results = stored.values.size();
  if (!integers || integers->values.count() != before->count() || results == 0 || before->count() % results != 0) {
    return std::optional<Constant>();
  }
  KELT_ASSIGN_OR_RETURN(const std::vector<double> most,
                        lost(*before, dequantize(*integers), results, op.code == BuiltinOperator::DEPTHWISE_CONV_2D));
  const std::string& name = quantized.tensor(bias).name;
  KELT_ASSIGN_OR_RETURN(const std::vector<float> wanted, bias_before(floats, twins, name, results));
  Constant made{.name = name, .tensor = bias, .values = results, .bytes_before = results * sizeof(float)};
  made.bytes_after = quantized.tensor(bias).constant->bytes();
  add(made.noise, wanted, stored.values);
  for (size_t i = 0; i < results; ++i) {
    const double moved = std::abs(static_cast<double>(stored.values[i]) - static_cast<double>(wanted[i]));
    const double rounding = stored.half_steps[i] + 1e-6 * std::abs(static_cast<double>(wanted[i]));
    if (!(moved <= kOtherSamples * largest * most[i] + rounding)) ++made.not_nearest;
  }
  if (made.not_nearest != 0) {
    made.why = std::to_string(made.not_nearest) + " of its " + std::to_string(results) +
               " values make up for more than rounding the weights can have cost";
  }
  return std::optional(std::move(made));
}

}  // namespace kelt::verify
