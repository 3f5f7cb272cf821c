"""A capture leaves no trace: not after an error, not in another thread, not in who holds a function of Keras."""

import threading

import keras
import numpy as np
import pytest
from keras import layers, ops
from keras.src import backend
from keras.src.backend.common import global_state

import kelt
from kelt.tracing import patch


def codes():
    return [site.function.__code__ for site in patch._sites()]


def test_every_function_has_its_own_code_afterwards(replay):
    before = codes()
    replay.graph(keras.Sequential([keras.Input((3,)), layers.Dense(2)]))
    assert codes() == before
    assert [site.original for site in patch._sites()] == before


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_in_the_model_restores_everything(error, replay):
    class Failing(layers.Layer):
        fail = False

        def call(self, x):
            if self.fail:
                raise error("no")
            return x

    x = keras.Input((3,))
    layer = Failing(name="failing")
    model = keras.Model(x, layer(x))
    before = codes()
    scope, context = backend.get_stateless_scope(), global_state.get_global_attribute("current_call_ctx")
    layer.fail = True
    with pytest.raises(kelt.ExportError if error is RuntimeError else error):
        replay.graph(model)
    layer.fail = False
    assert codes() == before
    assert patch.active.tracer is None
    assert backend.get_stateless_scope() is scope
    assert global_state.get_global_attribute("current_call_ctx") is context
    given = replay.random(2, 3)
    assert np.array_equal(np.array(model(given)), given)


def test_another_thread_predicts_meanwhile(replay):
    image = keras.Input((8, 8, 3))
    features = layers.Flatten()(layers.BatchNormalization()(layers.Conv2D(4, 3)(image)))
    model = keras.Model(image, layers.Dense(3)(features))
    given = replay.random(2, 8, 8, 3)
    wanted = ops.convert_to_numpy(model(given, training=False))
    started, stop, failures, rounds = threading.Event(), threading.Event(), [], []

    def predict():
        while not stop.is_set():
            try:
                if not np.array_equal(ops.convert_to_numpy(model(given, training=False)), wanted):
                    failures.append("another result")
            except Exception as error:
                failures.append(error)
            rounds.append(1)
            started.set()

    thread = threading.Thread(target=predict)
    thread.start()
    try:
        assert started.wait(60)
        done = len(rounds)
        records = []
        while len(rounds) < done + 5:
            records.append(repr(replay.graph(model).functions))
    finally:
        stop.set()
        thread.join()
    assert not failures
    assert len(set(records)) == 1


def test_two_threads_capture_at_once(replay):
    models = [keras.Sequential([keras.Input((8,)), layers.Dense(width)]) for width in (3, 5)]
    wanted = [repr(replay.graph(model).functions) for model in models]
    got = [[], []]

    def capture(i):
        for _ in range(10):
            got[i].append(repr(replay.graph(models[i]).functions))

    before = codes()
    threads = [threading.Thread(target=capture, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [set(each) for each in got] == [{each} for each in wanted]
    assert codes() == before


def test_the_state_that_a_layer_keeps_is_not_moved(replay):
    class Trains(layers.Layer):
        """Defaults to training, as layers of users do."""

        def __init__(self):
            super().__init__()
            self.norm = layers.BatchNormalization()
            self.drop = layers.Dropout(0.5, seed=3)

        def call(self, x, training=True):
            return self.drop(self.norm(x, training=True), training=False)

    x = keras.Input((3,))
    layer = Trains()
    model = keras.Model(x, layer(x))
    before = [np.array(weight) for weight in model.variables]
    graph = replay.graph(model)
    assert not graph.states
    assert all(np.array_equal(old, np.array(weight)) for old, weight in zip(before, model.variables))


def test_importing_kelt_imports_no_backend():
    import subprocess
    import sys

    script = "import sys, kelt; assert not {'jax', 'tensorflow', 'torch', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_functions_of_keras_work_on_arrays_while_a_model_is_captured(replay):
    class Constants(layers.Layer):
        def call(self, x):
            table = ops.sin(ops.arange(3, dtype="float32"))
            return x * table + float(ops.sum(ops.convert_to_tensor([1.0, 2.0])))

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape)

    x = keras.Input((3,))
    replay(keras.Model(x, Constants()(x)), replay.random(2, 3))
