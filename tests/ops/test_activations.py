"""The activations of keras.ops, and those of keras.activations that are made of them."""

import keras
import pytest
from harness import check, check_model, f32
from keras import ops

IN_THE_DELEGATE = [
    *["celu", "elu", "gelu", "glu", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "log_sigmoid", "relu"],
    *["relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus"],
    *["sparse_sigmoid", "squareplus", "tanh", "tanh_shrink"],
]


@pytest.mark.parametrize("name", IN_THE_DELEGATE)
def test_the_delegate_takes_an_activation_whole(name, tmp_path):
    outcome = check(lambda x: getattr(ops, name)(x), f32("n", 5, 8), path=tmp_path)
    assert outcome.delegation() == (1, [])


def test_what_is_sorted_at_unknown_sizes_runs_in_compiled_models(tmp_path):
    partitions, _ = check(ops.sparsemax, f32("n", "s", 8), path=tmp_path).delegation()
    assert partitions > 0


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
