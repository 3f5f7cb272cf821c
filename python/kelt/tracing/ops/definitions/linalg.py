"""Linear algebra."""

from __future__ import annotations

from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import spec_rules as specs
from kelt.tracing.ops.definition import FLOAT, op

OPS = (
    op(
        "cholesky cholesky_inverse det eigh inv pinv lstsq qr solve solve_triangular svd",
        dtypes=FLOAT,
        lengths=lengths.broadcast,
    ),
    op("eig matrix_rank norm linalg.norm"),
    op("lu_factor", dtypes=FLOAT, spec=specs.lu_factor, lengths=lengths.broadcast),
    op("logdet", dtypes=FLOAT),
    op("slogdet", dtypes=FLOAT, spec=specs.slogdet, lengths=lengths.broadcast),
)
