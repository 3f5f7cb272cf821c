"""What the tests of the capture share: replaying a record from itself alone, beside the model."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest

from kelt.tracing.capture import capture_graph
from kelt.tracing.record.port_types import PORTABLE
from kelt.tracing.record.sizes import Size
from kelt.tracing.replay.replay import run_function, sizes_of


class Replay:
    """Captures models and compares what the record computes with what the model computes."""

    limit = 1e-6  # of the largest value: the record is run by the same backend, op by op

    def __init__(self):
        self.rng = np.random.default_rng(7)

    def random(self, *shape):
        return self.rng.normal(size=shape).astype("float32")

    def integers(self, high, *shape):
        return self.rng.integers(0, high, shape).astype("int32")

    def graph(self, model, *args, **kwargs):
        return capture_graph(model, *args, **kwargs)

    def compare(self, function, call, inputs):
        """The record on `inputs`, a list in the order of its own, against `call()`."""
        values = run_function(function, inputs)
        result = call()
        flat = isinstance(result, dict) and set(result) == {name for name, _ in function.outputs}
        wanted = [result[name] for name, _ in function.outputs] if flat else leaves(result)
        wanted = [keras.ops.convert_to_numpy(leaf) for leaf in wanted]
        assert len(wanted) == len(function.outputs)
        for (name, value), reference in zip(function.outputs, wanted):
            got = keras.ops.convert_to_numpy(values[value])
            assert got.shape == reference.shape, name
            dtype = keras.backend.standardize_dtype(reference.dtype)
            assert value.dtype == PORTABLE.get(dtype, dtype), name
            wide, wanted_wide = got.astype("complex128"), reference.astype("complex128")
            finite = np.isfinite(wanted_wide)
            assert np.array_equal(wide[~finite], wanted_wide[~finite], equal_nan=True), name
            scale = max(1.0, float(np.abs(wanted_wide[finite]).max(initial=0)))
            worst = np.abs(wide[finite] - wanted_wide[finite]).max(initial=0)
            assert worst <= self.limit * scale, name
        self._check_dims(function, values, inputs)

    def _check_dims(self, function, values, inputs):
        """What the record says about every value is so."""
        sizes = sizes_of(function, inputs)
        for node in function.nodes:
            for value in node.outputs:
                if value not in values:
                    continue
                real = values[value]
                dims = tuple(dim.at(sizes) if isinstance(dim, Size) else dim for dim in value.dims)
                assert dims == tuple(real.shape), f"{node.op} of {node.path} has {tuple(real.shape)}, not {value.dims}"
                assert value.dtype == keras.backend.standardize_dtype(real.dtype), f"{node.op} of {node.path}"

    def __call__(self, model, *many_inputs, **kwargs):
        """Captures once, and compares at each of the inputs (structures as the model takes them)."""
        graph = self.graph(model, **kwargs)
        (function,) = graph.functions
        for inputs in many_inputs:
            self.compare(function, lambda given=inputs: model(given, training=False), leaves(inputs))
        return function


def leaves(structure):
    """Tensors in order of declaration."""
    if isinstance(structure, dict):
        return [leaf for item in structure.values() for leaf in leaves(item)]
    if isinstance(structure, (list, tuple)):
        return [leaf for item in structure for leaf in leaves(item)]
    return [] if structure is None else [structure]


@pytest.fixture
def replay():
    return Replay()
