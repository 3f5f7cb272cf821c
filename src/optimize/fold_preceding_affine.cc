// optimize/fold_preceding_affine.cc — linear(x × s + t), with one s and t per input channel → linear'(x).
//
// The scale goes into the weights along their input channels, the shift into the bias: bias[o] += Σ W[o, …, i] t[i]. A shift
// is only folded where no zero padding comes between, since the padding is not shifted. Weights that something else reads as
// they are stay as they are; a shift needs no others.

#include <algorithm>

#include "optimize/linear.h"
#include "optimize/pass.h"
#include "optimize/shared_weights.h"
#include "weights/slices.h"

namespace kelt::optimize {
namespace {

using litert::BuiltinOperator;
using tflite::Padding;

// Every output reads elements of the input only, never of the padding.
bool reads_no_padding(const litert::Operator& op, const Array& weights) {
  if (op.code == BuiltinOperator::FULLY_CONNECTED) return true;
  const bool pointwise = weights.shape[1] == 1 && weights.shape[2] == 1;
  if (const auto* conv = op.options.AsConv2DOptions()) return pointwise || conv->padding == Padding::VALID;
  if (const auto* depthwise = op.options.AsDepthwiseConv2DOptions()) return pointwise || depthwise->padding == Padding::VALID;
  return false;
}

// Σ over all but the output channel of W × the value of its input channel.
Result<std::vector<double>> contract(const Array& weights, const Linear& linear, const std::vector<double>& values) {
  const auto outputs = static_cast<size_t>(weights.shape[linear.output_axis]);
  const size_t inputs = values.size();
  const size_t multiplier =
      std::max<size_t>(outputs / std::max<size_t>(inputs, 1), 1);            // of a depthwise kernel: [1, h, w, channels × multiplier]
  const size_t per_output = weights.count() / std::max<size_t>(outputs, 1);  // of every other: [outputs, …, inputs]
  std::vector<double> sums(outputs, 0.0);
  KELT_RETURN_IF_ERROR(read_floats(weights, [&](size_t first, std::span<const float> elements) {
    for (size_t i = 0; i < elements.size(); ++i) {
      const size_t index = first + i;
      if (linear.input_axis < 0) {
        sums[index % outputs] += elements[i] * values[index % outputs / multiplier];
      } else {
        sums[index / per_output] += elements[i] * values[index % inputs];
      }
    }
  }));
  return sums;
}

struct Affine {
  litert::TensorId input;
  std::vector<double> values;
};

// The non-constant operand of an elementwise operator of this kind, and its per-channel constant.
Result<std::optional<Affine>> match(Rewriter& in, OperatorId id, BuiltinOperator code, int64_t channels) {
  using Match = std::optional<Affine>;
  if (id == kNoOperator || in.at(id).code != code) return Match{};
  const litert::Operator& op = in.at(id);
  if (has_activation(op)) return Match{};
  for (const int side : {0, 1}) {
    const Array* operand = in.constant(op.inputs[1 - side]);
    if (operand == nullptr || in.constant(op.inputs[side]) != nullptr) continue;
    const Dims& dims = in.tensor(op.inputs[side]).dims;
    // What the constant broadcasts is not what the linear operator would read.
    if (dims.size() != in.tensor(op.outputs[0]).dims.size() || dims.back() != Dim(channels)) continue;
    KELT_ASSIGN_OR_RETURN(auto values, per_channel(*operand, channels));
    if (values) return Match{Affine{op.inputs[side], *std::move(values)}};
  }
  return Match{};
}

// What comes into a linear operator from one that it alone reads.
struct Site {
  Linear linear;
  litert::TensorId weights;
  int64_t channels;
};

std::optional<Site> site(Rewriter& in, OperatorId id) {
  const std::optional<Linear> linear = as_linear(in, id);
  if (!linear || in.at(id).code == BuiltinOperator::TRANSPOSE_CONV) return std::nullopt;
  const Dims& dims = in.tensor(in.at(id).inputs[linear->input]).dims;
  const litert::TensorId weights = in.at(id).inputs[linear->weights];
  if (dims.empty() || dims.back().value().value_or(0) < 1) return std::nullopt;
  const int64_t channels = *dims.back().value();
  // A grouped convolution reads fewer input channels than there are.
  if (linear->input_axis >= 0 && in.constant(weights)->shape[linear->input_axis] != channels) return std::nullopt;
  return Site{*linear, weights, channels};
}

// The addition that makes `input`, where operator `id` can take it into its bias.
Result<std::optional<Affine>> shift_at(Rewriter& in, OperatorId id, const Site& at, litert::TensorId input) {
  if (!reads_no_padding(in.at(id), *in.constant(at.weights))) return std::optional<Affine>();
  return match(in, in.producer(input), BuiltinOperator::ADD, at.channels);
}

Scaling scaling_by(Rewriter& in, OperatorId id, const Site& at, const std::vector<double>& values) {
  if (at.linear.input_axis >= 0) return {id, at.weights, at.linear.input_axis, values};
  const int axis = at.linear.output_axis;
  const size_t multiplier = static_cast<size_t>(in.constant(at.weights)->shape[axis]) / values.size();
  std::vector<double> repeated;
  for (const double value : values) repeated.insert(repeated.end(), multiplier, value);
  return {id, at.weights, axis, std::move(repeated)};
}

// Behind the shifts, which are folded first.
Result<std::optional<Scaling>> scaling_of_inputs(Rewriter& in, OperatorId id) {
  using Found = std::optional<Scaling>;
  const auto at = site(in, id);
  if (!at) return Found{};
  litert::TensorId input = in.at(id).inputs[at->linear.input];
  OperatorId reader = id;
  while (in.only_consumer(input) == reader) {
    KELT_ASSIGN_OR_RETURN(const auto shift, shift_at(in, id, *at, input));
    if (!shift) break;
    reader = in.producer(input);
    input = shift->input;
  }
  if (in.only_consumer(input) != reader) return Found{};
  KELT_ASSIGN_OR_RETURN(const auto scale, match(in, in.producer(input), BuiltinOperator::MUL, at->channels));
  return scale ? Found{scaling_by(in, id, *at, scale->values)} : Found{};
}

Result<void> fold_preceding_affine_at(Rewriter& in, OperatorId id, const SharedWeights& shared) {
  const auto at = site(in, id);
  if (!at) return {};
  const litert::TensorId input = in.at(id).inputs[at->linear.input];
  const OperatorId preceding = in.producer(input);
  if (preceding == kNoOperator || in.only_consumer(input) != id) return {};
  const Array weights = *in.constant(at->weights);

  KELT_ASSIGN_OR_RETURN(const auto shift, shift_at(in, id, *at, input));
  if (shift) {
    KELT_ASSIGN_OR_RETURN(std::vector<double> bias, read_bias(in, id, at->linear, weights.shape[at->linear.output_axis]));
    KELT_ASSIGN_OR_RETURN(const std::vector<double> sums, contract(weights, at->linear, shift->values));
    for (size_t output = 0; output < bias.size(); ++output) bias[output] += sums[output];
    write_bias(in, id, at->linear, bias);
    in.set_input(id, at->linear.input, shift->input);
    in.erase(preceding);
    return fold_preceding_affine_at(in, id, shared);  // the scale may stand behind the shift
  }
  KELT_ASSIGN_OR_RETURN(const auto scale, match(in, preceding, BuiltinOperator::MUL, at->channels));
  if (!scale) return {};
  const Scaling scaling = scaling_by(in, id, *at, scale->values);
  const auto factors = shared.factors(weights, scaling);
  if (!factors) return {};
  scale_weights(in, id, at->linear, scaling.axis, *factors);
  in.set_input(id, at->linear.input, scale->input);
  in.erase(preceding);
  return {};
}

}  // namespace

Result<bool> fold_preceding_affine(litert::Model& model, const Options& /*options*/) {
  KELT_ASSIGN_OR_RETURN(const SharedWeights shared, SharedWeights::in(model, scaling_of_inputs));
  return rewrite_operators(model, [&](Rewriter& in, OperatorId id) { return fold_preceding_affine_at(in, id, shared); });
}

}  // namespace kelt::optimize
