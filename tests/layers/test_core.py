"""Dense, embedding, masking and the layers around other layers."""

import keras
import pytest
from harness import Spec, f32, flags, i32
from keras import layers, ops
from layer_cases import cases, check_layer

ROW, ROWS, IDS = f32("n", 6), f32("n", "s", 6), i32("n", "s", high=7)


def equation(text, shape, x, **options):
    return lambda i: layers.EinsumDense(text, shape, **options)(i), [x]


def tied(ids, **options):
    table = layers.ReversibleEmbedding(7, 4, **options)
    return table(table(ids), reverse=True)


def masked_sequence(after):
    """What a mask that `mask_zero` makes reaches through other layers."""

    def build(ids):
        x = layers.Embedding(7, 4, mask_zero=True)(ids)
        return layers.GlobalAveragePooling1D()(after(x))

    return build, [i32("n", "s", high=3)]


class Scale(layers.Wrapper):
    """A user's wrapper."""

    def call(self, x):
        return 3.0 * self.layer(x)


def shared(a, b):
    layer = layers.Dense(5, activation="tanh")
    return layers.Concatenate()([layer(a), layer(b)])


LAYERS = {
    "Dense": {
        "of a row": (lambda x: layers.Dense(5)(x), [ROW]),
        "of rows": (lambda x: layers.Dense(5)(x), [ROWS]),
        "of an image": (lambda x: layers.Dense(5)(x), [f32("n", "s", "t", 6)]),
        "without bias": (lambda x: layers.Dense(5, use_bias=False)(x), [ROWS]),
        "activation": (lambda x: layers.Dense(5, activation="relu")(x), [ROW]),
        "a callable activation": (lambda x: layers.Dense(5, activation=lambda y: ops.sin(y) * y)(x), [ROW]),
        "shared": (shared, [ROW, ROW]),
        "of integers": (lambda x: layers.Dense(5)(x), [Spec(("n", 3), "int8", -5, 5)]),
        "lora_rank": (lambda x: layers.Dense(5, lora_rank=2)(x), [ROW]),
        "kernel constraint and regularizers": (
            lambda x: layers.Dense(5, kernel_regularizer="l2", kernel_constraint="max_norm")(x),
            [ROW],
        ),
    },
    "EinsumDense": {
        "ab,bc->ac": equation("ab,bc->ac", 5, ROW, bias_axes="c"),
        "abc,cd->abd": equation("abc,cd->abd", (None, 5), ROWS, bias_axes="d", activation="relu"),
        "...x,xy->...y": equation("...x,xy->...y", 5, ROWS, bias_axes="y"),
        "abc,cde->abde": equation("abc,cde->abde", (None, 2, 5), ROWS, bias_axes="de"),
        "abcd,cde->abe": equation("abcd,cde->abe", (None, 5), f32("n", "s", 2, 3), bias_axes="e"),
        "abc,ce->aeb": equation("abc,ce->aeb", (5, None), ROWS),
        "abc,bde->acde": equation("abc,bde->acde", (None, 2, 3), f32("n", 5, "s"), bias_axes="de"),
        "abc,cde->adeb": equation("abc,cde->adeb", (2, 5, None), ROWS, bias_axes="de"),
        "without bias": equation("abc,cd->abd", (None, 5), ROWS),
    },
    "Embedding": {
        "default": (lambda ids: layers.Embedding(7, 4)(ids), [IDS]),
        "of a row": (lambda ids: layers.Embedding(7, 4)(ids), [i32("n", high=7)]),
        "of three axes": (lambda ids: layers.Embedding(7, 4)(ids), [i32("n", "s", 3, high=7)]),
        "floats": (lambda ids: layers.Embedding(7, 4)(ids), [f32("n", "s", low=0, high=6.9)]),
        "int64": (lambda ids: layers.Embedding(7, 4)(ids), [Spec(("n", "s"), "int64", 0, 7)]),
        "uint8": (lambda ids: layers.Embedding(7, 4)(ids), [Spec(("n", "s"), "uint8", 0, 7)]),
        "compute_mask": (lambda ids: layers.Embedding(7, 4, mask_zero=True).compute_mask(ids), [i32("n", "s", high=3)]),
        "mask_zero": masked_sequence(lambda x: x),
        "mask_zero, through BatchNormalization": masked_sequence(layers.BatchNormalization()),
        "mask_zero, through Dense": masked_sequence(layers.Dense(5)),
        "mask_zero, through Dropout and LayerNormalization": masked_sequence(
            lambda x: layers.LayerNormalization()(layers.Dropout(0.5)(x))
        ),
        "mask_zero, through Add": masked_sequence(lambda x: layers.Add()([x, layers.Activation("relu")(x)])),
        "mask_zero, through TimeDistributed": masked_sequence(lambda x: layers.TimeDistributed(layers.Dense(5))(x)),
        "mask_zero, through Lambda": masked_sequence(layers.Lambda(lambda x: x * 2, mask=lambda x, mask: mask)),
        "lora_rank": (lambda ids: layers.Embedding(7, 4, lora_rank=2)(ids), [IDS]),
    },
    "ReversibleEmbedding": {
        "tied": (tied, [IDS]),
        "untied": (lambda ids: tied(ids, tie_weights=False), [IDS]),
        "logit_soft_cap": (lambda ids: tied(ids, logit_soft_cap=0.5), [IDS]),
        "reverse_dtype": (lambda ids: tied(ids, reverse_dtype="float32"), [IDS]),
        "mask_zero": (lambda ids: tied(ids, mask_zero=True), [IDS]),
    },
    "Identity": {
        "default": (lambda x: layers.Identity()(x), [ROW]),
        "beside its input": (lambda x: [layers.Identity()(x), layers.Dense(2)(x)], [ROW]),
    },
    "InputLayer": {
        "two inputs": (lambda a, b: layers.Dense(3)(a) + layers.Dense(3)(b), [ROW, f32("n", 2)]),
        "integers": (lambda x: ops.cast(x, "float32") * 2, [i32("n", 4)]),
        "booleans": (lambda x: ops.logical_not(x), [flags("n", 4)]),
    },
    "Lambda": {
        "keras.ops": (lambda x: layers.Lambda(lambda y: ops.exp(y) + y[..., :1])(x), [ROWS]),
        "arguments": (lambda x: layers.Lambda(lambda y, k: k * y, arguments={"k": 3.0})(x), [ROW]),
        "two inputs": (lambda a, b: layers.Lambda(lambda ab: ab[0] - ab[1])([a, b]), [ROW, ROW]),
        "output_shape": (lambda x: layers.Lambda(lambda y: ops.sum(y, -1), output_shape=())(x), [ROW]),
        "training": (lambda x: layers.Lambda(lambda y, training=None: y if training else -y)(x), [ROW]),
    },
    "Masking": {
        "default": (lambda x: layers.Masking()(x), [ROWS]),
        "mask_value": (lambda x: layers.Masking(mask_value=1.0)(ops.round(x)), [f32("n", "s", 2)]),
        "before a pooling": (
            lambda x: layers.GlobalAveragePooling1D()(layers.Masking()(ops.round(x))),
            [f32("n", "s", 2)],
        ),
    },
    "TimeDistributed": {
        "Dense": (lambda x: layers.TimeDistributed(layers.Dense(5))(x), [ROWS]),
        "Conv2D": (lambda x: layers.TimeDistributed(layers.Conv2D(3, 3))(x), [f32("n", 5, 6, 7, 2)]),
        "of unknown length": (lambda x: layers.TimeDistributed(layers.Conv1D(3, 3))(x), [f32("n", "s", 6, 2)]),
        "BatchNormalization": (lambda x: layers.TimeDistributed(layers.BatchNormalization())(x), [ROWS]),
        "Flatten": (lambda x: layers.TimeDistributed(layers.Flatten())(x), [f32("n", "s", 2, 3)]),
        "a model": (
            lambda x: layers.TimeDistributed(keras.Sequential([keras.Input((6,)), layers.Dense(5), layers.Dense(2)]))(
                x
            ),
            [ROWS],
        ),
        "Masking before it": (lambda x: layers.TimeDistributed(layers.Dense(5))(layers.Masking()(x)), [ROWS]),
    },
    "Wrapper": {"a user's": (lambda x: Scale(layers.Dense(5))(x), [ROWS])},
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_a_layer_of_the_core_is_what_keras_computes(layer, option, tmp_path):
    check_layer(*LAYERS[layer][option], tmp_path)
