"""Steps that are layers: new ones, and ones used before."""

from __future__ import annotations

import keras
from keras import layers, ops

from generated import choose
from generated.plan import Plan, Step
from generated.program import Pick

ACTIVATIONS = (None, "relu", "gelu", "tanh", "sigmoid", "softmax", "silu")
PADDINGS = ("valid", "same")


def _known(value, rank):
    return choose.float32(value) and value.rank == rank and value.shape[-1] is not None


def _of(make, ranks):
    """A step of a layer for values of some ranks, the last axis known: `make(pick, value)`."""

    def step(pick: Pick, plan: Plan) -> Step | None:
        at = choose.operand(pick, plan, lambda value: any(_known(value, rank) for rank in ranks))
        if at is None:
            return None
        layer = make(pick, plan.values[at])
        return Step(_text(layer), (at,), lambda x: layer(x), (layer,))

    return step


def _text(layer):
    config = layer.get_config()
    kept = {
        name: value for name, value in config.items() if isinstance(value, (int, str, tuple, list)) and name != "name"
    }
    return f"{type(layer).__name__} {kept}"


def _initial():
    return {"kernel_initializer": keras.initializers.RandomNormal(stddev=0.4), "bias_initializer": "random_normal"}


def dense(pick, value):
    return layers.Dense(
        pick.one((4, 1, 8)), activation=pick.one(ACTIVATIONS), use_bias=not pick.chance(20), **_initial()
    )


def normalization(pick, value):
    kinds = (layers.LayerNormalization, layers.RMSNormalization, layers.UnitNormalization, layers.BatchNormalization)
    kind = pick.one(kinds)
    return kind(axis=pick.one((-1, 1))) if kind is not layers.RMSNormalization else kind()


def groups(pick, value):
    return layers.GroupNormalization(1 if value.shape[-1] % 2 else 2)


def convolution(dimensions):
    names = ("Conv{}D", "Conv{}DTranspose", "SeparableConv{}D", "DepthwiseConv{}D")
    kinds = [getattr(layers, name.format(dimensions)) for name in names]

    def make(pick, value):
        kind, size, padding = pick.one(kinds), pick.one((3, 1, 2)), pick.one(PADDINGS)
        strides, dilation, activation = pick.one((1, 1, 2)), pick.one((1, 1, 2)), pick.one(ACTIVATIONS[:4])
        options = {"strides": strides, "padding": padding, "activation": activation}
        if strides == 1:
            options["dilation_rate"] = dilation
        if kind in (layers.DepthwiseConv1D, layers.DepthwiseConv2D):
            return kind(size, depth_multiplier=pick.one((1, 2)), **options)
        if kind is layers.Conv1D and pick.chance(30):
            options["padding"] = "causal"
        if kind in (layers.Conv1D, layers.Conv2D) and value.shape[-1] % 2 == 0 and pick.chance(20):
            options["groups"] = 2
        return kind(pick.one((4, 2)), size, **options)

    return make


def pooling(dimensions):
    average, largest = getattr(layers, f"AveragePooling{dimensions}D"), getattr(layers, f"MaxPooling{dimensions}D")

    def make(pick, value):
        return pick.one((average, largest))(
            pick.one((2, 3)), strides=pick.one((None, 1, 2)), padding=pick.one(PADDINGS)
        )

    return make


def over_whole(dimensions):
    kinds = [getattr(layers, f"Global{kind}Pooling{dimensions}D") for kind in ("Average", "Max")]
    return lambda pick, value: pick.one(kinds)(keepdims=pick.chance(30))


def recurrent(pick, value):
    kind = pick.one((layers.LSTM, layers.GRU, layers.SimpleRNN))
    options = {"return_sequences": pick.chance(50), "go_backwards": pick.chance(25)}
    if kind is layers.GRU:
        options["reset_after"] = not pick.chance(30)
    layer = kind(pick.one((4, 3)), **options)
    return layers.Bidirectional(layer) if pick.chance(25) else layer


