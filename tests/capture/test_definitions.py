"""One definition for each op: nothing else in python/kelt holds a table of op names."""

import ast
import collections
import pathlib

import pytest

from kelt import _native
from kelt.tracing.ops import definitions
from kelt.tracing.ops.definition import PROMOTE
from kelt.tracing.ops.definitions import DEFINITIONS, definition_of
from kelt.tracing.ops.vocabulary import vocabulary

SOURCES = pathlib.Path(__file__).parents[2] / "python" / "kelt"
FACTS = _native.op_facts()
# Words that are names of parameters first.
PARAMETERS = {"dtype", "shape", "size"}
# Where a word that is an op's name may be compared or listed, and why.
EXCEPTIONS = {
    ("tracing/control_flow/calls.py", "associative_scan"): "written out, by a module that builds on the others",
    ("tracing/dims/derived_constants.py", "log"): "functions of a size, and the ops that compute them",
    ("tracing/dims/derived_constants.py", "reciprocal"): "the same",
    ("tracing/dims/derived_constants.py", "rsqrt"): "the same",
    ("tracing/dims/derived_constants.py", "sqrt"): "the same",
    ("tracing/layers/preprocessing.py", "multi_hot"): "an output mode of a layer",
    ("tracing/layers/preprocessing.py", "one_hot"): "an output mode of a layer",
    ("tracing/layers/recurrent.py", "cast"): "a value is followed through its casts",
    ("tracing/ops/float8.py", "cast"): "what a cast gives is all that can be done with float8",
    ("tracing/ops/hashing.py", "one_hot"): "an output mode of a layer",
    ("tracing/patch.py", "is_tensor"): "a function of the backend that asks about symbols",
    ("tracing/record/sizes.py", "log"): "functions of expressions over symbolic dims",
    ("tracing/record/solver.py", "max"): "the same",
    ("tracing/record/solver.py", "min"): "the same",
}

# Modules that look for patterns of ops, and say of each why.
PATTERNS = {
    "verification/choice_replay.py": "what is left of a difference is as exact as what it is a difference of",
    "verification/discrete.py": "which floats jump where a number moves by its rounding: nothing else asks for it",
    "verification/draws.py": "what may stand between an input and the layer that declares its range",
    "verification/limits.py": "how the runtime rounds the operands of products with integer weights",
    "verification/sizes.py": "what a large size takes in memory: the scores of attention are no value of the record",
}


def is_definition(path):
    """Definitions, and what maps the functions of backends by their own names."""
    return {"definitions", "foreign"} & set(path.parts)


def op_names(tree):
    """Op names among the keys, the items and the comparisons of a module, and texts of nothing but op names."""
    for node in ast.walk(tree):
        texts = []
        if isinstance(node, ast.Dict):
            texts = node.keys
        elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            texts = node.elts
        elif isinstance(node, ast.Compare):
            texts = [node.left, *node.comparators]
        elif isinstance(node, ast.Constant) and len(str(node.value).split()) > 1:
            words = str(node.value).split()
            yield from words if all(word in DEFINITIONS for word in words) else ()
        constants = [text.value for text in texts if isinstance(text, ast.Constant)]
        yield from (text for text in constants if isinstance(text, str) and text in DEFINITIONS)


def found_in(path):
    names = op_names(ast.parse(path.read_text()))
    own = {name for name in DEFINITIONS if name in FACTS and FACTS[name]["own"]}
    return set(names) - PARAMETERS - own


def test_no_other_table_holds_an_ops_name():
    found = {
        (path.relative_to(SOURCES).as_posix(), name)
        for path in sorted(SOURCES.rglob("*.py"))
        if not is_definition(path)
        for name in found_in(path)
    }
    assert {module for module, _ in found} >= set(PATTERNS), "no longer needed"
    found = {(module, name) for module, name in found if module not in PATTERNS}
    assert found - set(EXCEPTIONS) == set(), "say it in the op's definition (python/kelt/tracing/ops/definitions)"
    assert set(EXCEPTIONS) - found == set(), "no longer needed"


def test_the_scan_finds_tables():
    found = list(op_names(ast.parse('A = {"add": 1}; B = ("sin",)\nif op == "cos" or op in {"tan"}: names("exp log")')))
    assert sorted(found) == ["add", "cos", "exp", "log", "sin", "tan"]


def test_every_op_of_the_lowerings_table_has_its_definition():
    assert set(FACTS) - set(DEFINITIONS) == set()


def test_every_op_is_defined_once_and_exists():
    names = [known.name for family in definitions.FAMILIES for group in family.OPS for known in group]
    assert [name for name, count in collections.Counter(names).items() if count > 1] == []
    aliases = {known.name for known in DEFINITIONS.values() if known.alias_of}
    assert set(names) - set(vocabulary().ops) - set(FACTS) - aliases == set()


def test_every_function_of_keras_ops_has_its_definition():
    words = {name for name in vocabulary().ops if not name.startswith("random.")}
    assert words - set(DEFINITIONS) == set()


@pytest.mark.parametrize("name", [name for name, known in DEFINITIONS.items() if known.dtypes])
def test_what_computes_in_one_dtype_is_named_by_the_lowerings_table(name):
    known = definition_of(name)
    named = {*known.operands, *known.bools}
    assert named
    assert named <= set(vocabulary().ops[name].params)


def test_a_function_of_a_later_keras_has_no_facts():
    known = definition_of("ops_of_tomorrow")
    assert (known.operands, known.lengths, known.dtypes) == ((), None, "")


def test_operands_come_from_the_lowerings_table():
    assert definition_of("where").operands == ("x1", "x2")
    assert definition_of("where").bools == ("condition",)
    assert definition_of("add").dtypes == PROMOTE
