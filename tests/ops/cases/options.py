"""Every option of the functions that other tables show in their usual form: axes, types, ranks, lengths of 0 and 1."""

import numpy as np
from harness import Spec, f32, flags, i32
from keras import ops

REAL = f32("n", "s", 4)
WHOLE = i32("n", "s", 4, low=-9, high=9)


def of(dtype, *dims, low=-9, high=9):
    low = 0 if dtype.startswith("u") else low
    return Spec(dims or ("n", "s"), dtype, low, high) if dtype.startswith(("int", "uint")) else Spec(dims, dtype)


def _eight_bits(x, dtype):
    """Rounds numbers of usual size, those that overflow, and those below the smallest with all digits."""
    return ops.stack([ops.cast(ops.cast(x * scale, dtype), "float32") for scale in (1.0, 2.0**9, 2.0**-9)])


REDUCTIONS = ["sum", "mean", "max", "min", "prod", "var", "std"]
CASES = {}
for _name in REDUCTIONS:
    _op = getattr(ops, _name)
    CASES |= {
        f"{_name}: of all, kept": (lambda x, op=_op: op(x, keepdims=True), REAL),
        f"{_name}: of two negative axes": (lambda x, op=_op: op(x, axis=(-1, -3)), REAL),
        f"{_name}: of a list of axes": (lambda x, op=_op: op(x, axis=[0, 2], keepdims=True), REAL),
        f"{_name}: of int8": (lambda x, op=_op: op(x, axis=1), of("int8", "n", "s", low=-3, high=3)),
        f"{_name}: of uint8": (lambda x, op=_op: op(x, axis=-1), of("uint8", "n", 3, high=5)),
        f"{_name}: of int16": (lambda x, op=_op: op(x, axis=-1), of("int16", "n", 3, low=-5, high=5)),
        f"{_name}: of booleans": (lambda x, op=_op: op(x, axis=-1), flags("n", 3)),
        f"{_name}: of float16": (lambda x, op=_op: op(x, axis=-1), of("float16", "n", 3)),
        f"{_name}: of bfloat16": (lambda x, op=_op: op(x, axis=-1), of("bfloat16", "n", 3)),
        f"{_name}: of a scalar": (lambda x, op=_op: op(x[0, 0]), f32(2, 2)),
    }
for _name in ["max", "min"]:
    _op = getattr(ops, _name)
    CASES[f"{_name}: with an initial number, of integers"] = (lambda x, op=_op: op(x, axis=1, initial=2), WHOLE)
for _name in ["any", "all"]:
    _op = getattr(ops, _name)
    CASES |= {
        f"{_name}: of everything": (lambda x, op=_op: op(x), flags("n", "s")),
        f"{_name}: of two axes, kept": (lambda x, op=_op: op(x, axis=(0, -1), keepdims=True), flags("n", 2, "s")),
        f"{_name}: of floats": (lambda x, op=_op: op(ops.relu(x), axis=-1), REAL),
    }
for _name in ["argmax", "argmin"]:
    _op = getattr(ops, _name)
    CASES |= {
        f"{_name}: of everything, kept": (lambda x, op=_op: op(x, keepdims=True), f32("n", "s")),
        f"{_name}: of int16": (lambda x, op=_op: op(x, axis=1), of("int16", "n", "s", low=-300, high=300)),
        f"{_name}: of uint8": (lambda x, op=_op: op(x, axis=-1), of("uint8", "n", "s")),
        f"{_name}: of float16": (lambda x, op=_op: op(x, axis=0), of("float16", "n", 3)),
        f"{_name}: of booleans": (lambda x, op=_op: op(x, axis=-1), flags("n", 5)),
        f"{_name}: of equals": (lambda x, op=_op: op(x, axis=-1), i32("n", 9, high=2)),
    }
