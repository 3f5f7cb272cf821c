"""Ops that move data: what they move where is exact."""

import numpy as np
import pytest
from harness import check, f32, flags, i32
from keras import ops

CASES = {
    "transpose": (lambda x: ops.transpose(x, (0, 2, 1)), [f32("n", "s", 4)]),
    "transpose without axes": (lambda x: ops.transpose(x), [f32("n", "s", 4)]),
    "swapaxes": (lambda x: ops.swapaxes(x, 1, -1), [f32("n", "s", 4)]),
    "moveaxis": (lambda x: ops.moveaxis(x, [0, 2], [-1, 0]), [f32("n", "s", 4)]),
    "expand_dims": (lambda x: ops.expand_dims(x, 1), [f32("n", "s", 4)]),
    "expand_dims in front": (lambda x: ops.expand_dims(x, 0), [f32("n", "s")]),
    "expand_dims of integers": (lambda x: ops.expand_dims(x, -1), [i32("n", "s")]),
    "expand_dims of several": (lambda x: ops.expand_dims(x, (1, -1)), [f32("n", "s")]),
    "squeeze": (lambda x: ops.squeeze(x, 1), [f32("n", 1, "s")]),
    "squeeze of all": (lambda x: ops.squeeze(x), [f32(3, 1, 4, 1)]),
    "squeeze of integers": (lambda x: ops.squeeze(x, 1), [i32("n", 1, "s")]),
    "ravel": (lambda x: ops.ravel(x), [f32("n", "s")]),
    "concatenate": (lambda x, y: ops.concatenate([x, y], axis=1), [f32("n", "s", 4), f32("n", "t", 4)]),
    "concatenate of integers": (lambda x, y: ops.concatenate([x, y], axis=-1), [i32("n", 3), i32("n", 2)]),
    "append": (lambda x, y: ops.append(x, y), [f32("n"), f32("s")]),
    "stack": (lambda x, y: ops.stack([x, y], axis=1), [f32("n", 3), f32("n", 3)]),
    "stack with two unknown dims": (lambda x, y: ops.stack([x, y], axis=-1), [f32("n", "s"), f32("n", "s")]),
    "hstack": (lambda x, y: ops.hstack([x, y]), [f32("n", 3), f32("n", 3)]),
    "vstack": (lambda x, y: ops.vstack([x, y]), [f32("n", 3), f32("s", 3)]),
    "split": (lambda x: ops.split(x, 2, axis=-1), [f32("n", "s", 4)]),
    "split at indices": (lambda x: ops.split(x, [1, 4], axis=1), [f32("n", 6)]),
    "split of an unknown axis": (lambda x: ops.split(x, [2], axis=1), [f32("n", "s")]),
    "array_split": (lambda x: ops.array_split(x, 3, axis=1), [f32("n", 7)]),
    "unstack": (lambda x: ops.unstack(x, axis=1), [f32("n", 3, 4)]),
    "unstack of booleans": (lambda x: ops.unstack(x, axis=1), [flags("n", 3)]),
    "repeat": (lambda x: ops.repeat(x, 3, axis=1), [f32("n", 2, 4)]),
    "repeat of heads": (lambda x: ops.repeat(x, 2, axis=2), [f32("n", "s", 2, 4)]),
    "repeat of a flat tensor": (lambda x: ops.repeat(x, 2), [f32("n", 3)]),
    "repeat by counts": (lambda x: ops.repeat(x, np.array([1, 3, 2]), axis=1), [f32("n", 3)]),
    "tile": (lambda x: ops.tile(x, (1, 2, 3)), [f32("n", "s", 2)]),
    "tile adds an axis": (lambda x: ops.tile(x, (2, 1, 1)), [f32("n", 3)]),
    "broadcast_to": (lambda x: ops.broadcast_to(x, (5, 3, 4)), [f32(3, 1)]),
    "meshgrid": (lambda x, y: ops.meshgrid(x, y), [f32("n"), f32("s")]),
    "meshgrid by rows": (lambda x, y: ops.meshgrid(x, y, indexing="ij"), [f32("n"), f32("s")]),
    "flip": (lambda x: ops.flip(x, axis=(0, 2)), [f32("n", 3, 4)]),
    "flip of all": (lambda x: ops.flip(x), [i32("n", 3)]),
    "roll": (lambda x: ops.roll(x, 2, axis=1), [f32("n", 5)]),
    "roll of an unknown axis": (lambda x: ops.roll(x, 3, axis=1), [f32("n", "s")]),
    "roll of two axes": (lambda x: ops.roll(x, (-2, 1), axis=(1, 2)), [f32("n", 4, 5)]),
    "rot90": (lambda x: ops.rot90(x, 1, axes=(1, 2)), [f32("n", 3, 4)]),
    "where": (lambda c, x, y: ops.where(c, x, y), [flags("n", 1), f32("n", "s"), f32("s")]),
    "where with a number": (lambda x: ops.where(x > 0, x, -1.0), [f32("n", "s")]),
    "select": (lambda x: ops.select([x > 1, x > 0], [x * 2, x * 3], 7.0), [f32("n", "s")]),
    "clip": (lambda x: ops.clip(x, -0.5, 0.7), [f32("n", "s")]),
    "clip of integers": (lambda x: ops.clip(x, 1, 3), [i32("n", "s", low=-5)]),
    "tril": (lambda x: ops.tril(x, -1), [f32("n", "s", 4)]),
    "triu of integers": (lambda x: ops.triu(x, 1), [i32("n", 4, 4, low=1)]),
    "trace": (lambda x: ops.trace(x, axis1=1, axis2=2), [f32("n", 4, 4)]),
    "pad by roll": (lambda x: ops.concatenate([x[:, -1:], x[:, :-1]], axis=1), [f32("n", "s")]),
    "diff": (lambda x: ops.diff(x, n=2), [f32("n", "s")]),
    "cumsum": (lambda x: ops.cumsum(x, axis=1), [f32("n", "s")]),
    "cumsum of a flat tensor": (lambda x: ops.cumsum(x), [i32("n", 3)]),
    "cumprod": (lambda x: ops.cumprod(x, axis=1), [f32("n", 7)]),
    "slice": (lambda x: ops.slice(x, (0, 1, 2), (2, 3, 2)), [f32(3, 5, 6)]),
    "slice_update": (lambda x, y: ops.slice_update(x, (1, 2), y), [f32(4, 6), f32(2, 3)]),
}


