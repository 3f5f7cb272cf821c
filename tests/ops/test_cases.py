"""The tables of cases/, each case exported and compared with Keras."""

import pytest
from harness import check
from ops.cases import tables

TABLES = tables()
# Their results are zeros throughout, which the harness takes only where it is told.
ZEROS = (
    "imag",
    "correlate: of integers",
    "nanstd: of integers",
    "nanvar: of integers",
    "segment_sum: as many as an unknown length",
    "std: of a scalar",
    "var: of a scalar",
)


def test_there_are_more_than_a_thousand_cases():
    assert len(TABLES) > 1000


@pytest.mark.parametrize("name", TABLES)
def test_an_op_is_what_keras_computes(name, tmp_path):
    function, *specs = TABLES[name]
    check(function, *specs, path=tmp_path, zeros=name in ZEROS)
