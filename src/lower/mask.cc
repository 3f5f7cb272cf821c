#include "lower/mask.h"

#include "lower/core/ops.h"

namespace kelt::lower {
namespace {

// 0.7 of the largest float32, as Keras has it: two of them still add up to a number.
constexpr double kMasked = -0.7 * 3.4028234663852886e38;

}  // namespace

Value penalty(Lowering& to, const Value& kept) {
  const Value lost = sub(to, like(to, kept, 1), kept);
  return mul(to, lost, like(to, kept, kMasked));
}

}  // namespace kelt::lower
