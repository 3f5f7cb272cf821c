// quantize/cholesky.h — a symmetric matrix as the product of a triangle and its transpose. Private to the room.

#pragma once

#include <cstddef>
#include <span>

namespace kelt::quantize {

// The lower triangle of `matrix` ([size, size], row-major) becomes L with L Lᵀ = matrix; what lies above is neither read nor written.
// False if the matrix is not positive definite.
[[nodiscard]] bool cholesky(std::span<double> matrix, size_t size);

}  // namespace kelt::quantize
