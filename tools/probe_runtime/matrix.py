"""Operators on matrices and images: products, convolutions, pooling, resizing, blocks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from case import FLOATS, NUMBERS, Case, Operand, Problem, cases, draw

SAME, VALID = 0, 1


def exact(function, *arrays: np.ndarray) -> np.ndarray:
    """Computes in float64 and rounds once."""
    return function(*(array.astype(np.float64) for array in arrays)).astype(arrays[0].dtype)


def small(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Values whose sums of products stay within eight bits."""
    return draw(rng, dtype, shape, -1, 1)


def products() -> Iterator[Case]:
    for form, constant, bias in (
        ("constant", True, True),
        ("constant no bias", True, False),
        ("computed", False, True),
    ):

        def connected(rng, dtype, shape, constant=constant, bias=bias):
            weights, b = small(rng, dtype, (3, 8)), small(rng, dtype, (3,))
            x = small(rng, dtype, (*shape[:-1], 8))
            y = exact(lambda x, w: x @ w.T, x, weights)
            added = Operand(b.astype("int32") if dtype == "int8" else b, constant) if bias else None
            y = y + b if bias else y
            return Problem([Operand(x), Operand(weights, constant), added], [y], {"keepNumDims": True})

        yield from cases(
            "FULLY_CONNECTED", connected, dtypes=("float32", "float16", "int8"), ranks=range(2, 7), form=form
        )

    for left, right in itertools.product((False, True), repeat=2):

        def matmul(rng, dtype, shape, left=left, right=right):
            *batch, n, k = shape
            a, b = small(rng, dtype, (*batch, n, k)), small(rng, dtype, (*batch, k, 4))
            y = exact(np.matmul, a, b)
            a, b = (np.swapaxes(a, -1, -2) if left else a), (np.swapaxes(b, -1, -2) if right else b)
            return Problem([Operand(a), Operand(b)], [y], {"adjX": left, "adjY": right})

        form = " ".join(name for name, on in (("adjoint left", left), ("adjoint right", right)) if on)
        dtypes = ("float32", "float16", "int8", "int32")
        yield from cases("BATCH_MATMUL", matmul, dtypes=dtypes, ranks=range(2, 7), form=form)

    def constant_right(rng, dtype, shape):
        b = small(rng, dtype, (8, 4))
        a = small(rng, dtype, (*shape[:-1], 8))
        return Problem([Operand(a), Operand(b, True)], [exact(np.matmul, a, b)])

    def batched_right(rng, dtype, shape):
        b = small(rng, dtype, (3, 8, 4))
        a = small(rng, dtype, (*shape[:-3], 1, shape[-1], 8))
        return Problem([Operand(a), Operand(b, True)], [exact(np.matmul, a, b)])

    yield from cases("BATCH_MATMUL", constant_right, dtypes=FLOATS, ranks=range(2, 7), form="constant right")
    yield from cases("BATCH_MATMUL", batched_right, dtypes=FLOATS, ranks=range(3, 7), form="broadcast constant right")


