"""pad, image.resize, upsampling, space and depth, patches, crops."""

import keras
import pytest
from harness import check, check_model, f32, i32
from keras import ops

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
    "grey": (lambda x: ops.image.rgb_to_grayscale(x), [IMAGE]),
    "grey, channels first": (lambda x: ops.image.rgb_to_grayscale(x, "channels_first"), [f32("n", 3, 6, 4)]),
    "patches": (lambda x: ops.image.extract_patches(x, (3, 2)), [f32("n", 7, 8, 3)]),
    "patches that overlap": (lambda x: ops.image.extract_patches(x, 3, 2, padding="same"), [f32("n", 7, 8, 3)]),
    "patches of one image": (lambda x: ops.image.extract_patches(x, 3), [f32(7, 8, 3)]),
    "padded to a size": (
        lambda x: ops.image.pad_images(x, 1, 2, target_height=10, target_width=13),
        [f32("n", 7, 8, 3)],
    ),
    "cropped to a size": (
        lambda x: ops.image.crop_images(x, 1, 2, target_height=4, target_width=5),
        [f32("n", 7, 8, 3)],
    ),
    "resized, channels first": (
        lambda x: ops.image.resize(x, (7, 9), data_format="channels_first"),
        [f32("n", 3, 5, 6)],
    ),
    "one image resized": (lambda x: ops.image.resize(x, (7, 9)), [f32(5, 6, 3)]),
    "resized to twice an unknown size": (
        lambda x: ops.image.resize(x, (ops.shape(x)[1] * 2, ops.shape(x)[2] * 2)),
        [f32("n", "s", "t", 3)],
    ),
    "resized with its aspect ratio cropped": (
        lambda x: ops.image.resize(x, (7, 12), crop_to_aspect_ratio=True),
        [f32("n", 9, 11, 3)],
    ),
    "resized with its aspect ratio padded": (
        lambda x: ops.image.resize(x, (12, 7), pad_to_aspect_ratio=True, fill_value=1.5),
        [f32("n", 9, 11, 3)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_image_is_what_keras_computes(case, tmp_path):
    function, specs = CASES[case]
    check(function, *specs, path=tmp_path)


@pytest.mark.parametrize("mode", ["constant", "reflect", "symmetric", "edge"])
def test_padding_is_what_keras_computes(mode, tmp_path):
    check(lambda x: ops.pad(x, [[0, 0], [1, 2], [2, 0], [0, 0]], mode), IMAGE, path=tmp_path)


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"])
def test_resizing_is_what_keras_computes(interpolation, antialias, tmp_path):
    for size in [(10, 12), (13, 9), (3, 4), (5, 12)]:
        check(
            lambda x, to=size: ops.image.resize(x, to, interpolation, antialias=antialias),
            IMAGE,
            path=tmp_path,
        )


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
