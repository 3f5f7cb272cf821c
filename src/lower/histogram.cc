// lower/histogram.cc — keras.ops.histogram → comparisons of each element with each edge, summed.
//
// The last bin holds its upper edge too. Without a range the edges are those of the data.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

struct Ends {
  Value low, high;
};

Ends ends_of(Lowering& to, const Value& x, const std::optional<std::vector<double>>& given) {
  if (given) return {to.constant(DType::kFloat32, (*given)[0]), to.constant(DType::kFloat32, (*given)[1])};
  const std::vector<int> axes = {0};
  Ends ends{reduce(to, BuiltinOperator::REDUCE_MIN, x, axes, false), reduce(to, BuiltinOperator::REDUCE_MAX, x, axes, false)};
  // Data of one value get a bin of width 1 around it.
  const Value one = cast(to, compare(to, BuiltinOperator::EQUAL, ends.low, ends.high), DType::kFloat32);
  const Value half = mul(to, one, like(to, one, 0.5));
  return {sub(to, ends.low, half), add(to, ends.high, half)};
}

// How many elements stand in `relation` to each edge.
Value count(Lowering& to, const Value& x, const Value& edges, BuiltinOperator relation) {
  return reduce(to, BuiltinOperator::SUM, cast(to, compare(to, relation, x, edges), DType::kFloat32), std::vector<int>{0}, false);
}

std::optional<std::vector<double>> read_range(Arguments& args) {
  const graph::Attribute* given = args.raw("range");
  const auto* list = given == nullptr ? nullptr : std::get_if<graph::List>(&given->value);
  if (list == nullptr || list->empty()) return std::nullopt;
  std::vector<double> ends;
  for (const graph::Attribute& end : *list) {
    if (const auto* real = std::get_if<double>(&end.value)) ends.push_back(*real);
    if (const auto* whole = std::get_if<int64_t>(&end.value)) ends.push_back(static_cast<double>(*whole));
  }
  if (ends.size() != 2) args.reject_argument("range", "two numbers");
  ends.resize(2);
  if (ends[0] == ends[1]) ends = {ends[0] - 0.5, ends[1] + 0.5};
  return ends;
}

}  // namespace

Result<void> lower_histogram(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value given = args.tensor("x");
  const int64_t bins = args.integer("bins");
  const auto range = read_range(args);
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value row, flatten(to, cast(to, given, DType::kFloat32)));
  const Ends ends = ends_of(to, row, range);
  // The ends as they are; between them each edge by its share of both.
  std::vector<double> up, down;
  for (int64_t edge = 0; edge <= bins; ++edge) {
    up.push_back(static_cast<double>(edge) / static_cast<double>(bins));
    down.push_back(1 - up.back());
  }
  const Value shares = to.constant(kelt::cast(array_from<double>({bins + 1}, up), DType::kFloat32));
  const Value rests = to.constant(kelt::cast(array_from<double>({bins + 1}, down), DType::kFloat32));
  const Value from_high = mul(to, shares, ends.high);
  const Value edges = add(to, mul(to, rests, ends.low), from_high);
  KELT_ASSIGN_OR_RETURN(const Value x, expand_dims(to, row, 1));
  const Value from = count(to, x, edges, BuiltinOperator::GREATER_EQUAL);  // at or above each edge
  KELT_ASSIGN_OR_RETURN(const Value lower, slice_axis(to, from, 0, 0, bins, Dim(bins)));
  KELT_ASSIGN_OR_RETURN(const Value inner, slice_axis(to, from, 0, 1, bins, Dim(bins - 1)));
  const Value beyond = count(to, x, edges, BuiltinOperator::GREATER);
  KELT_ASSIGN_OR_RETURN(const Value last, slice_axis(to, beyond, 0, bins, bins + 1, Dim(1)));
  const Value upper = bins == 1 ? last : concatenate(to, std::vector<Value>{inner, last}, 0);
  KELT_RETURN_IF_ERROR(to.bind(node, cast(to, sub(to, lower, upper), to.declared(node.outputs[0]).dtype), 0));
  return to.bind(node, cast(to, edges, to.declared(node.outputs[1]).dtype), 1);
}

}  // namespace kelt::lower
