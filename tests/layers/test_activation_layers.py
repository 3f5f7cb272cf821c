"""Every activation that Keras has, by name and as a layer."""

import inspect

import keras
import pytest
from harness import f32, flags
from keras import layers, ops
from layer_cases import cases, check_layer

ROW, ROWS, IMAGE = f32("n", 6), f32("n", "s", 6), f32("n", "s", "t", 4)
NOT_ACTIVATIONS = {"deserialize", "get", "serialize"}
NAMES = sorted(
    name
    for name, function in vars(keras.activations).items()
    if inspect.isfunction(function) and name not in NOT_ACTIVATIONS
)
NEEDS = {"threshold": lambda x: keras.activations.threshold(x, 0.3, -1.0)}


def activation(name):
    if name in NEEDS:
        return lambda x: layers.Activation(NEEDS[name])(x), [ROWS]
    return lambda x: layers.Activation(name)(layers.Dense(6)(x)), [ROWS]


def softmax(x, mask):
    return layers.Softmax()(x, mask=mask)


LAYERS = {
    "Activation": {
        **{name: activation(name) for name in NAMES},
        "a callable": (lambda x: layers.Activation(lambda y: ops.tanh(y) * y)(x), [ROW]),
        "softmax of an image": (lambda x: layers.Activation("softmax")(x), [IMAGE]),
    },
    "ReLU": {
        "default": (lambda x: layers.ReLU()(x), [ROWS]),
        "max_value": (lambda x: layers.ReLU(max_value=0.7)(x), [ROWS]),
        "negative_slope": (lambda x: layers.ReLU(negative_slope=0.2)(x), [ROWS]),
        "threshold": (lambda x: layers.ReLU(threshold=0.4)(x), [ROWS]),
        "all of them": (lambda x: layers.ReLU(1.2, 0.1, 0.3)(x), [ROWS]),
        "max_value 6": (lambda x: layers.ReLU(6.0)(x), [f32("n", 6, low=-9, high=9)]),
    },
    "LeakyReLU": {
        "default": (lambda x: layers.LeakyReLU()(x), [ROWS]),
        "negative_slope": (lambda x: layers.LeakyReLU(0.05)(x), [ROWS]),
    },
    "PReLU": {
        "default": (lambda x: layers.PReLU(alpha_initializer="random_normal")(x), [f32("n", 5, 6)]),
        "shared_axes": (lambda x: layers.PReLU("random_normal", shared_axes=[1, 2])(x), [IMAGE]),
        "of a row": (lambda x: layers.PReLU("random_normal")(x), [ROW]),
    },
    "ELU": {
        "default": (lambda x: layers.ELU()(x), [ROWS]),
        "alpha": (lambda x: layers.ELU(0.4)(x), [ROWS]),
    },
    "Softmax": {
        "default": (lambda x: layers.Softmax()(x), [ROWS]),
        "axis 1": (lambda x: layers.Softmax(axis=1)(x), [ROWS]),
        "several axes": (lambda x: layers.Softmax(axis=(1, 2))(x), [f32("n", 5, 6)]),
        "several axes of unknown length": (lambda x: layers.Softmax(axis=(1, 2))(x), [ROWS]),
        "mask": (softmax, [ROWS, flags("n", "s", 6)]),
        "mask, several axes": (
            lambda x, mask: layers.Softmax(axis=(1, 2))(x, mask=mask),
            [f32("n", 5, 6), flags("n", 5, 6)],
        ),
    },
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_an_activation_is_what_keras_computes(layer, option, tmp_path):
    check_layer(*LAYERS[layer][option], tmp_path)
