"""The page of functions: a line each, and some of them measured again; `python tests/ops_page.py` measures them all."""

import random
import re

import ops_page

LINES = 40


def test_every_function_has_its_line():
    assert sorted(ops_page.lines()) == sorted(ops_page.label(names) for names in ops_page.functions())


def test_the_page_is_as_the_table_is_written():
    assert ops_page.written(ops_page.HEAD) == ops_page.section(ops_page.lines())


def test_what_differs_from_keras_has_its_reason():
    found = {
        (name, dtype)
        for label, cells in ops_page.lines().items()
        for name in re.findall(r"[\w.]+", label)[:1]
        for dtype, mark in zip(ops_page.DTYPES, cells)
        if mark == ops_page.DEPARTS
    }
    assert found == {(name, dtype) for name, dtypes, _ in ops_page.DIFFERENCES for dtype in dtypes.split()}


def test_lines_of_the_page_are_what_is_measured():
    """Others after each change of the page, each in one type besides float32."""
    written = ops_page.lines()
    chosen = random.Random(str(written))
    for names in chosen.sample(ops_page.functions(), LINES):
        dtypes = {"float32", chosen.choice(ops_page.DTYPES)}
        measured = dict(zip(ops_page.DTYPES, ops_page.line(names, dtypes)))
        expected = dict(zip(ops_page.DTYPES, written[ops_page.label(names)]))
        assert {dtype: measured[dtype] for dtype in dtypes} == {dtype: expected[dtype] for dtype in dtypes}, names
