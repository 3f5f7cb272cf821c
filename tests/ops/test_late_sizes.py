"""Results whose size the runtime could learn only while it runs, before and beside what XNNPACK takes.

libLiteRt asks for the memory of outputs before a run. What stands behind an operator with a dynamic result has no size
then but that of the run before, and XNNPACK writes beyond the memory it was given. harness.check looks for such results
in every case; here are those that come closest, compiled, growing and shrinking.
"""

import subprocess
import sys
from collections.abc import Callable

import keras
import numpy as np
import pytest
from harness import compare_all, f32, late_size
from keras import ops

import kelt

SIZES = (1, 50, 3, 1000)
WIDTH = 4
WEIGHTS = np.random.default_rng(3).normal(size=(WIDTH, WIDTH)).astype("float32")


def rows(x):
    return ops.shape(x)[0]


def ids(x):
    """A number for each row, as the values tell."""
    return ops.minimum(ops.cast(x[:, 0] > 0, "int32"), rows(x) - 1)


# Of [rows, WIDTH], the same.
LATE: dict[str, Callable] = {
    "segment_max": lambda x: ops.segment_max(x, ids(x), num_segments=rows(x)),
    "segment_min": lambda x: ops.segment_min(x, ids(x), num_segments=2)[:1] + x,
    "segment_prod": lambda x: ops.segment_prod(x, ids(x), num_segments=1) + x,
    "segment_sum": lambda x: ops.segment_sum(x, ids(x), num_segments=rows(x)),
    "scatter": lambda x: ops.scatter(ops.expand_dims(ids(x), 1), x, ops.shape(x)),
    "scatter_update": lambda x: ops.scatter_update(x, ops.expand_dims(ids(x), 1)[:1], x[:1]),
    "scatter_update of the largest": lambda x: ops.scatter_update(
        x, [[0], [0]], ops.stack([x[0], 2 * x[0]]), reduction="max"
    ),
    "reshape": lambda x: ops.reshape(ops.transpose(x), ops.shape(x)),
    "full": lambda x: ops.full(ops.shape(x), x[0, 0]),
    "arange": lambda x: x * ops.expand_dims(ops.cast(ops.arange(rows(x)), "float32"), 1),
    "tile": lambda x: ops.tile(x[:1], (rows(x), 1)),
    "repeat": lambda x: ops.repeat(x[:1], rows(x), axis=0),
    "pad": lambda x: ops.pad(x[1:], ((1, 0), (0, 0))),
    "slice": lambda x: ops.slice(x, (ids(x)[0] * 0, 0), ops.shape(x)),
    "a slice of half": lambda x: ops.concatenate([x[rows(x) // 2 :], x[: rows(x) // 2]]),
    "broadcast_to": lambda x: ops.broadcast_to(x[:1], ops.shape(x)),
    "top_k": lambda x: ops.top_k(x, WIDTH)[0],
    "sort": lambda x: ops.sort(x, axis=0),
    "resize": lambda x: ops.image.resize(ops.reshape(x, (1, -1, WIDTH, 1)), (2, WIDTH))[0, :1, :, 0] + x,
    "where": lambda x: ops.where(x > 0, x, 0.0),
    "roll": lambda x: ops.roll(x, 3, axis=0),
    "while_loop": lambda x: ops.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 0.5), (0, x))[1],
    "cond": lambda x: ops.cond(x[0, 0] > 0, lambda: x * 2.0, lambda: x - 1.0),
    "scan": lambda x: ops.scan(lambda s, row: (s + row, s), x[0] * 0.0, x)[1],
    "one_hot": lambda x: ops.one_hot(ids(x), WIDTH),
    "cumsum": lambda x: ops.cumsum(x, axis=0),
    "mod": lambda x: ops.mod(x, 0.5),
}


def known_sizes(x):
    """The fast form, dynamic within the graph, and outputs whose size does not tell."""
    largest = ops.segment_max(x, ids(x), num_segments=2)
    least = ops.segment_min(ops.pad(x, ((0, 0), (1, 1))) * 2.0, ids(x), num_segments=2)
    return largest, largest * 2.0, ops.pad(least, ((1, 1), (0, 0))), ops.max(ops.exp(x) * 2.0, 0) + ops.sum(largest, 0)


def composed(late):
    """The result itself, what XNNPACK takes after it, and what it takes of the input alone."""

    def function(x):
        y = late(x)
        after = (y * 2.0, ops.where(x > 0, y, x), ops.pad(y, ((0, 0), (1, 1))), ops.matmul(y, WEIGHTS))
        return (y, *after, ops.pad(x, ((0, 0), (1, 1))), ops.exp(x))

    return function


FUNCTIONS = {name: composed(late) for name, late in LATE.items()} | {"outputs of known size": known_sizes}


def draw(size):
    return np.random.default_rng(size).normal(size=(size, WIDTH)).astype("float32")


# In a process of its own: what this looks for is a crash. What ran before it is compared.
RUN = """
import sys
import numpy as np
from kelt.runtime import Model
inputs = np.load(sys.argv[1])
for file in sys.argv[2:]:
    model = Model(file)
    ((_, outputs),) = model.signatures.values()
    for key in inputs:
        try:
            found = model({"x": inputs[key]})
        except Exception as error:
            print(file, key, error, file=sys.stderr)
            break
        np.savez(f"{file}.{key}.npz", *(found[port.name] for port in outputs))
"""


def run_all(path, files) -> int:
    """Runs files at all sizes, one after the other; gives the exit code."""
    np.savez(path / "inputs.npz", **{str(size): draw(size) for size in SIZES})
    return subprocess.run([sys.executable, "-c", RUN, str(path / "inputs.npz"), *files], check=False).returncode


def results(file, size, code):
    """What the run at a size made."""
    try:
        return list(np.load(f"{file}.{size}.npz").values())
    except FileNotFoundError:
        pytest.fail(f"the run ended with {code} before it came to {size} rows")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Files that ran, by name, and the exit code."""
    path = tmp_path_factory.mktemp("late")
    files = {name: str(path / f"{number}.tflite") for number, name in enumerate(FUNCTIONS)}
    for name, file in files.items():
        kelt.export(FUNCTIONS[name], file, {"x": f32("n", WIDTH).spec()})
    return files, run_all(path, files.values())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_size_comes_late(name, compiled):
    files, code = compiled
    assert late_size(files[name], [draw(5)]) is None
    for size in SIZES:
        expected = keras.tree.flatten(FUNCTIONS[name](ops.convert_to_tensor(draw(size))))
        compare_all(results(files[name], size, code), expected, zeros=True)


class Total(keras.layers.Layer):
    """Adds up what it has seen, in a scalar."""

    def build(self, shape):
        self.total = self.add_weight(shape=(), initializer="zeros", trainable=False, name="total")

    def call(self, x):
        self.total.assign(self.total + ops.mean(x))
        return x * 2.0 + self.total, ops.pad(x, ((0, 0), (1, 1)))


def test_a_scalar_that_is_kept_makes_no_size_late(tmp_path):
    inputs = keras.Input((WIDTH,), name="x")
    file = str(tmp_path / "total.tflite")
    kelt.export(keras.Model(inputs, Total()(inputs)), file)
    assert late_size(file, [draw(5)]) is None
    code = run_all(tmp_path, [file])
    total = np.float32(0)
    for size in SIZES:
        total += draw(size).mean()
        compare_all(results(file, size, code), [draw(size) * 2 + total, np.pad(draw(size), ((0, 0), (1, 1)))])
