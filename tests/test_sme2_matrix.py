"""examples/sme2_matrix.py: each form of SME2's kernels by one call, taken whole by XNNPACK and near to float."""

import importlib
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples"))
matrix = importlib.import_module("sme2_matrix")


@pytest.mark.parametrize("row", matrix.ROWS, ids=lambda row: f"{row.op} {row.recipe}")
def test_a_row_of_the_matrix_is_one_call(row, tmp_path):
    found = matrix.result_of(row, tmp_path)
    assert found.decibels > row.least
    assert found.file_bytes > 0
    assert found.sme2.startswith("yes: " if row.in_table else "no: ")
    taken = (0, 1) if row.recipe == "int16x8" else (1, 0)  # XNNPACK has no kernels of 16 bits
    assert (found.partitions, found.outside > 0) == taken
    assert row.op in matrix.table([found])


def test_the_matrix_has_every_row_of_the_kernels_table():
    """That of src/quantize/sme2.cc; float16 × float16 is told apart."""
    rows = set(_rows_in_the_source())
    said = {
        (row.op, words)
        for row in matrix.ROWS
        for words in (row.takes, row.takes.replace(" per channel", "").replace(" per tensor", ""))
    }
    assert rows - said == {("BATCH_MATMUL", "fp16 × fp16 → fp16")}


def _rows_in_the_source():
    for line in (ROOT / "src/quantize/sme2.cc").read_text().splitlines():
        if line.startswith("    {Op::"):
            yield line.split("Op::")[1].split(",")[0], line.split('"')[1]
