"""A plugin of pytest for KerasHub's own tests of its LiteRT export: kelt exports, and numbers are compared closely."""

from __future__ import annotations

import gc
import inspect
import pathlib
import tempfile

import jax
import keras
import numpy as np

import kelt
from kelt.runtime import Model
from suites.compare import difference

CALLED = "run_litert_export_test"
LIMIT = 1e-4  # of the largest value; KerasHub's own tests allow 10.0


def run_litert_export_test(
    self,
    cls=None,
    init_kwargs=None,
    input_data=None,
    expected_output_shape=None,
    model=None,
    verify_numerics=True,
    output_thresholds=None,
    comparison_mode="strict",
    **export_kwargs,
):
    """With the arguments of KerasHub's; what it allows of an error is not taken, and numbers are always compared."""
    if model is None:
        model = cls(**init_kwargs)
        model(input_data)  # which leaves a scheduler of KerasHub with its steps
    arrays = keras.tree.map_structure(lambda leaf: np.asarray(keras.ops.convert_to_numpy(leaf)), input_data)
    file = _exported(model, export_kwargs)
    if not _takes(file, arrays):
        file = _exported(model, {"input_signature": keras.tree.map_structure(_spec, arrays), **export_kwargs})
    inputs, outputs = file.signatures["serving_default"]
    given = arrays if isinstance(arrays, dict) else {inputs[0].name: arrays}
    self.assertEqual(set(given), {port.name for port in inputs}, "the inputs' names")
    found = file({port.name: given[port.name].astype(port.dtype) for port in inputs}, "serving_default")
    wanted = model(input_data, training=False)  # as `predict` does: Keras' Resizing trains unless it is told not to
    if not isinstance(wanted, dict):
        wanted = {port.name: leaf for port, leaf in zip(outputs, keras.tree.flatten(wanted), strict=True)}
    self.assertEqual(set(wanted), {port.name for port in outputs}, "the outputs' names")
    if expected_output_shape is not None and len(outputs) == 1:
        self.assertEqual(tuple(expected_output_shape), found[outputs[0].name].shape, "the output's shape")
    for name, value in wanted.items():
        says = difference(found[name], np.asarray(keras.ops.convert_to_numpy(value)), limit=LIMIT)
        self.assertFalse(says, f"{name}: {says}")


def _exported(model, options):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.tflite"
        kelt.enable()
        model.export(path, format="litert", verbose=False, **options)
        return Model(path)


def _takes(file, arrays) -> bool:
    """Whether the file is of one signature with the sizes of the data: a preprocessor has others in some tests.

    KerasHub's own test always exports for the sizes of the data.
    """
    inputs, _ = file.signatures.get("serving_default", (None, None))
    if inputs is None:
        return False
    given = arrays if isinstance(arrays, dict) else {inputs[0].name: arrays}
    sizes = [(port.shape, given[port.name].shape) for port in inputs if port.name in given]
    return all(len(a) == len(b) and all(m in (-1, n) for m, n in zip(a, b)) for a, b in sizes)


def _spec(array):
    return keras.InputSpec(shape=array.shape, dtype=array.dtype.name)


def pytest_configure(config):
    from keras_hub.src.tests.test_case import TestCase

    setattr(TestCase, CALLED, run_litert_export_test)


def pytest_collection_modifyitems(items):
    """Of each file only the tests of the export, and those too that KerasHub's own exporter can't pass."""
    items[:] = [item for item in items if CALLED in inspect.getsource(item.function)]
    for item in items:
        item.own_markers = [mark for mark in item.own_markers if mark.name != "skip"]


def pytest_runtest_teardown():
    """Compiled code of each model would take gigabytes."""
    keras.utils.clear_session()
    jax.clear_caches()
    gc.collect()
