// lower/layer_normalization.cc — keras.ops.layer_normalization, rms_normalization, normalize, moments → MEAN, RSQRT, MUL, …
//
// The mean is taken off before anything is squared: fewer operators than Keras' form, and exact where the mean is large.
// Half precision is normalised in float32, whatever the weights are, and has its own dtype afterwards, as in Keras.

#include <algorithm>
#include <optional>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"
#include "lower/sums.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr double kKerasEpsilon = 1e-7;  // keras.config.epsilon(), unless the user set another: the capture then says so

double read_epsilon(Arguments& args) { return args.optional_number("epsilon").value_or(kKerasEpsilon); }

// x / sqrt(mean_square + epsilon)
Value divide_by_root(Emitter& to, const Value& x, const Value& mean_square, double epsilon) {
  return mul(to, x, unary(to, BuiltinOperator::RSQRT, add(to, mean_square, like(to, x, epsilon))));
}

// Weights of the normalised axes, so shaped that they broadcast against x.
Result<Value> align(Lowering& to, const Value& weight, const Value& x, std::span<const int> axes) {
  if (weight.rank() == x.rank() || (axes.size() == 1 && axes[0] == x.rank() - 1)) return weight;
  Dims shape(x.dims.size(), Dim(1));
  for (const int axis : axes) shape[static_cast<size_t>(axis)] = x.dim(axis);
  return reshape(to, weight, shape);
}

std::optional<Value> optional_weight(Arguments& args, Lowering& to, std::string_view name) {
  const auto weight = args.optional_tensor(name);
  return weight ? std::optional(cast(to, *weight, DType::kFloat32)) : std::nullopt;
}

// As a half of `dtype`, within the range of float16: Keras clips the statistics of both halves.
Value statistic(Lowering& to, const Value& x, DType dtype) {
  if (x.dtype == dtype) return x;
  constexpr double kLargestHalf = 65504;
  const Value low = binary(to, BuiltinOperator::MAXIMUM, x, like(to, x, -kLargestHalf));
  return cast(to, binary(to, BuiltinOperator::MINIMUM, low, like(to, x, kLargestHalf)), dtype);
}

std::vector<int> sorted_axes(Arguments& args, std::string_view name, int rank) {
  std::vector<int> axes = args.axes(name, rank);
  std::sort(axes.begin(), axes.end());
  return axes;
}

}  // namespace

Result<void> lower_layer_normalization(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  const auto gamma = optional_weight(args, to, "gamma");
  const auto beta = optional_weight(args, to, "beta");
  const std::vector<int> axes = sorted_axes(args, "axis", x.rank());
  const double epsilon = read_epsilon(args);
  const bool rms_scaling = args.has("rms_scaling") && args.flag("rms_scaling");
  KELT_RETURN_IF_ERROR(args.finish());

  const Value distance = centred(to, x, axes).rest;
  const Value variance = mean_of(to, unary(to, BuiltinOperator::SQUARE, distance), axes, true);
  // Keras' deprecated rms_scaling divides by the deviation, yet leaves the mean in.
  Value y = divide_by_root(to, rms_scaling ? x : distance, variance, epsilon);
  if (gamma) {
    KELT_ASSIGN_OR_RETURN(const Value factor, align(to, *gamma, x, axes));
    y = mul(to, y, factor);
  }
  if (beta && !rms_scaling) {
    KELT_ASSIGN_OR_RETURN(const Value shift, align(to, *beta, x, axes));
    y = add(to, y, shift);
  }
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

Result<void> lower_rms_normalization(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  const auto scale = optional_weight(args, to, "scale");
  const std::vector<int> axes = sorted_axes(args, "axis", x.rank());
  const double epsilon = read_epsilon(args);
  KELT_RETURN_IF_ERROR(args.finish());

  const Value mean_square = mean_of(to, unary(to, BuiltinOperator::SQUARE, x), axes, true);
  const Value y = divide_by_root(to, x, mean_square, epsilon);
  return to.bind(node, cast(to, scale ? mul(to, y, *scale) : y, to.declared(node.outputs[0]).dtype));
}

Result<void> lower_normalize(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const std::vector<int> axes = sorted_axes(args, "axis", x.rank());
  const int64_t order = args.integer("order");
  const double epsilon = read_epsilon(args);
  KELT_RETURN_IF_ERROR(args.finish());

  const auto sum = [&](const Value& v) { return sum_of(to, v, axes, true); };
  if (order == 2) {
    // Keras limits the inverse of the root; XNNPACK's RSQRT of zero is NaN, so what it is taken of is limited instead.
    const double least = std::max(epsilon * epsilon, x.dtype == DType::kFloat16 ? 6e-8 : 1e-37);
    const Value squares = sum(unary(to, BuiltinOperator::SQUARE, x));
    const Value some = binary(to, BuiltinOperator::MAXIMUM, squares, like(to, squares, least));
    return to.bind(node, mul(to, x, unary(to, BuiltinOperator::RSQRT, some)));
  }
  if (axes.size() > 1) return reject("normalises several axes by an order other than 2");
  const Value magnitude = unary(to, BuiltinOperator::ABS, x);
  Value norm = magnitude;
  if (order == 1) {
    norm = sum(magnitude);
  } else {
    const Value powers = sum(binary(to, BuiltinOperator::POW, magnitude, like(to, x, static_cast<double>(order))));
    norm = binary(to, BuiltinOperator::POW, powers, like(to, x, 1 / static_cast<double>(order)));
  }
  return to.bind(node, div(to, x, binary(to, BuiltinOperator::MAXIMUM, norm, like(to, x, epsilon))));
}

Result<void> lower_moments(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value given = args.tensor("x");
  const std::vector<int> axes = sorted_axes(args, "axes", given.rank());
  const bool keep_dims = args.flag("keepdims");
  args.ignore("synchronized");  // across the replicas of a training run
  KELT_RETURN_IF_ERROR(args.finish());

  const Centred x = centred(to, cast(to, given, DType::kFloat32), axes);
  const Value variance = mean_of(to, unary(to, BuiltinOperator::SQUARE, x.rest), axes, keep_dims);
  KELT_RETURN_IF_ERROR(to.bind(node, statistic(to, variance, given.dtype), 1));
  Value mean = x.mean;
  if (!keep_dims) {
    KELT_ASSIGN_OR_RETURN(mean, squeeze(to, mean, axes));
  }
  return to.bind(node, statistic(to, mean, given.dtype));
}

}  // namespace kelt::lower
