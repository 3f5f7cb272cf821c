"""The activations of keras.ops, and those of keras.activations that are made of them."""

import keras
import pytest
from harness import check, check_model, f32
from keras import ops

WIDE = f32("n", "s", 8, low=-12, high=12)
PLAIN = [
    *["celu", "elu", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu"],
    *["log_sigmoid", "log_softmax", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus"],
    *["softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh", "tanh_shrink"],
]
CASES = {
    "gelu, exactly": (lambda x: ops.gelu(x, approximate=False), [WIDE]),
    "elu of another alpha": (lambda x: ops.elu(x, alpha=0.3), [WIDE]),
    "celu of another alpha": (lambda x: ops.celu(x, alpha=0.3), [WIDE]),
    "threshold": (lambda x: ops.threshold(x, 0.3, -1.0), [WIDE]),
    "glu of another axis": (lambda x: ops.glu(x, axis=1), [f32("n", 6, 5)]),
    "softmax of another axis": (lambda x: ops.softmax(x, axis=1), [WIDE]),
    "softmax of several axes": (lambda x: ops.softmax(x, axis=(1, 2)), [f32("n", 5, 8, 2)]),
    "softmax of everything": (lambda x: ops.softmax(x, axis=None), [f32(3, 5)]),
    "log_softmax of another axis": (lambda x: ops.log_softmax(x, axis=1), [WIDE]),
    "sparsemax of another axis": (lambda x: ops.sparsemax(x, axis=1), [f32("n", 6, 5)]),
}


@pytest.mark.parametrize("name", PLAIN)
def test_an_activation_is_what_keras_computes(name, tmp_path):
    check(lambda x: getattr(ops, name)(x), WIDE, path=tmp_path)


@pytest.mark.parametrize("case", CASES)
def test_an_option_is_what_keras_computes(case, tmp_path):
    function, specs = CASES[case]
    check(function, *specs, path=tmp_path)


IN_THE_DELEGATE = [
    *["celu", "elu", "gelu", "glu", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid", "relu"],
    *["relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus"],
    *["sparse_sigmoid", "squareplus", "tanh", "tanh_shrink"],
]


@pytest.mark.parametrize("name", IN_THE_DELEGATE)
def test_the_delegate_takes_an_activation_whole(name, tmp_path):
    outcome = check(lambda x: getattr(ops, name)(x), f32("n", 5, 8), path=tmp_path)
    assert outcome.delegation() == (1, [])


LAYERS = {
    "prelu": (lambda: keras.layers.PReLU("glorot_uniform"), ("n", 5, 4)),
    "relu with all its numbers": (lambda: keras.layers.ReLU(4.0, 0.1, 0.5), ("n", 5, 4)),
    "mish": (lambda: keras.layers.Activation("mish"), ("n", "s", 4)),
    "exponential": (lambda: keras.layers.Activation("exponential"), ("n", "s", 4)),
    "softmax of several axes": (lambda: keras.layers.Softmax(axis=(1, 2)), ("n", 5, 4)),
}


@pytest.mark.parametrize("case", LAYERS)
def test_a_layer_is_what_keras_computes(case, tmp_path):
    make, dims = LAYERS[case]
    inputs = keras.Input(batch_shape=[None if isinstance(dim, str) else dim for dim in dims])
    check_model(keras.Model(inputs, make()(inputs)), [f32(*dims, low=-8, high=8)], tmp_path)
