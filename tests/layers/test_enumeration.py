"""Every class of keras.layers has its cases, or stands in a table with the reason why not."""

import inspect
import pathlib
import sys

import keras
import layers_page
import status_page
from layer_cases import tables

from kelt.tracing.layers.preprocessing import REJECTED
from kelt.tracing.ops.hashing import STRINGS

# Classes without cases of their own, and why.
WITHOUT = {
    "Layer": "the base of all of them: it computes nothing",
    **dict.fromkeys(
        ("HashedCrossing", "Hashing", "IntegerLookup"),
        "made only beside TensorFlow: tests/backends/test_preprocessing.py",
    ),
    "FlaxLayer": "as JaxLayer, module by module: tests/native/flax_modules.py",
    "JaxLayer": "its functions are followed on jax one by one, as in any `call`: tests/backends/test_native_calls.py",
    "TorchModuleWrapper": "its functions are followed on torch one by one: tests/backends/test_native_calls.py",
}
# Rejected in one option, though not as a whole.
IN_PART = {
    "HashedCrossing": ("strings", STRINGS),
    "Hashing": ("strings", STRINGS),
    **dict.fromkeys(
        ("FlaxLayer", "JaxLayer"),
        ("on TensorFlow", "jax2tf makes one function of TensorFlow of it, which can't be followed"),
    ),
}
# Not yet: what they wait for.
NOT_YET: dict[str, str] = {}


def classes() -> dict[type, list[str]]:
    """The classes that Keras exports, each with all its names."""
    found: dict[type, list[str]] = {}
    for name in sorted(dir(keras.layers)):
        cls = getattr(keras.layers, name)
        if inspect.isclass(cls) and issubclass(cls, keras.layers.Layer):
            found.setdefault(cls, []).append(name)
    return found


def test_every_class_of_keras_layers_has_a_case_or_a_reason():
    covered = {getattr(keras.layers, name) for name in [*tables(), *WITHOUT, *REJECTED, *NOT_YET]}
    assert not {"/".join(names) for cls, names in classes().items() if cls not in covered}


def test_no_class_is_both_tested_and_excused():
    assert not set(tables()) & {*WITHOUT, *REJECTED}


def test_there_are_three_hundred_cases():
    assert sum(len(options) for options in tables().values()) >= 300


def test_the_page_of_what_can_be_exported_shows_the_tables():
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    try:
        assert status_page.written(layers_page.HEAD) == layers_page.section()
    finally:
        sys.path.pop(0)