@pytest.mark.parametrize("case", CASES)
def test_data_moves_as_in_keras(case, tmp_path):
    function, specs = CASES[case]
    check(function, *specs, path=tmp_path)


INDEXING = {
    "an integer": (lambda x: x[:, 1], [f32("n", 3, 4)]),
    "the last": (lambda x: x[:, -1], [f32("n", "s", 4)]),
    "the first of an unknown axis": (lambda x: x[:, 0, :], [f32("n", "s", 4)]),
    "a slice": (lambda x: x[:, 1:-1], [f32("n", "s")]),
    "a slice from the end": (lambda x: x[:, -2:], [f32("n", "s")]),
    "a step": (lambda x: x[:, ::2], [f32("n", 6)]),
    "backwards": (lambda x: x[:, ::-1], [f32("n", 6)]),
    "an ellipsis": (lambda x: x[..., 1:3], [f32("n", "s", 4)]),
    "a new axis": (lambda x: x[:, None, :, None], [f32("n", "s")]),
    "a new axis and an integer": (lambda x: x[None, :, 0], [f32("n", 3, 4)]),
    "a slice beyond the end": (lambda x: x[:, :100], [f32("n", 4)]),
    "a bare integer": (lambda x: x[1], [f32(3, 4)]),
    "a tensor": (lambda x, i: x[i], [f32(6, 4), i32("n", high=6)]),
    "negative indices": (lambda x, i: x[:, i], [f32("n", 6), i32(3, low=-6, high=6)]),
    "two tensors": (lambda x, i, j: x[i, j], [f32(6, 5, 4), i32("n", high=6), i32("n", high=5)]),
}


@pytest.mark.parametrize("case", INDEXING)
def test_a_key_selects_what_it_selects_in_keras(case, tmp_path):
    function, specs = INDEXING[case]
    check(function, *specs, path=tmp_path)


TABLE = np.random.default_rng(3).normal(size=(7, 4)).astype("float32")
GATHERS = {
    "rows of a table": (lambda i: ops.take(TABLE, i, axis=0), [i32("n", "s", high=7)]),
    "negative rows": (lambda i: ops.take(TABLE, i, axis=0), [i32("n", low=-7, high=7)]),
    "columns": (lambda x: ops.take(x, np.array([2, 0, -1]), axis=1), [f32("n", 4, 3)]),
    "a flat tensor": (lambda x, i: ops.take(x, i), [f32(3, 4), i32("n", high=12)]),
    "along the last axis": (lambda x, i: ops.take_along_axis(x, i, axis=-1), [f32("n", 4, 6), i32("n", 4, 2, high=6)]),
    "along an inner axis": (lambda x, i: ops.take_along_axis(x, i, axis=1), [f32("n", 6, 4), i32("n", 2, 4, high=6)]),
    "along an axis, broadcast": (lambda x, i: ops.take_along_axis(x, i, axis=1), [f32(2, 6, 4), i32(2, 3, 1, high=6)]),
}


@pytest.mark.parametrize("case", GATHERS)
def test_indices_gather_what_they_gather_in_keras(case, tmp_path):
    function, specs = GATHERS[case]
    check(function, *specs, path=tmp_path)
