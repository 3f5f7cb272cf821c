"""Steps of sound in blocks, as Gemma 4 cuts them, at every length."""

from __future__ import annotations

from keras import ops


def of_steps(tracer, original, layer, x):
    """(batch, blocks, steps of a block, …): zeros fill the last block, none where all are full.

    KerasHub pads only where that must be, which is a choice by the length.
    """
    del tracer, original
    batch, steps, *rest = x.shape
    padded = ops.pad(x, ((0, 0), (0, -steps % layer.chunk_size), *((0, 0) for _ in rest)))
    return ops.reshape(padded, (batch, -1, layer.chunk_size, *rest))
