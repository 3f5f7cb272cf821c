#include "quantize/steps.h"

namespace kelt::quantize {
Steps steps_of(const litert::Operator& op, const Kernel& kernel, const Form& form, const Graph& graph, ScaleChoice choice) {
  const Shape shape = graph.floats(op.inputs[kernel.weights])->shape;
  Steps steps = per_channel(shape, channels_of(op, kernel, shape.size()), form.bits);
  if (form.block != 0) steps = in_blocks(shape, form.block, form.bits);
  if (form.per_tensor) steps = per_tensor(shape, form.bits);
  steps.choice = choice;
  return steps;
}

}  // namespace kelt::quantize
