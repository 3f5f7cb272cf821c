"""The rules of the lengths: what each says of an op's outputs is what Keras makes of its operands."""

import importlib
import pkgutil

import keras
import ops.cases
import pytest

import kelt
from kelt.tracing.dims import propagation
from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.ops.length_rules import RULE_ERRORS
from kelt.tracing.record.graph import Value
from kelt.tracing.record.sizes import add, affine, evaluated, modulo, product, symbol
from kelt.tracing.run import run
from kelt.tracing.signature import signatures_of
from kelt.tracing.tables import Tables

SIZES = {"n": 7, "s": 11, "t": 13, "h": 17, "w": 19, "d": 23}
KERAS_IS_WRONG = ("rot90: twice",)  # its rule exchanges the axes
MODULES = [module.name for module in pkgutil.iter_modules(ops.cases.__path__)]


def captured(function, specs):
    """The record of a function at `SIZES`."""
    shapes = [[SIZES.get(dim, dim) for dim in spec.dims] for spec in specs]
    signature = [keras.InputSpec(shape=shape, dtype=spec.dtype) for shape, spec in zip(shapes, specs)]
    (sig,) = signatures_of(function, signature, None)
    found, problems = run(sig, [spec.shape for spec in signature], [spec.dtype for spec in specs], Tables())
    return None if problems else found


def followed(follower, node):
    """The dims that the rule tells of each output; None where it tells none."""
    rule = definition_of(node.op).lengths
    for i, value in enumerate(node.outputs):
        try:
            yield value, rule(follower, node, Value((None,) * len(value.shape), value.dtype), i)
        except (*RULE_ERRORS, TypeError):
            yield value, None


@pytest.mark.parametrize("module", MODULES)
def test_a_rule_tells_the_shape_that_keras_makes(module):
    wrong = []
    for name, (function, *specs) in importlib.import_module(f"ops.cases.{module}").CASES.items():
        try:
            record = captured(function, specs)
        except kelt.ExportError:
            continue
        follower = propagation.Follower()
        for (_, value), spec in zip(record.inputs if record else (), specs):
            value.dims = [symbol(dim) if isinstance(dim, str) else dim for dim in spec.dims]
        for node in record.nodes if record else ():
            for value in node.outputs:
                value.dims = list(value.shape)
            if definition_of(node.op).lengths is None:
                continue
            for value, dims in followed(follower, node):
                if dims is None:
                    continue
                if [evaluated(dim, SIZES) for dim in dims] != list(value.shape) and name not in KERAS_IS_WRONG:
                    wrong.append(f"{name}: {node.op} has {value.shape}, not {dims}")
                value.dims = dims
    assert not wrong, "\n".join(wrong)


def test_a_sum_that_ends_with_a_function_is_a_factor_as_a_whole():
    padded = add(symbol("s"), modulo(affine(-1, symbol("s"), 0), 4))
    assert str(product(padded, 3)) == "(s + mod(-s, 4))*3"
    assert str(affine(3, padded, 0)) == "3*(s + mod(-s, 4))"
