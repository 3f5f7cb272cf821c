"""pad, image.resize, upsampling, space and depth, patches, crops."""

import keras
import numpy as np
import pytest
from harness import Spec, check, check_model, f32, i32
from keras import ops
from scipy.ndimage import map_coordinates

import kelt

IMAGE = f32("n", 5, 6, 3)
CASES = {
    "padded with a number": (lambda x: ops.pad(x, [[0, 0], [1, 2], [2, 0], [0, 0]], constant_values=2.5), [IMAGE]),
    "padded alike everywhere": (lambda x: ops.pad(x, 1), [f32("n", 5, 6)]),
    "padded integers": (lambda x: ops.pad(x, ((0, 0), (1, 1))), [i32("n", 3)]),
    "padded in five dims": (lambda x: ops.pad(x, ((0, 0), (1, 1), (2, 1), (0, 3), (0, 0))), [f32("n", 3, 4, 5, 2)]),
    "padded at an unknown size": (lambda x: ops.pad(x, ((0, 0), (1, 1), (2, 1), (0, 0))), [f32("n", "s", "t", 2)]),
    "depth to space": (lambda x: ops.depth_to_space(x, 2), [f32("n", 3, 4, 12)]),
    "depth to space, channels first": (lambda x: ops.depth_to_space(x, 2, "channels_first"), [f32("n", 12, 3, 4)]),
    "space to depth": (lambda x: ops.space_to_depth(x, 2), [f32("n", 6, 4, 3)]),
    "space to depth, channels first": (lambda x: ops.space_to_depth(x, 2, "channels_first"), [f32("n", 3, 6, 4)]),
    "volumes in patches": (lambda x: ops.image.extract_patches_3d(x, (3, 2, 2)), [f32("n", 6, 5, 4, 3)]),
    "volumes in patches that overlap": (
        lambda x: ops.image.extract_patches_3d(x, 2, (1, 2, 1), padding="same"),
        [f32("n", 5, "s", 4, 2)],
    ),
    "blurred by a window given as an array": (
        lambda x: ops.image.gaussian_blur(
            x, np.array([3, 5]), np.array([1.0, 2.0], "float32"), data_format="channels_last"
        ),
        [f32("n", 9, 8, 3)],
    ),
    "volumes by the name of images": (lambda x: ops.image.extract_patches(x, (3, 2, 2)), [f32("n", 6, 5, 4, 3)]),
    "one volume by the name of images": (lambda x: ops.image.extract_patches(x, [2, 2, 2]), [f32(6, 5, 4, 3)]),
    "one volume in patches": (lambda x: ops.image.extract_patches_3d(x, 2), [f32(6, 5, 4, 3)]),
    "volumes in patches, channels first": (
        lambda x: ops.image.extract_patches_3d(x, 2, data_format="channels_first"),
        [f32("n", 3, 6, 5, 4)],
    ),
    "hue": (lambda x: ops.image.rgb_to_hsv(x), [f32("n", "s", 6, 3, low=0, high=1)]),
    "hue of normal numbers": (lambda x: ops.image.rgb_to_hsv(x), [IMAGE]),
    "hue, channels first": (lambda x: ops.image.rgb_to_hsv(x, "channels_first"), [f32("n", 3, 6, 4, low=0, high=1)]),
    "hue of one image": (lambda x: ops.image.rgb_to_hsv(x), [f32(5, 6, 3, low=0, high=1)]),
    "hue of grey": (
        lambda x: ops.image.rgb_to_hsv(ops.concatenate([x, x, x], -1)),
        [f32("n", 5, 6, 1, low=0, high=1)],
    ),
    "hue of black": (
        lambda x: ops.image.rgb_to_hsv(ops.where(x > 0.5, x, 0.0)),
        [f32("n", 5, 6, 3, low=0, high=1)],
    ),
    "from hue": (lambda x: ops.image.hsv_to_rgb(x), [f32("n", "s", 6, 3, low=0, high=1)]),
    "from hue beyond a turn": (lambda x: ops.image.hsv_to_rgb(x), [IMAGE]),
    "from hue, channels first": (
        lambda x: ops.image.hsv_to_rgb(x, "channels_first"),
        [f32("n", 3, 6, 4, low=0, high=1)],
    ),
    "grey": (lambda x: ops.image.rgb_to_grayscale(x), [IMAGE]),
    "grey, channels first": (lambda x: ops.image.rgb_to_grayscale(x, "channels_first"), [f32("n", 3, 6, 4)]),
    "patches": (lambda x: ops.image.extract_patches(x, (3, 2)), [f32("n", 7, 8, 3)]),
    "patches that overlap": (lambda x: ops.image.extract_patches(x, 3, 2, padding="same"), [f32("n", 7, 8, 3)]),
    "squares side by side": (lambda x: ops.image.extract_patches(x, 4), [f32("n", 8, 12, 3)]),
    "squares side by side, with a rest": (lambda x: ops.image.extract_patches(x, 3), [f32("n", 8, 11, 3)]),
    "squares side by side, the rest padded": (
        lambda x: ops.image.extract_patches(x, 4, padding="same"),
        [f32("n", 9, 11, 3)],
    ),
    "squares side by side, channels first": (
        lambda x: ops.image.extract_patches(x, 2, data_format="channels_first"),
        [f32("n", 3, 6, 4)],
    ),
    "patches of one image": (lambda x: ops.image.extract_patches(x, 3), [f32(7, 8, 3)]),
    "resized, channels first": (
        lambda x: ops.image.resize(x, (7, 9), data_format="channels_first"),
        [f32("n", 3, 5, 6)],
    ),
    "one image resized": (lambda x: ops.image.resize(x, (7, 9)), [f32(5, 6, 3)]),
    "resized to twice an unknown size": (
        lambda x: ops.image.resize(x, (ops.shape(x)[1] * 2, ops.shape(x)[2] * 2)),
        [f32("n", "s", "t", 3)],
    ),
    "resized by size in half precision": (
        lambda x: ops.image.resize(ops.cast(x, "float16"), (7, 9), "bicubic"),
        [IMAGE],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_image_is_what_keras_computes(case, tmp_path):
    function, specs = CASES[case]
    check(function, *specs, path=tmp_path)


@pytest.mark.parametrize("mode", ["constant", "reflect", "symmetric", "edge"])
def test_padding_is_what_keras_computes(mode, tmp_path):
    check(lambda x: ops.pad(x, [[0, 0], [1, 2], [2, 0], [0, 0]], mode), IMAGE, path=tmp_path)


INTERPOLATIONS = ["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"]


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_resizing_is_what_keras_computes(interpolation, antialias, tmp_path):
    for size in [(10, 12), (13, 9), (3, 4), (5, 12)]:
        check(
            lambda x, to=size: ops.image.resize(x, to, interpolation, antialias=antialias),
            IMAGE,
            path=tmp_path,
        )


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_resizing_follows_the_size_of_its_input(interpolation, antialias, tmp_path):
    anything = f32("n", "s", "t", 3)
    for size in [(10, 12), (3, 5)]:
        check(
            lambda x, to=size: ops.image.resize(x, to, interpolation, antialias=antialias),
            anything,
            path=tmp_path,
        )
    check(
        lambda x: ops.image.resize(x, (ops.shape(x)[1] * 2, ops.shape(x)[2] + 3), interpolation, antialias=antialias),
        anything,
        path=tmp_path,
    )


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_integers_are_rounded_as_keras_rounds_them(interpolation, dtype, tmp_path):
    image = Spec(("n", 9, 11, 3), dtype, 0, 250)
    check(lambda x: ops.image.resize(x, (5, 7), interpolation), image, path=tmp_path)


FITS = {"cropped": "crop_to_aspect_ratio", "padded": "pad_to_aspect_ratio"}


@pytest.mark.parametrize("dims", [("n", 9, 11, 3), ("n", "s", "t", 3), ("s", "t", 3)])
@pytest.mark.parametrize("fit", FITS)
def test_an_aspect_ratio_is_kept_as_keras_keeps_it(fit, dims, tmp_path):
    for size in [(7, 12), (12, 7), (6, 6)]:
        for interpolation in ["bilinear", "lanczos3"]:
            check(
                lambda x, to=size, by=interpolation: ops.image.resize(x, to, by, fill_value=1.5, **{FITS[fit]: True}),
                f32(*dims),
                path=tmp_path,
            )


MARGINS = {
    "of given margins": ((1, 2, 3, 1), (None, None)),
    "to a size from the top left": ((1, 2, None, None), (16, 20)),
    "to a size from the bottom right": ((None, None, 1, 2), (16, 20)),
    "to a size from two corners": ((2, None, None, 1), (16, 20)),
}
SIDES = ["top", "left", "bottom", "right"]


@pytest.mark.parametrize("dims", [("n", 9, 11, 3), ("n", "s", 6, 3), (9, 11, 3)])
@pytest.mark.parametrize("case", MARGINS)
def test_padding_and_cropping_are_what_keras_computes(case, dims, tmp_path):
    margins, (height, width) = MARGINS[case]
    padding = {f"{side}_padding": margin for side, margin in zip(SIDES, margins)}
    check(
        lambda x: ops.image.pad_images(x, **padding, target_height=height, target_width=width),
        f32(*dims),
        path=tmp_path,
    )
    cropping = {f"{side}_cropping": margin and min(margin, 1) for side, margin in zip(SIDES, margins)}
    height, width = height and 2, width and 3
    check(
        lambda x: ops.image.crop_images(x, **cropping, target_height=height, target_width=width),
        f32(*dims),
        path=tmp_path,
    )
    if len(dims) == 4:
        first = f32(dims[0], dims[3], *dims[1:3])
        check(
            lambda x: ops.image.crop_images(
                x, **cropping, target_height=height, target_width=width, data_format="channels_first"
            ),
            first,
            path=tmp_path,
        )


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("strides", [None, 1, (2, 3)])
def test_patches_are_what_keras_computes(strides, padding, tmp_path):
    def patches(x, data_format=None):
        return ops.image.extract_patches(x, (2, 3), strides, padding=padding, data_format=data_format)

    check(patches, f32("n", "s", 6, 3), path=tmp_path)
    check(lambda x: patches(x, "channels_first"), f32("n", 3, 7, 8), path=tmp_path)
    if strides == 1:
        check(lambda x: ops.image.extract_patches(x, (2, 3), 1, 2, padding), f32("n", 7, 8, 3), path=tmp_path)


UNIT = {"low": 0.0, "high": 1.0}
FILTERS = {
    "blurred": (lambda x: ops.image.gaussian_blur(x, data_format="channels_last"), [f32("n", "s", "t", 3)]),
    "blurred by a kernel of two lengths": (
        lambda x: ops.image.gaussian_blur(x, (5, 3), (0.7, 1.8), "channels_last"),
        [f32("n", 9, 8, 3)],
    ),
    "blurred, channels first": (
        lambda x: ops.image.gaussian_blur(x, (3, 5), (1.0, 2.0), "channels_first"),
        [f32("n", 3, 9, 11)],
    ),
    "one image blurred": (lambda x: ops.image.gaussian_blur(x, data_format="channels_last"), [IMAGE]),
    "edges": (lambda x: ops.image.sobel_edges(x), [f32("n", "s", "t", 3)]),
    "edges, channels first": (lambda x: ops.image.sobel_edges(x, "channels_first"), [f32("n", 3, 9, "s")]),
    "likeness": (lambda x, y: ops.image.ssim(x, 0.8 * x + 0.2 * y), [f32("n", 13, 15, 3, **UNIT)] * 2),
    "likeness by other numbers": (
        lambda x, y: ops.image.ssim(x, 0.8 * x + 0.2 * y, 255.0, 5, 1.0, 0.02, 0.05),
        [f32("n", 13, 15, 3, low=0.0, high=255.0)] * 2,
    ),
    "likeness, channels first": (
        lambda x, y: ops.image.ssim(x, 0.8 * x + 0.2 * y, filter_size=5, data_format="channels_first"),
        [f32("n", 3, 9, 8, **UNIT)] * 2,
    ),
    "likeness of one pair": (lambda x, y: ops.image.ssim(x, 0.8 * x + 0.2 * y), [f32(13, 15, 3, **UNIT)] * 2),
    "likeness at an unknown size": (
        lambda x, y: ops.image.ssim(x, 0.8 * x + 0.2 * y, filter_size=3),
        [f32("n", "s", 6, 3, **UNIT)] * 2,
    ),
    "no displacement": (lambda x: ops.image.elastic_transform(x, alpha=0.0), [f32(2, 5, 6, 3)]),
}


@pytest.mark.parametrize("case", FILTERS)
def test_a_filter_is_what_keras_computes(case, tmp_path):
    function, specs = FILTERS[case]
    check(function, *specs, path=tmp_path)


def test_what_moves_at_random_is_rejected(tmp_path):
    with pytest.raises(kelt.ExportError, match="random numbers"):
        kelt.export(lambda x: ops.image.elastic_transform(x), tmp_path / "rejected.tflite", [IMAGE.spec()])


FILL_MODES = ["constant", "nearest", "wrap", "mirror", "reflect"]


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("mode", FILL_MODES)
def test_samples_at_coordinates_are_what_keras_computes(mode, order, tmp_path):
    def sampled(x, places):
        return ops.image.map_coordinates(x, places, order, mode, 1.5)

    check(sampled, f32(9, 11), f32(2, "s", "t", low=-15.0, high=25.0), path=tmp_path)
    check(sampled, f32("s", "t", 3), f32(3, "n", low=-2.0, high=7.0), path=tmp_path)
    check(sampled, i32(9, 11, high=100), f32(2, 7, low=-15.0, high=25.0), path=tmp_path)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("mode", FILL_MODES)
def test_an_affine_transform_is_what_keras_computes(mode, interpolation, tmp_path):
    def transformed(x, matrix):
        return ops.image.affine_transform(x, matrix, interpolation, mode, 0.5)

    matrices = f32("n", 8, low=-0.9, high=0.9)
    check(transformed, f32("n", "s", "t", 3), matrices, path=tmp_path)
    turn = np.array([0.9, 0.2, -1.3, -0.15, 1.1, 2.2, 0, 0], "float32")
    check(lambda x: transformed(x, turn), f32(9, 11, 3), path=tmp_path)
    check(
        lambda x, matrix: ops.image.affine_transform(x, matrix, interpolation, mode, data_format="channels_first"),
        f32("n", 2, 9, 11),
        matrices,
        path=tmp_path,
    )


CORNERS = np.array([[0, 0], [4, 0], [0, 3], [4, 3]], "float32")


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_a_perspective_is_what_keras_computes(interpolation, tmp_path):
    def seen(x, start, end, data_format="channels_last"):
        return ops.image.perspective_transform(x, start, end, interpolation, 0.25, data_format)

    moves = f32("n", 4, 2, low=-0.4, high=0.4)
    check(
        lambda x, by: seen(x, ops.add(CORNERS, by), ops.subtract(CORNERS, by)), f32("n", 4, 5, 3), moves, path=tmp_path
    )
    check(
        lambda x, by: seen(x, ops.add(CORNERS, by), ops.subtract(CORNERS, 0.5 * by), "channels_first"),
        f32("n", 3, 4, 5),
        moves,
        path=tmp_path,
    )
    tilted = np.array([[0.5, 0], [4, 0.5], [0, 2.5], [3.5, 3]], "float32")
    check(lambda x: seen(x, CORNERS, tilted), f32(4, 5, 3), path=tmp_path)


def exact_perspective(images, start, end):
    """In float64, by the 8 × 8 system of equations that defines the transform."""
    (x, y), (u, v) = np.moveaxis(start, 2, 0).astype("float64"), np.moveaxis(end, 2, 0).astype("float64")
    one, zero = np.ones_like(x), np.zeros_like(x)
    of_x = np.stack([u, v, one, zero, zero, zero, -x * u, -x * v], 2)
    of_y = np.stack([zero, zero, zero, u, v, one, -y * u, -y * v], 2)
    matrix = np.linalg.solve(np.concatenate([of_x, of_y], 1), np.concatenate([x, y], 1)[..., None])[..., 0]
    rows, columns = np.mgrid[: images.shape[1], : images.shape[2]]
    to_columns, to_rows, depth = np.tensordot(
        np.pad(matrix, ((0, 0), (0, 1)), constant_values=1).reshape(-1, 3, 3), [columns, rows, columns**0], 1
    ).transpose(1, 0, 2, 3)
    places = np.stack([to_rows / depth, to_columns / depth], 1)
    return np.stack([map_coordinates(*each, order=1, mode="grid-constant") for each in zip(images, places)])


def test_a_perspective_of_any_corners_is_as_exact_as_that_of_keras(tmp_path):
    """Corners drawn at random: some are all but on a line, and single draws say nothing of either."""
    rng = np.random.default_rng(0)
    images, start, end = (rng.random((200, *shape), "float32") for shape in ((10, 10), (4, 2), (4, 2)))
    specs = [keras.InputSpec(shape=(200, *shape)) for shape in ((10, 10, 1), (4, 2), (4, 2))]
    kelt.export(ops.image.perspective_transform, tmp_path / "seen.tflite", specs)
    given = (images[..., None], start, end)
    model = kelt.runtime.Model(tmp_path / "seen.tflite")
    ((inputs, _),) = model.signatures.values()
    found = model({port.name: array for port, array in zip(inputs, given)})
    exact = exact_perspective(images, start, end)

    def errors(result):
        return np.quantile(np.abs(np.asarray(result)[..., 0] - exact).max((1, 2)), [0.5, 0.9, 0.99])

    own = errors(ops.convert_to_numpy(ops.image.perspective_transform(*given)))
    assert (errors(found["output_0"]) <= 2 * own).all(), (errors(found["output_0"]), own)


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("method", ["linear", "trilinear", "bilinear", "cubic", "bicubic", "lanczos3", "lanczos5"])
def test_scaling_and_translating_is_what_keras_computes(method, antialias, tmp_path):
    def placed(x, scale, translation):
        return ops.image.scale_and_translate(x, (2, 5, 14, 3), scale, translation, (1, 2), method, antialias)

    by = np.array([0.6, 1.3], "float32"), np.array([0.4, -1.2], "float32")
    image = f32(2, 9, 11, 3)
    check(lambda x: placed(x, *by), image, path=tmp_path)
    check(placed, image, f32(2, low=0.5, high=2.0), f32(2), path=tmp_path)


@pytest.mark.parametrize("dtype", ["int32", "int8", "uint8"])
def test_integers_that_are_scaled_are_of_the_type_that_keras_gives_them(dtype, tmp_path):
    """Floats on jax, of which Keras declares the type of the image."""

    def placed(x):
        by = np.array([0.6, 1.3], "float32"), np.array([0.4, -1.2], "float32")
        return ops.image.scale_and_translate(x, (2, 5, 14, 3), *by, (1, 2), "cubic")

    check(placed, Spec((2, 9, 11, 3), dtype, 2, 120), path=tmp_path)


LAYERS = {
    "a row, upsampled": (lambda: keras.layers.UpSampling1D(2), ("n", 3, 5)),
    "upsampled": (lambda: keras.layers.UpSampling2D(2), ("n", 3, 4, 5)),
    "upsampled smoothly": (lambda: keras.layers.UpSampling2D((2, 3), interpolation="bilinear"), ("n", 3, 4, 5)),
    "a volume, upsampled": (lambda: keras.layers.UpSampling3D(2), ("n", 3, 2, 2, 5)),
    "padded": (lambda: keras.layers.ZeroPadding2D(((0, 1), (2, 1))), ("n", 3, 4, 5)),
}


@pytest.mark.parametrize("case", LAYERS)
def test_a_layer_is_what_keras_computes(case, tmp_path):
    make, dims = LAYERS[case]
    inputs = keras.Input(batch_shape=[None if isinstance(dim, str) else dim for dim in dims])
    check_model(keras.Model(inputs, make()(inputs)), [f32(*dims)], tmp_path)
