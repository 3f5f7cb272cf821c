"""Who is calling while a capture runs: told by the file of the first frame that is none of kelt's machinery."""

import os
import pathlib

import keras
import pytest

from kelt.tracing.symbols import caller as module
from kelt.tracing.symbols.caller import MACHINERY, SHAPE_AWARE, STUB, Caller, caller

SOURCE = os.path.join(os.path.dirname(keras.__file__), "src")
KELT = pathlib.Path(module.__file__).parents[2]


def calling_from(filename, local="x"):
    """A function that stands in that file and calls what it is given."""
    scope = {}
    exec(compile(f"def call(function):\n    {local} = function\n    return {local}()\n", str(filename), "exec"), scope)
    return scope["call"]


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("/somewhere/model.py", Caller.USER),
        ("<stdin>", Caller.USER),
        (f"{SOURCE}/ops/numpy.py", Caller.KERAS),
        (f"{SOURCE}/layers/attention/attention.py", Caller.KERAS),
        (f"{SOURCE}/layers/core/dense.py", Caller.SHAPE_AWARE),
        (f"{SOURCE}/layers/reshaping/flatten.py", Caller.SHAPE_AWARE),
        (KELT / "tracing" / "foreign" / "twins.py", Caller.KERAS),
    ],
)
def test_the_file_of_the_code_tells_who_calls(filename, expected):
    assert calling_from(filename)(caller) is expected


@pytest.mark.parametrize(("filename", "local"), [(sorted(MACHINERY)[0], "x"), (f"{SOURCE}/ops/numpy.py", STUB)])
def test_neither_the_machinery_nor_the_code_in_place_of_a_function_counts_as_the_caller(filename, local):
    assert calling_from(filename, local)(caller) is Caller.USER


def test_every_file_that_the_rule_names_exists():
    assert [name for name in MACHINERY if not pathlib.Path(name).is_file()] == []
    assert [part for part in SHAPE_AWARE if not pathlib.Path(SOURCE, part).exists()] == []
