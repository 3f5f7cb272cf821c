#include "quantize/layer_weights.h"

#include <algorithm>
#include <cmath>

#include "weights/slices.h"

namespace kelt::quantize {
namespace {

using litert::BuiltinOperator;
using litert::Operator;

// Where there is no bias, one is worth its bytes from this share of the squared error on.
constexpr double kWorthABias = 0.05;

// Which mean belongs to each weight, and how much of it: kernels stand as [results, …, inputs], depthwise ones as [1, …, results].
struct Means {
  bool depthwise = false;
  size_t results = 0;
  size_t of_a_group = 0;  // results that read the same channels
  size_t columns = 0;     // length of the weights' last axis
  std::vector<double> means;
  std::vector<double> times = {1};  // of each tap of the kernel, how often it meets an input while one result is computed

  [[nodiscard]] double mean_of(size_t result, size_t column) const {
    if (depthwise) return means[result / of_a_group];
    return means[(result / of_a_group * columns + column) % means.size()];
  }
};

// Along one axis with padding on both sides: of the places of a tap the share that is not in the padding.
std::vector<double> shares_inside(int64_t taps, int64_t stride, int64_t dilation, int64_t length) {
  const int64_t results = (length + stride - 1) / stride;
  const int64_t before = std::max<int64_t>((results - 1) * stride + (taps - 1) * dilation + 1 - length, 0) / 2;
  std::vector<double> shares;
  for (int64_t tap = 0; tap < taps; ++tap) {
    int64_t inside = 0;
    for (int64_t result = 0; result < results; ++result) {
      const int64_t at = result * stride - before + tap * dilation;
      inside += at >= 0 && at < length ? 1 : 0;
    }
    shares.push_back(static_cast<double>(inside) / static_cast<double>(std::max<int64_t>(results, 1)));
  }
  return shares;
}

// Where zeros surround the input; of a size that is not known they are few.
template <typename Options>
std::vector<double> times_of(const Options* options, const Dims& input, const Shape& weights) {
  if (options == nullptr || options->padding != tflite::Padding::SAME || input.size() != 4 || weights.size() != 4) return {1};
  const std::optional<int64_t> height = input[1].value(), width = input[2].value();
  if (!height || !width || options->stride_h < 1 || options->stride_w < 1) return {1};
  std::vector<double> times;
  const std::vector<double> columns = shares_inside(weights[2], options->stride_w, options->dilation_w_factor, *width);
  for (const double row : shares_inside(weights[1], options->stride_h, options->dilation_h_factor, *height)) {
    for (const double column : columns) times.push_back(row * column);
  }
  return times;
}

std::optional<Means> means_for(const Graph& graph, const Operator& op, const Shape& weights, const statistics::ChannelSums& channels) {
  const size_t width = channels.sums.size();
  if (channels.rows == 0 || width == 0 || weights.size() < 2) return std::nullopt;
  Means found{.depthwise = op.code == BuiltinOperator::DEPTHWISE_CONV_2D, .columns = static_cast<size_t>(weights.back())};
  found.results = found.depthwise ? found.columns : static_cast<size_t>(weights.front());
  if (found.results == 0 || found.columns == 0) return std::nullopt;
  for (const double sum : channels.sums) found.means.push_back(sum / static_cast<double>(channels.rows));
  if (found.depthwise) {
    found.of_a_group = found.results / width;
    found.times = times_of(op.options.AsDepthwiseConv2DOptions(), graph.tensor(op.inputs[0]).dims, weights);
    return found.results % width == 0 ? std::optional(std::move(found)) : std::nullopt;
  }
  found.of_a_group = found.results;
  if (op.code == BuiltinOperator::FULLY_CONNECTED) {  // may flatten what it reads
    return found.columns % width == 0 ? std::optional(std::move(found)) : std::nullopt;
  }
  if (op.code == BuiltinOperator::CONV_2D) {
    const size_t groups = width / found.columns;
    if (groups == 0 || width % found.columns != 0 || found.results % groups != 0) return std::nullopt;
    found.of_a_group = found.results / groups;
    found.times = times_of(op.options.AsConv2DOptions(), graph.tensor(op.inputs[0]).dims, weights);
    return found;
  }
  const auto* strides = op.options.AsTransposeConvOptions();
  if (strides == nullptr || found.columns != width || strides->stride_h < 1 || strides->stride_w < 1) return std::nullopt;
  found.times = {1.0 / (strides->stride_h * strides->stride_w)};  // a stride spreads the results
  return found;
}

struct Errors {
  std::vector<double> means;  // of each result
  double squares = 0;         // of all weights
};

Result<Errors> errors_of(const Array& weights, const Quantized& integers, const Means& means) {
  Errors errors{.means = std::vector<double>(means.results, 0.0)};
  const size_t taps = means.times.size();
  const size_t each = means.depthwise ? weights.count() : weights.count() / means.results;
  const auto add = [&](size_t first, std::span<const float> lost) {
    for (size_t i = 0; i < lost.size(); ++i) {
      const size_t column = (first + i) % means.columns;
      const size_t result = means.depthwise ? column : (first + i) / each;
      const double times = means.times[(first + i) / means.columns % (each / means.columns) % taps];
      const double error = lost[i];
      errors.means[result] += error * means.mean_of(result, column) * times;
      errors.squares += error * error * times;
    }
  };
  KELT_RETURN_IF_ERROR(read_floats(elementwise(Arithmetic::kSubtract, {weights, dequantize(integers)}), add));
  return errors;
}

}  // namespace

Result<Quantized> integers_of(const Array& weights, const Steps& steps, const LayerWeights& from) {
  if (from.integers == nullptr) return quantize_weights(weights, steps);
  KELT_ASSIGN_OR_RETURN(const std::vector<float> scales, read_as<float>(from.integers->scales));
  for (size_t i = 0; i < std::min(scales.size(), steps.least.size()); ++i) {
    if (scales[i] < steps.least[i]) return quantize_weights(weights, steps);
  }
  return *from.integers;
}

std::string bias_name(const litert::Subgraph& subgraph, const Operator& op, size_t operand, bool corrected) {
  const auto name = [&](litert::TensorId id) { return subgraph.tensors[static_cast<size_t>(id)].name; };
  const bool has_one = operand < op.inputs.size() && op.inputs[operand] >= 0;
  const std::string found = has_one ? name(op.inputs[operand]) : name(op.outputs[0]) + "/bias";
  return corrected ? found + std::string(kCorrected) : found;
}

Result<std::optional<std::vector<float>>> corrected_bias(const Graph& graph, const Operator& op, const Weighted& weights,
                                                         const Quantized& integers, const LayerWeights& from) {
  using Bias = std::optional<std::vector<float>>;
  if (from.inputs == nullptr || weights.kernel == nullptr || op.code == BuiltinOperator::BATCH_MATMUL) return Bias();
  const auto means = means_for(graph, op, weights.floats.shape, from.inputs->channels);
  if (!means) return Bias();
  KELT_ASSIGN_OR_RETURN(const Errors errors, errors_of(weights.floats, integers, *means));
  if (!std::ranges::all_of(errors.means, [](double mean) { return std::abs(mean) < 1e30; })) return Bias();
  const size_t place = weights.kernel->bias;
  std::vector<float> bias(means->results, 0.0F);
  if (place < op.inputs.size() && op.inputs[place] >= 0) {
    const auto known = graph.floats(op.inputs[place]);
    if (!known || known->count() != bias.size()) return Bias();
    KELT_ASSIGN_OR_RETURN(bias, read_as<float>(*known));
  } else {
    double shifted = 0;
    for (const double mean : errors.means) shifted += mean * mean;
    if (shifted < kWorthABias * errors.squares * statistics::mean_square_of(*from.inputs)) return Bias();
  }
  for (size_t i = 0; i < bias.size(); ++i) bias[i] += static_cast<float>(errors.means[i]);
  return Bias(std::move(bias));
}

}  // namespace kelt::quantize
