// lower/trapezoid.cc — keras.ops.trapezoid → the mean of neighbours times their distance, summed; psnr → logarithms of a mean square.

#include <cmath>

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/core/strided_slice.h"
#include "lower/elementary.h"
#include "lower/lowerings.h"
#include "lower/sums.h"

namespace kelt::lower {
namespace {

using litert::BuiltinOperator;

struct Neighbours {
  Value later, earlier;
};

Result<Neighbours> neighbours(Lowering& to, const Value& x, int axis) {
  const Dim length = x.dims[axis] - Dim(1);
  KELT_ASSIGN_OR_RETURN(const Value later, slice_axis(to, x, axis, 1, Open{}, length));
  KELT_ASSIGN_OR_RETURN(const Value earlier, slice_axis(to, x, axis, Open{}, -1, length));
  return Neighbours{later, earlier};
}

}  // namespace

Result<void> lower_trapezoid(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value y = cast(to, args.tensor("y"), DType::kFloat32);
  const auto x = args.optional_tensor("x");
  Value step = args.scalar_or_tensor("dx", DType::kFloat32);
  const int axis = args.axis("axis", y.rank());
  KELT_RETURN_IF_ERROR(args.finish());
  if (x) {
    const int along = x->rank() == 1 ? 0 : axis;
    KELT_ASSIGN_OR_RETURN(const Neighbours places, neighbours(to, cast(to, *x, DType::kFloat32), along));
    step = sub(to, places.later, places.earlier);
    if (x->rank() == 1) {
      Dims dims(y.dims.size(), Dim(1));
      dims[axis] = step.dims[0];
      KELT_ASSIGN_OR_RETURN(step, reshape(to, step, dims));
    }
  }
  KELT_ASSIGN_OR_RETURN(const Neighbours values, neighbours(to, y, axis));
  const Value area = mul(to, mul(to, add(to, values.later, values.earlier), step), like(to, y, 0.5));
  const Value sum = sum_of(to, area, std::vector<int>{axis}, false);
  return to.bind(node, cast(to, sum, to.declared(node.outputs[0]).dtype));
}

Result<void> lower_psnr(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x1 = cast(to, args.tensor("x1"), DType::kFloat32);
  const Value x2 = cast(to, args.tensor("x2"), DType::kFloat32);
  const Value peak = args.scalar_or_tensor("max_val", DType::kFloat32);
  KELT_RETURN_IF_ERROR(args.finish());
  const Value square = binary(to, BuiltinOperator::SQUARED_DIFFERENCE, x1, x2);
  std::vector<int> axes;
  for (int axis = 0; axis < square.rank(); ++axis) axes.push_back(axis);
  const Value noise = mean_of(to, square, axes, false);
  const Value noise_level = mul(to, log10(to, noise), like(to, noise, 10));
  const Value y = sub(to, mul(to, log10(to, peak), like(to, peak, 20)), noise_level);
  return to.bind(node, cast(to, y, to.declared(node.outputs[0]).dtype));
}

}  // namespace kelt::lower
