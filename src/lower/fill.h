// lower/fill.h — tensors of one value, and of whole numbers in order.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// `value` (a scalar) in every element. A constant, if it is one and small; FILL otherwise.
Result<Value> filled(Lowering& to, const Value& value, const Dims& dims);
// Likewise, of the shape of x.
Result<Value> filled_like(Lowering& to, const Value& value, const Value& x);
// 0, 1, …, count − 1 in int32.
Result<Value> count_up(Lowering& to, const Dim& count);

}  // namespace kelt::lower
