// lower/activation.cc — the activations of keras.ops that take numbers beside x, or more than one operator.
//
// Forms that XNNPACK takes whole, and that keep NaN and the infinities where Keras has them. Those of one operator and no numbers
// stand in lower/table.cc.

#include <array>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Value maximum(Emitter& to, const Value& x, double floor) { return binary(to, BuiltinOperator::MAXIMUM, x, like(to, x, floor)); }
Value minimum(Emitter& to, const Value& x, double ceiling) { return binary(to, BuiltinOperator::MINIMUM, x, like(to, x, ceiling)); }
Value relu(Emitter& to, const Value& x) { return unary(to, BuiltinOperator::RELU, x); }
Value times(Emitter& to, const Value& x, double factor) { return factor == 1 ? x : mul(to, x, like(to, x, factor)); }
Value plus(Emitter& to, const Value& x, double term) { return add(to, x, like(to, x, term)); }

Value leaky(Emitter& to, const Value& x, double slope) {
  tflite::LeakyReluOptionsT options;
  options.alpha = static_cast<float>(slope);
  const Value wide = operand(to, BuiltinOperator::LEAKY_RELU, x);
  return cast(to, to.emit(BuiltinOperator::LEAKY_RELU, std::move(options), {wide}, {wide.dtype, x.dims}), x.dtype);
}

// ELU is negative exactly where x is, so that a slope below zero makes its alpha.
Value elu_of(Emitter& to, const Value& x, double alpha) {
  const Value y = unary(to, BuiltinOperator::ELU, x);
  return alpha == 1 ? y : leaky(to, y, alpha);
}

// log(1 + exp(-|x|)): never overflows.
Value log1p_exp_minus_abs(Emitter& to, const Value& x) {
  const Value small = unary(to, BuiltinOperator::EXP, unary(to, BuiltinOperator::NEG, unary(to, BuiltinOperator::ABS, x)));
  return unary(to, BuiltinOperator::LOG, plus(to, small, 1));
}

using Form = Value (*)(Emitter& to, const Value& x);

Result<void> lower_form(const graph::Node& node, Lowering& to, Form form) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, form(to, x));
}

}  // namespace

Result<void> lower_leaky_relu(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const double slope = args.number("negative_slope");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, leaky(to, x, slope));
}

Result<void> lower_elu(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const double alpha = args.number("alpha");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, elu_of(to, x, alpha));
}

Result<void> lower_celu(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const double alpha = args.number("alpha");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, times(to, elu_of(to, times(to, x, 1 / alpha), 1), alpha));
}

Result<void> lower_selu(const graph::Node& node, Lowering& to) {
  return lower_form(node, to, [](Emitter& out, const Value& x) {
    constexpr double kAlpha = 1.6732632423543772848170429916717;
    constexpr double kScale = 1.0507009873554804934193349852946;
    return times(out, elu_of(out, x, kAlpha), kScale);
  });
}

Result<void> lower_gelu(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  tflite::GeluOptionsT options;
  options.approximate = args.flag("approximate");
  KELT_RETURN_IF_ERROR(args.finish());
  const Value wide = operand(to, BuiltinOperator::GELU, x);
  return to.bind(node, cast(to, to.emit(BuiltinOperator::GELU, std::move(options), {wide}, {wide.dtype, x.dims}), x.dtype));
}

Result<void> lower_silu(const graph::Node& node, Lowering& to) {
  return lower_form(node, to, [](Emitter& out, const Value& x) { return mul(out, x, unary(out, BuiltinOperator::LOGISTIC, x)); });
}

Result<void> lower_hard_sigmoid(const graph::Node& node, Lowering& to) {
  return lower_form(node, to,
                    [](Emitter& out, const Value& x) { return times(out, unary(out, BuiltinOperator::RELU6, plus(out, x, 3)), 1.0 / 6); });
}

Result<void> lower_softplus(const graph::Node& node, Lowering& to) {
  return lower_form(node, to, [](Emitter& out, const Value& x) {
    const Value rest = log1p_exp_minus_abs(out, x);
    return add(out, relu(out, x), rest);
  });
}

Result<void> lower_log_sigmoid(const graph::Node& node, Lowering& to) {
  return lower_form(node, to, [](Emitter& out, const Value& x) {
    const Value rest = log1p_exp_minus_abs(out, x);
    return sub(out, minimum(out, x, 0), rest);
  });
}

Result<void> lower_softsign(const graph::Node& node, Lowering& to) {
  return lower_form(node, to, [](Emitter& out, const Value& x) { return div(out, x, plus(out, unary(out, BuiltinOperator::ABS, x), 1)); });
}

Result<void> lower_tanh_shrink(const graph::Node& node, Lowering& to) {
  return lower_form(node, to, [](Emitter& out, const Value& x) { return sub(out, x, unary(out, BuiltinOperator::TANH, x)); });
}

Result<void> lower_squareplus(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const double b = args.number("b");
  KELT_RETURN_IF_ERROR(args.finish());
  const Value root = unary(to, BuiltinOperator::SQRT, plus(to, unary(to, BuiltinOperator::SQUARE, x), b));
  return to.bind(node, times(to, add(to, x, root), 0.5));
}

// 0 up to -1, a quarter of (x + 1)² up to 1, x from there.
Result<void> lower_sparse_plus(const graph::Node& node, Lowering& to) {
  return lower_form(node, to, [](Emitter& out, const Value& x) {
    const Value bent = unary(out, BuiltinOperator::SQUARE, plus(out, minimum(out, maximum(out, x, -1), 1), 1));
    const Value straight = relu(out, plus(out, x, -1));
    return add(out, times(out, bent, 0.25), straight);
  });
}

Result<void> lower_sparse_sigmoid(const graph::Node& node, Lowering& to) {
  return lower_form(
      node, to, [](Emitter& out, const Value& x) { return times(out, plus(out, unary(out, BuiltinOperator::RELU_N1_TO_1, x), 1), 0.5); });
}

Result<void> lower_soft_shrink(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const double threshold = args.number("threshold");
  KELT_RETURN_IF_ERROR(args.finish());
  const Value above = relu(to, plus(to, x, -threshold));
  const Value below = relu(to, sub(to, like(to, x, -threshold), x));
  return to.bind(node, sub(to, above, below));
}

Result<void> lower_hard_shrink(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const double threshold = args.number("threshold");
  KELT_RETURN_IF_ERROR(args.finish());
  const Value kept = compare(to, BuiltinOperator::GREATER, unary(to, BuiltinOperator::ABS, x), like(to, x, threshold));
  return to.bind(node, select(to, kept, x, like(to, x, 0)));
}

Result<void> lower_threshold(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const double threshold = args.number("threshold");
  const double otherwise = args.number("default_value");
  KELT_RETURN_IF_ERROR(args.finish());
  const Value kept = compare(to, BuiltinOperator::GREATER, x, like(to, x, threshold));
  return to.bind(node, select(to, kept, x, like(to, x, otherwise)));
}

Result<void> lower_glu(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const int axis = args.axis("axis", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  const auto length = x.dim(axis).value();
  if (!length || *length % 2 != 0) return reject("halves an axis whose length is not known");
  Dims half = x.dims;
  half[static_cast<size_t>(axis)] = Dim(*length / 2);
  std::vector<int64_t> begin(x.dims.size(), 0);
  const Value values = slice(to, x, begin, half);
  begin[static_cast<size_t>(axis)] = *length / 2;
  const Value gates = slice(to, x, begin, half);
  return to.bind(node, mul(to, values, unary(to, BuiltinOperator::LOGISTIC, gates)));
}

}  // namespace kelt::lower
