// lower/cumulative.cc — keras.ops.cumsum, nancumsum → CUMSUM; cumprod, nancumprod → log2(n) products with itself, shifted by 1, 2, 4, …;
// diff → slices.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/logic.h"
#include "lower/lowerings.h"
#include "lower/triangle.h"

namespace kelt::lower {
namespace {

struct Along {
  Value x;
  int axis = 0;
};

// `neutral` stands for what is no number, where an op passes over it.
Result<Along> read_along(const graph::Node& node, Lowering& to, std::optional<double> neutral = {}) {
  Arguments args(node, to);
  Along along{.x = args.tensor("x")};
  const bool flat = !args.optional_integer("axis").has_value();
  along.axis = flat ? 0 : args.axis("axis", along.x.rank());
  args.ignore("dtype");  // the output's declared dtype says it
  KELT_RETURN_IF_ERROR(args.finish());
  if (flat) {
    KELT_ASSIGN_OR_RETURN(along.x, flatten(to, along.x));
  }
  along.x = cast(to, along.x, to.declared(node.outputs[0]).dtype);
  if (neutral && is_float(along.x.dtype)) along.x = select(to, is_nan(to, along.x), like(to, along.x, *neutral), along.x);
  return along;
}

// numpy's difference of booleans is whether they differ.
Value step(Lowering& to, const Value& later, const Value& earlier) {
  if (later.dtype == DType::kBool) return compare(to, litert::BuiltinOperator::NOT_EQUAL, later, earlier);
  return sub(to, later, earlier);
}

// Of an unknown length: the product of each row of a triangle.
Result<void> bind_products_of_triangle(const graph::Node& node, Lowering& to, const Along& along) {
  const Dim& length = along.x.dims[along.axis];
  std::vector<int> order;
  for (int axis = 0; axis < along.x.rank(); ++axis) order.push_back(axis);
  std::swap(order[along.axis], order.back());
  KELT_ASSIGN_OR_RETURN(const Value rows, expand_dims(to, transpose(to, along.x, order), along.x.rank() - 1));
  KELT_ASSIGN_OR_RETURN(const Value earlier, where_related(to, length, length, 0, litert::BuiltinOperator::GREATER_EQUAL));
  const Value factors = select(to, earlier, rows, like(to, rows, 1));
  const Value y = reduce(to, litert::BuiltinOperator::REDUCE_PROD, factors, std::vector<int>{along.x.rank()}, false);
  return to.bind(node, transpose(to, y, order));
}

Result<void> bind_products(const graph::Node& node, Lowering& to, const Along& along) {
  const auto length = along.x.dims[along.axis].value();
  if (!length) return bind_products_of_triangle(node, to, along);
  Value y = along.x;
  for (int64_t shift = 1; shift < *length; shift *= 2) {
    std::vector<Padding> padding(y.dims.size());
    padding[along.axis].before = shift;
    KELT_ASSIGN_OR_RETURN(const Value earlier, slice_axis(to, y, along.axis, Open{}, *length - shift, Dim(*length - shift)));
    y = mul(to, y, pad(to, earlier, padding, 1));
  }
  return to.bind(node, y);
}

}  // namespace

Result<void> lower_cumsum(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Along along, read_along(node, to));
  return to.bind(node, cumulative_sum(to, along.x, along.axis));
}

Result<void> lower_nancumsum(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Along along, read_along(node, to, 0));
  return to.bind(node, cumulative_sum(to, along.x, along.axis));
}

Result<void> lower_cumprod(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Along along, read_along(node, to));
  return bind_products(node, to, along);
}

Result<void> lower_nancumprod(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Along along, read_along(node, to, 1));
  return bind_products(node, to, along);
}

Result<void> lower_diff(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("a");
  const int64_t times = args.integer("n");
  const int axis = args.axis("axis", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  for (int64_t time = 0; time < times; ++time) {
    const Dim length = x.dims[axis] - Dim(1);
    KELT_ASSIGN_OR_RETURN(const Value later, slice_axis(to, x, axis, 1, Open{}, length));
    KELT_ASSIGN_OR_RETURN(const Value earlier, slice_axis(to, x, axis, Open{}, -1, length));
    x = step(to, later, earlier);
  }
  return to.bind(node, x);
}

}  // namespace kelt::lower
