"""conv, depthwise_conv, separable_conv and conv_transpose, in every option that changes their form."""

import keras
import numpy as np
import pytest
from harness import Spec, check, check_compiled, check_model, f32
from keras import ops


def weights(*shape):
    """The same for the same shape, each time that a function is called."""
    return np.random.default_rng(shape).normal(size=shape).astype("float32")


KERNEL = weights(3, 3, 4, 6)
GROUPED = weights(3, 3, 2, 6)
ROW = weights(5, 4, 6)
VOLUME = weights(3, 2, 3, 4, 6)
DEPTHWISE = weights(3, 3, 4, 2)
IMAGE = f32("n", 9, 11, 4)

CASES = {
    "dilated": (lambda x: ops.conv(x, KERNEL, padding="same", dilation_rate=2), [IMAGE]),
    "strides that differ": (lambda x: ops.conv(x, KERNEL, (2, 1), "same"), [IMAGE]),
    "channels first": (lambda x: ops.conv(x, KERNEL, 2, "same", "channels_first"), [f32("n", 4, 9, 11)]),
    "groups": (lambda x: ops.conv(x, GROUPED, padding="same"), [IMAGE]),
    "as many groups as channels": (lambda x: ops.conv(x, weights(3, 3, 1, 8), padding="same"), [IMAGE]),
    "an image of unknown size": (lambda x: ops.conv(x, KERNEL, 2, "same"), [f32("n", "s", "t", 4)]),
    "a computed kernel": (lambda x, k: ops.conv(x, k, padding="same"), [IMAGE, f32(3, 3, 4, 5)]),
    "a row": (lambda x: ops.conv(x, ROW, 2, "same"), [f32("n", 19, 4)]),
    "a row of unknown length": (lambda x: ops.conv(x, ROW, 2, "same"), [f32("n", "s", 4)]),
    "a dilated row in groups": (lambda x: ops.conv(x, weights(5, 2, 6), dilation_rate=2), [f32("n", 19, 4)]),
    "a volume in groups": (lambda x: ops.conv(x, weights(3, 2, 3, 2, 6), padding="same"), [f32("n", 6, 7, 8, 4)]),
    "a dilated volume": (lambda x: ops.conv(x, VOLUME, padding="same", dilation_rate=2), [f32("n", 6, 7, 8, 4)]),
    "a volume of unknown size": (lambda x: ops.conv(x, VOLUME, 2, "same"), [f32("n", "s", "t", "s", 4)]),
    "a volume, channels first": (lambda x: ops.conv(x, VOLUME, 2, "same", "channels_first"), [f32("n", 4, 6, 7, 8)]),
    "a volume in groups of unknown size": (
        lambda x: ops.conv(x, weights(3, 2, 3, 2, 6), 2, "same"),
        [f32("n", "s", "t", 6, 4)],
    ),
    "a volume by a computed kernel": (
        lambda x, k: ops.conv(x, k, 2, "same"),
        [f32("n", 6, 7, 8, 4), f32(3, 2, 3, 4, 6)],
    ),
    "depthwise": (lambda x: ops.depthwise_conv(x, DEPTHWISE, padding="same"), [IMAGE]),
    "depthwise with strides": (lambda x: ops.depthwise_conv(x, DEPTHWISE, (2, 1), "same"), [IMAGE]),
    "depthwise and dilated": (lambda x: ops.depthwise_conv(x, DEPTHWISE, dilation_rate=2), [IMAGE]),
    "depthwise of a row": (lambda x: ops.depthwise_conv(x, weights(5, 4, 2), 2, "same"), [f32("n", 9, 4)]),
    "depthwise, channels first": (
        lambda x: ops.depthwise_conv(x, DEPTHWISE, 2, "same", "channels_first"),
        [f32("n", 4, 9, 11)],
    ),
    "separable": (lambda x: ops.separable_conv(x, DEPTHWISE, weights(1, 1, 8, 5), 2, "same"), [IMAGE]),
    "separable of a row": (
        lambda x: ops.separable_conv(x, weights(5, 4, 2), weights(1, 8, 5), 2, "same"),
        [f32("n", 9, 4)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_convolution_is_what_keras_computes(case, tmp_path):
    function, specs = CASES[case]
    check(function, *specs, path=tmp_path)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("strides", [1, 2, 3])
def test_same_and_valid_are_those_of_keras_at_every_stride(strides, padding, tmp_path):
    outcome = check(lambda x: ops.conv(x, KERNEL, strides, padding), IMAGE, path=tmp_path)
    assert outcome.delegation() == (1, [])
    check(lambda x: ops.conv(x, VOLUME, strides, padding), f32("n", 6, 7, 8, 4), path=tmp_path)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("size", [(2, 2), (3, 3), (5, 4)])
def test_a_transposed_convolution_has_the_size_that_keras_gives_it(size, strides, padding, tmp_path):
    kernel = weights(*size, 5, 4)
    for output_padding in [None, *range(min(strides, 2))]:
        check(
            lambda x, extra=output_padding: ops.conv_transpose(x, kernel, strides, padding, extra),
            f32("n", 5, 6, 4),
            path=tmp_path,
        )


TRANSPOSED = {
    "of unknown size": (lambda x: ops.conv_transpose(x, weights(3, 3, 5, 4), 2, "same"), [f32("n", "s", "t", 4)]),
    "of unknown size and cut": (
        lambda x: ops.conv_transpose(x, weights(4, 4, 5, 4), 3, "same", output_padding=0),
        [f32("n", "s", "t", 4)],
    ),
    "dilated": (lambda x: ops.conv_transpose(x, weights(3, 3, 5, 4), 1, "same", dilation_rate=2), [f32("n", 5, 6, 4)]),
    "channels first": (
        lambda x: ops.conv_transpose(x, weights(3, 3, 5, 4), 2, "same", data_format="channels_first"),
        [f32("n", 4, 5, 6)],
    ),
    "of a row": (lambda x: ops.conv_transpose(x, weights(3, 5, 4), 2, "same"), [f32("n", "s", 4)]),
    "of a volume": (lambda x: ops.conv_transpose(x, weights(3, 2, 3, 5, 4), 2, "same"), [f32(2, 5, 4, 3, 4)]),
    "of a volume of unknown size": (
        lambda x: ops.conv_transpose(x, weights(3, 2, 3, 5, 4), (1, 2, 3), "same"),
        [f32("n", "s", "t", 5, 4)],
    ),
    "of a volume, whole": (
        lambda x: ops.conv_transpose(x, weights(3, 2, 3, 5, 4), 2, "valid"),
        [f32("n", "s", 4, 3, 4)],
    ),
    "of a volume with padding of its own": (
        lambda x: ops.conv_transpose(x, weights(3, 2, 3, 5, 4), 2, "same", output_padding=1),
        [f32("n", 5, 4, 3, 4)],
    ),
    "of a volume, dilated": (
        lambda x: ops.conv_transpose(x, weights(3, 2, 3, 5, 4), 1, "same", dilation_rate=2),
        [f32("n", 5, 4, 3, 4)],
    ),
    "of a volume, channels first": (
        lambda x: ops.conv_transpose(x, weights(3, 2, 3, 5, 4), 2, "same", data_format="channels_first"),
        [f32("n", 4, 3, 4, 5)],
    ),
}


@pytest.mark.parametrize("case", TRANSPOSED)
def test_a_transposed_convolution_is_what_keras_computes(case, tmp_path):
    function, specs = TRANSPOSED[case]
    check(function, *specs, path=tmp_path)


@pytest.mark.parametrize("dims", [("n", 5, 6, 4), ("n", "s", "t", 4)])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_transposed_convolution_of_unknown_size_is_one_partition(padding, dims, tmp_path):
    outcome = check(lambda x: ops.conv_transpose(x, weights(3, 3, 5, 4), 2, padding), f32(*dims), path=tmp_path)
    assert outcome.delegation() == (1, [])


LAYERS = {
    "causal": (lambda: keras.layers.Conv1D(5, 3, padding="causal", dilation_rate=2), ("n", "s", 4)),
    "with its activation": (lambda: keras.layers.Conv2D(5, 3, activation="relu"), ("n", 8, 7, 4)),
    "transposed": (lambda: keras.layers.Conv2DTranspose(5, 3, 2, "same", activation="relu"), ("n", 8, 7, 4)),
    "separable": (lambda: keras.layers.SeparableConv2D(5, 3, padding="same", depth_multiplier=2), ("n", 8, 7, 4)),
    "depthwise of a row": (lambda: keras.layers.DepthwiseConv1D(3, padding="same"), ("n", 8, 4)),
}


@pytest.mark.parametrize("case", LAYERS)
def test_a_layer_is_what_keras_computes(case, tmp_path):
    make, dims = LAYERS[case]
    keras.utils.set_random_seed(5)
    inputs = keras.Input(batch_shape=[None if isinstance(dim, str) else dim for dim in dims])
    layer = make()
    model = keras.Model(inputs, layer(inputs))
    layer.bias.assign(weights(*layer.bias.shape))
    check_model(model, [f32(*dims)], tmp_path)


def whole(*shape):
    """Weights by which small images leave the range of eight bits."""
    return np.random.default_rng(shape).integers(0, 12, shape)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
def test_integers_wrap_around_as_keras_lets_them(dtype, tmp_path):
    def features(x):
        kernels = whole(3, 3, 4, 2).astype(dtype), whole(1, 1, 8, 5).astype(dtype)
        return [
            ops.conv(x, whole(3, 3, 4, 6).astype(dtype), padding="same"),
            ops.depthwise_conv(x, kernels[0]),
            ops.separable_conv(x, *kernels, 1, "same"),
            ops.conv_transpose(x, whole(3, 3, 2, 4).astype(dtype), 2),
        ]

    check(features, Spec(("n", 5, 6, 4), dtype, 0, 9), path=tmp_path)


# The runtime's operator would make its output dynamic, and libLiteRt writes beyond it.
AT_AN_OPEN_BATCH = {
    "of strides that differ": (lambda x: ops.conv_transpose(x, KERNEL.mT, (2, 1), "same"), [f32("n", 5, 6, 4)]),
    "of strides that differ, unknown sizes": (
        lambda x: ops.conv_transpose(x, KERNEL.mT, (1, 3), "valid"),
        [f32("n", "s", "t", 4)],
    ),
    "of a stride beyond the kernel": (
        lambda x: ops.conv_transpose(x, weights(1, 2, 5, 4), (3, 2), "valid", output_padding=0),
        [f32("n", 5, 6, 4)],
    ),
    "dilated": (lambda x: ops.conv_transpose(x, KERNEL.mT, 1, "same", dilation_rate=2), [f32("n", 5, "s", 4)]),
    "of a dilated row": (lambda x: ops.conv_transpose(x, ROW.mT, 1, "valid", dilation_rate=3), [f32("n", "s", 4)]),
    "by a computed kernel": (lambda x, k: ops.conv_transpose(x, k, 2, "same"), [f32("n", 5, 6, 4), f32(3, 2, 5, 4)]),
}


@pytest.mark.parametrize("name", AT_AN_OPEN_BATCH)
def test_a_transposed_convolution_at_an_open_batch_runs_in_liblitert(name, tmp_path):
    function, specs = AT_AN_OPEN_BATCH[name]
    sizes = ({"n": 2, "s": 3, "t": 4}, {"n": 40, "s": 9, "t": 5}, {"n": 3, "s": 30, "t": 17})
    check_compiled(lambda *x: ops.relu(function(*x)) * 2.0, *specs, path=tmp_path, sizes=sizes)
