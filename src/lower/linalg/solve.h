// lower/linalg/solve.h — systems of equations.

#pragma once

#include <vector>

#include "lower/core/lowering.h"

namespace kelt::lower {

// Gauss-Jordan elimination of [a | b], a [.., n, n], with the largest pivot of the rows that are left.
struct Elimination {
  Value solution;             // [.., n, m]; absent without b
  std::vector<Value> pivots;  // [.., 1, 1] each, in order
  Value places;               // [.., n, n]: row k has its one where the row stood that pivot k is of
};
// `b` may be absent.
Result<Elimination> eliminate(Lowering& to, const Value& a, const Value& b);

// a⁻¹ b of [.., n, n] and [.., n, m].
Result<Value> solve(Lowering& to, const Value& a, const Value& b);
// The same where a has entries only on one side of its diagonal, or what stands on the other does not count.
Result<Value> solve_triangular(Lowering& to, const Value& a, const Value& b, bool lower);

}  // namespace kelt::lower
