// lower/flip.h — an axis the other way round.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

Value flip(Lowering& to, const Value& x, int axis);

}  // namespace kelt::lower
