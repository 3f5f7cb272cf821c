"""What the tables of layers share: a case is a function of Keras inputs, and the inputs.

A test module of this folder holds `LAYERS = {class of keras.layers: {option: (function, specs)}}`. The page of what
can be exported and the test that no class is missing are made of these tables.
"""

from __future__ import annotations

import functools
import importlib.util
import pathlib

import keras
from harness import InOne, Spec, check_file
from zoo import as_trained

import kelt

# None of them is a size that a capture uses.
SIZES = ({"n": 2, "s": 9, "t": 8, "u": 7}, {"n": 1, "s": 12, "t": 7, "u": 6}, {"n": 3, "s": 8, "t": 10, "u": 9})


def cases(layers: dict) -> list[tuple[str, str]]:
    """Parameters of a test: every class with every of its options."""
    return [(name, option) for name, options in layers.items() for option in options]


@functools.cache
def modules() -> tuple:
    """The modules of tests/layers."""
    found = []
    for path in sorted((pathlib.Path(__file__).parent / "layers").glob("test_*.py")):
        spec = importlib.util.spec_from_file_location(f"layers_{path.stem}", path)
        found.append(importlib.util.module_from_spec(spec))
        spec.loader.exec_module(found[-1])
    return tuple(found)


@functools.cache
def tables() -> dict[str, dict[str, tuple]]:
    """The cases of every class that the modules of tests/layers have, by their options."""
    found = {}
    for module in modules():
        for name, options in getattr(module, "LAYERS", {}).items():
            found.setdefault(name, {}).update(options)
    return found


def functional(function, specs: list[Spec]) -> keras.Model:
    """A model of the function's layers, with weights as training leaves them."""
    keras.utils.set_random_seed(5)
    inputs = [
        keras.Input(batch_shape=[None if isinstance(dim, str) else dim for dim in spec.dims], dtype=spec.dtype)
        for spec in specs
    ]
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], function(*inputs))
    as_trained(model)
    return model


def check_layer(function, specs: list[Spec], path, zeros=False, whole=True):
    """Exports the function's layers and compares the file with Keras at three sizes, twice each."""
    return check_inference(functional(function, specs), specs, path, zeros, whole)


def check_inference(model, specs: list[Spec], path, zeros=False, whole=True):
    """The same for a model. Layers that augment images do so unless they are told that this is no training.

    Without `whole`, Keras computes op by op also where jax could compile the model in one.
    """
    file = str(path / "model.tflite")
    kelt.export(model, file)

    def reference(*x):
        return model(x if len(x) > 1 else x[0], training=False)

    return check_file(file, InOne(reference, model) if whole else reference, specs, SIZES, 0, zeros)
