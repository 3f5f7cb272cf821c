"""The tables of cases/, each case exported and compared with Keras."""

import pytest
from harness import check
from ops.cases import tables

TABLES = tables()


@pytest.mark.parametrize("name", TABLES)
def test_an_op_is_what_keras_computes(name, tmp_path):
    function, *specs = TABLES[name]
    check(function, *specs, path=tmp_path, zeros=True)
