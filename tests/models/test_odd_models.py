"""Models as a new user would build them, each exported with one line, in both ways."""

import filecmp

import keras
import numpy as np
import pytest
from harness import InOne, check_file
from odd_models import MODELS
from zoo import as_trained

import kelt


def caller(model):
    """A function of the inputs in their order, that gives the outputs in theirs."""
    structure = model.input

    def call(*arrays):
        given = dict(zip(structure, arrays)) if isinstance(structure, dict) else list(arrays)
        made = model(given if isinstance(structure, (dict, list)) else arrays[0], training=False)
        return list(made.values()) if isinstance(made, dict) else made

    return call


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_a_users_own_is_exported_with_one_line(name, tmp_path):
    keras.utils.set_random_seed(3)
    model, specs, sizes = MODELS[name]()
    as_trained(model)
    kelt.export(model, tmp_path / "model.tflite", verify=True)
    check_file(str(tmp_path / "model.tflite"), InOne(caller(model), model), specs, sizes, 0, zeros=False)
    kelt.enable()
    try:
        model.export(tmp_path / "again.tflite", format="litert", verbose=False)
    finally:
        kelt.disable()
    assert filecmp.cmp(tmp_path / "model.tflite", tmp_path / "again.tflite", shallow=False)


def test_a_network_that_halves_and_doubles_is_one_partition(tmp_path):
    model, *_ = MODELS["unet"]()
    kelt.export(model, tmp_path / "model.tflite")
    found = kelt.delegation(tmp_path / "model.tflite")
    assert (found["partitions"], found["outside"]) == (1, [])
    file = kelt.runtime.Model(tmp_path / "model.tflite")
    ((inputs, _),) = file.signatures.values()
    wrong = np.zeros((1, 9, 8, 3), "float32")  # no multiple of 4: rejected by the runtime, as by Keras
    with pytest.raises(Exception, match="K301"):
        file({inputs[0].name: wrong})
