// lower/sort.h — orders of an axis, for whoever needs the largest or a rank.

#pragma once

#include <vector>

#include "lower/core/lowering.h"

namespace kelt::lower {

// Floats as int32 in the same order, NaN the largest; and back, as float32.
Value order_of(Lowering& to, const Value& x);
Value ordered_as(Lowering& to, const Value& order);

struct Best {
  Value values, places;  // places are int32
};

// The `count` largest over the last axis, the largest first, and of equals the one that came first. NaN is the largest of all.
Result<Best> largest(Lowering& to, const Value& x, const Dim& count);
// The places of the elements of the last axis, the smallest first, NaN last: int32.
Result<Value> places_in_order(Lowering& to, const Value& x);

}  // namespace kelt::lower