for _name in ["sort", "argsort"]:
    _op = getattr(ops, _name)
    CASES |= {
        f"{_name}: of everything": (lambda x, op=_op: op(x, axis=None), f32("n", 3)),
        f"{_name}: of the front": (lambda x, op=_op: op(x, axis=0), f32("n", 3, 2)),
        f"{_name}: of an inner axis": (lambda x, op=_op: op(x, axis=-2), f32(2, "s", 3)),
        f"{_name}: of int8": (lambda x, op=_op: op(x), of("int8", "n", "s", low=-128, high=127)),
        f"{_name}: of uint8": (lambda x, op=_op: op(x), of("uint8", "n", "s", high=255)),
        f"{_name}: of float16": (lambda x, op=_op: op(x), of("float16", "n", "s")),
        f"{_name}: of booleans": (lambda x, op=_op: op(x), flags("n", 5)),
        f"{_name}: with infinities": (lambda x, op=_op: op(ops.where(x > 1, np.inf, x)), f32("n", 6)),
        f"{_name}: of the ends of int32": (
            lambda x, op=_op: op(ops.where(x > 2, 2**31 - 1, ops.where(x < 1, -(2**31), x))),
            i32("n", 6),
        ),
    }
for _name in ["cumsum", "cumprod"]:
    _op = getattr(ops, _name)
    CASES |= {
        f"{_name}: of a negative axis": (lambda x, op=_op: op(x, axis=-2), f32("n", 5, 4)),
        f"{_name}: of everything": (lambda x, op=_op: op(x), f32(3, 4)),
        f"{_name}: of integers": (lambda x, op=_op: op(x, axis=1), i32("n", 5, low=-3, high=3)),
        f"{_name}: of int8": (lambda x, op=_op: op(x, axis=1), of("int8", "n", 5, low=-2, high=2)),
        f"{_name}: of booleans": (lambda x, op=_op: op(x, axis=1), flags("n", 5)),
        f"{_name}: as float32": (lambda x, op=_op: op(x, axis=1, dtype="float32"), i32("n", 5)),
        f"{_name}: of one": (lambda x, op=_op: op(x, axis=1), f32("n", 1)),
    }
