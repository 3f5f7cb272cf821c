// lower/quantile.cc — keras.ops.quantile, percentile, median and their nan forms → TOPK_V2, and GATHERs of the neighbours of a rank.
//
// TOPK_V2 can't order what is no number: that is put at the upper end as an infinity. A quantile of such a row is no number; the nan
// forms count ranks among the others.

#include <algorithm>
#include <limits>
#include <numeric>

#include "lower/core/ops.h"
#include "lower/logic.h"
#include "lower/lowerings.h"
#include "lower/reduce.h"
#include "lower/sort.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

struct Query {
  Reduction over;
  Value share;  // float32: a number, or a vector of them
  std::string method;
  bool skips_nan = false;
};

// The reduced axes as one, last.
Result<Value> rows(Lowering& to, const Reduction& r) {
  std::vector<int> order;
  Dims dims;
  for (int axis = 0; axis < r.x.rank(); ++axis) {
    if (std::ranges::find(r.axes, axis) != r.axes.end()) continue;
    order.push_back(axis);
    dims.push_back(r.x.dims[axis]);
  }
  order.insert(order.end(), r.axes.begin(), r.axes.end());
  const Value moved = transpose(to, cast(to, r.x, DType::kFloat32), order);
  if (r.axes.size() == 1) return moved;
  dims.push_back(product_of(std::span(moved.dims).last(r.axes.size())));
  return reshape(to, moved, dims);
}

Value between(Lowering& to, const Value& x, const Value& high) {
  return binary(to, BuiltinOperator::MAXIMUM, binary(to, BuiltinOperator::MINIMUM, x, high), like(to, x, 0));
}

Result<Value> combine(Lowering& to, const Query& query, const Value& low, const Value& high, const Value& weight) {
  if (query.method == "lower") return low;
  if (query.method == "higher") return high;
  if (query.method == "midpoint") return mul(to, add(to, low, high), like(to, low, 0.5));
  if (query.method == "nearest") return select(to, compare(to, BuiltinOperator::LESS_EQUAL, weight, like(to, weight, 0.5)), low, high);
  if (query.method != "linear") return reject("interpolates by `" + query.method + "`", "Use linear, lower, higher, midpoint or nearest");
  const Value upper = mul(to, high, weight);
  return add(to, mul(to, low, sub(to, like(to, weight, 1), weight)), upper);
}

// [..., Q] of rows [..., n].
Result<Value> of_rows(Lowering& to, const Query& query, const Value& x, const Value& shares) {
  const std::vector<int> last_axis = {x.rank() - 1};
  const Value bad = is_nan(to, x);
  KELT_ASSIGN_OR_RETURN(const Best best, largest(to, select(to, bad, like(to, x, std::numeric_limits<double>::infinity()), x), x.dim(-1)));
  KELT_ASSIGN_OR_RETURN(const Value count, to.dim_value(x.dim(-1)));
  const Value one = to.constant(DType::kFloat32, 1);
  const Value end = sub(to, cast(to, count, DType::kFloat32), one);
  Value last = end;
  if (query.skips_nan) {
    const Value good = cast(to, logical_not(to, bad), DType::kFloat32);
    last = sub(to, reduce(to, BuiltinOperator::SUM, good, last_axis, true), one);
  }
  const Value rank = mul(to, shares, last);
  const Value below = unary(to, BuiltinOperator::FLOOR, rank);
  const int batch = query.skips_nan ? x.rank() - 1 : 0;
  const auto at = [&](const Value& place) {  // from the smallest; the order is from the largest
    const Value from_largest = cast(to, sub(to, end, between(to, place, last)), DType::kInt32);
    return gather(to, best.values, from_largest, x.rank() - 1, batch);
  };
  const Value low = at(below);
  const Value high = at(unary(to, BuiltinOperator::CEIL, rank));
  KELT_ASSIGN_OR_RETURN(const Value y, combine(to, query, low, high, sub(to, rank, below)));
  const Value spoiled = reduce(to, query.skips_nan ? BuiltinOperator::REDUCE_ALL : BuiltinOperator::REDUCE_ANY, bad, last_axis, true);
  return select(to, spoiled, like(to, y, std::numeric_limits<double>::quiet_NaN()), y);
}

Result<void> bind_quantile(const graph::Node& node, Lowering& to, const Query& query) {
  const Reduction& r = query.over;
  KELT_ASSIGN_OR_RETURN(const Value x, rows(to, r));
  const bool one = query.share.rank() == 0;
  if (query.share.rank() > 1) return reject("has shares of more than one axis", "Give q as a number or a list");
  Value shares = query.share;
  if (one) {
    KELT_ASSIGN_OR_RETURN(shares, reshape(to, shares, {Dim(1)}));
  }
  KELT_ASSIGN_OR_RETURN(Value y, of_rows(to, query, x, shares));
  if (one) {
    KELT_ASSIGN_OR_RETURN(y, squeeze(to, y, std::vector<int>{y.rank() - 1}));
  } else {
    std::vector<int> order = {y.rank() - 1};
    for (int axis = 0; axis + 1 < y.rank(); ++axis) order.push_back(axis);
    y = transpose(to, y, order);
  }
  std::vector<int> axes = r.axes;
  std::ranges::sort(axes);
  for (const int axis : axes) {
    if (!r.keep_dims) break;
    KELT_ASSIGN_OR_RETURN(y, expand_dims(to, y, axis + (one ? 0 : 1)));
  }
  return to.bind(node, cast(to, y, r.dtype));
}

Result<void> lower_shares(const graph::Node& node, Lowering& to, double whole, bool skips_nan) {
  Arguments args(node, to);
  Query query{.over = read_reduction(node, to, args), .share = {}, .method = args.text("method"), .skips_nan = skips_nan};
  query.share = args.scalar_or_tensor("q", DType::kFloat32);
  KELT_RETURN_IF_ERROR(args.finish());
  if (whole != 1) query.share = div(to, query.share, like(to, query.share, whole));
  return bind_quantile(node, to, query);
}

Result<void> lower_middle(const graph::Node& node, Lowering& to, bool skips_nan) {
  Arguments args(node, to);
  Query query{.over = read_reduction(node, to, args), .share = {}, .method = "midpoint", .skips_nan = skips_nan};
  KELT_RETURN_IF_ERROR(args.finish());
  query.share = to.constant(DType::kFloat32, 0.5);
  return bind_quantile(node, to, query);
}

}  // namespace

Result<void> lower_quantile(const graph::Node& node, Lowering& to) { return lower_shares(node, to, 1, false); }
Result<void> lower_nanquantile(const graph::Node& node, Lowering& to) { return lower_shares(node, to, 1, true); }
Result<void> lower_percentile(const graph::Node& node, Lowering& to) { return lower_shares(node, to, 100, false); }
Result<void> lower_nanpercentile(const graph::Node& node, Lowering& to) { return lower_shares(node, to, 100, true); }
Result<void> lower_median(const graph::Node& node, Lowering& to) { return lower_middle(node, to, false); }
Result<void> lower_nanmedian(const graph::Node& node, Lowering& to) { return lower_middle(node, to, true); }

}  // namespace kelt::lower