def small(pick, value):
    rank = value.rank
    kinds = {
        "PReLU": lambda: layers.PReLU(shared_axes=list(range(1, rank - 1)) or None, alpha_initializer="random_normal"),
        "Softmax": lambda: layers.Softmax(axis=pick.one((-1, 1))),
        "Dropout": lambda: layers.Dropout(0.3),
        "Flatten": layers.Flatten,
        "Activation": lambda: layers.Activation(pick.one(ACTIVATIONS[1:])),
        "Rescaling": lambda: layers.Rescaling(0.5, 0.25),
        "Normalization": lambda: layers.Normalization(mean=0.5, variance=2.0),
        "Permute": lambda: layers.Permute(list(range(rank - 1, 0, -1))),
        "ReLU": lambda: layers.ReLU(max_value=pick.one((None, 1.0, 6.0)), negative_slope=pick.one((0.0, 0.1))),
    }
    return kinds[pick.one(list(kinds))]()


def images(pick, value):
    kinds = {
        "UpSampling2D": lambda: layers.UpSampling2D(2, interpolation=pick.one(("nearest", "bilinear"))),
        "ZeroPadding2D": lambda: layers.ZeroPadding2D(((0, 1), (1, 2))),
        "Cropping2D": lambda: layers.Cropping2D(((0, 1), (1, 1))),
        "Resizing": lambda: layers.Resizing(5, 6, interpolation=pick.one(("bilinear", "nearest"))),
        "SpatialDropout2D": lambda: layers.SpatialDropout2D(0.2),
    }
    return kinds[pick.one(list(kinds))]()


def sequences(pick, value):
    kinds = {
        "UpSampling1D": lambda: layers.UpSampling1D(2),
        "ZeroPadding1D": lambda: layers.ZeroPadding1D((1, 2)),
        "Cropping1D": lambda: layers.Cropping1D((1, 1)),
        "EinsumDense": lambda: layers.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d"),
        "TimeDistributed": lambda: layers.TimeDistributed(layers.Dense(3)),
    }
    return kinds[pick.one(list(kinds))]()


def attention(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(pick, plan, lambda value: _known(value, 3))
    if at is None:
        return None
    value = plan.values[at]
    other = choose.operand(
        pick, plan, lambda o: _known(o, 3) and [s[0] for s in o.shapes()] == [s[0] for s in value.shapes()]
    )
    causal = pick.chance(30)
    layer = layers.GroupQueryAttention(4, 4, 2) if pick.chance(30) else layers.MultiHeadAttention(2, 4)
    return Step(
        f"{type(layer).__name__}, causal={causal}",
        (at, other),
        lambda q, v: layer(q, v, use_causal_mask=causal),
        (layer,),
    )


def embedding(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(pick, plan, lambda value: value.integer and value.rank in (1, 2))
    layer = layers.Embedding(9, pick.one((4, 6)), mask_zero=pick.chance(30))
    if at is None:
        return None
    return Step(_text(layer), (at,), lambda x: layer(ops.clip(ops.abs(x), 0, 8)), (layer,))


def merging(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(pick, plan, lambda value: choose.float32(value) and value.rank >= 2)
    if at is None:
        return None
    same = choose.operand(
        pick, plan, lambda value: choose.float32(value) and value.shapes() == plan.values[at].shapes()
    )
    layer = pick.one(
        (layers.Add, layers.Multiply, layers.Maximum, layers.Subtract, layers.Average, layers.Concatenate)
    )()
    return Step(_text(layer), (at, same), lambda *x: layer(list(x)), (layer,))


def shared(pick: Pick, plan: Plan) -> Step | None:
    """A layer that another step uses, on a value like its first."""
    users = [step for step in plan.steps if len(step.layers) == 1 and len(step.operands) == 1]
    if not users:
        return None
    user = pick.one(users)
    like = plan.values[user.operands[0]]

    def fits(value):
        return value.dtype == like.dtype and value.rank == like.rank and value.shape[1:] == like.shape[1:]

    at = choose.operand(pick, plan, fits)
    return Step(f"again {user.text}", (at,), user.function, user.layers)


STEPS = (
    _of(dense, (2, 3, 4)),
    _of(dense, (2, 3)),
    _of(normalization, (2, 3, 4)),
    _of(groups, (3, 4)),
    _of(convolution(1), (3,)),
    _of(convolution(2), (4,)),
    _of(pooling(1), (3,)),
    _of(pooling(2), (4,)),
    _of(over_whole(1), (3,)),
    _of(over_whole(2), (4,)),
    _of(recurrent, (3,)),
    _of(small, (2, 3, 4)),
    _of(images, (4,)),
    _of(sequences, (3,)),
    attention,
    embedding,
    merging,
    shared,
    shared,
)
