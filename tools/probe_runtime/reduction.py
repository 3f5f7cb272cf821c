"""Operators along axes: reductions, softmax, sorting, running sums."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from case import ALL, FLOATS, INTEGERS, NUMBERS, Case, Operand, Problem, cases, draw
from elementwise import wide
from flatfile import TENSOR_TYPES

REDUCTIONS = [
    ("SUM", np.sum, NUMBERS),
    ("MEAN", np.mean, NUMBERS),
    ("REDUCE_MAX", np.max, NUMBERS),
    ("REDUCE_MIN", np.min, NUMBERS),
    ("REDUCE_PROD", np.prod, NUMBERS),
    ("REDUCE_ANY", np.any, ("bool",)),
    ("REDUCE_ALL", np.all, ("bool",)),
]


def reductions() -> Iterator[Case]:
    for op, function, dtypes in REDUCTIONS:
        for form in ("last", "first", "all", "inner"):
            for keep in (True, False):

                def make(rng, dtype, shape, op=op, function=function, form=form, keep=keep):
                    rank = len(shape)
                    axes = {"last": (rank - 1,), "first": (0,), "all": tuple(range(rank)), "inner": (1, 2)}[form]
                    x = draw(rng, dtype, shape)
                    if op == "REDUCE_PROD":  # of values near 1, so that no product leaves the dtype
                        x = (0.9 + x * 0.05).astype(dtype) if dtype in FLOATS else np.where(x < 0, -1, 1).astype(dtype)
                    elif dtype == "int8":
                        x = np.sign(x)
                    if op == "MEAN" and np.issubdtype(x.dtype, np.integer):
                        x = np.full(shape, 3, dtype)  # of equal values: how a mean is rounded is not asked
                    y = np.asarray(
                        function(x.astype(np.float64) if x.dtype != np.bool_ else x, axis=axes, keepdims=keep)
                    )
                    return Problem([Operand(x), Operand(np.int32(axes), True)], [y.astype(dtype)], {"keepDims": keep})

                ranks = range(4, 7) if form == "inner" else range(2, 7) if form == "first" else range(1, 7)
                name = f"{form} {'keep' if keep else 'drop'}"
                yield from cases(op, make, dtypes=dtypes, ranks=ranks, form=name)


def arguments() -> Iterator[Case]:
    for op, function in (("ARG_MAX", np.argmax), ("ARG_MIN", np.argmin)):
        for index in ("int32", "int64"):
            for axis in (-1, 0):

                def make(rng, dtype, shape, function=function, index=index, axis=axis):
                    x = draw(rng, dtype, shape, -100, 100) if dtype != "bool" else draw(rng, dtype, shape)
                    y = np.asarray(function(x, axis=axis)).astype(index)
                    return Problem(
                        [Operand(x), Operand(np.int32(axis % len(shape)), True)],
                        [y],
                        {"outputType": TENSOR_TYPES[index]},
                    )

                form = f"{'last' if axis else 'first'} {index}"
                yield from cases(op, make, dtypes=ALL, ranks=range(2 if axis == 0 else 1, 7), form=form)


def running_sums() -> Iterator[Case]:
    for exclusive in (False, True):
        for reverse in (False, True):

            def make(rng, dtype, shape, exclusive=exclusive, reverse=reverse):
                x = draw(rng, dtype, shape)
                y = np.flip(x, -1) if reverse else x
                y = np.cumsum(y.astype(np.float64), -1) - (y if exclusive else 0)
                y = np.flip(y, -1) if reverse else y
                axis = np.int32(len(shape) - 1)
                return Problem(
                    [Operand(x), Operand(axis, True)], [y.astype(dtype)], {"exclusive": exclusive, "reverse": reverse}
                )

            form = " ".join(name for name, on in (("exclusive", exclusive), ("reverse", reverse)) if on)
            yield from cases("CUMSUM", make, dtypes=NUMBERS, form=form)


@wide
def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


@wide
def log_softmax(x: np.ndarray) -> np.ndarray:
    shifted = x - x.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


@wide
def l2_normalized(x: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x * x).sum(-1, keepdims=True))


def normalizations() -> Iterator[Case]:
    table = [
        ("SOFTMAX", "", softmax, {"beta": 1.0}),
        ("SOFTMAX", "beta 0.5", lambda x: softmax(x / 2), {"beta": 0.5}),
        ("LOG_SOFTMAX", "", log_softmax, {}),
        ("L2_NORMALIZATION", "", l2_normalized, {}),
    ]
    for op, form, function, options in table:

        def make(rng, dtype, shape, function=function, options=options):
            x = draw(rng, dtype, shape)
            return Problem([Operand(x)], [function(x)], options)

        yield from cases(op, make, dtypes=FLOATS, form=form)


def top_k() -> Iterator[Case]:
    def make(rng, dtype, shape):
        x = rng.permutation(np.arange(int(np.prod(shape))) % 120).reshape(shape).astype(dtype)
        order = np.argsort(-x.astype(np.float64), -1, kind="stable")[..., :2]
        expected = [np.take_along_axis(x, order, -1), order.astype(np.int32)]
        return Problem([Operand(x), Operand(np.int32(2), True)], expected)

    yield from cases("TOPK_V2", make, dtypes=NUMBERS)


def segments() -> Iterator[Case]:
    table = [("SUM", np.add, 0), ("PROD", np.multiply, 1), ("MAX", np.maximum, None), ("MIN", np.minimum, None)]
    for name, function, start in table:

        def make(rng, dtype, shape, function=function, start=start):
            x = draw(rng, dtype, shape, -2, 2)
            of = np.arange(shape[0], dtype=np.int32) % 2  # every segment is met
            y = np.stack([function.reduce(x[of == segment], axis=0, initial=start) for segment in (0, 1)])
            return Problem([Operand(x), Operand(of), Operand(np.int32(2), True)], [y.astype(dtype)])

        yield from cases(f"UNSORTED_SEGMENT_{name}", make, dtypes=(*FLOATS, *INTEGERS), ranks=range(1, 5))


def specs() -> Iterator[Case]:
    yield from reductions()
    yield from arguments()
    yield from running_sums()
    yield from normalizations()
    yield from top_k()
    yield from segments()
