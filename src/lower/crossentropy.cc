// lower/crossentropy.cc — keras.ops.binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy → logarithms and sums.
//
// Probabilities are kept away from 0 and 1 by Keras' epsilon, 1e-7; logits need no such limit.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/elementary.h"
#include "lower/fill.h"
#include "lower/lowerings.h"
#include "lower/sums.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

constexpr double kEpsilon = 1e-7;

Value negative(Lowering& to, const Value& x) { return unary(to, BuiltinOperator::NEG, x); }
Value logarithm(Lowering& to, const Value& x) { return unary(to, BuiltinOperator::LOG, x); }
Value exponential(Lowering& to, const Value& x) { return unary(to, BuiltinOperator::EXP, x); }
Value clipped(Lowering& to, const Value& x) { return clip(to, x, kEpsilon, 1.0F - static_cast<float>(kEpsilon)); }

struct Scores {
  Value target, output;
  bool from_logits = false;
  int axis = 0;
};

// log p of each class along the axis.
Value log_probability(Lowering& to, const Scores& s) {
  const std::vector<int> axes = {s.axis};
  if (!s.from_logits) return logarithm(to, clipped(to, div(to, s.output, sum_of(to, s.output, axes, true))));
  const Value excess = sub(to, s.output, reduce(to, BuiltinOperator::REDUCE_MAX, s.output, axes, true));
  return sub(to, excess, logarithm(to, sum_of(to, exponential(to, excess), axes, true)));
}

Result<Scores> read_scores(const graph::Node& node, Lowering& to, bool with_axis) {
  Arguments args(node, to);
  Scores s{.target = args.tensor("target"), .output = args.tensor("output"), .from_logits = args.flag("from_logits")};
  if (with_axis) s.axis = args.axis("axis", s.output.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  s.output = cast(to, s.output, DType::kFloat32);
  return s;
}

}  // namespace

Result<void> lower_binary_crossentropy(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Scores s, read_scores(node, to, false));
  const Value target = cast(to, s.target, DType::kFloat32);
  const DType dtype = to.declared(node.outputs[0]).dtype;
  if (s.from_logits) {
    // max(x, 0) − x t + log(1 + e^−|x|)
    const Value high = binary(to, BuiltinOperator::MAXIMUM, s.output, like(to, s.output, 0));
    const Value rest = log1p(to, exponential(to, negative(to, unary(to, BuiltinOperator::ABS, s.output))));
    return to.bind(node, cast(to, add(to, sub(to, high, mul(to, s.output, target)), rest), dtype));
  }
  const Value one = like(to, target, 1);
  const Value p = clipped(to, s.output);
  const Value hit = mul(to, target, logarithm(to, p));
  const Value log_rest = logarithm(to, sub(to, one, p));
  const Value miss = mul(to, sub(to, one, target), log_rest);
  return to.bind(node, cast(to, negative(to, add(to, hit, miss)), dtype));
}

Result<void> lower_categorical_crossentropy(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Scores s, read_scores(node, to, true));
  const Value log_p = log_probability(to, s);
  const Value each = mul(to, cast(to, s.target, DType::kFloat32), log_p);
  const Value y = negative(to, sum_of(to, each, std::vector<int>{s.axis}, false));
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

// A class that does not exist costs nothing.
Result<void> lower_sparse_categorical_crossentropy(const graph::Node& node, Lowering& to) {
  KELT_ASSIGN_OR_RETURN(const Scores s, read_scores(node, to, true));
  Value target = cast(to, s.target, DType::kInt32);
  if (target.rank() < s.output.rank()) {
    KELT_ASSIGN_OR_RETURN(target, expand_dims(to, target, s.axis));
  }
  Dims dims(s.output.dims.size(), Dim(1));
  dims[s.axis] = s.output.dims[s.axis];
  KELT_ASSIGN_OR_RETURN(const Value count, count_up(to, dims[s.axis]));
  KELT_ASSIGN_OR_RETURN(const Value classes, reshape(to, count, dims));
  const Value log_p = log_probability(to, s);
  const Value chosen = select(to, compare(to, BuiltinOperator::EQUAL, target, classes), log_p, like(to, log_p, 0));
  const Value y = negative(to, sum_of(to, chosen, std::vector<int>{s.axis}, false));
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
