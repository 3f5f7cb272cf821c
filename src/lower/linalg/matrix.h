// lower/linalg/matrix.h — matrices in the two last axes, taken apart and joined: what decompositions are unrolled of.
//
// LiteRT has no operator of linear algebra beyond the product, so a decomposition is its steps, one after another, each over
// all matrices of a batch. The size must be known, and is limited: the number of operators grows with it.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// The largest matrix whose steps are unrolled.
inline constexpr int64_t kUnrolledOrder = 64;
// The largest whose steps are a loop, which takes no room but time.
inline constexpr int64_t kLoopedOrder = 256;

struct MatrixShape {
  int64_t rows = 0, columns = 0;
};
// Rejects a shape that is not known, or larger than `largest`.
Result<MatrixShape> matrix_shape(const Value& x, int64_t largest = kUnrolledOrder);

struct Block {
  int64_t row, rows, column, columns;
};
Value block_of(Emitter& to, const Value& x, const Block& block);
Value rows_of(Emitter& to, const Value& x, int64_t row, int64_t rows);
Value columns_of(Emitter& to, const Value& x, int64_t column, int64_t columns);
// x with zeros above and to the left.
Value moved(Emitter& to, const Value& x, int64_t down, int64_t right);
Value transposed(Emitter& to, const Value& x);
// [rows, columns] of zeros with ones on the diagonal.
Value unit_matrix(Emitter& to, int64_t rows, int64_t columns);
// A constant of the given entries; `rank` axes, the leading ones of length 1.
Value constant_matrix(Emitter& to, int64_t rows, int64_t columns, std::span<const float> entries);
// Both with the batch axes of either.
Result<Value> with_batch_of(Lowering& to, const Value& x, const Value& other);
// Σ over the two last axes' `axis` (-1 or -2), kept.
Value sum_along(Emitter& to, const Value& x, int axis);
// x, and 1 where that is 0.
Value or_one(Emitter& to, const Value& x);

}  // namespace kelt::lower
