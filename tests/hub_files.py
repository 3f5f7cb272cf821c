"""The backbone of each family of KerasHub, written by the backend at hand: `python tests/hub_files.py FOLDER [NAME…]`.

The weights are the same on every backend: numpy draws them, each by its path. A folder for each: `module.kelt` and
`weights-<hash>.bin`, the model as text, and `model.tflite`.
"""

from __future__ import annotations

import pathlib
import sys
import types
import zlib

import families
import hub_zoo
import keras
import keras_hub
import numpy_draws
import same_bytes


def backbones() -> list[str]:
    """One for each family that is installed."""
    found = families.installed().values()
    return [next(name for name in names if name.endswith("Backbone")) for names in found]


def drawn(name: str):
    """The model, with names and weights that are the same on every backend."""
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(7)
    with numpy_draws.instead():
        model = families.CASES[name](keras_hub)
    for variable in model.variables:
        alone = types.SimpleNamespace(variables=[variable], trainable_variables=[variable] * variable.trainable)
        hub_zoo.as_trained(alone, zlib.crc32(variable.path.encode()))
    return model


if __name__ == "__main__":
    if keras.backend.backend() == "jax":
        import cheap_jax

        cheap_jax.install()
    same_bytes.write(pathlib.Path(sys.argv[1]), sys.argv[2:] or backbones(), drawn)
