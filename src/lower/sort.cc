// lower/sort.cc — keras.ops.top_k, sort, argsort, argpartition → TOPK_V2; in_top_k, searchsorted, digitize → counts of comparisons.
//
// TOPK_V2 puts the largest first, and of equals the one that came first: argsort takes the k largest of what orders the other
// way, ~x, which has no overflow. Floats are ordered by integers, since what is no number stands above infinity and TOPK_V2 can't
// compare it.
//
// TOPK_V2 leaves the size of its results open until it runs where the signature of its operand's shape has a -1, and what is dynamic
// libLiteRt overruns (lower/core/size.h). The writer leaves that signature out (write/flatbuffer.cc), which only a tensor within the
// graph can lack: the operand is never an input.

#include "lower/sort.h"

#include <limits>

#include "lower/core/arguments.h"
#include "lower/core/compute_dtype.h"
#include "lower/core/ops.h"
#include "lower/flip.h"
#include "lower/logic.h"
#include "lower/lowerings.h"
#include "lower/take.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// The bits of a float as an integer of its order, and the other way round: counted down from zero where the sign is set.
Value turned(Lowering& to, const Value& bits) {
  const Value below = sub(to, like(to, bits, std::numeric_limits<int32_t>::min()), bits);
  return select(to, compare(to, BuiltinOperator::LESS, bits, like(to, bits, 0)), below, bits);
}

// As it is, in a tensor that is no input.
Value within(Lowering& to, const Value& x) {
  if (all_static(x.dims)) return x;
  const double lowest = x.dtype == DType::kInt64 ? static_cast<double>(std::numeric_limits<int64_t>::min())
                                                 : static_cast<double>(std::numeric_limits<int32_t>::min());
  return binary(to, BuiltinOperator::MAXIMUM, x, like(to, x, lowest));
}

struct Ordered {
  Value keys, places;
};

Ordered largest_keys(Lowering& to, const Value& keys, const Value& count, const Dim& length) {
  Dims dims = keys.dims;
  dims.back() = length;
  const std::vector<Value> y =
      to.emit_many(BuiltinOperator::TOPK_V2, tflite::TopKV2OptionsT{}, {keys, count}, {{keys.dtype, dims}, {DType::kInt32, dims}});
  return {y[0], y[1]};
}

// Integers that TOPK_V2 takes, in the order of x, in a tensor within the graph.
Result<Value> keys_of(Lowering& to, const Value& x) {
  if (is_float(x.dtype)) return order_of(to, x);
  const auto dtype = x.dtype == DType::kBool ? DType::kInt32 : compute_dtype(BuiltinOperator::TOPK_V2, x.dtype);
  if (!dtype) return reject("orders " + std::string(name(x.dtype)) + ", which LiteRT can't");
  return within(to, cast(to, x, *dtype));
}

// What orders the other way round.
Value opposite(Lowering& to, const Value& keys) {
  if (keys.dtype == DType::kInt64) return sub(to, like(to, keys, -1), keys);
  return binary(to, BuiltinOperator::BITWISE_XOR, keys, like(to, keys, -1));
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

// How many of the sequence (last axis of `sequence`) stand in `relation` to each value; or do not.
Result<Value> count_related(Lowering& to, const Value& sequence, const Value& values, BuiltinOperator relation, bool holds, DType dtype) {
  KELT_ASSIGN_OR_RETURN(const Value each, expand_dims(to, values, values.rank()));
  const Value related = compare(to, relation, sequence, each);
  const Value counted = cast(to, holds ? related : unary(to, BuiltinOperator::LOGICAL_NOT, related), DType::kInt32);
  return cast(to, reduce(to, BuiltinOperator::SUM, counted, std::vector<int>{counted.rank() - 1}, false), dtype);
}

// How many of the sequence stand before each value; NaN stands behind them all.
Result<Value> count_before(Lowering& to, const Value& sequence, const Value& values, bool with_equals, DType dtype) {
  if (!is_float(sequence.dtype)) {
    return count_related(to, sequence, values, with_equals ? BuiltinOperator::LESS_EQUAL : BuiltinOperator::LESS, true, dtype);
  }
  return count_related(to, sequence, values, with_equals ? BuiltinOperator::GREATER : BuiltinOperator::GREATER_EQUAL, false, dtype);
}

}  // namespace

Value order_of(Lowering& to, const Value& x) {
  const Value wide = cast(to, x, DType::kFloat32);
  const Value bits = to.emit(BuiltinOperator::BITCAST, {wide}, {DType::kInt32, x.dims});
  const Value order = turned(to, bits);
  return select(to, is_nan(to, wide), like(to, bits, std::numeric_limits<int32_t>::max()), order);
}

Value ordered_as(Lowering& to, const Value& order) {
  return to.emit(BuiltinOperator::BITCAST, {turned(to, order)}, {DType::kFloat32, order.dims});
}

Result<Best> largest(Lowering& to, const Value& x, const Dim& count) {
  KELT_ASSIGN_OR_RETURN(const Value k, to.dim_value(count));
  KELT_ASSIGN_OR_RETURN(const Value keys, keys_of(to, x));
  const Ordered found = largest_keys(to, keys, k, count);
  if (!is_float(x.dtype)) return Best{cast(to, found.keys, x.dtype), found.places};
  return Best{gather(to, x, found.places, x.rank() - 1, x.rank() - 1), found.places};
}

Result<Value> places_in_order(Lowering& to, const Value& x) {
  KELT_ASSIGN_OR_RETURN(const Value k, to.dim_value(x.dim(-1)));
  KELT_ASSIGN_OR_RETURN(const Value keys, keys_of(to, x));
  return largest_keys(to, opposite(to, keys), k, x.dim(-1)).places;
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
  KELT_ASSIGN_OR_RETURN(const Value places, places_in_order(to, sortable.x));
  return to.bind(node, cast(to, transpose(to, places, sortable.order), to.declared(node.outputs[0]).dtype));
}

// Fewer than k classes score higher than the target's, which is a number.
Result<void> lower_in_top_k(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value targets = args.tensor("targets");
  const Value predictions = args.tensor("predictions");
  const int64_t k = args.integer("k");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value places, from_the_front(to, targets, predictions.dim(-1)));
  const Value score = gather(to, predictions, places, 1, 1);
  KELT_ASSIGN_OR_RETURN(const Value higher, count_related(to, predictions, score, BuiltinOperator::GREATER, true, DType::kInt32));
  const Value among = compare(to, BuiltinOperator::LESS, higher, to.constant(scalar(DType::kInt32, k)));
  return to.bind(node, is_float(score.dtype) ? logical_and(to, among, compare(to, BuiltinOperator::EQUAL, score, score)) : among);
}

Result<void> lower_searchsorted(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value sequence = args.tensor("sorted_sequence");
  const Value values = args.tensor("values");
  const bool left = args.text("side") == "left";
  KELT_RETURN_IF_ERROR(args.finish());
  if (sequence.rank() != 1) return reject("searches in a sequence of more than one axis");
  const Value numbers = cast(to, values, sequence.dtype);
  KELT_ASSIGN_OR_RETURN(const Value y, count_before(to, sequence, numbers, !left, to.declared(node.outputs[0]).dtype));
  return to.bind(node, y);
}

Result<void> lower_digitize(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const Value bins = args.tensor("bins");
  KELT_RETURN_IF_ERROR(args.finish());
  const Value numbers = cast(to, x, bins.dtype);
  KELT_ASSIGN_OR_RETURN(const Value y, count_before(to, bins, numbers, true, to.declared(node.outputs[0]).dtype));
  return to.bind(node, y);
}

}  // namespace kelt::lower
