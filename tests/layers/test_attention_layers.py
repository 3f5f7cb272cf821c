"""Attention of every kind: heads and groups, masks explicit and by Keras, causal, scores returned."""

import pytest
from harness import check_file, f32, flags, i32
from keras import layers
from layer_cases import SIZES, cases, check_layer, functional

import kelt

QUERY, VALUE, KEY = f32("n", "s", 6), f32("n", "t", 6), f32("n", "t", 6)
GRID = f32("n", 3, "s", 6)


def dot(cls, call=None, **options):
    """One of the two layers without weights of their own."""
    return lambda q, v: cls(**options)([q, v], **(call or {})), [QUERY, VALUE]


def single(cls):
    return {
        "query and value": dot(cls),
        "query, value and key": (lambda q, v, k: cls()([q, v, k]), [QUERY, VALUE, KEY]),
        "return_attention_scores": dot(cls, {"return_attention_scores": True}),
        "use_causal_mask": dot(cls, {"use_causal_mask": True}),
        "mask": (
            lambda q, v, qm, vm: cls()([q, v], mask=[qm, vm]),
            [QUERY, VALUE, flags("n", "s"), flags("n", "t")],
        ),
        "mask and use_causal_mask": (
            lambda q, v, vm: cls()([q, v], mask=[None, vm], use_causal_mask=True),
            [QUERY, VALUE, flags("n", "t")],
        ),
        "mask_zero": (
            lambda a, b: cls()([layers.Embedding(5, 4, mask_zero=True)(x) for x in (a, b)]),
            [i32("n", "s"), i32("n", "t")],
        ),
        "dropout": dot(cls, dropout=0.5),
    }


def heads(call=None, inputs=(QUERY, VALUE), **options):
    options = {"num_heads": 2, "key_dim": 3, **options}
    return lambda *x: layers.MultiHeadAttention(**options)(*x, **(call or {})), list(inputs)


def groups(call=None, inputs=(QUERY, VALUE), **options):
    options = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, **options}
    return lambda *x: layers.GroupQueryAttention(**options)(*x, **(call or {})), list(inputs)


def several(heads, cls, *positional):
    """The options that the two layers with heads share."""

    def masked(**names):
        """Masks given at the call by name."""
        specs = [QUERY, VALUE, *names.values()]
        return lambda q, v, *m: cls(*positional)(q, v, **dict(zip(names, m))), specs

    def by_keras(ids, others):
        query, value = [layers.Embedding(5, 6, mask_zero=True)(x) for x in (ids, others)]
        return cls(*positional)(query, value)

    def itself(ids):
        x = layers.Embedding(5, 6, mask_zero=True)(ids)
        return layers.GlobalAveragePooling1D()(cls(*positional)(x, x, use_causal_mask=True))

    return {
        "query and value": heads(),
        "query, value and key": heads(inputs=(QUERY, VALUE, KEY)),
        "of itself": (lambda x: cls(*positional)(x, x), [QUERY]),
        "of known lengths": heads(inputs=(f32("n", 5, 6), f32("n", 4, 6))),
        "use_causal_mask": heads({"use_causal_mask": True}),
        "return_attention_scores": heads({"return_attention_scores": True}),
        "scores, causal": heads({"return_attention_scores": True, "use_causal_mask": True}),
        "without bias": heads(use_bias=False),
        "attention_mask": masked(attention_mask=flags("n", "s", "t")),
        "attention_mask of each head": masked(attention_mask=flags("n", 1, "s", "t")),
        "key_mask": masked(key_mask=flags("n", "t")),
        "query_mask and value_mask": masked(query_mask=flags("n", "s"), value_mask=flags("n", "t")),
        "mask_zero": (by_keras, [i32("n", "s"), i32("n", "t")]),
        "mask_zero, causal, of itself": (itself, [i32("n", "s")]),
        "flash_attention off": heads(flash_attention=False),
        "dropout": heads(dropout=0.5),
        "use_gate": heads(use_gate=True),
        "sliding_window": heads(sliding_window=2, inputs=(QUERY, f32("n", "s", 6))),
    }


LAYERS = {
    "Attention": {
        **single(layers.Attention),
        "use_scale": dot(layers.Attention, use_scale=True),
        "score_mode concat": dot(layers.Attention, score_mode="concat"),
        "score_mode concat, use_scale": dot(layers.Attention, score_mode="concat", use_scale=True),
    },
    "AdditiveAttention": {
        **single(layers.AdditiveAttention),
        "use_scale off": dot(layers.AdditiveAttention, use_scale=False),
    },
    "MultiHeadAttention": {
        **several(heads, layers.MultiHeadAttention, 2, 3),
        "value_dim": heads({"return_attention_scores": True}, value_dim=5),
        "output_shape": heads(output_shape=(2, 5)),
        "attention_axes": heads(inputs=(GRID, GRID), attention_axes=2),
        "all axes": heads(inputs=(f32("n", 3, 4, 6), f32("n", 3, 4, 6)), attention_axes=(1, 2)),
        "one head": heads(num_heads=1),
        "widths that differ": heads(inputs=(QUERY, f32("n", "t", 4), f32("n", "t", 5))),
    },
    "GroupQueryAttention": {
        **several(groups, layers.GroupQueryAttention, 3, 4, 2),
        "one group": groups(num_key_value_heads=1),
        "a group a head": groups(num_key_value_heads=4),
    },
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_an_attention_is_what_keras_computes(layer, option, tmp_path):
    check_layer(*LAYERS[layer][option], tmp_path)


# Keras on jax can't run these on a CPU; the same layer told to do it step by step can.
ELSEWHERE = {
    "flash_attention": (lambda **flash: layers.MultiHeadAttention(2, 3, **flash), {"flash_attention": True}),
    "flash_attention, groups": (
        lambda **flash: layers.GroupQueryAttention(3, 4, 2, **flash),
        {"flash_attention": True},
    ),
    "value_dim": (lambda **_: layers.MultiHeadAttention(2, 3, value_dim=5), {}),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_an_attention_that_keras_can_not_run_here(case, tmp_path):
    make, options = ELSEWHERE[case]
    model = functional(lambda q, v: make(**options)(q, v), [QUERY, VALUE])
    kelt.export(model, tmp_path / "model.tflite")
    attend = make()
    attend(*model.inputs)
    attend.set_weights(model.get_weights())
    by_steps = lambda q, v: attend(q, v, return_attention_scores=True)[0]  # noqa: E731
    check_file(str(tmp_path / "model.tflite"), by_steps, [QUERY, VALUE], SIZES, 0, False)
