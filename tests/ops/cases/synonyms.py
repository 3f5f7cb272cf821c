"""Functions under their other names, and those that have no case anywhere else."""

import numpy as np
from harness import Spec, f32, flags, i32
from keras import ops

REAL = f32("n", "s", 4)


def finite(x):
    """Whatever memory holds, as zeros and ones."""
    return ops.cast(ops.cast(x, "bool"), "float32")


CASES = {
    "absolute": (lambda x: ops.absolute(x), REAL),
    "amax": (lambda x: ops.amax(x, axis=1), REAL),
    "amin": (lambda x: ops.amin(x, axis=(0, -1), keepdims=True), REAL),
    "array": (lambda x: x + ops.array([1.0, 2.0, 3.0, 4.0]), REAL),
    "array: of a tensor": (lambda x: ops.array(x, dtype="int32"), REAL),
    "bitwise_invert": (lambda x: ops.bitwise_invert(x), i32("n", "s", low=-9)),
    "bitwise_left_shift": (lambda x, y: ops.bitwise_left_shift(x, y), i32("n", "s", low=-9), i32("s")),
    "bitwise_right_shift": (lambda x, y: ops.bitwise_right_shift(x, y), i32("n", "s", low=-99), i32("s")),
    "convert_to_tensor: to booleans": (lambda x: ops.convert_to_tensor([0, 1, 2, 0], "bool") & (x > 0), REAL),
    "convert_to_tensor: to integers": (lambda x: ops.convert_to_tensor([0.5, -1.5], "int32") + x, i32("n", 2)),
    "copy": (lambda x: ops.copy(x), REAL),
    "dsplit": (lambda x: ops.dsplit(x, 2), REAL),
    "dsplit: at indices": (lambda x: ops.dsplit(x, [1, 3]), REAL),
    "dstack": (lambda x, y: ops.dstack([x, y]), f32("n", "s"), f32("n", "s")),
    "dstack: of vectors": (lambda x, y: ops.dstack([x, y]), f32("n"), f32("n")),
    "empty": (lambda x: finite(ops.empty((2, 3))) * 0 + x[0, 0, 0], REAL),
    "empty_like": (lambda x: finite(ops.empty_like(x)) * 0 + 1, REAL),
    "fabs": (lambda x: ops.fabs(x), REAL),
    "fliplr": (lambda x: ops.fliplr(x), REAL),
    "flipud": (lambda x: ops.flipud(x), REAL),
    "fmax": (lambda x, y: ops.fmax(x, y), REAL, f32(4)),
    "fmax: beside nan": (lambda x: ops.fmax(ops.where(x > 0.5, np.nan, x), 0.0), REAL),
    "fmin": (lambda x, y: ops.fmin(x, y), REAL, f32(4)),
    "fmin: beside nan": (lambda x: ops.fmin(0.1, ops.where(x > 0.5, np.nan, x)), REAL),
    "fmod": (lambda x, y: ops.fmod(x, y), REAL, f32(4, low=0.5, high=3)),
    "fmod: of integers": (lambda x, y: ops.fmod(x, y), i32("n", "s", low=-9, high=9), i32("s", low=1, high=4)),
    "fmod: by negative numbers": (lambda x, y: ops.fmod(x, y), REAL, f32(4, low=-3, high=-0.5)),
    "get_item": (lambda x: ops.get_item(x, (slice(None), 1)), f32("n", 3, 4)),
    "hsplit": (lambda x: ops.hsplit(x, 2), f32("n", 4, "s")),
    "hsplit: of a vector": (lambda x: ops.hsplit(x, [2]), f32(5)),
    "isneginf": (lambda x: ops.isneginf(ops.log(ops.relu(x)) * ops.sign(x + 0.5)), REAL),
    "isposinf": (lambda x: ops.isposinf(1 / ops.relu(x)), REAL),
    "logaddexp2": (lambda x, y: ops.logaddexp2(x, y), REAL, f32(4)),
    "logical_not": (lambda x: ops.logical_not(x), flags("n", "s")),
    "logical_not: of numbers": (lambda x: ops.logical_not(x), i32("n", "s", high=2)),
    "reshape": (lambda x: ops.reshape(x, (-1, 2)), REAL),
    "reshape: to a vector": (lambda x: ops.reshape(x, -1), REAL),
    "saturate_cast": (lambda x: ops.saturate_cast(x * 100, "int8"), REAL),
    "saturate_cast: of unsigned": (lambda x: ops.saturate_cast(x, "int8"), Spec(("n", "s"), "uint8", 0, 255)),
    "saturate_cast: of signed to unsigned": (
        lambda x: ops.saturate_cast(x, "uint16"),
        Spec(("n", "s"), "int8", -99, 99),
    ),
    "saturate_cast: to unsigned": (lambda x: ops.saturate_cast(x * 200, "uint8"), REAL),
    "segment_max": (lambda x, i: ops.segment_max(x, i, num_segments=5), f32("n", 4), i32("n")),
    "segment_min": (lambda x, i: ops.segment_min(x, i, num_segments=3), f32("n", 4), i32("n", high=3)),
    "segment_prod": (lambda x, i: ops.segment_prod(x, i, num_segments=6), f32("n", 4), i32("n", high=6)),
    "segment_max: empty ones": (
        lambda x, i: ops.segment_max(x, i, num_segments=9),
        f32(3, 4),
        Spec((3,), "int32", 0, 9),
    ),
    "segment_max: empty ones, of int8": (
        lambda x, i: ops.segment_max(x, i, num_segments=9),
        Spec((3, 4), "int8", -9, 9),
        Spec((3,), "int32", 0, 9),
    ),
    "segment_min: empty ones, of uint8": (
        lambda x, i: ops.segment_min(x, i, num_segments=9),
        Spec((3, 4), "uint8", 0, 9),
        Spec((3,), "int32", 0, 9),
    ),
    "segment_max: empty ones, of booleans": (
        lambda x, i: ops.segment_max(x, i, num_segments=9),
        flags(3, 4),
        Spec((3,), "int32", 0, 9),
    ),
    "segment_sum: ids outside": (lambda x, i: ops.segment_sum(x, i, num_segments=3), f32(9, 4), i32(9, low=-2, high=6)),
    "stop_gradient": (lambda x: ops.stop_gradient(x), REAL),
    "true_divide": (lambda x, y: ops.true_divide(x, y), REAL, f32(4, low=0.5, high=3)),
    "vsplit": (lambda x: ops.vsplit(x, 2), f32(4, "s")),
    # What answers about a tensor, or takes functions apart.
    "dtype": (lambda x: x * (2 if ops.dtype(x) == "float32" else 3), REAL),
    "is_tensor": (lambda x: x * (2 if ops.is_tensor(x) else 3), REAL),
    "ndim": (lambda x: x * ops.ndim(x), REAL),
    "size": (lambda x: ops.sum(x) / ops.size(x), REAL),
    "rearrange": (lambda x: ops.rearrange(x, "n s c -> n c s"), REAL),
    "rearrange: joins axes": (lambda x: ops.rearrange(x, "n s c -> (n s) c"), REAL),
    "rearrange: parts axes": (lambda x: ops.rearrange(x, "n s (h c) -> n h s c", h=2), REAL),
    "custom_gradient": (
        lambda x: ops.custom_gradient(lambda y: (ops.square(y), lambda *_, upstream=None: upstream))(x),
        REAL,
    ),
    "conjugate": (lambda x: ops.conjugate(x), REAL),
    "conj": (lambda x: ops.conj(x), REAL),
}
