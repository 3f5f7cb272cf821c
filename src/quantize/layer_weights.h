// quantize/layer_weights.h — the weights of a layer as integers, and what rounding them does to the mean of its results, taken out by
// its bias.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantize/weighted.h"
#include "statistics/statistics.h"
#include "weights/quantize.h"

namespace kelt::quantize {

// Where they come from.
struct LayerWeights {
  ScaleChoice scales = ScaleChoice::kClip;
  const Quantized* integers = nullptr;                   // that samples chose
  const statistics::TensorStatistics* inputs = nullptr;  // what is known of the layer's input; null: its bias stays
};

// A bias that was corrected says so by its name, which lets its file be verified.
inline constexpr std::string_view kCorrected = "/corrected";
// Of the bias that the operator gets: that of the one it has, or of its result.
[[nodiscard]] std::string bias_name(const litert::Subgraph& subgraph, const litert::Operator& op, size_t operand, bool corrected);

// Those that samples chose, unless a scale of theirs is smaller than the least that `steps` want; else the nearest.
[[nodiscard]] Result<Quantized> integers_of(const Array& weights, const Steps& steps, const LayerWeights& from);

// The operator's bias, or zeros, plus (weights − integers × scales) · mean of the inputs. Empty where the means are not known, or the
// operator can have no bias; and where it has none and that is the least of its errors. Reads the weights once.
[[nodiscard]] Result<std::optional<std::vector<float>>> corrected_bias(const Graph& graph, const litert::Operator& op,
                                                                       const Weighted& weights, const Quantized& integers,
                                                                       const LayerWeights& from);

}  // namespace kelt::quantize
