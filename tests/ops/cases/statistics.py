"""Quantiles, reductions that pass over nan, histograms."""

import numpy as np
from harness import Spec, f32, flags, i32
from keras import ops

REAL = f32("n", "s", 4)
ROWS = f32("n", 7)
HALF = Spec(("n", "s"), "float16")


def holed(x):
    """With nan among the elements."""
    return ops.where(x > 0.6, np.nan, x)


def empty_row(x):
    """With rows of nothing but nan."""
    return ops.where(x[..., :1] > 0, np.nan, holed(x))


def reductions(name):
    """Every option of a reduction."""
    op = getattr(ops, name)
    return {
        name: (lambda x: op(holed(x), axis=1), REAL),
        f"{name}: of all": (lambda x: op(holed(x)), REAL),
        f"{name}: of the last, kept": (lambda x: op(holed(x), axis=-1, keepdims=True), REAL),
        f"{name}: of rows of nan": (lambda x: op(empty_row(x), axis=-1), f32(6, 4)),
        f"{name}: of integers": (lambda x: op(x, axis=0), i32("n", "s", low=-9, high=9)),
        f"{name}: of float16": (lambda x: op(holed(x), axis=-1), HALF),
    }


def several(name):
    op = getattr(ops, name)
    return {f"{name}: of several axes": (lambda x: op(holed(x), axis=(0, -1), keepdims=True), REAL)}


def quantiles(name, whole):
    op = getattr(ops, name)
    q = [0.1 * whole, 0.5 * whole, 0.85 * whole]
    by_method = {
        f"{name}: {method}": (lambda x, method=method: op(x, 0.37 * whole, axis=-1, method=method), ROWS)
        for method in ("lower", "higher", "midpoint", "nearest", "linear")
    }
    return by_method | {
        name: (lambda x: op(x, 0.3 * whole, axis=1), REAL),
        f"{name}: several": (lambda x: op(x, q, axis=1), REAL),
        f"{name}: several, kept": (lambda x: op(x, q, axis=-1, keepdims=True), REAL),
        f"{name}: of all": (lambda x: op(x, 0.25 * whole), REAL),
        f"{name}: of two axes": (lambda x: op(x, q, axis=(0, 2)), REAL),
        f"{name}: beside nan": (lambda x: op(holed(x), 0.6 * whole, axis=-1), ROWS),
        f"{name}: of rows of nan": (lambda x: op(empty_row(x), q, axis=-1), f32(6, 4)),
        f"{name}: of integers": (lambda x: op(x, 0.4 * whole, axis=-1), i32("n", 5, low=-9, high=9)),
        f"{name}: of a computed share": (lambda x, q: op(x, q * whole, axis=1), ROWS, f32("s", low=0, high=1)),
    }


def medians(name):
    op = getattr(ops, name)
    return {
        name: (lambda x: op(x, axis=1), REAL),
        f"{name}: of all": (lambda x: op(x), REAL),
        f"{name}: kept": (lambda x: op(x, axis=(-1, 0), keepdims=True), REAL),
        f"{name}: beside nan": (lambda x: op(holed(x), axis=-1), f32("n", 4)),
        f"{name}: of integers": (lambda x: op(x, axis=0), i32(4, "s", low=-9, high=9)),
    }


CASES = {}
for _name in ("nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd"):
    CASES |= reductions(_name) | several(_name)
for _name in ("nanargmax", "nanargmin"):
    CASES |= reductions(_name)
for _name in ("quantile", "nanquantile"):
    CASES |= quantiles(_name, 1)
for _name in ("percentile", "nanpercentile"):
    CASES |= quantiles(_name, 100)
for _name in ("median", "nanmedian"):
    CASES |= medians(_name)

CASES |= {
    "nancumsum": (lambda x: ops.nancumsum(holed(x), axis=1), REAL),
    "nancumsum: of all": (lambda x: ops.nancumsum(holed(x)), f32("n", 3)),
    "nancumsum: as float16": (lambda x: ops.nancumsum(holed(x), axis=-1, dtype="float16"), f32("n", 4)),
    "nancumsum: of integers": (lambda x: ops.nancumsum(x, axis=-1), i32("n", "s")),
    "nancumprod": (lambda x: ops.nancumprod(holed(x), axis=-1), f32("n", 5)),
    "nancumprod: of all": (lambda x: ops.nancumprod(holed(x)), f32(2, 3)),
    "histogram": (lambda x: ops.histogram(x, 5), f32(40)),
    "histogram: of an unknown length": (lambda x: ops.histogram(x, 4), f32("s")),
    "histogram: in a range": (lambda x: ops.histogram(x, 6, range=(-1.0, 1.5)), f32(40)),
    "histogram: of one bin": (lambda x: ops.histogram(x, 1), f32(9)),
    "histogram: of equal numbers": (lambda x: ops.histogram(x * 0 + 2, 3), f32("s")),
    "psnr": (lambda x, y: ops.psnr(x, y, 2.0), REAL, REAL),
    "psnr: of a computed peak": (lambda x, y: ops.psnr(x, y, ops.max(ops.abs(x))), f32(3, 4), f32(3, 4)),
    "corrcoef": (lambda x: ops.corrcoef(x), f32(3, "s")),
    "corrcoef: of unknown rows": (lambda x: ops.corrcoef(x), f32("s", 6)),
    "corrcoef: of one row": (lambda x: ops.corrcoef(x), f32(5)),
    "trapezoid": (lambda x: ops.trapezoid(x), REAL),
    "trapezoid: at a distance": (lambda x: ops.trapezoid(x, dx=0.3, axis=1), REAL),
    "trapezoid: at places": (lambda y, x: ops.trapezoid(y, x), REAL, f32(4)),
    "trapezoid: at places of an inner axis": (lambda y, x: ops.trapezoid(y, x, axis=1), f32("n", 5, 4), f32(5)),
    "trapezoid: at places of its own shape": (lambda y, x: ops.trapezoid(y, x, axis=1), REAL, REAL),
    "trapezoid: of integers": (lambda y: ops.trapezoid(y), i32("n", 4)),
    "average": (lambda x: ops.average(x, axis=1), REAL),
    "average: of all": (lambda x: ops.average(x), REAL),
    "average: by weights of its shape": (
        lambda x, w: ops.average(x, axis=1, weights=w),
        REAL,
        f32("n", "s", 4, low=1, high=2),
    ),
    "average: of all by weights": (lambda x, w: ops.average(x, weights=w), f32(3, 4), f32(3, 4, low=1, high=2)),
    "average: by weights of the last axis": (
        lambda x, w: ops.average(x, axis=-1, weights=w),
        REAL,
        f32(4, low=1, high=2),
    ),
    "average: of integers": (lambda x: ops.average(x, axis=0), i32("n", "s", low=-9)),
    "average: of several axes": (lambda x: ops.average(x, axis=(0, 1)), f32(3, 5, 4)),
    "count_nonzero: of several axes": (lambda x: ops.count_nonzero(x, axis=(0, 2)), Spec(("n", 3, "s"), "int32", 0, 2)),
    "count_nonzero: of all": (lambda x: ops.count_nonzero(x), flags("n", "s")),
}
