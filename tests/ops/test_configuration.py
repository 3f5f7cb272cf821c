"""What Keras' configuration says where an argument is left out: the record has it as Keras computes it.

`KELT_LONG=1` (the nightly stage `long`) tries every case of every table in each default dtype.
"""

import os

import jax
import keras
import numpy as np
import pytest
from configured import configured, differing, functions_with, layers_with
from harness import SIZES, check, f32
from keras import layers, ops
from layer_cases import check_layer
from ops.cases import tables
from ops.rejected import REJECTED

from kelt.tracing.capture import capture_graph

LONG = bool(os.environ.get("KELT_LONG"))
IMAGE, VOLUME = f32("n", 3, 8, 9, low=0, high=1), f32("n", 3, 6, 5, 7)
ROW = f32("n", 4, 9)
CORNERS = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 7.0], [8.0, 7.0]])


def weights(*shape):
    return np.random.default_rng(3).normal(size=shape).astype("float32")


FIRST = {
    "adaptive_average_pool": lambda x: ops.adaptive_average_pool(x, (3, 5)),
    "adaptive_max_pool": lambda x: ops.adaptive_max_pool(x, (3, 5)),
    "average_pool": lambda x: ops.average_pool(x, 3, 2, "same"),
    "conv": lambda x: ops.conv(x, weights(3, 2, 3, 5), 2, "same"),
    "conv_transpose": lambda x: ops.conv_transpose(x, weights(3, 3, 5, 3), 2, "same"),
    "depthwise_conv": lambda x: ops.depthwise_conv(x, weights(3, 2, 3, 2)),
    "image.affine_transform": lambda x: ops.image.affine_transform(
        x, np.array([[1, 0.1, -1, 0.1, 0.9, 0.5, 0, 0]] * 2, "float32")
    ),
    "image.crop_images": lambda x: ops.image.crop_images(x, 1, 2, 3, 1),
    "image.elastic_transform": lambda x: ops.image.elastic_transform(x, alpha=0.0),
    "image.extract_patches": lambda x: ops.image.extract_patches(x, 2),
    "image.extract_patches_3d": lambda x: ops.image.extract_patches_3d(x, 2),
    "image.gaussian_blur": lambda x: ops.image.gaussian_blur(x),
    "image.hsv_to_rgb": lambda x: ops.image.hsv_to_rgb(x),
    "image.pad_images": lambda x: ops.image.pad_images(x, 1, 2, 3, 1),
    "image.perspective_transform": lambda x: ops.image.perspective_transform(
        x, np.stack([CORNERS] * 2), np.stack([CORNERS * 0.9 + 0.3] * 2)
    ),
    "image.resize": lambda x: ops.image.resize(x, (5, 13)),
    "image.rgb_to_grayscale": lambda x: ops.image.rgb_to_grayscale(x),
    "image.rgb_to_hsv": lambda x: ops.image.rgb_to_hsv(x),
    "image.sobel_edges": lambda x: ops.image.sobel_edges(x),
    "image.ssim": lambda x: ops.image.ssim(x, 0.8 * x, filter_size=5),
    "max_pool": lambda x: ops.max_pool(x, 2, 1),
    "separable_conv": lambda x: ops.separable_conv(x, weights(3, 3, 3, 2), weights(1, 1, 6, 4)),
}
# As many images as matrices or corners, or as are drawn for.
OF_TWO = ("image.affine_transform", "image.perspective_transform", "image.elastic_transform")


@pytest.mark.parametrize("name", FIRST)
def test_the_channels_are_where_the_configuration_says(name, tmp_path):
    spec = VOLUME if name.endswith("3d") else f32(2, *IMAGE.dims[1:], low=0, high=1) if name in OF_TWO else IMAGE
    with configured(data_format="channels_first"):
        check(FIRST[name], spec, path=tmp_path, sizes=SIZES[:1])


def test_every_function_with_a_layout_has_its_case():
    assert functions_with("data_format") == set(FIRST)


