// lower/linalg/distance.cc — keras.ops.cdist → the root of the sum of squared differences.

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/linalg/lowerings.h"
#include "lower/sums.h"

namespace kelt::lower {

using litert::BuiltinOperator;

Result<void> lower_cdist(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = cast(to, args.tensor("x"), DType::kFloat32);
  const Value y = cast(to, args.tensor("y"), DType::kFloat32);
  KELT_RETURN_IF_ERROR(args.finish());
  KELT_ASSIGN_OR_RETURN(const Value rows, expand_dims(to, x, x.rank() - 1));
  KELT_ASSIGN_OR_RETURN(const Value columns, expand_dims(to, y, y.rank() - 2));
  const Value apart = sub(to, rows, columns);
  const Value squares = sum_of(to, mul(to, apart, apart), std::vector<int>{apart.rank() - 1}, false);
  return to.bind(node, cast(to, unary(to, BuiltinOperator::SQRT, squares), to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
