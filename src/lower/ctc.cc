// lower/ctc.cc — keras.ops.ctc_decode by the greedy strategy → ARG_MAX of each step, and what is left moved to the front.
//
// The search over beams keeps sets of prefixes that grow with the values, and ctc_loss is of training: both are rejected.

#include "lower/core/arguments.h"
#include "lower/core/margins.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/fill.h"
#include "lower/lowerings.h"
#include "lower/sort.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

Value best_classes(Lowering& to, const Value& x) {
  tflite::ArgMaxOptionsT options;
  options.output_type = litert::TensorType::INT32;
  const std::vector<Value> inputs = {x, to.constant(scalar(DType::kInt32, int64_t{2}))};
  return to.emit(BuiltinOperator::ARG_MAX, std::move(options), inputs, {DType::kInt32, {x.dim(0), x.dim(1)}});
}

// The class of the step before; none has -1.
Result<Value> one_step_later(Lowering& to, const Value& classes) {
  KELT_ASSIGN_OR_RETURN(const Value longer, pad_by(to, classes, {{}, {Dim(1), Dim(0)}}, -1));
  return slice_axis(to, longer, 1, Open{}, int64_t{-1}, classes.dim(1));
}

// Those that are not dropped first, in their order.
Result<Value> kept_first(Lowering& to, const Value& classes, const Value& dropped, const Value& steps) {
  KELT_ASSIGN_OR_RETURN(const Value count, to.dim_value(classes.dim(1)));
  const Value order = unary(to, BuiltinOperator::NEG, select(to, dropped, count, steps));
  KELT_ASSIGN_OR_RETURN(const Best first, largest(to, order, classes.dim(1)));
  return gather(to, classes, first.places, 1, 1);
}

}  // namespace

Result<void> lower_ctc_decode(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value inputs = cast(to, args.tensor("inputs"), DType::kFloat32);
  const Value lengths = cast(to, args.tensor("sequence_lengths"), DType::kInt32);
  const std::string strategy = args.text("strategy");
  args.ignore("beam_width");  // of the other strategy
  args.ignore("top_paths");
  const bool merges = args.flag("merge_repeated");
  const auto given = args.optional_integer("mask_index");
  KELT_RETURN_IF_ERROR(args.finish());
  if (strategy != "greedy")
    return reject("decodes by a search over beams", "Use strategy=\"greedy\", or decode outside of the exported model");
  const auto classes_count = inputs.dim(2).value();
  if (!given && !classes_count) return reject("its number of classes is not known", "Give mask_index=");
  const int64_t blank = given ? *given : *classes_count - 1;

  KELT_ASSIGN_OR_RETURN(const Value numbers, count_up(to, inputs.dim(1)));
  KELT_ASSIGN_OR_RETURN(const Value steps, reshape(to, numbers, {Dim(1), inputs.dim(1)}));
  KELT_ASSIGN_OR_RETURN(const Value ends, reshape(to, lengths, {inputs.dim(0), Dim(1)}));
  const Value past = compare(to, BuiltinOperator::GREATER_EQUAL, steps, ends);
  const Value best = best_classes(to, inputs);
  Value classes = select(to, past, like(to, best, static_cast<double>(blank)), best);
  if (merges) {
    KELT_ASSIGN_OR_RETURN(const Value before, one_step_later(to, classes));
    classes = select(to, compare(to, BuiltinOperator::EQUAL, classes, before), like(to, classes, static_cast<double>(blank)), classes);
  }
  const Value dropped = compare(to, BuiltinOperator::EQUAL, classes, like(to, classes, static_cast<double>(blank)));
  const Value marked = select(to, dropped, like(to, classes, -1), classes);
  KELT_ASSIGN_OR_RETURN(const Value decoded, kept_first(to, marked, dropped, steps));
  KELT_ASSIGN_OR_RETURN(const Value paths, expand_dims(to, decoded, 0));
  KELT_RETURN_IF_ERROR(to.bind(node, cast(to, paths, to.declared(node.outputs[0]).dtype), 0));

  const Value largest = reduce(to, BuiltinOperator::REDUCE_MAX, inputs, std::vector<int>{2}, false);
  const Value counted = select(to, past, like(to, largest, 0), largest);
  const Value score = unary(to, BuiltinOperator::NEG, reduce(to, BuiltinOperator::SUM, counted, std::vector<int>{1}, true));
  return to.bind(node, cast(to, score, to.declared(node.outputs[1]).dtype), 1);
}

Result<void> lower_ctc_loss(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  for (const char* name : {"target", "output", "target_length", "output_length", "mask_index"}) args.ignore(name);
  KELT_RETURN_IF_ERROR(args.finish());
  return reject("is a loss, which sums over all alignments of a training target", "Leave the loss out of the exported model");
}

}  // namespace kelt::lower
