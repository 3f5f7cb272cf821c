"""The usual form of each function whose options stand in the tests of its family. Numbers take the input's type."""

import numpy as np
from harness import f32, i32
from keras import ops

X = f32("n", "s")
REAL = f32("n", "s", 4)
IMAGE = f32("n", 9, 11, 4)
RGB = f32("n", 9, 11, 3, low=0, high=1)
SQUARE = f32("n", 4, 4)
PAIR = (f32("n", 12), f32("n", 12))
HEADS, OTHERS = f32("n", "s", 2, 4), f32("n", "t", 2, 4)
CORNERS = np.array([[0, 0], [8, 0], [0, 10], [8, 10]])


def weights(x, *shape):
    """The same for the same shape, each time that a function is called."""
    values = 2 * np.random.default_rng(shape).normal(size=shape)
    return ops.cast(np.abs(values) if "uint" in str(x.dtype) else values, x.dtype)


def even(x):
    """Far from singular."""
    return x + ops.cast(6 * np.eye(4), x.dtype)


def positive(x):
    return ops.matmul(x, ops.swapaxes(x, -1, -2)) + ops.cast(np.eye(4), x.dtype)


MATRICES = {
    "cholesky": (lambda x: ops.cholesky(positive(x)), SQUARE),
    "cholesky_inverse": (lambda x: ops.cholesky_inverse(even(ops.tril(x))), f32(4, 4)),
    "det": (lambda x: ops.det(even(x)), SQUARE),
    "eigh": (lambda x: ops.eigh(x + ops.swapaxes(x, -1, -2))[0], SQUARE),
    "inv": (lambda x: ops.inv(even(x)), SQUARE),
    "logdet": (lambda x: ops.logdet(even(x)), SQUARE),
    "lstsq": (lambda a, b: ops.lstsq(even(a), b), f32(4, 4), f32(4, 2)),
    "lu_factor": (lambda x: ops.lu_factor(even(x))[0], SQUARE),
    "matrix_rank": (lambda x: ops.matrix_rank(x), SQUARE),
    "pinv": (lambda x: ops.pinv(even(x)), SQUARE),
    "qr": (lambda x: ops.qr(x), f32("n", 5, 3)),
    "slogdet": (lambda x: ops.slogdet(even(x)), SQUARE),
    "solve": (lambda a, b: ops.solve(even(a), b), SQUARE, f32("n", 4, 3)),
    "solve_triangular": (lambda a, b: ops.solve_triangular(even(a), b, lower=True), SQUARE, f32("n", 4, 3)),
    "svd": (lambda x: ops.svd(x, compute_uv=False), f32("n", 4, 3)),
    "cdist": (lambda x, y: ops.cdist(x, y), f32("n", "s", 4), f32("n", "t", 4)),
    "dot": (lambda x, y: ops.dot(x, y), REAL, f32(4, 3)),
    "einsum": (lambda x, y: ops.einsum("abc,cd->abd", x, y), REAL, f32(4, 3)),
    "inner": (lambda x, y: ops.inner(x, y), f32("n", 4), f32("s", 4)),
    "matmul": (lambda x: ops.matmul(x, weights(x, 4, 3)), REAL),
    "outer": (lambda x, y: ops.outer(x, y), f32("n"), f32("s")),
    "tensordot": (lambda x, y: ops.tensordot(x, y, axes=[[2, 1], [0, 1]]), f32("n", 3, 4), f32(4, 3, "s")),
    "vdot": (lambda x, y: ops.vdot(x, y), f32("n", 4), f32("n", 4)),
}
IMAGES = {
    "image.affine_transform": (lambda x, m: ops.image.affine_transform(x, m), RGB, f32("n", 8, low=-0.9, high=0.9)),
    "image.crop_images": (lambda x: ops.image.crop_images(x, 1, 2, 3, 4), RGB),
    "image.elastic_transform": (lambda x: ops.image.elastic_transform(x, alpha=0.0), f32(2, 9, 11, 3)),
    "image.extract_patches": (lambda x: ops.image.extract_patches(x, 3), IMAGE),
    "image.extract_patches_3d": (lambda x: ops.image.extract_patches_3d(x, 2), f32("n", 6, 5, 4, 3)),
    "image.gaussian_blur": (lambda x: ops.image.gaussian_blur(x, data_format="channels_last"), RGB),
    "image.hsv_to_rgb": (lambda x: ops.image.hsv_to_rgb(x), RGB),
    "image.map_coordinates": (
        lambda x, at: ops.image.map_coordinates(x, at, 1),
        f32(9, 11),
        f32(2, "n", high=8, low=0),
    ),
    "image.pad_images": (lambda x: ops.image.pad_images(x, 1, 2, 3, 4), RGB),
    "image.perspective_transform": (
        lambda x: ops.image.perspective_transform(x, ops.cast(CORNERS, x.dtype), ops.cast(CORNERS + 1, x.dtype)),
        f32(9, 11, 3),
    ),
    "image.resize": (lambda x: ops.image.resize(x, (12, 7)), RGB),
    "image.rgb_to_grayscale": (lambda x: ops.image.rgb_to_grayscale(x), RGB),
    "image.rgb_to_hsv": (lambda x: ops.image.rgb_to_hsv(x), RGB),
    "image.scale_and_translate": (
        lambda x, scale, by: ops.image.scale_and_translate(x, (2, 5, 14, 3), scale, by, (1, 2), "linear"),
        f32(2, 9, 11, 3),
        f32(2, low=1, high=2),
        f32(2),
    ),
    "image.sobel_edges": (lambda x: ops.image.sobel_edges(x), RGB),
    "image.ssim": (lambda x, y: ops.image.ssim(x, y, filter_size=5), RGB, RGB),
    "depth_to_space": (lambda x: ops.depth_to_space(x, 2), f32("n", 3, 4, 12)),
    "space_to_depth": (lambda x: ops.space_to_depth(x, 2), f32("n", 6, 4, 3)),
}
NETWORKS = {
    "adaptive_average_pool": (lambda x: ops.adaptive_average_pool(x, 3, "channels_last"), IMAGE),
    "adaptive_max_pool": (lambda x: ops.adaptive_max_pool(x, 3, "channels_last"), IMAGE),
    "average_pool": (lambda x: ops.average_pool(x, 3, 2, "same"), IMAGE),
    "batch_normalization": (
        lambda x, mean, variance: ops.batch_normalization(x, mean, variance, -1),
        IMAGE,
        f32(4),
        f32(4, low=1, high=2),
    ),
    "conv": (lambda x: ops.conv(x, weights(x, 3, 3, 4, 6), 2, "same"), IMAGE),
    "conv_transpose": (lambda x: ops.conv_transpose(x, weights(x, 3, 3, 6, 4), 2, "same"), IMAGE),
    "ctc_decode": (lambda x, sizes: ops.ctc_decode(x, sizes, "greedy"), f32("n", "s", 6), i32("n", low=1, high=4)),
    "depthwise_conv": (lambda x: ops.depthwise_conv(x, weights(x, 3, 3, 4, 2), 1, "same"), IMAGE),
    "dot_product_attention": (lambda q, k, v: ops.dot_product_attention(q, k, v), HEADS, OTHERS, OTHERS),
    "layer_normalization": (lambda x: ops.layer_normalization(x, weights(x, 4), weights(x, 4)), REAL),
    "max_pool": (lambda x: ops.max_pool(x, 3, 2, "same"), IMAGE),
    "moments": (lambda x: ops.moments(x, axes=[1, 2]), IMAGE),
    "normalize": (lambda x: ops.normalize(x, axis=-1), REAL),
    "rms_normalization": (lambda x: ops.rms_normalization(x, weights(x, 4)), REAL),
    "separable_conv": (
        lambda x: ops.separable_conv(x, weights(x, 3, 3, 4, 2), weights(x, 1, 1, 8, 5), 1, "same"),
        IMAGE,
    ),
    "fft": (lambda re, im: ops.fft((re, im)), *PAIR),
    "fft2": (lambda re, im: ops.fft2((re, im)), f32("n", 6, 8), f32("n", 6, 8)),
    "ifft2": (lambda re, im: ops.ifft2((re, im)), f32("n", 6, 8), f32("n", 6, 8)),
    "rfft": (lambda x: ops.rfft(x), f32("n", 12)),
    "irfft": (lambda re, im: ops.irfft((re, im)), *PAIR),
    "stft": (lambda x: ops.stft(x, 16, 4, 16), f32("n", 60)),
    "istft": (lambda re, im: ops.istft((re, im), 16, 4, 16), f32("n", 9, 9), f32("n", 9, 9)),
}
CONTROL = {
    "associative_scan": (lambda x: ops.associative_scan(ops.add, x, axis=1), f32("n", 6)),
    "cond": (lambda x: ops.cond(ops.sum(x) > 0, lambda: x * 2, lambda: x - 1), X),
    "fori_loop": (lambda x: ops.fori_loop(0, 4, lambda i, y: y + x * ops.cast(i, x.dtype), x), X),
    "map": (lambda x: ops.map(lambda row: (ops.sum(row), row + x[0]), x), X),
    "scan": (lambda x: ops.scan(lambda c, row: (c + row, c * row), x[0], x), X),
    "switch": (
        lambda i, x: ops.switch(i[0], [lambda a: a + 1, lambda a: a * a, lambda a: -a], x),
        i32(1, high=3),
        X,
    ),
    "vectorize": (lambda x: ops.vectorize(lambda a, b: ops.where(a > b, a * a, b - a + 1))(x, x[0]), X),
    "vectorized_map": (lambda x: ops.vectorized_map(lambda row: ops.cumsum(row) * row, x), X),
    "while_loop": (
        lambda x: ops.while_loop(
            lambda i, y: ops.logical_and(i < 20, ops.max(y) < 40), lambda i, y: (i + 1, y + y), (0, x)
        ),
        X,
    ),
}
REST = {
    "argmin": (lambda x: ops.argmin(x, axis=-1), REAL),
    "bitwise_and": (lambda x, y: ops.bitwise_and(x, y), i32("n", "s", low=-9, high=9), i32("s")),
    "bitwise_not": (lambda x: ops.bitwise_not(x), i32("n", "s", low=-9, high=9)),
    "bitwise_or": (lambda x, y: ops.bitwise_or(x, y), i32("n", "s", low=-9, high=9), i32("s")),
    "bitwise_xor": (lambda x, y: ops.bitwise_xor(x, y), i32("n", "s", low=-9, high=9), i32("s")),
    "cast": (lambda x: ops.cast(x, "int32"), REAL),
    "convert_to_tensor": (lambda x: x + ops.convert_to_tensor([1, 2, 3, 4], x.dtype), REAL),
    "left_shift": (lambda x: ops.left_shift(x, 2), i32("n", "s", low=-50, high=50)),
    "min": (lambda x: ops.min(x, axis=1), REAL),
    "pad": (lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 0))), REAL),
    "right_shift": (lambda x: ops.right_shift(x, 1), i32("n", "s", low=-50, high=50)),
    "shape": (lambda x: x * ops.shape(x)[1], X),
    "take": (lambda x, i: ops.take(x, i, axis=1), f32("n", 5, 2), i32("s", high=5)),
    "take_along_axis": (lambda x, i: ops.take_along_axis(x, i, axis=1), f32("n", 5), i32("n", 2, high=5)),
    "triu": (lambda x: ops.triu(x, 1), REAL),
    "zeros": (lambda x: ops.zeros((2, 4), x.dtype) + x[0, 0], REAL),
}
CASES = MATRICES | IMAGES | NETWORKS | CONTROL | REST
