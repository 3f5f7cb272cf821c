#include "quantize/steps.h"

namespace kelt::quantize {
namespace {

// As though inputs had a mean as large as what they vary by: between those of layer normalisations and of RELU.
constexpr double kOfSum = 1;

}  // namespace

Steps steps_of(const litert::Operator& op, const Kernel& kernel, const Form& form, const Graph& graph, ScaleChoice choice) {
  const Shape shape = graph.floats(op.inputs[kernel.weights])->shape;
  Steps steps = per_channel(shape, channels_of(op, kernel, shape.size()), form.bits);
  if (form.block != 0) steps = in_blocks(shape, form.block, form.bits);
  if (form.per_tensor) steps = per_tensor(shape, form.bits);
  steps.choice = choice;
  if (choice == ScaleChoice::kClip && form.bits < 8) {
    steps.grid.lowest = -steps.grid.highest - 1;  // the search sees to it that -8 leaves no mean error
    steps.of_sum = kOfSum;
  }
  return steps;
}

}  // namespace kelt::quantize
