// lower/cumulative.cc — keras.ops.cumsum → CUMSUM; cumprod → log2(n) products with itself, shifted by 1, 2, 4, …; diff → slices.

#include "lower/arguments.h"
#include "lower/lowerings.h"
#include "lower/ops.h"
#include "lower/strided_slice.h"

namespace kelt::lower {
namespace {

struct Along {
  Value x;
  int axis = 0;
};

Result<Along> read_along(const graph::Node& node, Lowering& to) {
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
  return along;
}

// numpy's difference of booleans is whether they differ.
Value step(Lowering& to, const Value& later, const Value& earlier) {
  if (later.dtype == DType::kBool) return compare(to, litert::BuiltinOperator::NOT_EQUAL, later, earlier);
  return sub(to, later, earlier);
}

}  // namespace

Result<void> lower_cumsum(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Along along, read_along(node, to));
  return to.bind(node, cumulative_sum(to, along.x, along.axis));
}

Result<void> lower_cumprod(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Along along, read_along(node, to));
  const auto length = along.x.dims[along.axis].value();
  if (!length) return refuse("multiplies along an axis of unknown length", "Give the input a fixed size there with input_signature=");
  Value y = along.x;
  for (int64_t shift = 1; shift < *length; shift *= 2) {
    std::vector<Padding> padding(y.dims.size());
    padding[along.axis].before = shift;
    KELT_ASSIGN_OR_RETURN(const Value earlier, slice_axis(to, y, along.axis, Open{}, *length - shift, Dim(*length - shift)));
    y = mul(to, y, pad(to, earlier, padding, 1));
  }
  return to.bind(node, y);
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
