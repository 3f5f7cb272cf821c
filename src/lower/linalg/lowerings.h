// lower/linalg/lowerings.h — the lowerings of keras.ops.linalg.

#pragma once

#include "lower/core/lowering.h"

namespace kelt::lower {

// decompose.cc
Result<void> lower_cholesky(const graph::Node& node, Lowering& to);
Result<void> lower_cholesky_inverse(const graph::Node& node, Lowering& to);
Result<void> lower_lu_factor(const graph::Node& node, Lowering& to);
Result<void> lower_qr(const graph::Node& node, Lowering& to);
// distance.cc
Result<void> lower_cdist(const graph::Node& node, Lowering& to);
// least_squares.cc
Result<void> lower_eig(const graph::Node& node, Lowering& to);
Result<void> lower_eigh(const graph::Node& node, Lowering& to);
Result<void> lower_lstsq(const graph::Node& node, Lowering& to);
Result<void> lower_matrix_rank(const graph::Node& node, Lowering& to);
Result<void> lower_pinv(const graph::Node& node, Lowering& to);
Result<void> lower_svd(const graph::Node& node, Lowering& to);
// solve.cc
Result<void> lower_det(const graph::Node& node, Lowering& to);
Result<void> lower_inv(const graph::Node& node, Lowering& to);
Result<void> lower_logdet(const graph::Node& node, Lowering& to);
Result<void> lower_slogdet(const graph::Node& node, Lowering& to);
Result<void> lower_solve(const graph::Node& node, Lowering& to);
Result<void> lower_solve_triangular(const graph::Node& node, Lowering& to);

}  // namespace kelt::lower
