"""The gated delta rule of linear attention in chunks, as a loop over the chunks that the file runs.

Keras' code unrolls that loop, and another over the rows of a chunk: its operations depend on the length.
"""

from __future__ import annotations

import numpy as np
from keras import ops


def in_chunks(
    tracer,
    original,
    query,
    key,
    value,
    g,
    beta,
    chunk_size=64,
    initial_state=None,
    output_final_state=False,
    padding_mask=None,
):
    """`_chunk_gated_delta_rule`: the results of all steps (batch, length, heads, width), and the last state or None."""
    batch, length, heads, width = key.shape
    parts = [
        _chunks(ops.cast(part, "float32"), chunk_size) for part in (_normalized(query), _normalized(key), value, g)
    ]
    q, k, v, g = parts
    beta = ops.expand_dims(_chunks(ops.cast(beta, "float32"), chunk_size), -1)
    q, g = q * width**-0.5, ops.cumsum(g, axis=-1)
    lower = np.tri(chunk_size, dtype="float32")
    decay = ops.exp((ops.expand_dims(g, -1) - ops.expand_dims(g, -2)) * lower) * lower
    across = ops.swapaxes(k, -1, -2)
    solved = _inverse(ops.matmul(k * beta, across) * decay, chunk_size)
    since, last = ops.expand_dims(ops.exp(g), -1), g[..., -1:]
    chunks = {
        "query": q * since,
        "key": ops.swapaxes(k * ops.expand_dims(ops.exp(last - g), -1), -1, -2),
        "value": ops.matmul(solved, v * beta),
        "known": ops.matmul(solved, k * beta * since),
        "within": ops.matmul(q, across) * decay,
        "decay": ops.expand_dims(ops.exp(last), -1),
    }

    def step(state, of):
        new = of["value"] - ops.matmul(of["known"], state)
        out = ops.matmul(of["query"], state) + ops.matmul(of["within"], new)
        return state * of["decay"] + ops.matmul(of["key"], new), out

    if initial_state is None:
        initial_state = ops.zeros((batch, heads, width, value.shape[-1]), "float32")
    state, out = ops.scan(step, ops.cast(initial_state, "float32"), chunks)
    out = ops.transpose(out, (1, 0, 3, 2, 4))
    out = ops.reshape(out, (batch, length + -length % chunk_size, heads, value.shape[-1]))[:, :length]
    return ops.cast(out, query.dtype), state if output_final_state else None


def _normalized(x):
    return x * ops.rsqrt(ops.sum(x * x, axis=-1, keepdims=True) + 1e-6)


def _chunks(x, size):
    """(batch, length, heads, …) as (chunks, batch, heads, size, …), with zeros behind the last."""
    batch, length, heads, *width = x.shape
    x = ops.pad(x, [(0, 0), (0, -length % size)] + [(0, 0)] * (len(x.shape) - 2))
    x = ops.reshape(x, (batch, -(-length // size), size, heads, *width))
    return ops.transpose(x, (1, 0, 3, 2, *range(4, len(x.shape))))


def _inverse(x, size):
    """Of 1 + what is below the diagonal of x: of blocks of one row, then of two, of four, …

    A block [[a, 0], [c, b]] has the inverse [[1/a, 0], [-1/b c 1/a, 1/b]]: as exact as row by row, in few products.
    """
    row, column = np.ogrid[:size, :size]
    inverse, block = None, 1
    while block < size:
        below = x * ((row // block % 2 == 1) & (column // block == row // block - 1)).astype("float32")
        if inverse is None:
            inverse = np.eye(size, dtype="float32") - below
        else:
            inverse = inverse - ops.matmul(inverse, ops.matmul(below, inverse))
        block *= 2
    return inverse
