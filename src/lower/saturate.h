// lower/saturate.h — the range of an integer type, and casts that keep within it.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// The ends of an integer type's range.
int64_t highest_of(DType integer);
int64_t lowest_of(DType integer);

// A number outside the range becomes its nearest end; to what is no integer, a CAST alone.
Value saturate_cast(Emitter& to, const Value& x, DType dtype);

}  // namespace kelt::lower
