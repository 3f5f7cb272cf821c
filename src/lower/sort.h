// lower/sort.h — orders of an axis, for whoever needs the largest or a rank.

#pragma once

#include <vector>

#include "lower/core/lowering.h"

namespace kelt::lower {

struct Best {
  Value values, places;  // places are int32
};

// The `count` largest over the last axis, the largest first, and of equals the one that came first. Nothing else emits a TOPK_V2:
// at an unknown size libLiteRt overruns its buffers after it.
Result<Best> largest(Lowering& to, const Value& x, const Dim& count);
// What orders the other way round.
Value opposite(Lowering& to, const Value& x);

}  // namespace kelt::lower
