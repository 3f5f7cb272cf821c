// lower/nan.cc — keras.ops.nansum, nanprod, nanmax, nanmin, nanmean, nanvar, nanstd, nanargmax, nanargmin → the reduction, where what
// is no number is replaced by what changes nothing.
//
// Of nothing but such elements the extremum and the mean are no number, and the place is −1.

#include <limits>

#include "lower/argmax.h"
#include "lower/core/ops.h"
#include "lower/logic.h"
#include "lower/lowerings.h"
#include "lower/reduce.h"
#include "lower/sums.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Value without_nan(Lowering& to, const Value& x, double neutral) {
  if (!is_float(x.dtype)) return x;
  return select(to, is_nan(to, x), like(to, x, neutral), x);
}

Value all_nan(Lowering& to, const Reduction& r) { return reduce(to, BuiltinOperator::REDUCE_ALL, is_nan(to, r.x), r.axes, r.keep_dims); }

Result<Reduction> read(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Reduction r = read_reduction(node, to, args);
  KELT_RETURN_IF_ERROR(args.finish());
  return r;
}

Result<void> lower_total(const graph::Node& node, Lowering& to, BuiltinOperator code, double neutral) {
  KELT_ASSIGN_OR_RETURN(const Reduction r, read(node, to));
  const Value x = without_nan(to, cast(to, r.x, r.dtype), neutral);
  const bool sum = code == BuiltinOperator::SUM;
  return to.bind(node, sum ? sum_of(to, x, r.axes, r.keep_dims) : reduce(to, code, x, r.axes, r.keep_dims));
}

Result<void> lower_nan_extremum(const graph::Node& node, Lowering& to, BuiltinOperator code, BuiltinOperator of_flags, double neutral) {
  KELT_ASSIGN_OR_RETURN(const Reduction r, read(node, to));
  const Value y = reduce(to, r.x.dtype == DType::kBool ? of_flags : code, without_nan(to, r.x, neutral), r.axes, r.keep_dims);
  if (!is_float(y.dtype)) return to.bind(node, y);
  return to.bind(node, select(to, all_nan(to, r), like(to, y, std::numeric_limits<double>::quiet_NaN()), y));
}

Value nan_mean(Lowering& to, const Value& x, const Value& counted, const std::vector<int>& axes, bool keep_dims) {
  const Value total = sum_of(to, without_nan(to, x, 0), axes, keep_dims);
  return div(to, total, sum_of(to, counted, axes, keep_dims));
}

// In float32.
Value nan_variance(Lowering& to, const Reduction& r) {
  const Value x = cast(to, r.x, DType::kFloat32);
  const Value counted = cast(to, logical_not(to, is_nan(to, x)), DType::kFloat32);
  const Value mean = nan_mean(to, x, counted, r.axes, true);
  return nan_mean(to, binary(to, BuiltinOperator::SQUARED_DIFFERENCE, x, mean), counted, r.axes, r.keep_dims);
}

Result<void> lower_nan_place(const graph::Node& node, Lowering& to, BuiltinOperator code, double neutral) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const bool flat = !args.optional_integer("axis").has_value();
  const auto axis = flat ? std::nullopt : std::optional<int>(args.axis("axis", x.rank()));
  const bool keep_dims = args.flag("keepdims");
  const std::vector<int> axes = args.axes("axis", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(Value place, place_of(to, code, without_nan(to, x, neutral), axis, keep_dims));
  if (is_float(x.dtype)) {
    const Reduction r{.x = x, .axes = axes, .keep_dims = keep_dims, .dtype = x.dtype};
    place = select(to, all_nan(to, r), like(to, place, -1), place);
  }
  return to.bind(node, cast(to, place, to.declared(node.outputs[0]).dtype));
}

}  // namespace

Result<void> lower_nansum(const graph::Node& node, Lowering& to) { return lower_total(node, to, BuiltinOperator::SUM, 0); }
Result<void> lower_nanprod(const graph::Node& node, Lowering& to) { return lower_total(node, to, BuiltinOperator::REDUCE_PROD, 1); }

Result<void> lower_nanmax(const graph::Node& node, Lowering& to) {
  return lower_nan_extremum(node, to, BuiltinOperator::REDUCE_MAX, BuiltinOperator::REDUCE_ANY, -kInfinity);
}

Result<void> lower_nanmin(const graph::Node& node, Lowering& to) {
  return lower_nan_extremum(node, to, BuiltinOperator::REDUCE_MIN, BuiltinOperator::REDUCE_ALL, kInfinity);
}

Result<void> lower_nanmean(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Reduction r, read(node, to));
  const Value x = cast(to, r.x, DType::kFloat32);
  const Value counted = cast(to, logical_not(to, is_nan(to, x)), DType::kFloat32);
  return to.bind(node, cast(to, nan_mean(to, x, counted, r.axes, r.keep_dims), r.dtype));
}

Result<void> lower_nanvar(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Reduction r, read(node, to));
  return to.bind(node, cast(to, nan_variance(to, r), r.dtype));
}

Result<void> lower_nanstd(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Reduction r, read(node, to));
  return to.bind(node, cast(to, unary(to, BuiltinOperator::SQRT, nan_variance(to, r)), r.dtype));
}

Result<void> lower_nanargmax(const graph::Node& node, Lowering& to) {
  return lower_nan_place(node, to, BuiltinOperator::ARG_MAX, -kInfinity);
}
Result<void> lower_nanargmin(const graph::Node& node, Lowering& to) {
  return lower_nan_place(node, to, BuiltinOperator::ARG_MIN, kInfinity);
}

}  // namespace kelt::lower
