// lower/triangle.h — places of a matrix by their diagonals.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// Whether row + k is related to the column: bool [rows, columns].
Result<Value> where_related(Lowering& to, const Dim& rows, const Dim& columns, int64_t k, litert::BuiltinOperator relation);
// Diagonal `offset` of the last two axes, which becomes one: [..., rows, columns] → [..., length].
Result<Value> diagonal(Lowering& to, const Value& x, int64_t offset);

}  // namespace kelt::lower
