// lower/products.cc — keras.ops.cross, kron, vander, correlate, corrcoef → products of what is gathered or broadcast.

#include <numeric>

#include "lower/contraction.h"
#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/fill.h"
#include "lower/logic.h"
#include "lower/lowerings.h"
#include "lower/sums.h"
#include "lower/triangle.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Value moved_axis(Lowering& to, const Value& x, int from, int until) {
  std::vector<int> order(x.dims.size());
  std::iota(order.begin(), order.end(), 0);
  order.erase(order.begin() + from);
  order.insert(order.begin() + until, from);
  return transpose(to, x, order);
}

// Components in the order given, of the last axis.
Value components(Lowering& to, const Value& x, const std::vector<int32_t>& order) { return gather(to, x, to.ints(order), x.rank() - 1); }

// A vector of the plane lies in space at height 0.
Value in_space(Lowering& to, const Value& x) {
  if (x.dim(-1) != Dim(2)) return x;
  std::vector<Padding> padding(x.dims.size());
  padding.back().after = 1;
  return pad(to, x, padding);
}

// x [m] and its neighbours under a window of n, zeros outside: [m + n − 1, n].
Result<Value> windows(Lowering& to, const Value& x, const Dim& n) {
  const Dim count = x.dims[0] + n - Dim(1);
  KELT_ASSIGN_OR_RETURN(const Value start, count_up(to, count));
  KELT_ASSIGN_OR_RETURN(const Value upright, reshape(to, start, {count, Dim(1)}));
  KELT_ASSIGN_OR_RETURN(const Value step, count_up(to, n));
  KELT_ASSIGN_OR_RETURN(const Value before, to.dim_value(n - Dim(1)));
  KELT_ASSIGN_OR_RETURN(const Value last, to.dim_value(x.dims[0] - Dim(1)));
  const Value place = add(to, upright, sub(to, step, before));
  const Value inside = binary(to, BuiltinOperator::MINIMUM, binary(to, BuiltinOperator::MAXIMUM, place, like(to, place, 0)), last);
  const Value zero = like(to, x, 0);
  const Value found = gather(to, x, inside, 0);
  return select(to, compare(to, BuiltinOperator::EQUAL, place, inside), found, zero);
}

}  // namespace

Result<void> lower_cross(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = args.tensor("x1");
  const Value x2 = args.tensor("x2");
  const bool common = args.optional_integer("axis").has_value();
  const int axis1 = args.axis(common ? "axis" : "axisa", x1.rank());
  const int axis2 = args.axis(common ? "axis" : "axisb", x2.rank());
  const Value a = moved_axis(to, x1, axis1, x1.rank() - 1);
  const Value b = moved_axis(to, x2, axis2, x2.rank() - 1);
  const bool plane = a.dim(-1) == Dim(2) && b.dim(-1) == Dim(2);
  const int rank = std::max(a.rank(), b.rank());
  const int out = plane ? 0 : args.axis(common ? "axis" : "axisc", rank);
  for (const char* name : {"axisa", "axisb", "axisc"}) args.ignore(name);
  KELT_RETURN_IF_ERROR(args.finish());
  if (plane) {
    const Value both = mul(to, a, components(to, b, {1, 0}));
    KELT_ASSIGN_OR_RETURN(const Value first, slice_axis(to, both, rank - 1, 0, 1, Dim(1)));
    KELT_ASSIGN_OR_RETURN(const Value second, slice_axis(to, both, rank - 1, 1, 2, Dim(1)));
    KELT_ASSIGN_OR_RETURN(const Value y, squeeze(to, sub(to, first, second), std::vector<int>{rank - 1}));
    return to.bind(node, y);
  }
  const Value left = in_space(to, a);
  const Value right = in_space(to, b);
  const auto product = [&](const std::vector<int>& of_left, const std::vector<int>& of_right) {
    const Value factor = components(to, right, of_right);
    return mul(to, components(to, left, of_left), factor);
  };
  const Value ahead = product({1, 2, 0}, {2, 0, 1});
  const Value back = product({2, 0, 1}, {1, 2, 0});
  return to.bind(node, moved_axis(to, sub(to, ahead, back), rank - 1, out));
}

