"""Linear algebra."""

from __future__ import annotations

from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import spec_rules as specs
from kelt.tracing.ops.definition import FLOAT, op

OPS = (
    op(
        "cholesky cholesky_inverse inv",
        dtypes=FLOAT,
        lengths=lengths.like("x"),
    ),
    op("det logdet", dtypes=FLOAT, lengths=lengths.matrices([()])),
    op("slogdet", dtypes=FLOAT, spec=specs.slogdet, lengths=lengths.matrices([(), ()])),
    op("eigh", dtypes=FLOAT, lengths=lengths.matrices([(-1,), (-2, -1)])),
    op("pinv", dtypes=FLOAT, lengths=lengths.matrices([(-1, -2)])),
    op("lstsq qr solve solve_triangular svd", dtypes=FLOAT),
    op("eig matrix_rank"),
    op("norm linalg.norm", lengths=lengths.reduced),
    op("lu_factor", dtypes=FLOAT, spec=specs.lu_factor),
)
