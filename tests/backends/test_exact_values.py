"""The record in 64 bits, by which verify judges rounding: on every backend, and for the time that it takes only."""

import threading

import keras
import numpy as np
import pytest
from keras import ops
from keras.src.backend.common import dtypes

import kelt.verification.limits as limits
from kelt.tracing.capture import capture_graph
from kelt.tracing.ops import dtype_rules
from kelt.tracing.record import host_arrays

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


def index_of(x):
    return ops.cast(ops.argmax(x, axis=1, keepdims=True), "int32")


COUNTS = {
    "argsort": lambda x: ops.argsort(x, axis=1),
    "argmax": lambda x: ops.argmax(x, axis=1),
    "top_k": lambda x: ops.top_k(x, 2)[1],
    "sum": lambda x: ops.sum(ops.cast(x > 0, "int32"), axis=1),
    "cumsum": lambda x: ops.cumsum(ops.cast(x > 0, "int32"), axis=1),
    "prod": lambda x: ops.prod(ops.cast(x > 0, "int32") + 1, axis=1),
    "searchsorted": lambda x: ops.searchsorted(ops.sort(x[0]), x[1]),
    "digitize": lambda x: ops.digitize(x, [-1.0, 0.0, 1.0]),
    "written": lambda x: ops.slice_update(ops.zeros((3, 4), "int32"), [0, 1], index_of(x)),
    "written in a loop": lambda x: ops.fori_loop(
        0, 4, lambda i, y: ops.slice_update(y, [0, i], index_of(x)), ops.zeros((3, 4), "int32")
    ),
}


@pytest.mark.parametrize("name", COUNTS)
def test_integers_are_as_long_as_in_the_record(name):
    """Of 64 bits an operator takes them for another type than those beside them, and raises."""
    x = np.random.default_rng(0).normal(size=(3, 8)).astype("float32")
    (function,) = capture_graph(COUNTS[name], [keras.InputSpec(shape=(3, 8), dtype="float32")], None).functions
    exact = limits.record_values(function, [x], precise=True)
    found = {value: array.dtype for value, array in exact.items() if "int" in array.dtype.name}
    assert found
    assert {value: str(dtype) for value, dtype in found.items()} == {value: value.dtype for value in found}


def test_what_a_capture_meets_beside_a_computation_in_64_bits_is_not_kept():
    """Keras' rule is another for all threads as long as one verifies: what it made of dtypes then is forgotten."""
    inside, leave = threading.Event(), threading.Event()

    def verify():
        with limits.sixty_four_bits():
            inside.set()
            leave.wait()

    def recorded():
        (function,) = capture_graph(
            lambda x: ops.add(ops.cast(x, "float64"), x), [keras.InputSpec(shape=(3,), dtype="float32")]
        ).functions
        return [(node.op, value.dtype) for node in function.nodes for value in node.outputs]

    for cache in (dtype_rules._promoted, host_arrays._of_array):
        cache.cache_clear()
    alone = recorded()
    for cache in (dtype_rules._promoted, host_arrays._of_array):
        cache.cache_clear()
    thread = threading.Thread(target=verify)
    thread.start()
    inside.wait()
    recorded()
    leave.set()
    thread.join()
    assert recorded() == alone


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
