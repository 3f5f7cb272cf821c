// lower/scatter.cc — keras.ops.scatter, segment_sum → SCATTER_ND; scatter_update → SCATTER_ND beside the operand; other
// segment_* → UNSORTED_SEGMENT_*.
//
// SCATTER_ND adds where an index comes twice, as keras.ops.scatter does. The size of what UNSORTED_SEGMENT_* gives is known to
// the runtime only when it runs: where that is not the same in every run, what follows overruns its buffers.

#include <algorithm>
#include <limits>

#include "lower/core/arguments.h"
#include "lower/core/compute_dtype.h"
#include "lower/core/ops.h"
#include "lower/fill.h"
#include "lower/logic.h"
#include "lower/lowerings.h"
#include "lower/saturate.h"

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

// An id past the end belongs nowhere: the runtime fails at it, but passes over negative ones.
Value within(Lowering& to, const Value& ids, const Value& count) {
  if (const auto constant = to.constant_of(ids)) {
    const auto numbers = read_as<int64_t>(*constant);
    const auto limit = read_as<int64_t>(*to.constant_of(count));
    if (numbers.ok() && limit.ok() && std::ranges::all_of(*numbers, [&](int64_t id) { return id < (*limit)[0]; })) return ids;
  }
  return select(to, compare(to, BuiltinOperator::LESS, ids, count), ids, like(to, ids, -1));
}

// What LiteRT leaves in an empty segment is the end of the range of float32; Keras', the infinity beyond.
Value beyond(Lowering& to, BuiltinOperator code, const Value& y) {
  const bool largest = code == BuiltinOperator::UNSORTED_SEGMENT_MAX;
  if (!is_float(y.dtype) || (!largest && code != BuiltinOperator::UNSORTED_SEGMENT_MIN)) return y;
  const double end = std::numeric_limits<float>::max() * (largest ? -1.0 : 1.0);
  const double infinity = std::numeric_limits<double>::infinity() * (largest ? -1.0 : 1.0);
  return select(to, compare(to, BuiltinOperator::EQUAL, y, like(to, y, end)), like(to, y, infinity), y);
}