// Each axis of x1 before its axis of x2, then the two as one.
Result<void> lower_kron(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = args.tensor("x1");
  const Value x2 = args.tensor("x2");
  KELT_RETURN_IF_ERROR(args.finish());
  const size_t rank = std::max(x1.dims.size(), x2.dims.size());
  if (rank > 3) return reject("multiplies tensors of more than three axes", "Use keras.ops.einsum and keras.ops.reshape");
  Dims left, right, joined;
  for (size_t axis = 0; axis < rank; ++axis) {
    const Dim one = axis + x1.dims.size() < rank ? Dim(1) : x1.dims[axis + x1.dims.size() - rank];
    const Dim two = axis + x2.dims.size() < rank ? Dim(1) : x2.dims[axis + x2.dims.size() - rank];
    left.insert(left.end(), {one, Dim(1)});
    right.insert(right.end(), {Dim(1), two});
    joined.push_back(one * two);
  }
  KELT_ASSIGN_OR_RETURN(const Value a, reshape(to, x1, left));
  KELT_ASSIGN_OR_RETURN(const Value b, reshape(to, x2, right));
  KELT_ASSIGN_OR_RETURN(const Value y, reshape(to, mul(to, a, b), joined));
  return to.bind(node, y);
}

// Powers from N − 1 down to 0, or up.
Result<void> lower_vander(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const graph::Attribute* given = args.raw("N");
  const bool square = given == nullptr || std::holds_alternative<graph::None>(given->value);
  const Dim count = square ? x.dims[0] : args.dims("N")[0];
  const bool increasing = args.flag("increasing");
  KELT_RETURN_IF_ERROR(args.finish());
  const DType dtype = to.declared(node.outputs[0]).dtype;
  KELT_ASSIGN_OR_RETURN(Value powers, count_up(to, count));
  if (!increasing) {
    KELT_ASSIGN_OR_RETURN(const Value last, to.dim_value(count - Dim(1)));
    powers = sub(to, last, powers);
  }
  KELT_ASSIGN_OR_RETURN(const Value each, expand_dims(to, cast(to, x, dtype), 1));
  return to.bind(node, binary(to, BuiltinOperator::POW, each, cast(to, powers, dtype)));
}

// All overlaps; `same` and `valid` are the middle of them.
Result<void> lower_correlate(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const DType dtype = to.declared(node.outputs[0]).dtype;
  const Value x1 = cast(to, args.tensor("x1"), DType::kFloat32);
  const Value x2 = cast(to, args.tensor("x2"), DType::kFloat32);
  const std::string mode = args.text("mode");
  KELT_RETURN_IF_ERROR(args.finish());
  const Dim& m = x1.dims[0];
  const Dim& n = x2.dims[0];
  KELT_ASSIGN_OR_RETURN(const Value around, windows(to, x1, n));
  KELT_ASSIGN_OR_RETURN(Value y, matmul(to, around, x2));
  const Dim shorter = Dim::min(m, n);
  const Dim longer = Dim::max(m, n);
  if (mode != "full") {
    // The middle of an even number is a place later where the second is the longer one.
    const Dim later = Dim::min(Dim(1), Dim::max(Dim(0), n - m)) * (Dim(1) - Dim::mod(shorter, Dim(2)));
    const Dim begin = mode == "valid" ? shorter - Dim(1) : Dim::floor_div(shorter - Dim(1), Dim(2)) + later;
    const Dim length = mode == "valid" ? longer - shorter + Dim(1) : longer;
    const Dim all = m + n - Dim(1);
    KELT_ASSIGN_OR_RETURN(const Bound first, bound_of(to, begin, all));
    KELT_ASSIGN_OR_RETURN(const Bound end, bound_of(to, begin + length, all));
    KELT_ASSIGN_OR_RETURN(y, slice_axis(to, y, 0, first, end, length));
  }
  return to.bind(node, cast(to, y, dtype));
}

// Covariances of the rows by their deviations.
Result<void> lower_corrcoef(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = cast(to, args.tensor("x"), DType::kFloat32);
  KELT_RETURN_IF_ERROR(args.finish());
  const bool row = x.rank() == 1;
  if (row) {
    KELT_ASSIGN_OR_RETURN(x, expand_dims(to, x, 0));
  }
  const Value distance = centred(to, x, std::vector<int>{1}).rest;
  const Value covariance = batch_matmul(to, distance, distance, false, true);
  const Value squares = mul(to, distance, distance);
  const Value deviation = unary(to, BuiltinOperator::SQRT, sum_of(to, squares, std::vector<int>{1}, true));
  const Value other_deviation = transpose(to, deviation, std::vector<int>{1, 0});
  Value y = div(to, div(to, covariance, deviation), other_deviation);
  y = binary(to, BuiltinOperator::MINIMUM, binary(to, BuiltinOperator::MAXIMUM, y, like(to, y, -1)), like(to, y, 1));
  if (row) {
    KELT_ASSIGN_OR_RETURN(y, squeeze(to, y, std::vector<int>{0, 1}));
  }
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
