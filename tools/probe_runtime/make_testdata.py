"""Writes testdata/runtime/*.tflite: `python tools/probe_runtime/make_testdata.py`.

Each file shows one thing that the runtime does, and is as small as that allows.
"""

from __future__ import annotations

import pathlib

import numpy as np
from flatfile import File, Subgraph

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "testdata" / "runtime"


def split() -> File:
    """Two partitions with a POW between them."""
    file = File()
    graph = file.subgraph()
    x = graph.input("x", "float32", (-1, 4))
    added, power, y = (graph.tensor("float32", (-1, 4)) for _ in range(3))
    graph.op("ADD", [x, graph.constant(np.float32([1, 2, 3, 4]))], [added])
    graph.op("POW", [added, graph.constant(np.float32([2]))], [power])
    graph.op("MUL", [power, graph.constant(np.float32([0.5]))], [y])
    graph.outputs(y=y)
    return file


def two_signatures() -> File:
    """Of different inputs and dtypes; the second has dims of -1."""
    file = File()
    graph = file.subgraph("scale")
    x, k = graph.input("x", "float32", (2, 3)), graph.input("k", "float32", (1,))
    y = graph.tensor("float32", (2, 3))
    graph.op("MUL", [x, k], [y])
    graph.outputs(y=y)
    graph = file.subgraph("count")
    i, mask = graph.input("i", "int64", (-1,)), graph.input("mask", "bool", (-1,))
    following, unmasked = graph.tensor("int64", (-1,)), graph.tensor("bool", (-1,))
    graph.op("ADD", [i, graph.constant(np.int64([1]))], [following])
    graph.op("LOGICAL_NOT", [mask], [unmasked])
    graph.outputs(next=following, unmasked=unmasked)
    return file


def dim_of(graph: Subgraph, shape: int, axis: int) -> int:
    dim = graph.tensor("int32", ())
    bounds = [graph.constant(np.int32([value])) for value in (axis, axis + 1, 1)]
    graph.op("STRIDED_SLICE", [shape, *bounds], [dim], {"shrinkAxisMask": 1})
    return dim


def computed_shape() -> File:
    """SHAPE, PACK, RESHAPE: the runtime learns the size of the output while it runs."""
    file = File()
    graph = file.subgraph()
    x = graph.input("x", "float32", (-1, -1, 4))
    added = graph.tensor("float32", (-1, -1, 4))
    graph.op("ADD", [x, graph.constant(np.float32([1]))], [added])
    shape, packed = graph.tensor("int32", (3,)), graph.tensor("int32", (4,))
    graph.op("SHAPE", [added], [shape], {"outType": 2})
    dims = [dim_of(graph, shape, 0), dim_of(graph, shape, 1), graph.constant(np.int32(2)), graph.constant(np.int32(2))]
    graph.op("PACK", dims, [packed], {"valuesCount": 4})
    reshaped, y = graph.tensor("float32", (-1, -1, 2, 2)), graph.tensor("float32", (-1, -1, 2, 2))
    graph.op("RESHAPE", [added, packed], [reshaped])
    graph.op("MUL", [reshaped, graph.constant(np.float32([3]))], [y])
    graph.outputs(y=y)
    return file


def data_dependent() -> File:
    """The size of the output follows from values."""
    file = File()
    graph = file.subgraph()
    x = graph.input("x", "bool", (4,))
    y = graph.tensor("int64", (-1, 1))
    graph.op("WHERE", [x], [y])
    graph.outputs(y=y)
    return file


def loop() -> File:
    """Five rounds of x = x / 2 + 1, then a square: partitions in two subgraphs."""
    file = File()
    graph = file.subgraph()
    condition, body = file.subgraph("condition", signature=False), file.subgraph("body", signature=False)
    x = graph.input("x", "float32", (2, 2))
    rounds, last, y = graph.tensor("int32", ()), graph.tensor("float32", (2, 2)), graph.tensor("float32", (2, 2))
    options = {"condSubgraphIndex": 1, "bodySubgraphIndex": 2}
    graph.op("WHILE", [graph.constant(np.int32(0)), x], [rounds, last], options)
    graph.op("MUL", [last, last], [y])
    graph.outputs(y=y)
    i, _ = condition.input("i", "int32", ()), condition.input("x", "float32", (2, 2))
    more = condition.tensor("bool", ())
    condition.op("LESS", [i, condition.constant(np.int32(5))], [more])
    condition.outputs(more=more)
    i, x = body.input("i", "int32", ()), body.input("x", "float32", (2, 2))
    following, half, result = body.tensor("int32", ()), body.tensor("float32", (2, 2)), body.tensor("float32", (2, 2))
    body.op("ADD", [i, body.constant(np.int32(1))], [following])
    body.op("MUL", [x, body.constant(np.float32([0.5]))], [half])
    body.op("ADD", [half, body.constant(np.float32([1]))], [result])
    body.outputs(i=following, x=result)
    return file


def rejected() -> File:
    """An op version that no runtime has."""
    file = File()
    graph = file.subgraph()
    x, y = graph.input("x", "float32", (2,)), graph.tensor("float32", (2,))
    graph.op("ADD", [x, x], [y], version=99)
    graph.outputs(y=y)
    return file


def gather() -> File:
    """Fails while it runs, if the index is out of range."""
    file = File()
    graph = file.subgraph()
    x, i = graph.input("x", "float32", (4, 2)), graph.input("i", "int32", (1,))
    y = graph.tensor("float32", (1, 2))
    graph.op("GATHER", [x, i], [y])
    graph.outputs(y=y)
    return file


def attention() -> File:
    """One head, all of it taken by XNNPACK, with two dims that are not known."""
    file = File()
    graph = file.subgraph()
    q, k, v = (graph.input(name, "float32", (-1, -1, 4)) for name in "qkv")
    scores, weights, y = (graph.tensor("float32", shape) for shape in ((-1, -1, -1), (-1, -1, -1), (-1, -1, 4)))
    graph.op("BATCH_MATMUL", [q, k], [scores], {"adjY": True})
    graph.op("SOFTMAX", [scores], [weights], {"beta": 1.0})
    graph.op("BATCH_MATMUL", [weights, v], [y])
    graph.outputs(y=y)
    return file


def constants() -> File:
    """No inputs. The runtime computes the MUL when it loads the file, the ADD when it runs."""
    file = File()
    graph = file.subgraph()
    y, z = graph.tensor("float32", (2, 2)), graph.tensor("int32", (2,))
    graph.op("ADD", [graph.constant(np.float32([[1, 2], [3, 4]])), graph.constant(np.float32([10, 20]))], [y])
    graph.op("MUL", [graph.constant(np.int32([2, 2])), graph.constant(np.int32([3, 4]))], [z])
    graph.outputs(y=y, z=z)
    return file


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for make in (split, two_signatures, computed_shape, data_dependent, loop, rejected, gather, attention, constants):
        (FOLDER / f"{make.__name__}.tflite").write_bytes(make().bytes())
