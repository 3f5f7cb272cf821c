// lower/scatter.cc — keras.ops.scatter, segment_sum → SCATTER_ND; scatter_update → SCATTER_ND beside the operand, or
// STABLEHLO_SCATTER for a reduction; segment_max, segment_min, segment_prod → STABLEHLO_SCATTER, UNSORTED_SEGMENT_MAX.
//
// SCATTER_ND adds where an index comes twice, as keras.ops.scatter does. The result of UNSORTED_SEGMENT_* is dynamic where its ids are
// computed, and outputs of unknown size are then overrun, whether they follow it or not (core/size.h). STABLEHLO_SCATTER has the size
// of its operand, and takes 200 times as long. Both pass over NaN, so floats are compared by integers of the same order.

#include <algorithm>
#include <limits>

#include "lower/core/arguments.h"
#include "lower/core/compute_dtype.h"
#include "lower/core/ops.h"
#include "lower/fill.h"
#include "lower/logic.h"
#include "lower/lowerings.h"
#include "lower/saturate.h"
#include "lower/sort.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

// The lengths of the axes that a row of indices counts in.
Dims indexed(const Value& indices, const Dims& dims) {
  const auto count = static_cast<size_t>(indices.dim(-1).value().value_or(0));
  return {dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(std::min(count, dims.size()))};
}

// Rows of indices, the negative ones counted from the front.
Result<Value> rows_from_the_front(Lowering& to, const Value& indices, const Dims& dims) {
  const Value numbers = cast(to, indices, DType::kInt32);
  if (const auto constant = to.constant_of(numbers)) {
    const auto all = read_as<int64_t>(*constant);
    if (all.ok() && std::ranges::all_of(*all, [](int64_t number) { return number >= 0; })) return numbers;
  }
  KELT_ASSIGN_OR_RETURN(const Value lengths, to.shape_value(indexed(indices, dims)));
  return binary(to, BuiltinOperator::MAXIMUM, numbers, binary(to, BuiltinOperator::FLOOR_MOD, numbers, lengths));
}

// To places counted from the front.
Result<Value> scatter_to(Lowering& to, const Value& places, const Value& values, const Dims& dims) {
  const auto dtype = compute_dtype(BuiltinOperator::SCATTER_ND, values.dtype);
  if (!dtype) return reject("scatters " + std::string(name(values.dtype)) + ", which LiteRT can't");
  KELT_ASSIGN_OR_RETURN(const Value shape, to.shape_value(dims));
  const std::vector<Value> inputs = {places, cast(to, values, *dtype), shape};
  return cast(to, to.emit(BuiltinOperator::SCATTER_ND, tflite::ScatterNdOptionsT{}, inputs, {*dtype, dims}), values.dtype);
}

Result<Value> scatter(Lowering& to, const Value& indices, const Value& values, const Dims& dims) {
  KELT_ASSIGN_OR_RETURN(const Value places, rows_from_the_front(to, indices, dims));
  return scatter_to(to, places, values, dims);
}

enum class Join { kLargest, kSmallest, kProduct };

// Floats are compared as integers, in which NaN is the largest: the smallest is the largest of what is negated.
bool by_order(Join how, DType dtype) { return how != Join::kProduct && is_float(dtype); }

BuiltinOperator operator_of(Join how, DType dtype) {
  if (how == Join::kProduct) return BuiltinOperator::STABLEHLO_MULTIPLY;
  return how == Join::kLargest || by_order(how, dtype) ? BuiltinOperator::STABLEHLO_MAXIMUM : BuiltinOperator::STABLEHLO_MINIMUM;
}

// What an empty segment is.
Array neutral(Join how, DType dtype) {
  if (how == Join::kProduct || dtype == DType::kBool) return scalar(dtype, int64_t{how != Join::kLargest});
  const double infinity = std::numeric_limits<double>::infinity();
  if (is_float(dtype)) return scalar(dtype, how == Join::kLargest ? -infinity : infinity);
  return scalar(dtype, how == Join::kLargest ? lowest_of(dtype) : highest_of(dtype));
}

// Numbers in the form in which they are joined, and back.
Result<Value> joinable(Lowering& to, Join how, const Value& x) {
  if (by_order(how, x.dtype)) return order_of(to, how == Join::kSmallest ? unary(to, BuiltinOperator::NEG, x) : x);
  const auto dtype = compute_dtype(BuiltinOperator::STABLEHLO_SCATTER, x.dtype);
  if (!dtype)
    return reject("joins numbers of " + std::string(name(x.dtype)) + ", which LiteRT can't", "Cast to int32 or float32 before it");
  return cast(to, x, *dtype);
}

