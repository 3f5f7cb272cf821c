// lower/control/scan.cc — keras.ops.scan, map and vectorized_map → a loop over the leading axis (steps.h).

#include "lower/control/steps.h"
#include "lower/core/arguments.h"
#include "lower/core/nodes.h"
#include "lower/lowerings.h"

namespace kelt::lower {

Result<void> lower_scan(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  Steps steps;
  steps.carry = args.tensors("init");
  steps.xs = args.tensors("xs");
  const std::vector<Value> captures = args.tensors("captures");
  const Dims length = args.dims("length");
  steps.backwards = steps.stack_backwards = args.flag("reverse");
  KELT_RETURN_IF_ERROR(args.finish());
  steps.length = length[0];
  const graph::Function& function = node.functions[0];
  for (size_t index = steps.carry.size(); index < function.outputs.size(); ++index) {
    const graph::Value& y = function.values[function.outputs[index].value.index];
    steps.ys.push_back({y.dtype, y.dims});
  }
  const auto step = [&](Lowering& inside, std::span<const Value> carry, std::span<const Value> xs) {
    std::vector<Value> inputs(carry.begin(), carry.end());
    inputs.insert(inputs.end(), xs.begin(), xs.end());
    for (const Value& value : captures) inputs.push_back(inside.bring(value, to));
    return inline_function(inside, function, inputs);
  };
  KELT_ASSIGN_OR_RETURN(const Stepped stepped, emit_steps(to, steps, step));
  int index = 0;
  for (const Value& value : stepped.carry) KELT_RETURN_IF_ERROR(to.bind(node, value, index++));
  for (const Value& value : stepped.ys) KELT_RETURN_IF_ERROR(to.bind(node, value, index++));
  return {};
}

}  // namespace kelt::lower
