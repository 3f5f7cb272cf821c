// optimize/linear.h — the operators that are linear in constant weights, seen alike: where their weights and bias stand and
// which axes of the weights are the output and the input channels.

#pragma once

#include <optional>

#include "optimize/rewriter.h"

namespace kelt::optimize {

struct Linear {
  size_t input = 0;  // position of the activations among the operator's inputs
  size_t weights = 1;
  size_t bias = 2;
  int output_axis = 0;  // of the weights
  int input_axis = -1;  // of the weights; -1 where each output channel reads one input channel (depthwise)
};

// Empty unless operator `id` is such an operator with constant float32 weights, no fused activation, and a bias that is
// constant or absent.
[[nodiscard]] std::optional<Linear> as_linear(Rewriter& in, OperatorId id);

// Whether an elementwise operator applies an activation to what it computes.
[[nodiscard]] bool has_activation(const litert::Operator& op);

// The values along the channels that a constant operand of an elementwise operator stands for: a scalar or [C], [1, …, C],
// against activations whose last dim is `channels`. Empty if it is anything else.
[[nodiscard]] Result<std::optional<std::vector<double>>> per_channel(const Array& operand, int64_t channels);

// The bias in double; zeros if absent.
[[nodiscard]] Result<std::vector<double>> read_bias(Rewriter& in, OperatorId id, const Linear& linear, int64_t channels);
// Gives the operator a new float32 bias.
void write_bias(Rewriter& in, OperatorId id, const Linear& linear, const std::vector<double>& bias);
// Multiplies its weights along `axis` by a vector, lazily.
void scale_weights(Rewriter& in, OperatorId id, const Linear& linear, int axis, const Array& factors);

}  // namespace kelt::optimize
