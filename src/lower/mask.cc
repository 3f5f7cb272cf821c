#include "lower/mask.h"

#include "lower/core/arguments.h"
#include "lower/core/ops.h"
#include "lower/lowerings.h"

namespace kelt::lower {

Value penalty(Lowering& to, const Value& kept) {
  const Value lost = sub(to, like(to, kept, 1), kept);
  return mul(to, lost, like(to, kept, kMasked));
}

// Of a rule in src/rewrite: 0 where the mask holds, of numbers that are finite.
Result<void> lower_zero_where(const graph::Node& node, Lowering& to) {
  Arguments args(node, to);
  const Value x = args.tensor("x");
  const Value lost = cast(to, args.tensor("mask"), x.dtype);
  KELT_RETURN_IF_ERROR(args.finish());
  const Value kept = sub(to, like(to, x, 1), lost);
  return to.bind(node, mul(to, x, kept));
}

}  // namespace kelt::lower
