// lower/mask.h — masks of logits by arithmetic: XNNPACK has no SELECT.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// 0 where `kept` is 1, a large negative number where it is 0. Added to logits it swallows what is masked: the same softmax as
// choosing that number there, also in a row where everything is masked.
Value penalty(Lowering& to, const Value& kept);

}  // namespace kelt::lower
