// lower/linalg/place.h — where the largest of a row stands.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// The first largest element of the last axis: its index, int32 [..].
Value index_of_largest(Lowering& to, const Value& row);
// index int32 [..] → [.., count]: 1 there, 0 elsewhere.
Value one_hot_row(Lowering& to, const Value& index, int64_t count);
// [.., n] → [.., n]: 1 at the largest.
Value place_of_largest(Lowering& to, const Value& row);

}  // namespace kelt::lower
