// lower/softmax.cc — keras.ops.softmax, log_softmax, sparsemax → SOFTMAX, LOG_SOFTMAX over the last axis; and masked_softmax, as a
// rule of rewrite finds it.
//
// LiteRT knows the last axis alone: another one is moved there and back; several become one.

#include <algorithm>
#include <numeric>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"
#include "lower/mask.h"
#include "lower/sort.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

std::vector<int> inverse(const std::vector<int>& permutation) {
  std::vector<int> back(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) back[static_cast<size_t>(permutation[i])] = static_cast<int>(i);
  return back;
}

// `form` over `axes` of x, which it sees as one last axis.
template <typename Form>
Result<Value> over_axes(Lowering& to, const Value& x, const std::vector<int>& axes, const Form& form) {
  std::vector<int> order;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) order.push_back(axis);
  }
  order.insert(order.end(), axes.begin(), axes.end());
  const Value moved = transpose(to, x, order);
  if (axes.size() == 1) {
    KELT_ASSIGN_OR_RETURN(const Value y, Result<Value>(form(moved)));
    return transpose(to, y, inverse(order));
  }
  Dims flat(moved.dims.begin(), moved.dims.end() - static_cast<std::ptrdiff_t>(axes.size()));
  flat.push_back(product_of(std::span(moved.dims).last(axes.size())));
  KELT_ASSIGN_OR_RETURN(const Value row, reshape(to, moved, flat));
  KELT_ASSIGN_OR_RETURN(const Value formed, Result<Value>(form(row)));
  KELT_ASSIGN_OR_RETURN(const Value y, reshape(to, formed, moved.dims));
  return transpose(to, y, inverse(order));
}

template <typename Form>
Result<void> lower_over_axes(const graph::Node& node, Lowering& to, const Form& form) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const std::vector<int> axes = args.axes("axis", x.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  if (axes.empty()) return reject("has no axis");
  KELT_ASSIGN_OR_RETURN(const Value y, over_axes(to, x, axes, form));
  return to.bind(node, y);
}

}  // namespace

Result<void> lower_softmax(const graph::Node& node, Lowering& to) {
  return lower_over_axes(node, to, [&](const Value& x) { return softmax(to, x); });
}

Result<void> lower_masked_softmax(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const Value kept = cast(to, args.tensor("mask"), x.dtype);
  const std::vector<int> axes = args.axes("axis", x.rank());
  const bool zero = args.flag("masked_is_zero");
  KELT_RETURN_IF_ERROR(args.finish());
  const Value logits = add(to, x, penalty(to, kept));
  KELT_ASSIGN_OR_RETURN(const Value y, over_axes(to, logits, axes, [&](const Value& row) { return softmax(to, row); }));
  return to.bind(node, zero ? mul(to, y, kept) : y);
}

Result<void> lower_log_softmax(const graph::Node& node, Lowering& to) {
  return lower_over_axes(node, to, [&](const Value& x) {
    const Value wide = operand(to, BuiltinOperator::LOG_SOFTMAX, x);
    return cast(to, to.emit(BuiltinOperator::LOG_SOFTMAX, tflite::LogSoftmaxOptionsT{}, {wide}, {wide.dtype, x.dims}), x.dtype);
  });
}

// Sorted downwards, the support is what lies above (sum so far - 1) / count; its mean excess is the threshold.
Result<void> lower_sparsemax(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value logits = args.tensor("x");
  const int axis = args.axis("axis", logits.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  const auto length = logits.dim(axis).value();
  if (!length) return reject("sorts an axis whose length is not known", "Give the input a fixed size there with input_signature=");

  KELT_ASSIGN_OR_RETURN(const Value y, over_axes(to, cast(to, logits, DType::kFloat32), {axis}, [&](const Value& x) -> Result<Value> {
                          KELT_ASSIGN_OR_RETURN(const Best best, largest(to, x, Dim(*length)));
                          const Value sorted = best.values;
                          const Value last = to.constant(scalar(DType::kInt32, int64_t{x.rank() - 1}));
                          const Value sums = to.emit(BuiltinOperator::CUMSUM, tflite::CumsumOptionsT{}, {sorted, last}, {x.dtype, x.dims});
                          std::vector<float> counts(static_cast<size_t>(*length));
                          std::iota(counts.begin(), counts.end(), 1.0F);
                          const Value bound = div(to, sub(to, sums, like(to, x, 1)), to.constant(array_from<float>({*length}, counts)));
                          const Value support = compare(to, BuiltinOperator::GREATER, sorted, bound);
                          const std::vector<int> axes = {x.rank() - 1};
                          const Value size = reduce(to, BuiltinOperator::SUM, cast(to, support, x.dtype), axes, true);
                          const Value total = reduce(to, BuiltinOperator::SUM, select(to, support, sums, like(to, x, 0)), axes, true);
                          // Keras adds up the running sums of the support; so must we, to say the same.
                          const Value threshold = div(to, sub(to, total, like(to, x, 1)), size);
                          return unary(to, BuiltinOperator::RELU, sub(to, x, threshold));
                        }));
  return to.bind(node, cast(to, y, logits.dtype));
}

}  // namespace kelt::lower
