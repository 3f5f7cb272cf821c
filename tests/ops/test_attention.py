"""dot_product_attention, and Keras' MultiHeadAttention, whose heads must not cost a partition."""

import keras
import pytest
from harness import SIZES, check, check_model, f32, flags
from keras import ops

HEADS = ("n", "s", 2, 4)
OTHERS = ("n", "t", 2, 4)
CASES = {
    "default": (lambda q, k, v: ops.dot_product_attention(q, k, v), [f32(*HEADS), f32(*OTHERS), f32(*OTHERS)]),
    "scaled": (
        lambda q, k, v: ops.dot_product_attention(q, k, v, scale=0.3),
        [f32(*HEADS), f32(*OTHERS), f32(*OTHERS)],
    ),
    "causal": (lambda q: ops.dot_product_attention(q, q, q, is_causal=True), [f32(*HEADS)]),
    "masked": (
        lambda q, k, v, m: ops.dot_product_attention(q, k, v, mask=m),
        [f32(*HEADS), f32(*OTHERS), f32(*OTHERS), flags("n", 1, "s", "t")],
    ),
    "biased": (
        lambda q, k, v, b: ops.dot_product_attention(q, k, v, bias=b),
        [f32(*HEADS), f32(*OTHERS), f32(*OTHERS), f32("n", 2, "s", "t")],
    ),
    "shared heads": (
        lambda q, k, v: ops.dot_product_attention(q, k, v),
        [f32("n", "s", 4, 8), f32("n", "t", 2, 8), f32("n", "t", 2, 8)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_attention_is_what_keras_computes(case, tmp_path):
    function, specs = CASES[case]
    check(function, *specs, path=tmp_path)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="Keras takes such a mask on jax only")
def test_a_mask_of_the_keys_of_each_row_broadcasts_to_heads_and_queries(tmp_path):
    specs = [f32(*HEADS), f32(*OTHERS), f32(*OTHERS), flags("n", "t")]
    check(lambda q, k, v, m: ops.dot_product_attention(q, k, v, mask=m), *specs, path=tmp_path)


@pytest.mark.parametrize("dims", [(1, "s"), ("n", 16), ("n", "s")])
@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_attention_is_one_partition(dims, causal, tmp_path):
    x = keras.Input(batch_shape=[None if isinstance(dim, str) else dim for dim in (*dims, 8)])
    keras.utils.set_random_seed(3)
    model = keras.Model(x, keras.layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=causal))
    outcome = check_model(model, [f32(*dims, 8)], tmp_path, SIZES)
    partitions, outside = outcome.delegation()
    assert partitions == 1
    assert causal or outside == []
