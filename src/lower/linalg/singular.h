// lower/linalg/singular.h — singular values, by Jacobi's rotations in a loop.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// x = leftᵀ · diag(values) · right, k = min(m, n) of each, the largest first. A vector of a value that is 0 may be 0.
struct Singular {
  Value values;       // [.., k, 1]
  Value left, right;  // [.., k, m] and [.., k, n]
};
// x [.., m, n], float32.
Result<Singular> singular_values(Lowering& to, const Value& x);

}  // namespace kelt::lower
