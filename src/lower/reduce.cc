// lower/reduce.cc — keras.ops reductions: sum, mean, min, max, prod, any, all, count_nonzero, ptp, var, std, logsumexp, average
// → SUM, MEAN, REDUCE_*, and compositions of them.

#include "lower/reduce.h"

#include <limits>

#include "lower/core/ops.h"
#include "lower/logic.h"
#include "lower/lowerings.h"
#include "lower/sums.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// In float32, whose mean is not rounded before it is subtracted.
Value variance(Lowering& to, const Reduction& r) {
  const Value x = cast(to, r.x, DType::kFloat32);
  const Value distance = binary(to, BuiltinOperator::SQUARED_DIFFERENCE, x, mean_of(to, x, r.axes, true));
  return mean_of(to, distance, r.axes, r.keep_dims);
}

template <BuiltinOperator kCode>
Result<void> lower_extremum(const graph::Node& node, Lowering& to, BuiltinOperator pair, BuiltinOperator of_flags) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  const auto initial = args.optional_scalar_or_tensor("initial", r.dtype);
  KELT_RETURN_IF_ERROR(args.finish());
  const Value found = reduce(to, r.x.dtype == DType::kBool ? of_flags : kCode, r.x, r.axes, r.keep_dims);
  return to.bind(node, initial ? binary(to, pair, found, *initial) : found);
}

}  // namespace

Reduction read_reduction(const graph::Node& node, Lowering& to, Arguments& args) {
  Reduction reduction;
  reduction.x = args.tensor("x");
  reduction.axes = args.axes("axis", reduction.x.rank());
  reduction.keep_dims = args.has("keepdims") && args.flag("keepdims");
  reduction.dtype = to.declared(node.outputs[0]).dtype;
  return reduction;
}

Result<void> lower_sum(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, sum_of(to, cast(to, r.x, r.dtype), r.axes, r.keep_dims));
}

Result<void> lower_prod(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  args.ignore("dtype");  // the output's declared dtype says it
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, reduce(to, BuiltinOperator::REDUCE_PROD, cast(to, r.x, r.dtype), r.axes, r.keep_dims));
}

Result<void> lower_mean(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, mean_of(to, cast(to, r.x, r.dtype), r.axes, r.keep_dims));
}

Result<void> lower_max(const graph::Node& node, Lowering& to) {
  return lower_extremum<BuiltinOperator::REDUCE_MAX>(node, to, BuiltinOperator::MAXIMUM, BuiltinOperator::REDUCE_ANY);
}

Result<void> lower_min(const graph::Node& node, Lowering& to) {
  return lower_extremum<BuiltinOperator::REDUCE_MIN>(node, to, BuiltinOperator::MINIMUM, BuiltinOperator::REDUCE_ALL);
}

Result<void> lower_any(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, reduce(to, BuiltinOperator::REDUCE_ANY, truth(to, r.x), r.axes, r.keep_dims));
}

Result<void> lower_all(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, reduce(to, BuiltinOperator::REDUCE_ALL, truth(to, r.x), r.axes, r.keep_dims));
}

Result<void> lower_count_nonzero(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, sum_of(to, cast(to, truth(to, r.x), r.dtype), r.axes, false));
}

Result<void> lower_ptp(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  KELT_RETURN_IF_ERROR(args.finish());
  const Value high = reduce(to, BuiltinOperator::REDUCE_MAX, r.x, r.axes, r.keep_dims);
  return to.bind(node, sub(to, high, reduce(to, BuiltinOperator::REDUCE_MIN, r.x, r.axes, r.keep_dims)));
}

Result<void> lower_var(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, cast(to, variance(to, r), r.dtype));
}

Result<void> lower_std(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, cast(to, unary(to, BuiltinOperator::SQRT, variance(to, r)), r.dtype));
}

// log Σ exp(x − m) + m, with m the largest, kept finite so that −∞ − m and ∞ − m are what they should be.
Result<void> lower_logsumexp(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  KELT_RETURN_IF_ERROR(args.finish());
  const Value x = cast(to, r.x, r.dtype);
  const double limit = std::numeric_limits<float>::max();
  const Value largest = reduce(to, BuiltinOperator::REDUCE_MAX, x, r.axes, true);
  const Value finite =
      binary(to, BuiltinOperator::MINIMUM, binary(to, BuiltinOperator::MAXIMUM, largest, like(to, x, -limit)), like(to, x, limit));
  const Value total = sum_of(to, unary(to, BuiltinOperator::EXP, sub(to, x, finite)), r.axes, r.keep_dims);
  Value offset = finite;
  if (!r.keep_dims) {
    KELT_ASSIGN_OR_RETURN(offset, squeeze(to, finite, r.axes));
  }
  return to.bind(node, add(to, unary(to, BuiltinOperator::LOG, total), offset));
}

// Σ x w / Σ w; a vector of weights lies along the axis.
Result<void> lower_average(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Reduction r = read_reduction(node, to, args);
  const auto given = args.optional_scalar_or_tensor("weights", r.dtype);
  KELT_RETURN_IF_ERROR(args.finish());
  const Value x = cast(to, r.x, r.dtype);
  if (!given) return to.bind(node, mean_of(to, x, r.axes, false));
  Value weights = *given;
  if (weights.rank() == 1 && x.rank() > 1) {
    Dims dims(x.dims.size(), Dim(1));
    dims[r.axes[0]] = weights.dims[0];
    KELT_ASSIGN_OR_RETURN(weights, reshape(to, weights, dims));
  }
  const Value total = sum_of(to, mul(to, x, weights), r.axes, false);
  return to.bind(node, div(to, total, sum_of(to, weights, r.axes, false)));
}

}  // namespace kelt::lower