def padded(
    x: np.ndarray, kernel: tuple[int, ...], strides: tuple[int, ...], same: bool, value: float = 0
) -> np.ndarray:
    """Pads the dims between batch and channels as TensorFlow does."""
    if not same:
        return x
    amounts = [(0, 0)]
    for size, k, s in zip(x.shape[1:-1], kernel, strides, strict=True):
        total = max((-(-size // s) - 1) * s + k - size, 0)
        amounts.append((total // 2, total - total // 2))
    return np.pad(x, [*amounts, (0, 0)], constant_values=value)


def windows(x: np.ndarray, kernel: tuple[int, ...], strides: tuple[int, ...], dilation: int = 1) -> np.ndarray:
    """Views of shape [batch, *out, *kernel, channels]."""
    spatial = tuple(range(1, x.ndim - 1))
    extent = tuple((k - 1) * dilation + 1 for k in kernel)
    view = np.lib.stride_tricks.sliding_window_view(x, extent, spatial)
    at = tuple(slice(None, None, s) for s in strides)
    inside = tuple(slice(None, None, dilation) for _ in kernel)
    return np.moveaxis(view[(slice(None), *at, slice(None), *inside)], x.ndim - 1, -1)


def image(shape: tuple[int, ...], channels: int) -> tuple[int, ...]:
    """Four dims: [batch, height, width, channels]."""
    return (shape[0], 6 + shape[1], 7 + shape[2], channels)


CONVOLUTIONS = [("same", SAME, 1, 1), ("valid", VALID, 1, 1), ("stride 2", SAME, 2, 1), ("dilation 2", SAME, 1, 2)]


def convolutions() -> Iterator[Case]:
    for form, padding, stride, dilation in CONVOLUTIONS:
        options = {"padding": padding, "strideH": stride, "strideW": stride}
        dilated = {**options, "dilationHFactor": dilation, "dilationWFactor": dilation}

        def conv(rng, dtype, shape, groups=1, padding=padding, stride=stride, dilation=dilation, options=dilated):
            kernel, bias = small(rng, dtype, (6, 3, 3, 4 // groups)), small(rng, dtype, (6,))
            x = small(rng, dtype, image(shape, 4))
            extent = (2 * dilation + 1,) * 2
            view = windows(padded(x, extent, (stride,) * 2, padding == SAME), (3, 3), (stride,) * 2, dilation)
            parts = zip(np.split(view, groups, -1), np.split(kernel, groups), strict=True)
            y = np.concatenate([exact(lambda v, k: np.einsum("bhwijc,oijc->bhwo", v, k), v, k) for v, k in parts], -1)
            return Problem(
                [Operand(x), Operand(kernel, True), Operand(bias, True)], [y + bias], options, channels_known=True
            )

        def depthwise(rng, dtype, shape, padding=padding, stride=stride, dilation=dilation, options=dilated):
            kernel, bias = small(rng, dtype, (1, 3, 3, 4)), small(rng, dtype, (4,))
            x = small(rng, dtype, image(shape, 4))
            extent = (2 * dilation + 1,) * 2
            view = windows(padded(x, extent, (stride,) * 2, padding == SAME), (3, 3), (stride,) * 2, dilation)
            y = exact(lambda v, k: np.einsum("bhwijc,ijc->bhwc", v, k[0]), view, kernel) + bias
            return Problem(
                [Operand(x), Operand(kernel, True), Operand(bias, True)],
                [y],
                {**options, "depthMultiplier": 1},
                channels_known=True,
            )

        yield from cases("CONV_2D", conv, dtypes=FLOATS, ranks=(4,), form=form)
        yield from cases("DEPTHWISE_CONV_2D", depthwise, dtypes=FLOATS, ranks=(4,), form=form)
        if form in ("same", "stride 2"):
            grouped = lambda rng, dtype, shape, conv=conv: conv(rng, dtype, shape, groups=2)  # noqa: E731
            yield from cases("CONV_2D", grouped, dtypes=FLOATS, ranks=(4,), form=f"{form} 2 groups", version=6)

    def conv_3d(rng, dtype, shape):
        kernel, bias = small(rng, dtype, (2, 3, 3, 4, 6)), small(rng, dtype, (6,))
        x = small(rng, dtype, (*shape[:4], 4))
        view = windows(padded(x, (2, 3, 3), (1, 1, 1), True), (2, 3, 3), (1, 1, 1))
        y = exact(lambda v, k: np.einsum("bdhwijkc,ijkco->bdhwo", v, k), view, kernel) + bias
        options = {"padding": SAME, "strideD": 1, "strideH": 1, "strideW": 1}
        options |= {"dilationDFactor": 1, "dilationHFactor": 1, "dilationWFactor": 1}
        return Problem([Operand(x), Operand(kernel, True), Operand(bias, True)], [y], options, channels_known=True)

    yield from cases("CONV_3D", conv_3d, dtypes=FLOATS, ranks=(5,))


def transposed() -> Iterator[Case]:
    for form, padding, size in (("same", SAME, 3), ("valid", VALID, 3), ("valid kernel 2", VALID, 2)):
        for bias in (True, False):

            def conv(rng, dtype, shape, padding=padding, size=size, bias=bias):
                kernel, b = small(rng, dtype, (6, size, size, 4)), small(rng, dtype, (6,))
                x = small(rng, dtype, image(shape, 4))
                batch, height, width, _ = x.shape
                full = np.zeros((batch, (height - 1) * 2 + size, (width - 1) * 2 + size, 6))
                for i, j in itertools.product(range(size), repeat=2):
                    part = np.einsum("bhwc,oc->bhwo", x.astype(np.float64), kernel[:, i, j].astype(np.float64))
                    full[:, i : i + 2 * height - 1 : 2, j : j + 2 * width - 1 : 2] += part
                if padding == SAME:
                    before = max(size - 2, 0) // 2
                    full = full[:, before : before + 2 * height, before : before + 2 * width]
                y = full.astype(dtype)
                operands = [Operand(np.int32(y.shape), True), Operand(kernel, True), Operand(x)]
                operands += [Operand(b, True)] if bias else []
                options = {"padding": padding, "strideH": 2, "strideW": 2}
                return Problem(operands, [y + b if bias else y], options)

            name = form if bias else f"{form} no bias"
            version = 3 if bias else 1
            yield from cases(
                "TRANSPOSE_CONV", conv, dtypes=FLOATS, ranks=(4,), form=name, version=version, dynamic=(False,)
            )


def poolings() -> Iterator[Case]:
    for op, function, value in (("MAX_POOL_2D", np.max, -np.inf), ("AVERAGE_POOL_2D", np.nanmean, np.nan)):
        for form, padding, size, stride in (("same", SAME, 3, 2), ("valid", VALID, 2, 2), ("stride 1", SAME, 3, 1)):

            def pool(rng, dtype, shape, function=function, value=value, padding=padding, size=size, stride=stride):
                x = draw(rng, dtype, image(shape, 4))
                view = padded(x.astype(np.float64), (size,) * 2, (stride,) * 2, padding == SAME, value)
                y = function(windows(view, (size,) * 2, (stride,) * 2), axis=(3, 4))
                if dtype == "int8":
                    y = np.where(y >= 0, np.floor(y + 0.5), np.ceil(y - 0.5))
                options = {"padding": padding, "strideH": stride, "strideW": stride}
                return Problem(
                    [Operand(x)],
                    [y.astype(dtype)],
                    {**options, "filterHeight": size, "filterWidth": size},
                    channels_known=True,
                )

            yield from cases(op, pool, dtypes=(*FLOATS, "int8"), ranks=(4,), form=form)


def linear_weights(size: int, wanted: int, half_pixel: bool, corners: bool) -> np.ndarray:
    """The matrix [wanted, size] that resizes one axis."""
    at = np.arange(wanted, dtype=np.float64)
    if corners:
        at = at * (size - 1) / (wanted - 1)
    elif half_pixel:
        at = np.maximum((at + 0.5) * size / wanted - 0.5, 0)
    else:
        at = at * size / wanted
    low = np.minimum(np.floor(at).astype(int), size - 1)
    high = np.minimum(low + 1, size - 1)
    matrix = np.zeros((wanted, size))
    matrix[np.arange(wanted), low] += 1 - (at - low)
    matrix[np.arange(wanted), high] += at - low
    return matrix


def resizes() -> Iterator[Case]:
    for form, half_pixel, corners in (("half pixel", True, False), ("corners", False, True), ("plain", False, False)):

        def bilinear(rng, dtype, shape, half_pixel=half_pixel, corners=corners):
            x = draw(rng, dtype, image(shape, 4))
            rows, columns = (linear_weights(x.shape[axis], 11, half_pixel, corners) for axis in (1, 2))
            y = np.einsum("ih,jw,bhwc->bijc", rows, columns, x.astype(np.float64)).astype(dtype)
            options = {"alignCorners": corners, "halfPixelCenters": half_pixel}
            return Problem([Operand(x), Operand(np.int32([11, 11]), True)], [y], options, channels_known=True)

        def nearest(rng, dtype, shape, half_pixel=half_pixel, corners=corners):
            x = draw(rng, dtype, image(shape, 4))

            def index(size):
                at = np.arange(11, dtype=np.float32)
                if corners:
                    return np.floor(at * np.float32((size - 1) / 10) + 0.5).astype(int)
                return np.minimum(np.floor((at + (0.5 if half_pixel else 0)) * np.float32(size / 11)), size - 1).astype(
                    int
                )

            y = x[:, index(x.shape[1])][:, :, index(x.shape[2])]
            options = {"alignCorners": corners, "halfPixelCenters": half_pixel}
            return Problem([Operand(x), Operand(np.int32([11, 11]), True)], [y], options, channels_known=True)

        yield from cases("RESIZE_BILINEAR", bilinear, dtypes=FLOATS, ranks=(4,), form=form)
        yield from cases("RESIZE_NEAREST_NEIGHBOR", nearest, dtypes=(*FLOATS, "int8"), ranks=(4,), form=form)


def blocks() -> Iterator[Case]:
    def to_space(rng, dtype, shape):
        x = draw(rng, dtype, image(shape, 8))
        b, h, w, _ = x.shape
        y = x.reshape(b, h, w, 2, 2, 2).transpose(0, 1, 3, 2, 4, 5).reshape(b, h * 2, w * 2, 2)
        return Problem([Operand(x)], [y], {"blockSize": 2}, channels_known=True)

    def to_depth(rng, dtype, shape):
        y = draw(rng, dtype, image(shape, 8))
        b, h, w, _ = y.shape
        x = y.reshape(b, h, w, 2, 2, 2).transpose(0, 1, 3, 2, 4, 5).reshape(b, h * 2, w * 2, 2)
        return Problem([Operand(x)], [y], {"blockSize": 2}, channels_known=True)

    def to_batch(rng, dtype, shape):
        x = draw(rng, dtype, (shape[0], 4 * shape[1], 2 * shape[2], 3))
        b, h, w, c = x.shape
        y = x.reshape(b, h // 2, 2, w // 2, 2, c).transpose(2, 4, 0, 1, 3, 5).reshape(4 * b, h // 2, w // 2, c)
        return Problem([Operand(x), Operand(np.int32([2, 2]), True), Operand(np.zeros((2, 2), np.int32), True)], [y])

    yield from cases("DEPTH_TO_SPACE", to_space, dtypes=NUMBERS, ranks=(4,))
    yield from cases("SPACE_TO_DEPTH", to_depth, dtypes=NUMBERS, ranks=(4,))
    yield from cases("SPACE_TO_BATCH_ND", to_batch, dtypes=NUMBERS, ranks=(4,))


def specs() -> Iterator[Case]:
    for part in (products, convolutions, transposed, poolings, resizes, blocks):
        yield from part()
