// lower/cast.cc — keras.ops.cast → CAST. Gradients mean nothing at inference: stop_gradient is its operand.

#include "lower/arguments.h"
#include "lower/lowerings.h"
#include "lower/ops.h"

namespace kelt::lower {

Result<void> lower_cast(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  args.ignore("dtype");  // the output's declared dtype says it
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, cast(to, x, to.declared(node.outputs[0]).dtype));
}

Result<void> lower_stop_gradient(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value variable = args.tensor("variable");
  KELT_RETURN_IF_ERROR(args.finish());
  return to.bind(node, variable);
}

}  // namespace kelt::lower
