"""The record in 64 bits, by which verify judges rounding: on every backend, and for the time that it takes only."""

import threading

import keras
import numpy as np
import pytest
from keras import ops
from keras.src.backend.common import dtypes

import kelt.verification.limits as limits
from kelt.tracing.capture import capture_graph

FUNCTIONS = {
    "mean": lambda x: ops.mean(x, axis=1),
    "exp": ops.exp,
    "add": lambda x: x + 0.1,
    "matmul": lambda x: ops.matmul(x, ops.transpose(x)),
    "norm": lambda x: ops.layer_normalization(x, axis=-1),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_exact_values_have_64_bits(name):
    x = np.random.default_rng(0).normal(size=(3, 40)).astype("float32")
    graph = capture_graph(FUNCTIONS[name], [keras.InputSpec(shape=(3, 40), dtype="float32")], None)
    (function,) = graph.functions
    exact = limits.record_values(function, [x], precise=True)
    assert {array.dtype.name for array in exact.values() if array.dtype.kind == "f"} == {"float64"}
    own = limits.record_values(function, [x])
    ((_, output),) = function.outputs
    assert np.any(own[output] != exact[output]), "nothing is rounded in 32 bits"


def test_keras_rule_of_dtypes_is_its_own_again_after_several_threads():
    before, inside = dict(dtypes.BIT64_TO_BIT32_DTYPE), threading.Event()

    def first():
        with limits.sixty_four_bits():
            inside.set()
            leave.wait(0.2)

    def second():
        inside.wait()
        with limits.sixty_four_bits():
            leave.set()
            thread.join(0.2)

    leave = threading.Event()
    thread, other = threading.Thread(target=first), threading.Thread(target=second)
    for each in (thread, other):
        each.start()
    for each in (thread, other):
        each.join()
    assert before == dtypes.BIT64_TO_BIT32_DTYPE
