"""The tables of cases/, each case exported and compared with Keras."""

import pytest
from harness import check
from ops.cases import tables

TABLES = tables()


@pytest.mark.parametrize("name", TABLES)
def test_an_op_is_what_keras_computes(name, tmp_path):
    function, *specs = TABLES[name]
    computed = "bfloat16" if "bfloat16" in name else None  # a file returns those as float32
    check(function, *specs, path=tmp_path, zeros=True, computed=computed)
