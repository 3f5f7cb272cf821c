"""Gathers, scatters, updates, keys, and einsum of every kind."""

import numpy as np
from harness import Spec, f32, flags, i32
from keras import ops

TABLE = np.random.default_rng(5).normal(size=(6, 4)).astype("float32")
PLACES = np.array([[0, 1], [2, 3]], "int32")


def einsum(equation, *dims, make=f32):
    """A case of an equation over operands of these dims."""
    specs = [make(*operand) for operand in dims]
    functions = {
        1: lambda x: ops.einsum(equation, x),
        2: lambda x, y: ops.einsum(equation, x, y),
        3: lambda x, y, z: ops.einsum(equation, x, y, z),
    }
    return (functions[len(dims)], *specs)


EINSUMS = {
    "ii->i": [("s", "s")],
    "bii->bi": [("n", 4, 4)],
    "ii": [(4, 4)],
    "bii->b": [("n", 3, 3)],
    "iij->ji": [("s", "s", 3)],
    "abc->b": [("n", "s", 4)],
    "abc->": [("n", "s", 4)],
    "...ij->...ji": [("n", 2, "s", 4)],
    "i...->...": [("s", 3, 2)],
    "ij,jk": [("n", 4), (4, "s")],
    "i,j->ij": [("n",), ("s",)],
    "i,i->": [("n",), ("n",)],
    "ij,ij->ij": [("n", "s"), ("n", "s")],
    "ij,j->ij": [("n", "s"), ("s",)],
    "ijk,k->j": [("n", 3, 4), (4,)],
    "ii,ij->j": [("s", "s"), ("s", 3)],
    "bij,bjj->bi": [("n", 2, 3), ("n", 3, 3)],
    "...ij,...jk->...ik": [("n", 2, "s", 4), ("n", 2, 4, 3)],
    "...i,i->...": [("n", "s", 4), (4,)],
    "a...,b...->ab...": [(2, "n"), (3, "n")],
    "bhqd,bhkd->bhqk": [("n", 2, "s", 4), ("n", 2, "t", 4)],
    "bhqk,bhkd->bqhd": [("n", 2, "s", "t"), ("n", 2, "t", 4)],
    "ab,cd->acbd": [("n", 2), (3, "s")],
    "ab,bc,cd->ad": [("n", 3), (3, "s"), ("s", 2)],
    "a,b,c->abc": [("n",), (2,), ("s",)],
    "abc,abd,c->d": [("n", 2, 3), ("n", 2, 4), (3,)],
    "ab,ac->a": [("n", 3), ("n", 4)],
    " i j , j k -> i k ": [("n", 3), (3, 2)],
    "BTE,EHD->BTHD": [("n", "s", 4), (4, 2, 3)],
}
CASES = {f"einsum: {equation}": einsum(equation, *dims) for equation, dims in EINSUMS.items()}
CASES |= {
    "einsum: of integers": einsum("ij,jk->ik", ("n", 3), (3, 2), make=i32),
    "einsum: of float16": (
        lambda x, y: ops.einsum("ij,jk->ik", x, y),
        Spec(("n", 3), "float16"),
        Spec((3, 2), "float16"),
    ),
    "einsum: of differing types": (lambda x, y: ops.einsum("ij,jk->ik", x, y), f32("n", 3), i32(3, 2)),
    "einsum: of a diagonal of weights": (lambda x: ops.einsum("bi,ii->bi", x, TABLE[:4]), f32("n", 4)),
    "take: of a matrix of places": (lambda x, i: ops.take(x, i, axis=1), f32("n", 5, 2), i32(2, 3, high=5)),
    "take: of one": (lambda x: ops.take(x, 2, axis=1), f32("n", 4)),
    "take: of the last one": (lambda x: ops.take(x, -1, axis=-1), f32("n", "s")),
    "take: of a negative axis": (lambda x, i: ops.take(x, i, axis=-2), f32(2, 5, 3), i32("n", high=5)),
    "take: of int64 places": (lambda i: ops.take(TABLE, ops.cast(i, "int64"), axis=0), i32("n", high=6)),
    "take: of uint8 places": (lambda i: ops.take(TABLE, i, axis=0), Spec(("n",), "uint8", 0, 6)),
    "take: of booleans": (lambda x, i: ops.take(x, i, axis=0), flags(5, "s"), i32("n", high=5)),
    "take: of int8": (lambda x, i: ops.take(x, i, axis=0), Spec((5, "s"), "int8", -9, 9), i32("n", high=5)),
    "take: of float16": (lambda x, i: ops.take(x, i, axis=0), Spec((5, 2), "float16"), i32("n", high=5)),
    "take: negative, of a flat tensor": (lambda x, i: ops.take(x, i), f32(3, 4), i32("n", low=-12, high=12)),
    "take: of a list": (lambda x: ops.take(x, [2, 0], axis=1), f32("n", 3)),
    "take_along_axis: negative places": (
        lambda x, i: ops.take_along_axis(x, i, axis=1),
        f32("n", 5),
        i32("n", 2, low=-5, high=5),
    ),
    "take_along_axis: of the front": (lambda x, i: ops.take_along_axis(x, i, axis=0), f32(5, "s"), i32(2, "s", high=5)),
    "take_along_axis: of everything": (lambda x, i: ops.take_along_axis(x, i, axis=None), f32(3, 4), i32("n", high=12)),
    "take_along_axis: of integers": (
        lambda x, i: ops.take_along_axis(x, i, axis=-1),
        i32("n", 2, 6),
        i32("n", 2, 3, high=6),
    ),
    "take_along_axis: by an order": (lambda x: ops.take_along_axis(x, ops.argsort(x, axis=1), axis=1), f32("n", "s")),
    "take_along_axis: broadcast in front": (
        lambda x, i: ops.take_along_axis(x, i, axis=1),
        f32("n", 6),
        i32(1, 3, high=6),
    ),
    "scatter: of rows": (lambda i, v: ops.scatter(i, v, (5, 3)), i32("n", 1, high=5), f32("n", 3)),
    "scatter: of integers": (lambda i, v: ops.scatter(i, v, (6,)), i32("n", 1, high=6), i32("n")),
    "scatter: of elements": (lambda v: ops.scatter(PLACES, v, (3, 4)), f32(2)),
    "scatter: into an unknown size": (
        lambda x, v: ops.scatter(PLACES[:, :1], v, (ops.shape(x)[0] + 3, 2)),
        f32("n"),
        f32(2, 2),
    ),
    "scatter_update: of rows": (lambda x, v: ops.scatter_update(x, [[1], [3]], v), f32(5, "s"), f32(2, "s")),
    "scatter_update: at computed places": (
        lambda x, i, v: ops.scatter_update(x, i, v),
        f32(9, 2),
        i32(1, 1, high=9),
        f32(1, 2),
    ),
    "scatter_update: of integers": (lambda x, v: ops.scatter_update(x, PLACES, v), i32(4, 5), i32(2)),
    "scatter_update: of booleans": (lambda x, v: ops.scatter_update(x, PLACES, v), flags(4, 5), flags(2)),
    "scatter_update: negative places": (lambda x, v: ops.scatter_update(x, [[-1], [0]], v), f32(4, 3), f32(2, 3)),
    "scatter_update: added": (
        lambda x, v: ops.scatter_update(x, [[1], [1], [0]], v, reduction="add"),
        f32(4, "s"),
        f32(3, "s"),
    ),
    "scatter_update: the largest": (
        lambda x, v: ops.scatter_update(x, [[1], [1], [0]], v, reduction="max"),
        f32(4, 2),
        f32(3, 2),
    ),
    "scatter_update: the smallest": (
        lambda x, v: ops.scatter_update(x, [[1], [1], [0]], v, reduction="min"),
        f32(4, 2),
        f32(3, 2),
    ),
    "scatter_update: multiplied": (
        lambda x, v: ops.scatter_update(x, [[1], [2], [0]], v, reduction="mul"),
        f32(4, 2),
        f32(3, 2),
    ),
    "slice: at a computed start": (lambda x, i: ops.slice(x, (i[0], 1), (2, 3)), f32(6, 5), i32(1, high=5)),
    "slice: to the end": (lambda x: ops.slice(x, (0, 1), (ops.shape(x)[0], 3)), f32("n", 4)),
    "slice: of integers": (lambda x: ops.slice(x, (1, 0), (2, 2)), i32(3, 4)),
    "slice_update: at a computed start": (
        lambda x, i, y: ops.slice_update(x, (i[0], 0), y),
        f32(6, 3),
        i32(1, high=5),
        f32(2, 3),
    ),
    "slice_update: at a start past the end": (
        lambda x, i, y: ops.slice_update(x, (i[0], 0), y),
        f32(4, 3),
        i32(1, low=3, high=7),
        f32(2, 3),
    ),
    "slice_update: of integers": (lambda x, y: ops.slice_update(x, (1, 1), y), i32(4, 4), i32(2, 2)),
    "slice_update: of an unknown size": (lambda x, y: ops.slice_update(x, (0, 1), y), f32("n", 5), f32("n", 2)),
    "slice_update: of float16": (
        lambda x, y: ops.slice_update(x, (1, 1), y),
        Spec((4, 4), "float16"),
        Spec((2, 2), "float16"),
    ),
    "get_item: a mask as numbers": (lambda x: x * ops.cast(x > 0, "float32"), f32("n", "s")),
    "get_item: a slice with a step from the end": (lambda x: x[:, -1:0:-2], f32("n", 6)),
    "get_item: a step of an unknown axis": (lambda x: x[:, ::2], f32("n", "s")),
    "get_item: backwards, of an unknown axis": (lambda x: x[:, ::-1], f32("n", "s")),
    "get_item: a new axis behind": (lambda x: x[..., None], f32("n", "s")),
    "get_item: integers and slices": (lambda x: x[1, :, -1, 1:], f32(2, "n", 3, 4)),
    "get_item: a tensor and a slice": (lambda x, i: x[i, 1:], f32(6, 4), i32("n", high=6)),
    "get_item: a slice and a tensor": (lambda x, i: x[:, i], f32("n", 4), i32("s", high=4)),
    "get_item: a matrix of places": (lambda x, i: x[i], f32(6, 2), i32("n", 3, high=6)),
    "get_item: a list": (lambda x: x[:, [2, 0]], f32("n", 3)),
    "get_item: a scalar tensor": (lambda x, i: x[i[0]], f32(6, "s"), i32(1, high=6)),
    "get_item: bounds that are tensors' sizes": (lambda x, y: x[:, : ops.shape(y)[0]], f32("n", 9), f32("t")),
    "get_item: an empty slice": (lambda x: ops.sum(x[:, 2:2], axis=1) + x[:, 0], f32("n", 3)),
    "get_item: beyond both ends": (lambda x: x[:, -9:9], f32("n", 3)),
    "get_item: of booleans": (lambda x: x[:, 1:], flags("n", 4)),
    "get_item: of int8": (lambda x: x[1:, ::2], Spec(("n", 5), "int8", -9, 9)),
}
