// lower/sort.cc — keras.ops.top_k, sort, argsort, argpartition → TOPK_V2; in_top_k, searchsorted, digitize → counts of comparisons.
//
// TOPK_V2 puts the largest first, and of equals the one that came first: argsort takes the k largest of what orders the other
// way, −x, or ~x for integers, which has no overflow.

#include "lower/sort.h"

#include "lower/core/arguments.h"
#include "lower/core/compute_dtype.h"
#include "lower/core/ops.h"
#include "lower/fill.h"
#include "lower/flip.h"
#include "lower/lowerings.h"
#include "lower/take.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// The elements by how many come before them: larger ones, and equal ones in front. For TOPK_V2 leaves the size of its results
// open until it runs, even where the operand's is known, and what is dynamic libLiteRt overruns (lower/core/size.h).
Result<Best> largest_by_rank(Lowering& to, const Value& x, const Dim& count) {
  const int last = x.rank() - 1;
  KELT_ASSIGN_OR_RETURN(const Value each, expand_dims(to, x, x.rank()));
  KELT_ASSIGN_OR_RETURN(const Value others, expand_dims(to, x, last));
  KELT_ASSIGN_OR_RETURN(const Value places, count_up(to, x.dims[last]));
  KELT_ASSIGN_OR_RETURN(const Value own_places, reshape(to, places, {x.dims[last], Dim(1)}));
  const Value in_front = compare(to, BuiltinOperator::LESS, places, own_places);
  const Value larger = compare(to, BuiltinOperator::GREATER, others, each);
  const Value equal = binary(to, BuiltinOperator::LOGICAL_AND, compare(to, BuiltinOperator::EQUAL, others, each), in_front);
  const Value before = cast(to, binary(to, BuiltinOperator::LOGICAL_OR, larger, equal), DType::kInt32);
  const std::vector<int> inner = {x.rank()};
  KELT_ASSIGN_OR_RETURN(const Value ranks, expand_dims(to, reduce(to, BuiltinOperator::SUM, before, inner, false), last));
  KELT_ASSIGN_OR_RETURN(const Value wanted, count_up(to, count));
  KELT_ASSIGN_OR_RETURN(const Value wanted_rows, reshape(to, wanted, {count, Dim(1)}));
  const Value found = cast(to, compare(to, BuiltinOperator::EQUAL, ranks, wanted_rows), DType::kInt32);
  const Value best = reduce(to, BuiltinOperator::SUM, mul(to, found, places), inner, false);
  return Best{gather(to, x, best, last, last), best};
}

// The axis last; the same permutation brings it back.
std::vector<int> with_last(int rank, int axis) {
  std::vector<int> order;
  for (int other = 0; other < rank; ++other) order.push_back(other == axis ? rank - 1 : other == rank - 1 ? axis : other);
  return order;
}

struct Sortable {
  Value x;  // ordered over its last axis
  std::vector<int> order;
};

Result<Sortable> read_sortable(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Value x = args.tensor("x");
  const bool flat = !args.optional_integer("axis").has_value();
  const int axis = flat ? 0 : args.axis("axis", x.rank());
  args.ignore("kth");  // what is in order is partitioned at any place
  KELT_RETURN_IF_ERROR(args.finish());
  if (flat) {
    KELT_ASSIGN_OR_RETURN(x, flatten(to, x));
  }
  std::vector<int> order = with_last(x.rank(), axis);
  return Sortable{transpose(to, x, order), std::move(order)};
}

// How many of the sequence (last axis of `sequence`) stand in `relation` to each value.
Result<Value> count_related(Lowering& to, const Value& sequence, const Value& values, BuiltinOperator relation, DType dtype) {
  KELT_ASSIGN_OR_RETURN(const Value each, expand_dims(to, values, values.rank()));
  const Value related = cast(to, compare(to, relation, sequence, each), DType::kInt32);
  return cast(to, reduce(to, BuiltinOperator::SUM, related, std::vector<int>{related.rank() - 1}, false), dtype);
}

}  // namespace