Value joined_as(Lowering& to, Join how, const Value& y, DType dtype) {
  if (!by_order(how, dtype)) return cast(to, y, dtype);
  const Value numbers = ordered_as(to, y);
  return cast(to, how == Join::kSmallest ? unary(to, BuiltinOperator::NEG, numbers) : numbers, dtype);
}

// The subgraph that names the operator, which the runtime reads and never runs.
int subgraph_of(Lowering& to, BuiltinOperator code, DType dtype) {
  litert::Subgraph subgraph;
  subgraph.name = "join";
  Emitter inside(subgraph);
  inside.set_path(to.path());
  const Value a = inside.add_input({dtype, {}}, to.path());
  const Value b = inside.add_input({dtype, {}}, to.path());
  subgraph.inputs = {a.id, b.id};
  subgraph.outputs = {inside.emit(code, {a, b}, {dtype, {}}).id};
  return to.session().add(std::move(subgraph));
}

// x joined with updates at places in its first axes, rows of indices; one outside is passed over.
Value join_at(Lowering& to, BuiltinOperator code, const Value& x, const Value& places, const Value& updates) {
  const int64_t counted = places.dim(-1).value().value_or(0);
  tflite::StablehloScatterOptionsT options;
  options.index_vector_dim = places.rank() - 1;
  for (int64_t axis = options.index_vector_dim; axis < updates.rank(); ++axis) options.update_window_dims.push_back(axis);
  for (int64_t axis = 0; axis < counted; ++axis) {
    options.inserted_window_dims.push_back(axis);
    options.scatter_dims_to_operand_dims.push_back(axis);
  }
  options.update_computation_subgraph_index = subgraph_of(to, code, x.dtype);
  return to.emit(BuiltinOperator::STABLEHLO_SCATTER, std::move(options), {x, places, updates}, {x.dtype, x.dims});
}

struct Segments {
  Value data, ids;
  Dim count;
};

Result<Segments> read_segments(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const graph::Attribute* segments = args.raw("num_segments");
  if (segments == nullptr || std::holds_alternative<graph::None>(segments->value)) {
    return reject("has a number of segments that only its values tell", "Give num_segments=");
  }
  const Value data = args.tensor("data");
  const Value ids = args.tensor("segment_ids");
  const Dims count = args.dims("num_segments");
  args.ignore("sorted");  // a hint
  KELT_RETURN_IF_ERROR(args.finish());
  return Segments{data, cast(to, ids, DType::kInt32), count[0]};
}

// The largest of each segment by the fast operator, which fails at an id past the end, and passes over negative ones.
Value largest_of_segments(Lowering& to, const Value& keys, const Value& ids, const Dim& count) {
  const Value total = to.constant(scalar(DType::kInt32, *count.value()));
  const Value inside = select(to, compare(to, BuiltinOperator::LESS, ids, total), ids, like(to, ids, -1));
  Dims dims = keys.dims;
  dims[0] = count;
  return to.emit(BuiltinOperator::UNSORTED_SEGMENT_MAX, tflite::UnsortedSegmentMaxOptionsT{}, {keys, inside, total}, {keys.dtype, dims});
}

// An id that belongs nowhere is passed over.
Result<void> lower_segment(const graph::Node& node, Lowering& to, Join how) {
  KELT_ASSIGN_OR_RETURN(const Segments segments, read_segments(node, to));
  const auto& [data, ids, count] = segments;
  KELT_ASSIGN_OR_RETURN(const Value updates, joinable(to, how, data));
  KELT_ASSIGN_OR_RETURN(const Value nothing, joinable(to, how, to.constant(neutral(how, data.dtype))));
  if (by_order(how, data.dtype) && count.is_static() && to.outputs_are_static()) {
    const Value y = largest_of_segments(to, updates, ids, count);
    return to.bind(node, joined_as(to, how, binary(to, BuiltinOperator::MAXIMUM, y, nothing), data.dtype));
  }
  Dims dims = data.dims;
  dims[0] = count;
  KELT_ASSIGN_OR_RETURN(const Value empty, filled(to, nothing, dims));
  KELT_ASSIGN_OR_RETURN(const Value places, expand_dims(to, ids, 1));
  const Value y = join_at(to, operator_of(how, data.dtype), empty, places, updates);
  return to.bind(node, joined_as(to, how, y, data.dtype));
}

