// lower/repeat.h — each element of an axis several times in a row.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

Result<Value> repeat(Lowering& to, const Value& x, int axis, int64_t count);

}  // namespace kelt::lower