// An empty segment is left at the end of the range in which the operator computes; Keras', at that of its own dtype.
Value narrowed(Lowering& to, BuiltinOperator code, const Value& y, DType dtype) {
  if (code == BuiltinOperator::UNSORTED_SEGMENT_PROD) return cast(to, y, dtype);
  if (dtype == DType::kBool) return compare(to, BuiltinOperator::GREATER, y, like(to, y, 0));
  return saturate_cast(to, beyond(to, code, y), dtype);
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

template <typename Options>
Result<void> lower_segment(const graph::Node& node, Lowering& to, BuiltinOperator code) {
  KELT_ASSIGN_OR_RETURN(const Segments segments, read_segments(node, to));
  const auto& [data, ids, count] = segments;
  if (!count.is_static()) {
    return reject("has a number of segments that is not known, which LiteRT learns too late",
                  "Give num_segments= as a number, the most there may be, and take the first of the result");
  }
  const auto dtype = compute_dtype(code, data.dtype);
  if (!dtype)
    return reject("sums up segments of " + std::string(name(data.dtype)) + ", which LiteRT can't", "Cast to int32 or float32 before it");
  Dims dims = data.dims;
  dims[0] = count;
  const Value total = to.constant(scalar(DType::kInt32, *count.value()));
  const std::vector<Value> inputs = {cast(to, data, *dtype), within(to, ids, total), total};
  const Value y = to.emit(code, Options{}, inputs, {*dtype, dims});
  return to.bind(node, narrowed(to, code, y, data.dtype));
}

// The operand joined with what its updates make of each other: those of one place are a segment.
template <typename Options>
Result<Value> join_segments(Lowering& to, const Value& x, const Value& indices, const Value& updates, BuiltinOperator code,
                            BuiltinOperator pair) {
  const auto dtype = compute_dtype(code, x.dtype);
  if (!dtype)
    return reject("joins updates of " + std::string(name(x.dtype)) + ", which LiteRT can't", "Cast to int32 or float32 before it");
  const Dims lengths = indexed(indices, x.dims);
  const Dims kept(x.dims.begin() + static_cast<std::ptrdiff_t>(lengths.size()), x.dims.end());
  Dims steps;
  for (size_t axis = 0; axis < lengths.size(); ++axis) steps.push_back(product_of(std::span(lengths).subspan(axis + 1)));
  KELT_ASSIGN_OR_RETURN(const Value places, rows_from_the_front(to, indices, x.dims));
  KELT_ASSIGN_OR_RETURN(const Value step, to.shape_value(steps));
  const Value place = reduce(to, BuiltinOperator::SUM, mul(to, places, step), std::vector<int>{indices.rank() - 1}, false);
  KELT_ASSIGN_OR_RETURN(const Value ids, flatten(to, place));
  Dims rows = kept;
  rows.insert(rows.begin(), ids.dims[0]);
  KELT_ASSIGN_OR_RETURN(const Value data, reshape(to, cast(to, updates, *dtype), rows));
  const Dim count = product_of(lengths);
  KELT_ASSIGN_OR_RETURN(const Value total, to.dim_value(count));
  rows[0] = count;
  const Value joined = to.emit(code, Options{}, {data, ids, total}, {*dtype, rows});
  KELT_ASSIGN_OR_RETURN(const Value spread, reshape(to, joined, x.dims));
  return cast(to, binary(to, pair, cast(to, x, *dtype), spread), x.dtype);
}

Result<Value> join(Lowering& to, const Value& x, const Value& indices, const Value& updates, std::string_view how) {
  using Op = BuiltinOperator;
  if (how == "max")
    return join_segments<tflite::UnsortedSegmentMaxOptionsT>(to, x, indices, updates, Op::UNSORTED_SEGMENT_MAX, Op::MAXIMUM);
  if (how == "min")
    return join_segments<tflite::UnsortedSegmentMinOptionsT>(to, x, indices, updates, Op::UNSORTED_SEGMENT_MIN, Op::MINIMUM);
  if (how == "mul") return join_segments<tflite::UnsortedSegmentProdOptionsT>(to, x, indices, updates, Op::UNSORTED_SEGMENT_PROD, Op::MUL);
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
    KELT_ASSIGN_OR_RETURN(const Value joined, join(to, x, indices, updates, *how));
    return to.bind(node, joined);
  }
  KELT_ASSIGN_OR_RETURN(const Value scattered, scatter(to, indices, updates, x.dims));
  // Where an update went: the same scatter of ones.
  KELT_ASSIGN_OR_RETURN(const Value ones, filled(to, to.constant(scalar(DType::kInt32, int64_t{1})), updates.dims));
  KELT_ASSIGN_OR_RETURN(const Value hits, scatter(to, indices, ones, x.dims));
  return to.bind(node, select(to, compare(to, BuiltinOperator::NOT_EQUAL, hits, like(to, hits, 0)), scattered, x));
}

Result<void> lower_segment_max(const graph::Node& node, Lowering& to) {
  return lower_segment<tflite::UnsortedSegmentMaxOptionsT>(node, to, BuiltinOperator::UNSORTED_SEGMENT_MAX);
}

Result<void> lower_segment_min(const graph::Node& node, Lowering& to) {
  return lower_segment<tflite::UnsortedSegmentMinOptionsT>(node, to, BuiltinOperator::UNSORTED_SEGMENT_MIN);
}

Result<void> lower_segment_prod(const graph::Node& node, Lowering& to) {
  return lower_segment<tflite::UnsortedSegmentProdOptionsT>(node, to, BuiltinOperator::UNSORTED_SEGMENT_PROD);
}

// An id that belongs nowhere adds zeros to the first segment.
Result<void> lower_segment_sum(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Segments segments, read_segments(node, to));
  const auto& [data, ids, count] = segments;
  KELT_ASSIGN_OR_RETURN(const Value total, to.dim_value(count));
  const Value inside =
      logical_and(to, compare(to, BuiltinOperator::GREATER_EQUAL, ids, like(to, ids, 0)), compare(to, BuiltinOperator::LESS, ids, total));
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