Result<Value> join(Lowering& to, const Value& x, const Value& indices, const Value& updates, Join how) {
  KELT_ASSIGN_OR_RETURN(const Value places, rows_from_the_front(to, indices, x.dims));
  KELT_ASSIGN_OR_RETURN(const Value from, joinable(to, how, x));
  KELT_ASSIGN_OR_RETURN(const Value with, joinable(to, how, updates));
  return joined_as(to, how, join_at(to, operator_of(how, x.dtype), from, places, with), x.dtype);
}

Result<Value> updated(Lowering& to, const Value& x, const Value& indices, const Value& updates, std::string_view how) {
  if (how == "max") return join(to, x, indices, updates, Join::kLargest);
  if (how == "min") return join(to, x, indices, updates, Join::kSmallest);
  if (how == "mul") return join(to, x, indices, updates, Join::kProduct);
  if (how != "add") return reject("scatters by `" + std::string(how) + "`", "Use reduction=None, \"add\", \"max\", \"min\" or \"mul\"");
  KELT_ASSIGN_OR_RETURN(const Value scattered, scatter(to, indices, updates, x.dims));
  return add(to, x, scattered);
}

}  // namespace

Result<void> lower_scatter(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value indices = args.tensor("indices");
  const Value values = args.tensor("values");
  const Dims dims = args.dims("shape");
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value y, scatter(to, indices, values, dims));
  return to.bind(node, y);
}

Result<void> lower_scatter_update(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("inputs");
  const Value indices = args.tensor("indices");
  const Value updates = cast(to, args.tensor("updates"), x.dtype);
  const graph::Attribute* reduction = args.raw("reduction");
  KELT_RETURN_IF_ERROR(args.finish());
  const auto* how = reduction == nullptr ? nullptr : std::get_if<std::string>(&reduction->value);
  if (how != nullptr) {
    KELT_ASSIGN_OR_RETURN(const Value joined, updated(to, x, indices, updates, *how));
    return to.bind(node, joined);
  }
  KELT_ASSIGN_OR_RETURN(const Value scattered, scatter(to, indices, updates, x.dims));
  // Where an update went: the same scatter of ones.
  KELT_ASSIGN_OR_RETURN(const Value ones, filled(to, to.constant(scalar(DType::kInt32, int64_t{1})), updates.dims));
  KELT_ASSIGN_OR_RETURN(const Value hits, scatter(to, indices, ones, x.dims));
  return to.bind(node, select(to, compare(to, BuiltinOperator::NOT_EQUAL, hits, like(to, hits, 0)), scattered, x));
}

Result<void> lower_segment_max(const graph::Node& node, Lowering& to) { return lower_segment(node, to, Join::kLargest); }
Result<void> lower_segment_min(const graph::Node& node, Lowering& to) { return lower_segment(node, to, Join::kSmallest); }
Result<void> lower_segment_prod(const graph::Node& node, Lowering& to) { return lower_segment(node, to, Join::kProduct); }

// An id that belongs nowhere adds zeros to the first segment.
Result<void> lower_segment_sum(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Segments segments, read_segments(node, to));
  const auto& [data, ids, count] = segments;
  KELT_ASSIGN_OR_RETURN(const Value total, to.dim_value(count));
  const Value below = compare(to, BuiltinOperator::LESS, ids, total);
  const Value inside = logical_and(to, compare(to, BuiltinOperator::GREATER_EQUAL, ids, like(to, ids, 0)), below);
  Dims rows(static_cast<size_t>(data.rank()), Dim(1));
  rows[0] = ids.dims[0];
  KELT_ASSIGN_OR_RETURN(const Value kept, reshape(to, inside, rows));
  KELT_ASSIGN_OR_RETURN(const Value places, expand_dims(to, select(to, inside, ids, like(to, ids, 0)), 1));
  Dims dims = data.dims;
  dims[0] = count;
  KELT_ASSIGN_OR_RETURN(const Value y, scatter_to(to, places, select(to, kept, data, like(to, data, 0)), dims));
  return to.bind(node, y);
}

}  // namespace kelt::lower
