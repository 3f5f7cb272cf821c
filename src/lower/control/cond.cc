// lower/control/cond.cc — keras.ops.cond → IF; switch → IFs that halve the branches; a condition that is known → its branch, in place.
//
// An index of switch beyond the branches takes the nearest, as halving does by itself.

#include "lower/control/nested.h"
#include "lower/core/arguments.h"
#include "lower/core/nodes.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

Result<std::vector<Value>> lower_branch(Lowering& inside, Lowering& from, const graph::Function& branch, std::span<const Value> operands) {
  std::vector<Value> inputs;
  for (const Value& operand : operands) inputs.push_back(inside.bring(operand, from));
  return inline_function(inside, branch, inputs);
}

Result<void> bind_all(const graph::Node& node, Lowering& to, const std::vector<Value>& values) {
  if (values.size() != node.outputs.size()) return Error{.code = Code::kInternal, .what = "its branches give another number of outputs"};
  for (size_t index = 0; index < values.size(); ++index) KELT_RETURN_IF_ERROR(to.bind(node, values[index], static_cast<int>(index)));
  return {};
}

// One of the branches [first, last).
struct Choice {
  Lowering& from;
  const graph::Node& node;
  Value index;
  std::vector<Value> operands;

  Result<std::vector<Value>> among(Lowering& to, size_t first, size_t last) const {
    if (last - first == 1) return lower_branch(to, from, node.functions[first], operands);
    const size_t middle = first + (last - first) / 2;
    const Value bound = to.constant(scalar(DType::kInt32, static_cast<int64_t>(middle)));
    const Value below = compare(to, litert::BuiltinOperator::LESS, to.bring(index, from), bound);
    return emit_if(
        to, below, [&](Lowering& inside, std::span<const Value>) { return among(inside, first, middle); },
        [&](Lowering& inside, std::span<const Value>) { return among(inside, middle, last); });
  }
};

}  // namespace

Result<void> lower_cond(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value pred = args.scalar_or_tensor("pred", DType::kBool);
  const std::vector<Value> operands = args.tensors("operands");
  KELT_RETURN_IF_ERROR(args.finish());
  if (const auto known = to.constant_of(pred)) {
    KELT_ASSIGN_OR_RETURN(const std::vector<int32_t> truth, read_as<int32_t>(*known));
    KELT_ASSIGN_OR_RETURN(const auto outputs, inline_function(to, node.functions[truth[0] != 0 ? 0 : 1], operands));
    return bind_all(node, to, outputs);
  }
  const auto branch = [&](int index) {
    return [&, index](Lowering& inside, std::span<const Value>) { return lower_branch(inside, to, node.functions[index], operands); };
  };
  KELT_ASSIGN_OR_RETURN(const auto outputs, emit_if(to, pred, branch(0), branch(1)));
  return bind_all(node, to, outputs);
}

Result<void> lower_switch(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value index = args.scalar_or_tensor("index", DType::kInt32);
  const std::vector<Value> operands = args.tensors("operands");
  KELT_RETURN_IF_ERROR(args.finish());
  const Choice choice{to, node, index, operands};
  KELT_ASSIGN_OR_RETURN(const auto outputs, choice.among(to, 0, node.functions.size()));
  return bind_all(node, to, outputs);
}

}  // namespace kelt::lower
