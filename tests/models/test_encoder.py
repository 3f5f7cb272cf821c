"""A transformer encoder and a multi-layer perceptron, at every kind of dynamic signature."""

import keras
import pytest
from harness import check_model, f32, through_text

WIDTH, HEADS, HIDDEN, LAYERS = 32, 4, 64, 2
SIZES = ({"n": 3, "s": 10}, {"n": 1, "s": 64}, {"n": 2, "s": 1})


def encoder(batch, length):
    keras.utils.set_random_seed(11)
    x = inputs = keras.Input(batch_shape=(batch, length, WIDTH))
    for _ in range(LAYERS):
        attended = keras.layers.MultiHeadAttention(HEADS, WIDTH // HEADS)(x, x)
        x = keras.layers.LayerNormalization(epsilon=1e-6)(x + attended)
        hidden = keras.layers.Dense(HIDDEN, activation="gelu")(x)
        x = keras.layers.LayerNormalization(epsilon=1e-6)(x + keras.layers.Dense(WIDTH)(hidden))
    model = keras.Model(inputs, x)
    # Biases and scales that are not zero and one, so that a lost one shows.
    for variable in model.weights:
        if len(variable.shape) < 3:
            variable.assign_add(keras.random.normal(variable.shape, stddev=0.1, seed=5))
    return model


@pytest.mark.parametrize("dims", [(1, "s"), ("n", 64), ("n", "s")], ids=["1,S", "B,64", "B,S"])
def test_an_encoder_is_one_partition_with_nothing_outside(dims, tmp_path):
    model = encoder(*[None if isinstance(dim, str) else dim for dim in dims])
    outcome = check_model(model, [f32(*dims, WIDTH)], tmp_path, SIZES)
    assert outcome.delegation() == (1, [])
    through_text(model, outcome.path, tmp_path)


def test_a_perceptron_is_one_partition_with_nothing_outside(tmp_path):
    keras.utils.set_random_seed(2)
    layers = [
        keras.layers.Dense(16, "relu"),
        keras.layers.Dense(8, "tanh"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(3),
    ]
    model = keras.Sequential([keras.Input((6,)), *layers])
    outcome = check_model(model, [f32("n", 6)], tmp_path)
    assert outcome.delegation() == (1, [])
    through_text(model, outcome.path, tmp_path)
