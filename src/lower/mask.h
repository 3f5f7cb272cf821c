// lower/mask.h — masks of logits by arithmetic: XNNPACK has no SELECT.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// What is masked: 0.7 of the least float32, as Keras has it. It swallows any logit that is added.
inline constexpr double kMasked = -0.7 * 3.4028234663852886e38;

// 0 where `kept` is 1, a large negative number where it is 0. Added to logits it swallows what is masked: the same softmax as
// choosing that number there, also in a row where everything is masked.
Value penalty(Lowering& to, const Value& kept);

}  // namespace kelt::lower
