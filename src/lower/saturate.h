// lower/saturate.h — casts that keep within the range of an integer type.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// A number outside the range becomes its nearest end; to what is no integer, a CAST alone.
Value saturate_cast(Emitter& to, const Value& x, DType dtype);

}  // namespace kelt::lower