CASES |= {
    "cumprod: of an unknown length": (lambda x: ops.cumprod(x, axis=1), f32("n", "s")),
    "logsumexp: of everything": (lambda x: ops.logsumexp(x), REAL),
    "logsumexp: of two axes, kept": (lambda x: ops.logsumexp(x, axis=(0, -1), keepdims=True), REAL),
    "logsumexp: of large numbers": (lambda x: ops.logsumexp(100 * x, axis=1), REAL),
    "ptp: of everything": (lambda x: ops.ptp(x), REAL),
    "ptp: of integers, kept": (lambda x: ops.ptp(x, axis=-1, keepdims=True), WHOLE),
    "top_k: unsorted": (lambda x: ops.sort(ops.top_k(x, 2, sorted=False)[0]), f32("n", 6)),
    "top_k: of one": (lambda x: ops.top_k(x, 1), f32("n", "s")),
    "top_k: of all": (lambda x: ops.top_k(x, 5), f32("n", 5)),
    "top_k: of integers": (lambda x: ops.top_k(x, 3), i32("n", 9, low=-3, high=4)),
    "top_k: of int8": (lambda x: ops.top_k(x, 2), of("int8", "n", 5)),
    "top_k: of float16": (lambda x: ops.top_k(x, 2), of("float16", "n", 5)),
    "top_k: of a vector": (lambda x: ops.top_k(x, 2), f32(7)),
    "top_k: of as many as an axis is long": (lambda x: ops.top_k(x, ops.shape(x)[1])[0], f32("n", "s")),
    "in_top_k: of classes outside": (lambda t, p: ops.in_top_k(t, p, 3), i32("n", high=5), f32("n", 5)),
    "searchsorted: of a matrix of values": (lambda x: ops.searchsorted(np.arange(5.0, dtype="float32"), 2 * x), REAL),
    "searchsorted: in a computed sequence": (
        lambda s, x: ops.searchsorted(ops.sort(s), x, side="right"),
        f32("s"),
        f32("n"),
    ),
    "digitize: of integers": (lambda x: ops.digitize(x, np.array([0, 3, 5], "int32")), WHOLE),
    "digitize: at the edges": (lambda x: ops.digitize(ops.round(x), np.array([-1.0, 0.0, 1.0], "float32")), REAL),
    "one_hot: of a negative axis": (lambda x: ops.one_hot(x, 4, axis=-2), i32("n", "s", high=4)),
    "one_hot: of half a length": (lambda x: ops.one_hot(x, ops.shape(x)[1] // 2, axis=1), i32("n", "s", high=4)),
    "one_hot: as booleans": (lambda x: ops.one_hot(x, 4, dtype="bool"), i32("n", "s", high=4)),
    "one_hot: of int8": (lambda x: ops.one_hot(x, 4), of("int8", "n", low=0, high=4)),
    "one_hot: of uint8": (lambda x: ops.one_hot(x, 4), of("uint8", "n", high=4)),
    "one_hot: of a scalar": (lambda x: ops.one_hot(x[0], 4), i32(2, high=4)),
    "one_hot: as float16": (lambda x: ops.one_hot(x, 4, dtype="float16"), i32("n", high=4)),
    "multi_hot: of a vector": (lambda x: ops.multi_hot(x, 5), i32(3)),
    "multi_hot: as integers": (lambda x: ops.multi_hot(x, 5, dtype="int32"), i32("n", 3, high=7)),
    "segment_sum: sorted": (
        lambda x: ops.segment_sum(x, np.array([0, 0, 2, 2, 3], "int32"), num_segments=4, sorted=True),
        f32(5, "s"),
    ),
    "segment_sum: of integers": (lambda x, i: ops.segment_sum(x, i, num_segments=3), i32(9, 2), i32(9, high=3)),
    "segment_sum: of float16": (
        lambda x, i: ops.segment_sum(x, i, num_segments=3),
        of("float16", 9),
        i32(9, high=3),
    ),
    "segment_sum: as many as an unknown length": (
        lambda x, i: ops.segment_sum(x, i, num_segments=ops.shape(x)[0]),
        f32("n", 2),
        i32("n", high=3),
    ),
    "segment_max: as many as an unknown length": (
        lambda x: ops.segment_max(x, ops.cast(x[:, 0] > 9.0, "int32"), num_segments=ops.shape(x)[0]),
        f32("n", 4),
    ),
    "segment_min: as many as an unknown length": (
        lambda x: ops.segment_min(x, ops.cast(x[:, 0] > 9.0, "int32"), num_segments=ops.shape(x)[0]),
        f32("n", 4),
    ),
    "segment_max: the first of the most": (
        lambda x, i: ops.segment_max(x, i, num_segments=9)[: ops.shape(x)[0]],
        f32("n", 2),
        i32("n", high=3),
    ),
    "segment_max: of integers": (lambda x, i: ops.segment_max(x, i, num_segments=2), i32(9, 2), i32(9, high=2)),
    "segment_min: of two axes": (lambda x, i: ops.segment_min(x, i, num_segments=2), f32(9, 2, "s"), i32(9, high=2)),
    "diff: of the front": (lambda x: ops.diff(x, axis=0), f32(5, "s")),
    "diff: of integers": (lambda x: ops.diff(x, n=3, axis=1), i32("n", 6, low=-9)),
    "diff: of booleans": (lambda x: ops.diff(x, axis=1), flags("n", 5)),
    "diff: none": (lambda x: ops.diff(x, n=0), f32("n", 3)),
    "clip: by tensors": (lambda x, low: ops.clip(x, low, low + 1), REAL, f32(4)),
    "clip: of int8": (lambda x: ops.clip(x, -2, 3), of("int8", "n", "s")),
    "clip: of uint8": (lambda x: ops.clip(x, 1, 3), of("uint8", "n", "s")),
    "clip: of float16": (lambda x: ops.clip(x, -0.5, 0.5), of("float16", "n", "s")),
    "where: of integers": (lambda c, x: ops.where(c, x, 7), flags("n", "s"), i32("n", "s")),
    "where: of a number as condition": (lambda x: ops.where(x, x + 1, 0), i32("n", "s", high=2)),
    "where: of differing types": (lambda c, x, y: ops.where(c, x, y), flags("n"), f32("n"), i32("n")),
    "where: of two numbers": (lambda c: ops.where(c, 1.5, -2.0), flags("n", "s")),
    "where: of three ranks": (lambda c, x, y: ops.where(c, x, y), flags("s", 1), f32("n", 1, 4), f32(4)),
    "where: of booleans": (lambda c, x: ops.where(c, x, False), flags("n", "s"), flags("n", "s")),
    "where: of int8": (lambda c, x: ops.where(c, x, x), flags("n", "s"), of("int8", "n", "s")),
    "select: of tensors": (lambda x, y: ops.select([x > 0, y > 0], [x, y], default=ops.zeros_like(x)), REAL, REAL),
    "round: to tens": (lambda x: ops.round(100 * x, decimals=-1), REAL),
    "round: of integers": (lambda x: ops.round(x, decimals=1), WHOLE),
    "nan_to_num: with numbers": (
        lambda x: ops.nan_to_num(ops.log(ops.relu(x)), nan=1.0, posinf=2.0, neginf=-3.0),
        REAL,
    ),
    "nan_to_num: of integers": (lambda x: ops.nan_to_num(x), WHOLE),
    "broadcast_to: of unknown sizes": (lambda x: ops.broadcast_to(x, (3, ops.shape(x)[0], 4)), f32("n", 1)),
    "broadcast_to: of integers": (lambda x: ops.broadcast_to(x, (2, 3, 4)), i32(3, 1)),
    "tile: of integers": (lambda x: ops.tile(x, (2, 1)), WHOLE),
    "tile: by fewer numbers": (lambda x: ops.tile(x, 2), REAL),
    "tile: of booleans": (lambda x: ops.tile(x, (2, 2)), flags("n", 3)),
    "repeat: of an unknown axis": (lambda x: ops.repeat(x, 2, axis=0), f32("n", "s")),
    "repeat: of a negative axis": (lambda x: ops.repeat(x, 3, axis=-1), REAL),
    "repeat: of integers": (lambda x: ops.repeat(x, 2, axis=1), WHOLE),
    "stack: of scalars": (lambda x: ops.stack([x[0], x[1], x[0]]), f32(2)),
    "stack: of a negative axis": (lambda x, y: ops.stack([x, y], axis=-2), f32("n", 3), f32("n", 3)),
    "stack: of differing types": (lambda x, y: ops.stack([x, y]), f32("n"), i32("n")),
    "concatenate: of seven": (lambda x: ops.concatenate([x] * 7, axis=0), f32("n", 3)),
    "concatenate: of booleans": (lambda x: ops.concatenate([x, x], axis=-1), flags("n", 3)),
    "concatenate: of int8": (lambda x: ops.concatenate([x, x], axis=0), of("int8", "n", 3)),
    "concatenate: with an empty one": (lambda x: ops.concatenate([x, x[:, :0]], axis=1), f32("n", 3)),
    "append: along an axis": (lambda x, y: ops.append(x, y, axis=1), f32("n", 2), f32("n", 3)),
    "append: of integers": (lambda x, y: ops.append(x, y), i32("n", 2), i32(3)),
    "vstack: of vectors": (lambda x, y: ops.vstack([x, y]), f32("n"), f32("n")),
    "hstack: of vectors": (lambda x, y: ops.hstack([x, y]), f32("n"), f32("s")),
    "split: of a negative axis": (lambda x: ops.split(x, [1, 3], axis=-2), f32("n", 5, 2)),
    "split: of booleans": (lambda x: ops.split(x, 2, axis=1), flags("n", 4)),
    "split: with empty pieces": (lambda x: ops.split(x, [2, 2], axis=1), f32("n", 4)),
    "array_split: of the front": (lambda x: ops.array_split(x, 3, axis=0), f32(4, "s")),
    "unstack: of a negative axis": (lambda x: ops.unstack(x, axis=-1), f32("n", "s", 3)),
    "unstack: of a number": (lambda x: ops.unstack(x, num=2, axis=0), f32(2, "s")),
    "squeeze: of several": (lambda x: ops.squeeze(x, (0, -1)), f32(1, "n", 1)),
    "expand_dims: of a scalar": (lambda x: ops.expand_dims(x[0], 0), f32(2)),
    "moveaxis: of one": (lambda x: ops.moveaxis(x, -1, 0), REAL),
    "swapaxes: of integers": (lambda x: ops.swapaxes(x, 0, -1), WHOLE),
    "transpose: of six axes": (lambda x: ops.transpose(x, (5, 0, 4, 1, 3, 2)), f32("n", 2, 1, 2, 1, 3)),
    "roll: of everything": (lambda x: ops.roll(x, 2), f32("n", 3)),
    "roll: beyond the end": (lambda x: ops.roll(x, -7, axis=1), f32("n", 4)),
    "flip: of a negative axis": (lambda x: ops.flip(x, axis=-1), REAL),
    "flip: of booleans": (lambda x: ops.flip(x, axis=0), flags("n", 2)),
    "rot90: twice": (lambda x: ops.rot90(x, 2), f32("n", "s")),
    "rot90: backwards": (lambda x: ops.rot90(x, -1, axes=(0, 2)), f32("n", 2, 3)),
    "tril: of booleans": (lambda x: ops.tril(x), flags("n", 4, 4)),
    "tril: of float16": (lambda x: ops.tril(x, k=1), of("float16", 3, 4)),
    "triu: of unknown sizes": (lambda x: ops.triu(x, k=-1), f32("n", "s")),
    "meshgrid: of three": (lambda x, y, z: ops.meshgrid(x, y, z), f32("n"), f32(2), f32(3)),
    "meshgrid: of integers": (lambda x, y: ops.meshgrid(x, y, indexing="ij"), i32("n"), i32("s")),
    "pad: by a number": (lambda x: ops.pad(x, 1), f32("n", "s")),
    "pad: on each side": (lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 3))), REAL),
    "pad: with a constant": (lambda x: ops.pad(x, ((1, 0), (0, 2)), constant_values=-1.5), f32("n", "s")),
    "pad: of integers": (lambda x: ops.pad(x, ((1, 0), (0, 2)), constant_values=3), i32("n", "s")),
    "pad: of booleans": (lambda x: ops.pad(x, ((1, 0), (0, 2))), flags("n", "s")),
    "pad: of int8": (lambda x: ops.pad(x, ((1, 0), (0, 2))), of("int8", "n", "s")),
    "pad: by reflection": (lambda x: ops.pad(x, ((0, 0), (2, 1)), mode="reflect"), f32("n", 4)),
    "pad: by symmetry": (lambda x: ops.pad(x, ((0, 0), (2, 3)), mode="symmetric"), f32("n", 4)),
    "pad: by reflection of an unknown size": (lambda x: ops.pad(x, ((0, 0), (1, 1)), mode="reflect"), f32("n", "s")),
    "pad: by reflection of one": (lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 1)), mode="reflect"), f32("n", 1, 3)),
    "pad: by reflection beyond the other end": (lambda x: ops.pad(x, ((0, 0), (4, 7)), mode="reflect"), f32("n", 3)),
    "pad: by symmetry beyond the other end": (lambda x: ops.pad(x, ((0, 0), (5, 3)), mode="symmetric"), f32("n", 2)),
    "pad: by reflection of integers": (lambda x: ops.pad(x, ((0, 0), (1, 1)), mode="reflect"), i32("n", 3)),
    "pad: by reflection of float16": (lambda x: ops.pad(x, ((0, 0), (1, 1)), mode="reflect"), of("float16", "n", 3)),
    "get_item: of nothing": (lambda x: ops.sum(x[:, :0], axis=1) + 1.0, REAL),
    "split: into nothing and all": (lambda x: ops.sum(ops.split(x, [0], axis=2)[0], axis=2) + 1.0, REAL),
    "cast: of floats to integers": (lambda x: ops.cast(9 * x, "int32"), REAL),
    "cast: to booleans": (lambda x: ops.cast(ops.relu(x), "bool"), REAL),
    "cast: to float8 and back": (lambda x: _eight_bits(x, "float8_e4m3fn"), REAL),
    "cast: to wider float8 and back": (lambda x: _eight_bits(2.0**7 * x, "float8_e5m2"), REAL),
    "cast: of float16 to float8 and back": (lambda x: _eight_bits(x, "float8_e4m3fn"), of("float16", "n", 3)),
    "cast: of booleans": (lambda x: ops.cast(x, "float32"), flags("n", "s")),
    "cast: to int64": (lambda x: ops.cast(ops.cast(x, "int16"), "int32"), WHOLE),
    "norm: of two axes": (lambda x: ops.norm(x, axis=(1, 2)), REAL),
    "logical_and: of numbers": (lambda x, y: ops.logical_and(x, y), i32("n", "s", high=2), f32("s")),
    "logical_xor: of numbers": (lambda x, y: ops.logical_xor(x, y), i32("n", "s", high=2), i32("s", high=2)),
    "view: of float16": (lambda x: ops.view(x, "int16"), of("float16", "n", 3)),
}