Result<Best> largest(Lowering& to, const Value& x, const Dim& count) {
  if (!all_static(x.dims)) return largest_by_rank(to, x, count);
  const auto dtype = compute_dtype(BuiltinOperator::TOPK_V2, x.dtype);
  if (!dtype) return refuse("orders " + std::string(name(x.dtype)) + ", which LiteRT can't");
  KELT_ASSIGN_OR_RETURN(const Value k, to.dim_value(count));
  Dims dims = x.dims;
  dims.back() = count;
  const std::vector<Value> y =
      to.emit_many(BuiltinOperator::TOPK_V2, tflite::TopKV2OptionsT{}, {cast(to, x, *dtype), k}, {{*dtype, dims}, {DType::kInt32, dims}});
  return Best{cast(to, y[0], x.dtype), y[1]};
}

Value opposite(Lowering& to, const Value& x) {
  if (x.dtype == DType::kBool) return opposite(to, cast(to, x, DType::kInt32));
  if (is_float(x.dtype) || x.dtype == DType::kInt64) return unary(to, BuiltinOperator::NEG, x);
  return binary(to, BuiltinOperator::BITWISE_XOR, cast(to, x, DType::kInt32), to.constant(scalar(DType::kInt32, int64_t{-1})));
}

Result<void> lower_top_k(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const Dims count = args.dims("k");
  args.ignore("sorted");  // TOPK_V2 always sorts, which an unsorted result may be
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Best best, largest(to, x, count[0]));
  KELT_RETURN_IF_ERROR(to.bind(node, best.values, 0));
  return to.bind(node, cast(to, best.places, to.declared(node.outputs[1]).dtype), 1);
}

Result<void> lower_sort(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Sortable sortable, read_sortable(node, to));
  KELT_ASSIGN_OR_RETURN(const Best best, largest(to, sortable.x, sortable.x.dim(-1)));
  return to.bind(node, transpose(to, flip(to, best.values, best.values.rank() - 1), sortable.order));
}

Result<void> lower_argsort(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Sortable sortable, read_sortable(node, to));
  KELT_ASSIGN_OR_RETURN(const Best best, largest(to, opposite(to, sortable.x), sortable.x.dim(-1)));
  return to.bind(node, cast(to, transpose(to, best.places, sortable.order), to.declared(node.outputs[0]).dtype));
}

// Fewer than k classes score higher than the target's.
Result<void> lower_in_top_k(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value targets = args.tensor("targets");
  const Value predictions = args.tensor("predictions");
  const int64_t k = args.integer("k");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value places, from_the_front(to, targets, predictions.dim(-1)));
  const Value score = gather(to, predictions, places, 1, 1);
  KELT_ASSIGN_OR_RETURN(const Value higher, count_related(to, predictions, score, BuiltinOperator::GREATER, DType::kInt32));
  return to.bind(node, compare(to, BuiltinOperator::LESS, higher, to.constant(scalar(DType::kInt32, k))));
}

Result<void> lower_searchsorted(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value sequence = args.tensor("sorted_sequence");
  const Value values = args.tensor("values");
  const bool left = args.text("side") == "left";
  KELT_RETURN_IF_ERROR(args.finish());
  if (sequence.rank() != 1) return refuse("searches in a sequence of more than one axis");
  const BuiltinOperator relation = left ? BuiltinOperator::LESS : BuiltinOperator::LESS_EQUAL;
  KELT_ASSIGN_OR_RETURN(const Value y,
                        count_related(to, sequence, cast(to, values, sequence.dtype), relation, to.declared(node.outputs[0]).dtype));
  return to.bind(node, y);
}

Result<void> lower_digitize(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const Value bins = args.tensor("bins");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y,
                        count_related(to, bins, cast(to, x, bins.dtype), BuiltinOperator::LESS_EQUAL, to.declared(node.outputs[0]).dtype));
  return to.bind(node, y);
}

}  // namespace kelt::lower