NEED = {
    **dict.fromkeys(("CenterCrop", "RandomCrop", "Resizing"), (5, 6)),
    **{f"Adaptive{kind}Pooling{rank}D": (3,) for kind in ("Average", "Max") for rank in (1, 2, 3)},
    **{f"AveragePooling{rank}D": (2,) for rank in (1, 2, 3)},
    **{f"SpatialDropout{rank}D": (0.2,) for rank in (2, 3)},
    **{f"Conv{rank}D{kind}": (5, 3) for kind in ("", "Transpose") for rank in (1, 2, 3)},
    **{f"ConvLSTM{rank}D": (5, 3) for rank in (1, 2, 3)},
    **{f"DepthwiseConv{rank}D": (3,) for rank in (1, 2)},
    **{f"SeparableConv{rank}D": (5, 3) for rank in (1, 2)},
    "ContrastLimitedAdaptiveHistogramEqualization": ((0, 1), 2.0, (2, 2)),
    **dict.fromkeys(("RandomHue", "RandomContrast", "RandomRotation", "RandomZoom", "RandomBrightness"), (0.1,)),
    **dict.fromkeys(("RandomShear", "RandomTranslation"), (0.1, 0.1)),
    "RandomColorDegeneration": (0.1,),
    "RandomPosterization": (4,),
    "RandomSaturation": (0.1,),
    "RandomSharpness": (0.1,),
}
# Its tensors of boxes have no layout; a spectrum has one that it asks for by another default; an equalization declares
# its input as its output, so that Keras takes none in a functional model.
WITHOUT = ("MaxNumBoundingBoxes", "STFTSpectrogram", "Equalization")
SAMPLE = ("Conv2D", "DepthwiseConv2D", "Flatten", "GlobalAveragePooling2D", "Resizing", "ZeroPadding2D", "CenterCrop")
NAMES = sorted(layers_with("data_format").difference(WITHOUT))


def spec_of(name):
    rank = 2 if name.startswith("Random") else next((int(digit) for digit in name if digit.isdigit()), 2)
    spec = {1: ROW, 2: IMAGE, 3: VOLUME}[rank]
    return f32("n", 2, *spec.dims[1:]) if name.startswith("ConvLSTM") else spec


@pytest.mark.parametrize("name", NAMES if LONG else SAMPLE)
def test_a_layer_has_its_channels_where_the_configuration_says(name, tmp_path):
    with configured(data_format="channels_first"):
        layer = getattr(layers, name)
        check_layer(lambda x: layer(*NEED.get(name, ()))(x), [spec_of(name)], tmp_path)


def test_norms_pools_and_scales_of_each_channel_stand_where_they_are_told_to(tmp_path):
    """What has no layout of its own: an axis, or the shape of the numbers."""
    with configured(data_format="channels_first"):

        def network(x):
            x = layers.Rescaling([2.0, 3.0, 4.0], 0.1)(x)
            x = layers.GroupNormalization(3, axis=1)(layers.BatchNormalization(axis=1)(layers.Conv2D(6, 3)(x)))
            return layers.Dense(4)(layers.Flatten()(layers.LayerNormalization(axis=1)(layers.AveragePooling2D(2)(x))))

        check_layer(network, [IMAGE], tmp_path)


# --- the default dtype of floats

DEFAULTS = ("float16", "bfloat16", "float64")
CASES = {name: case for name, case in tables().items() if name not in REJECTED}
USUAL = {name: case for name, case in CASES.items() if ":" not in name}
EVERY = 1 if LONG else 6


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="jax tells dtypes without computing")
@pytest.mark.parametrize("dtype", [None, "float16", "int32"] if LONG else [None])
@pytest.mark.parametrize("floatx", DEFAULTS)
def test_the_dtypes_of_results_are_those_of_keras_whatever_its_default_is(floatx, dtype):
    names = list(CASES if LONG else USUAL)[DEFAULTS.index(floatx) :: EVERY]
    with configured(floatx=floatx):
        found = differing({name: CASES[name] for name in names}, dtype)
    assert not {name: pair for name, pair in found.items() if not ours_is_right(name, floatx)}


def ours_is_right(name, floatx):
    """Keras makes floats of NumPy's integers where the default is bfloat16."""
    return floatx == "bfloat16" and (name.endswith("of int64") or name == "while_loop")


