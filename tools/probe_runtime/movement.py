"""Operators that move elements: shapes, slices, joins, gathers, padding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from case import ALL, FLOATS, MAX_RANK, NUMBERS, Case, Operand, Problem, cases, draw
from flatfile import TENSOR_TYPES

TO_MAX = range(1, MAX_RANK + 1)


def ints(*values: int) -> Operand:
    return Operand(np.int32(values), True)


def shapes() -> Iterator[Case]:
    def flatten(rng, dtype, shape):
        x = draw(rng, dtype, shape)
        return Problem([Operand(x), ints(-1)], [x.reshape(-1)], {"newShape": [-1]})

    def split_last(rng, dtype, shape):
        x = draw(rng, dtype, (*shape[:-1], 4))
        return Problem([Operand(x), ints(-1, 2, 2)], [x.reshape(-1, 2, 2)], {"newShape": [-1, 2, 2]})

    yield from cases("RESHAPE", flatten, dtypes=ALL, ranks=range(7), form="flatten")
    yield from cases("RESHAPE", split_last, dtypes=ALL, ranks=TO_MAX, form="to rank 3")

    for axis in (0, -1):

        def expand(rng, dtype, shape, axis=axis):
            x = draw(rng, dtype, shape)
            return Problem([Operand(x), ints(axis)], [np.expand_dims(x, axis)])

        def squeeze(rng, dtype, shape, axis=axis):
            x = np.expand_dims(draw(rng, dtype, shape[1:]), axis)
            return Problem([Operand(x)], [np.squeeze(x, axis)], {"squeezeDims": [axis % len(shape)]})

        form = "last" if axis else "first"
        yield from cases("EXPAND_DIMS", expand, dtypes=ALL, ranks=range(6), form=form)
        # A file can't say that a dim is 1 and the others are not known with the same helper: static only.
        yield from cases("SQUEEZE", squeeze, dtypes=ALL, ranks=TO_MAX, form=form, dynamic=(False,))

    for form in ("reverse", "swap last"):

        def transpose(rng, dtype, shape, form=form):
            x = draw(rng, dtype, shape)
            order = list(range(len(shape)))[::-1] if form == "reverse" else [*range(len(shape) - 2), -1, -2]
            order = [axis % len(shape) for axis in order]
            return Problem([Operand(x), ints(*order)], [np.transpose(x, order)])

        yield from cases("TRANSPOSE", transpose, dtypes=ALL, ranks=range(2, 7), form=form)

    for dtype in ("int32", "int64"):

        def shape_of(rng, of, shape, dtype=dtype):
            return Problem(
                [Operand(draw(rng, of, shape))], [np.asarray(shape, dtype)], {"outType": TENSOR_TYPES[dtype]}
            )

        yield from cases("SHAPE", shape_of, dtypes=ALL, ranks=TO_MAX, form=dtype, dynamic=(False,))

    def rank(rng, dtype, shape):
        return Problem([Operand(draw(rng, dtype, shape))], [np.int32(len(shape))])

    yield from cases("RANK", rank, dtypes=ALL, ranks=range(7), dynamic=(False,))


def slices() -> Iterator[Case]:
    def plain(rng, dtype, shape):
        x = draw(rng, dtype, shape)
        begin, size = [0] * (len(shape) - 1) + [1], [-1] * len(shape)
        return Problem([Operand(x), ints(*begin), ints(*size)], [x[..., 1:]])

    def sized(rng, dtype, shape):
        x = draw(rng, dtype, shape)
        return Problem([Operand(x), ints(*[0] * x.ndim), ints(*[2] * x.ndim)], [x[(slice(0, 2),) * x.ndim]])

    yield from cases("SLICE", plain, dtypes=ALL, ranks=TO_MAX, form="to the end")
    yield from cases("SLICE", sized, dtypes=ALL, ranks=TO_MAX, form="sized")

    for form, step in (("stride 1", 1), ("stride 2", 2), ("stride -1", -1)):

        def strided(rng, dtype, shape, step=step):
            x = draw(rng, dtype, shape)
            rank = len(shape)
            operands = [Operand(x), ints(*[0] * rank), ints(*[0] * rank), ints(*[1] * (rank - 1), step)]
            everything = (1 << rank) - 1
            return Problem(operands, [x[..., ::step]], {"beginMask": everything, "endMask": everything})

        yield from cases("STRIDED_SLICE", strided, dtypes=ALL, ranks=TO_MAX, form=form)

    def shrink(rng, dtype, shape):
        x = draw(rng, dtype, shape)
        return Problem([Operand(x), ints(1), ints(2), ints(1)], [x[1]], {"shrinkAxisMask": 1})

    def new_axis(rng, dtype, shape):
        x = draw(rng, dtype, shape)
        return Problem([Operand(x), ints(0, 0), ints(0, 2), ints(1, 1)], [x[None, :2]], {"newAxisMask": 1})

    yield from cases("STRIDED_SLICE", shrink, dtypes=ALL, ranks=TO_MAX, form="shrink")
    yield from cases("STRIDED_SLICE", new_axis, dtypes=ALL, ranks=range(1, 5), form="new axis")

    def update(rng, dtype, shape):
        x, part = draw(rng, dtype, shape), draw(rng, dtype, tuple(min(size, 2) for size in shape))
        y = x.copy()
        y[tuple(slice(0, 2) for _ in shape)] = part
        return Problem([Operand(x), Operand(part), Operand(np.zeros(len(shape), np.int32))], [y])

    yield from cases("DYNAMIC_UPDATE_SLICE", update, dtypes=ALL, ranks=TO_MAX)


def joins() -> Iterator[Case]:
    for axis in (0, -1):
        form = "last" if axis else "first"

        def concatenate(rng, dtype, shape, axis=axis):
            a, b = draw(rng, dtype, shape), draw(rng, dtype, shape)
            return Problem([Operand(a), Operand(b)], [np.concatenate([a, b], axis)], {"axis": axis % len(shape)})

        def pack(rng, dtype, shape, axis=axis):
            a, b = draw(rng, dtype, shape), draw(rng, dtype, shape)
            y = np.stack([a, b], axis)
            return Problem([Operand(a), Operand(b)], [y], {"axis": axis % y.ndim, "valuesCount": 2})

        def unpack(rng, dtype, shape, axis=axis):
            x = np.moveaxis(draw(rng, dtype, (2, *shape[1:])), 0, axis)
            return Problem([Operand(x)], list(np.moveaxis(x, axis, 0)), {"axis": axis % len(shape), "num": 2})

        def split(rng, dtype, shape, axis=axis):
            x = np.moveaxis(draw(rng, dtype, (4, *shape[1:])), 0, axis)
            parts = np.split(x, 2, axis)
            return Problem([Operand(np.int32(axis % len(shape)), True), Operand(x)], parts, {"numSplits": 2})

        def split_sizes(rng, dtype, shape, axis=axis):
            x = np.moveaxis(draw(rng, dtype, (4, *shape[1:])), 0, axis)
            axis_operand = Operand(np.int32(axis % len(shape)), True)
            return Problem([Operand(x), ints(1, 3), axis_operand], np.split(x, [1], axis), {"numSplits": 2})

        yield from cases("CONCATENATION", concatenate, dtypes=ALL, ranks=TO_MAX, form=form)
        yield from cases("PACK", pack, dtypes=ALL, ranks=range(6), form=form)
        yield from cases("UNPACK", unpack, dtypes=ALL, ranks=TO_MAX, form=form, dynamic=(False,))
        yield from cases("SPLIT", split, dtypes=ALL, ranks=TO_MAX, form=form)
        yield from cases("SPLIT_V", split_sizes, dtypes=ALL, ranks=TO_MAX, form=form)


def paddings() -> Iterator[Case]:
    def amounts(rank: int) -> np.ndarray:
        return np.int32([[1, 0]] * (rank - 1) + [[1, 2]])

    def pad(rng, dtype, shape):
        x = draw(rng, dtype, shape)
        return Problem([Operand(x), Operand(amounts(x.ndim), True)], [np.pad(x, amounts(x.ndim))])

    def pad_with(rng, dtype, shape):
        x, value = draw(rng, dtype, shape), np.asarray(3, dtype)
        y = np.pad(x, amounts(x.ndim), constant_values=value)
        return Problem([Operand(x), Operand(amounts(x.ndim), True), Operand(value, True)], [y])

    yield from cases("PAD", pad, dtypes=ALL, ranks=TO_MAX)
    yield from cases("PADV2", pad_with, dtypes=ALL, ranks=TO_MAX)
    for mode, form in enumerate(("reflect", "symmetric")):

        def mirror(rng, dtype, shape, mode=mode, form=form):
            x = draw(rng, dtype, shape)
            amount = np.int32([[1, 1]] * x.ndim)
            return Problem([Operand(x), Operand(amount, True)], [np.pad(x, amount, mode=form)], {"mode": mode})

        yield from cases("MIRROR_PAD", mirror, dtypes=ALL, ranks=range(1, 6), form=form)


def repetitions() -> Iterator[Case]:
    def tile(rng, dtype, shape):
        x = draw(rng, dtype, shape)
        times = [1] * (x.ndim - 1) + [3]
        return Problem([Operand(x), ints(*times)], [np.tile(x, times)])

    def broadcast(rng, dtype, shape):
        x = draw(rng, dtype, (*shape[:-1], 1))
        return Problem([Operand(x), ints(*shape)], [np.broadcast_to(x, shape)])

    def reverse(rng, dtype, shape):
        x = draw(rng, dtype, shape)
        return Problem([Operand(x), ints(len(shape) - 1)], [np.flip(x, -1)])

    def reverse_first(rng, dtype, shape):
        x = draw(rng, dtype, shape)
        return Problem([Operand(x), ints(0)], [np.flip(x, 0)])

    yield from cases("TILE", tile, dtypes=ALL, ranks=TO_MAX)
    yield from cases("BROADCAST_TO", broadcast, dtypes=ALL, ranks=TO_MAX, dynamic=(False,), version=2)
    yield from cases("REVERSE_V2", reverse, dtypes=ALL, ranks=TO_MAX, form="last")
    yield from cases("REVERSE_V2", reverse_first, dtypes=ALL, ranks=range(2, 7), form="first")


def gathers() -> Iterator[Case]:
    for index in ("int32", "int64"):
        for axis in (0, -1):

            def gather(rng, dtype, shape, index=index, axis=axis):
                x = draw(rng, dtype, shape)
                where = rng.integers(0, x.shape[axis], (3, 2)).astype(index)
                y = np.take(x, where, axis)
                return Problem([Operand(x), Operand(where)], [y], {"axis": axis % x.ndim, "batchDims": 0})

            form = f"{'last' if axis else 'first'} {index}"
            yield from cases("GATHER", gather, dtypes=ALL, ranks=range(1, 6), form=form)

        def gather_batched(rng, dtype, shape, index=index):
            x = draw(rng, dtype, shape)
            where = rng.integers(0, shape[1], (shape[0], 2)).astype(index)
            y = np.stack([x[i][where[i]] for i in range(shape[0])])
            return Problem([Operand(x), Operand(where)], [y], {"axis": 1, "batchDims": 1})

        def gather_nd(rng, dtype, shape, index=index):
            x = draw(rng, dtype, shape)
            where = np.stack([rng.integers(0, size, 3) for size in shape[:2]], -1).astype(index)
            return Problem([Operand(x), Operand(where)], [x[tuple(where.T)]])

        def scatter_nd(rng, dtype, shape, index=index):
            updates = draw(rng, dtype, (3, *shape[1:]))
            where = np.asarray([[0], [2], [3]], index)
            y = np.zeros((5, *shape[1:]), dtype)
            y[where[:, 0]] = updates
            return Problem([Operand(where), Operand(updates), Operand(np.asarray(y.shape, index), True)], [y])

        yield from cases("GATHER", gather_batched, dtypes=ALL, ranks=range(2, 6), form=f"batched {index}")
        yield from cases("GATHER_ND", gather_nd, dtypes=ALL, ranks=range(2, 6), form=index)
        yield from cases("SCATTER_ND", scatter_nd, dtypes=ALL, ranks=TO_MAX, form=index, dynamic=(False,))

    def embedding(rng, dtype, shape):
        table = draw(rng, dtype, (7, *shape[1:]))
        where = rng.integers(0, 7, 3).astype(np.int32)
        return Problem([Operand(where), Operand(table, True)], [table[where]])

    def one_hot(rng, dtype, shape):
        where = rng.integers(0, 5, shape).astype(np.int32)
        on, off = np.asarray(1, dtype), np.asarray(0, dtype)
        y = np.where(where[..., None] == np.arange(5), on, off).astype(dtype)
        return Problem(
            [Operand(where), Operand(np.int32(5), True), Operand(on, True), Operand(off, True)], [y], {"axis": -1}
        )

    yield from cases("EMBEDDING_LOOKUP", embedding, dtypes=FLOATS, ranks=range(2, 6), dynamic=(False,))
    yield from cases("ONE_HOT", one_hot, dtypes=ALL, ranks=range(6))


def made() -> Iterator[Case]:
    def fill(rng, dtype, shape):
        value = draw(rng, dtype, ())
        return Problem([ints(*shape), Operand(value)], [np.full(shape, value, dtype)])

    def count(rng, dtype, shape):
        return Problem(
            [Operand(np.asarray(value, dtype), True) for value in (1, 9, 2)], [np.arange(1, 9, 2).astype(dtype)]
        )

    def diagonal(rng, dtype, shape):
        x = draw(rng, dtype, shape)
        return Problem([Operand(x)], [x[..., None] * np.eye(shape[-1], dtype=dtype)])

    yield from cases("FILL", fill, dtypes=ALL, ranks=range(7), dynamic=(False,))
    yield from cases("RANGE", count, dtypes=NUMBERS, ranks=(1,), dynamic=(False,))
    yield from cases("MATRIX_DIAG", diagonal, dtypes=NUMBERS, ranks=range(1, 5))


def specs() -> Iterator[Case]:
    for part in (shapes, slices, joins, paddings, repetitions, gathers, made):
        yield from part()
