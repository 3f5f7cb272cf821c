// lower/unique.cc — keras.ops.unique with a size → a stable order, and what begins a run of equals in it.
//
// Places beyond the number of values repeat the smallest, or hold fill_value; their count is 0.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/fill.h"
#include "lower/lowerings.h"
#include "lower/sort.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

struct Runs {
  Value order;   // places of the elements from the smallest on
  Value sorted;  // the elements so
  Value rank;    // the number of the run of each
};

Result<Runs> runs_of(Lowering& to, const Value& x) {
  const Dim& n = x.dims[0];
  KELT_ASSIGN_OR_RETURN(const Value order, places_in_order(to, x));
  const Value sorted = gather(to, x, order, 0);
  KELT_ASSIGN_OR_RETURN(const Value later, slice_axis(to, sorted, 0, 1, Open{}, n - Dim(1)));
  KELT_ASSIGN_OR_RETURN(const Value earlier, slice_axis(to, sorted, 0, Open{}, -1, n - Dim(1)));
  const Value begins = cast(to, compare(to, BuiltinOperator::NOT_EQUAL, later, earlier), DType::kInt32);
  Value all = concatenate(to, std::vector<Value>{to.ints(std::vector<int32_t>{0}), begins}, 0);
  all.dims = x.dims;
  return Runs{order, sorted, cumulative_sum(to, all, 0)};
}

Value count(Lowering& to, BuiltinOperator relation, const Value& rank, const Value& number) {
  return reduce(to, BuiltinOperator::SUM, cast(to, compare(to, relation, rank, number), DType::kInt32), std::vector<int>{1}, false);
}

}  // namespace

Result<void> lower_unique(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value given = args.tensor("x");
  args.ignore("sorted");  // always
  const bool with_index = args.flag("return_index");
  const bool with_inverse = args.flag("return_inverse");
  const bool with_counts = args.flag("return_counts");
  const auto axis = args.optional_integer("axis");
  const auto size = args.optional_integer("size");
  const auto fill = args.optional_scalar_or_tensor("fill_value", given.dtype);
  KELT_RETURN_IF_ERROR(args.finish());
  if (!size) return reject("has a result whose length its values tell", "Give keras.ops.unique a size=");
  if (axis && given.rank() != 1) return reject("compares slices along an axis", "Flatten the tensor, or number its rows before it");
  KELT_ASSIGN_OR_RETURN(const Value x, flatten(to, given));
  KELT_ASSIGN_OR_RETURN(const Runs runs, runs_of(to, x));
  KELT_ASSIGN_OR_RETURN(const Value numbers, count_up(to, Dim(*size)));
  KELT_ASSIGN_OR_RETURN(const Value number, reshape(to, numbers, {Dim(*size), Dim(1)}));
  KELT_ASSIGN_OR_RETURN(const Value n, to.dim_value(x.dims[0]));
  const Value start = count(to, BuiltinOperator::LESS, runs.rank, number);
  const Value exists = compare(to, BuiltinOperator::LESS, start, n);
  const Value place = select(to, exists, start, like(to, start, 0));
  const Value values = gather(to, runs.sorted, place, 0);
  int output = 0;
  KELT_RETURN_IF_ERROR(to.bind(node, fill ? select(to, exists, values, *fill) : values, output++));
  const auto bind = [&](const Value& value) {
    const Value typed = cast(to, value, to.declared(node.outputs[output]).dtype);
    return to.bind(node, typed, output++);
  };
  if (with_index) KELT_RETURN_IF_ERROR(bind(gather(to, runs.order, place, 0)));
  if (with_inverse) {
    KELT_ASSIGN_OR_RETURN(const Value back, places_in_order(to, runs.order));
    KELT_ASSIGN_OR_RETURN(const Value ranks, reshape(to, gather(to, runs.rank, back, 0), given.dims));
    const bool flat = to.declared(node.outputs[output]).dims.size() == 1;
    KELT_RETURN_IF_ERROR(bind(flat ? gather(to, runs.rank, back, 0) : ranks));
  }
  if (with_counts) KELT_RETURN_IF_ERROR(bind(count(to, BuiltinOperator::EQUAL, runs.rank, number)));
  return {};
}

}  // namespace kelt::lower