MIXED = {
    "numbers made": lambda x: (ops.ones((3,)), ops.full((2,), 0.1), ops.linspace(0, 1, 5), ops.arange(5), ops.eye(2)),
    "integers and numbers": lambda x: (
        ops.add(ops.cast(x, "int32"), 1.1),
        ops.multiply(ops.cast(x, "int32"), 0.1),
        ops.divide(ops.cast(x, "int32"), 3),
        ops.maximum(ops.cast(x, "int32"), 1.1),
        ops.mean(ops.cast(x, "int32"), 1),
        ops.where(x > 0, 1.1, 0.1),
    ),
    "operators of the backend": lambda x: (
        ops.cast(x, "int32") + 1.1,
        1.1 - ops.cast(x, "int32"),
        ops.cast(x, "int32") / 3,
        (x > 0) * 2.1,
        ops.cast(x, "int32") == 1.5,
        x * 1.1,
    ),
    "converted numbers": lambda x: (
        ops.convert_to_tensor(0.1),
        ops.convert_to_tensor([0.1, 2.0]),
        ops.stack([x[0, 0], 0.1]),
        ops.sum([0.1, 2.0]),
    ),
    "sizes": lambda x: (ops.zeros((x.shape[1],)) + 0.1, ops.arange(x.shape[1]), ops.sum(x, 1) / x.shape[1]),
    "from integers": lambda x: (
        ops.exp(ops.cast(x, "int32")),
        ops.log1p(ops.cast(x > 0, "int32")),
        ops.one_hot(ops.cast(x > 0, "int32"), 3),
    ),
}


def test_an_array_has_the_dtype_of_the_default_of_now_whatever_it_was_before():
    numbers = np.arange(1, 5, dtype="int32")
    signature = keras.InputSpec(shape=(None, 4), dtype="int32")

    def dtype():
        return capture_graph(lambda x: ops.floor_divide(x, numbers), signature).functions[0].outputs[0][1].dtype

    with configured(floatx="bfloat16"):
        dtype()
    assert dtype() == "int32"


def functions_of_jax(x):
    jnp = jax.numpy
    made = [jnp.ones((3,)), jnp.arange(4.0), jnp.linspace(0, 1, 5), jnp.eye(2), jnp.asarray([0.1, 0.2])]
    whole = ops.cast(x, "int32")
    computed = [jnp.exp(whole), jnp.mean(whole, axis=1), whole.mean(axis=1), jnp.where(x > 0, 1.1, 0.1)]
    return *(each * ops.cast(x[0, 0], "float16") for each in made), *computed


if keras.backend.backend() == "jax":
    MIXED["functions of the backend"] = functions_of_jax


@pytest.mark.parametrize("floatx", DEFAULTS)
@pytest.mark.parametrize("name", MIXED)
def test_numbers_without_a_dtype_are_what_keras_makes_of_them(name, floatx, tmp_path):
    with configured(floatx=floatx):
        check(MIXED[name], f32("n", "s"), path=tmp_path, sizes=SIZES[:1], zeros=True)


@pytest.mark.parametrize("floatx", DEFAULTS if LONG else DEFAULTS[:1])
def test_layers_of_a_default_dtype_compute_in_it(floatx, tmp_path):
    def network(x):
        x = layers.Normalization(mean=0.3, variance=2.0)(layers.Rescaling(0.5, 0.1)(x))
        return layers.Dense(3)(layers.LayerNormalization()(x))

    with configured(floatx=floatx):
        check_layer(network, [f32("n", 5)], tmp_path)


# --- epsilon

SMALL = f32("n", 8, low=-0.05, high=0.05)
NORMS = {
    "layer_normalization": lambda x: ops.layer_normalization(x),
    "normalize": lambda x: ops.normalize(x),
    "rms_normalization": lambda x: ops.rms_normalization(x),
}


@pytest.mark.parametrize("name", NORMS)
def test_the_epsilon_of_a_norm_is_that_of_the_configuration(name, tmp_path):
    with configured(epsilon=0.1):
        check(NORMS[name], SMALL, path=tmp_path, sizes=SIZES[:1])


def test_every_function_with_an_epsilon_has_its_case():
    assert functions_with("epsilon") == set(NORMS)


def test_a_spectrum_is_limited_by_the_epsilon_of_the_configuration(tmp_path):
    with configured(epsilon=0.5):
        check_layer(
            lambda x: layers.STFTSpectrogram("log", frame_length=16, frame_step=8, fft_length=16)(x),
            [f32("n", 64, 1)],
            tmp_path,
        )
