// lower/logic.h — booleans for whoever needs a condition.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// x ≠ 0, as bool.
Value truth(Emitter& to, const Value& x);
// keras.ops.logical_xor, isnan, isinf, isfinite, …
Value logical_and(Lowering& to, const Value& x1, const Value& x2);
Value logical_or(Lowering& to, const Value& x1, const Value& x2);
Value logical_xor(Lowering& to, const Value& x1, const Value& x2);
Value logical_not(Lowering& to, const Value& x);
Value is_nan(Lowering& to, const Value& x);
Value is_inf(Lowering& to, const Value& x);
Value is_finite(Lowering& to, const Value& x);
Value is_posinf(Lowering& to, const Value& x);
Value is_neginf(Lowering& to, const Value& x);
// Of booleans: or, and.
Value maximum(Lowering& to, const Value& x1, const Value& x2);
Value minimum(Lowering& to, const Value& x1, const Value& x2);
// Likewise, and of a number and what is none the number.
Value fmax(Lowering& to, const Value& x1, const Value& x2);
Value fmin(Lowering& to, const Value& x1, const Value& x2);

}  // namespace kelt::lower
