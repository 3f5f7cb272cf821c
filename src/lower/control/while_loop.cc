// lower/control/while_loop.cc — keras.ops.while_loop → WHILE; a bound on its steps is one more variable that counts them.

#include "lower/control/nested.h"
#include "lower/core/arguments.h"
#include "lower/core/nodes.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

class WhileLoop {
 public:
  WhileLoop(const graph::Node& node, Lowering& around, std::vector<Value> captures, std::optional<Value> bound)
      : node_(node), around_(around), captures_(std::move(captures)), bound_(std::move(bound)) {}

  Result<std::vector<Value>> condition(Lowering& inside, std::span<const Value> variables) const {
    KELT_ASSIGN_OR_RETURN(const auto outputs, call(inside, node_.functions[0], variables));
    KELT_ASSIGN_OR_RETURN(const Value holds, reshape(inside, outputs[0], {}));
    if (!bound_) return std::vector{holds};
    const Value below = compare(inside, BuiltinOperator::LESS, variables.back(), inside.bring(*bound_, around_));
    return std::vector{binary(inside, BuiltinOperator::LOGICAL_AND, holds, below)};
  }

  Result<std::vector<Value>> body(Lowering& inside, std::span<const Value> variables) const {
    KELT_ASSIGN_OR_RETURN(auto next, call(inside, node_.functions[1], variables));
    if (bound_) next.push_back(add(inside, variables.back(), inside.constant(scalar(DType::kInt32, int64_t{1}))));
    return next;
  }

 private:
  // The last variable is the count, which the functions of the source don't know.
  Result<std::vector<Value>> call(Lowering& inside, const graph::Function& function, std::span<const Value> variables) const {
    const auto own = variables.first(variables.size() - (bound_ ? 1 : 0));
    std::vector<Value> inputs(own.begin(), own.end());
    for (const Value& value : captures_) inputs.push_back(inside.bring(value, around_));
    return inline_function(inside, function, inputs);
  }

  const graph::Node& node_;
  Lowering& around_;
  std::vector<Value> captures_;
  std::optional<Value> bound_;
};

}  // namespace

Result<void> lower_while_loop(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  std::vector<Value> variables = args.tensors("loop_vars");
  std::vector<Value> captures = args.tensors("captures");
  std::optional<Value> bound = args.optional_scalar_or_tensor("maximum_iterations", DType::kInt32);
  KELT_RETURN_IF_ERROR(args.finish());
  if (bound) variables.push_back(to.constant(scalar(DType::kInt32, int64_t{0})));
  const WhileLoop loop(node, to, std::move(captures), std::move(bound));
  KELT_ASSIGN_OR_RETURN(const auto outputs,
                        emit_while(
                            to, variables, [&](Lowering& inside, std::span<const Value> values) { return loop.condition(inside, values); },
                            [&](Lowering& inside, std::span<const Value> values) { return loop.body(inside, values); }));
  for (size_t index = 0; index < node.outputs.size(); ++index) KELT_RETURN_IF_ERROR(to.bind(node, outputs[index], static_cast<int>(index)));
  return {};
}

}  // namespace kelt::lower
