"""Networks of keras.applications, replayed from their records alone."""

import keras
import numpy as np
import pytest

# Every family is exported and compared in tests/models; here are those whose records differ most.
SMALL = {"ConvNeXtTiny": 32, "EfficientNetB0": 32, "MobileNetV2": 32, "VGG16": 32}


@pytest.mark.parametrize("name", SMALL)
def test_the_record_computes_what_the_network_computes(name, replay):
    size = SMALL[name]
    network = getattr(keras.applications, name)
    model = network(weights=None, input_shape=(size, size, 3), classes=7, classifier_activation=None)
    function = replay(model, replay.random(2, size, size, 3))
    assert [str(dim) for dim in function.inputs[0][1].dims] == ["n", str(size), str(size), "3"]


def test_a_network_that_reads_no_size_is_captured_once(replay, monkeypatch):
    from kelt.tracing import capture

    runs = []
    original = capture.run
    monkeypatch.setattr(capture, "run", lambda *args: (runs.append(1), original(*args))[1])
    replay.graph(keras.applications.NASNetMobile(weights=None, input_shape=(32, 32, 3)))
    assert len(runs) == 1


def test_the_model_and_keras_are_afterwards_what_they_were(replay):
    model = keras.applications.MobileNetV2(weights=None, input_shape=(32, 32, 3))
    before = [np.array(weight) for weight in model.weights]
    nodes = [len(layer._inbound_nodes) for layer in model.layers]
    attributes = [{key: id(value) for key, value in vars(layer).items()} for layer in model.layers]
    name = keras.layers.Dense(1).name
    replay.graph(model)
    following = keras.layers.Dense(1).name
    assert all(np.array_equal(old, np.array(weight)) for old, weight in zip(before, model.weights))
    assert nodes == [len(layer._inbound_nodes) for layer in model.layers]
    assert attributes == [{key: id(value) for key, value in vars(layer).items()} for layer in model.layers]
    number = int(name.rpartition("_")[2]) if "_" in name else 0
    assert following == f"dense_{number + 1}"
