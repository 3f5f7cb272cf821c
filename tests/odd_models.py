"""Small models as users build them: name → what gives the model, its inputs in order, and sizes to run at."""

import keras
import numpy as np
from harness import SIZES, f32, i32
from keras import Input, Model, layers, ops

IMAGES = ({"n": 2, "h": 9, "w": 12}, {"n": 1, "h": 15, "w": 6})


def unet():
    """Its height and width must be multiples of 4."""
    x = inputs = Input((None, None, 3))
    skips = []
    for width in (6, 8):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.BatchNormalization()(x)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    for width, skip in zip((8, 6), reversed(skips)):
        x = layers.Conv2DTranspose(width, 2, strides=2)(x)
        x = layers.Conv2D(width, 3, padding="same")(layers.Concatenate()([x, skip]))
    sizes = ({"n": 2, "h": 8, "w": 12}, {"n": 1, "h": 20, "w": 4})
    return Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x)), [f32("n", "h", "w", 3)], sizes


def two_towers():
    user, item = Input((), dtype="int32", name="user"), Input((), dtype="int32", name="item")
    history = Input((None,), dtype="int32", name="history")
    items = layers.Embedding(50, 8, mask_zero=True)
    past = layers.GlobalAveragePooling1D()(items(history))
    left = layers.Dense(8, activation="relu")(layers.Concatenate()([layers.Embedding(30, 8)(user), past]))
    score = layers.Dot(axes=1, normalize=True)([left, layers.Dense(8)(items(item))])
    model = Model({"user": user, "item": item, "history": history}, {"score": score, "vector": left})
    return model, [i32("n", high=30), i32("n", high=50), i32("n", "s", low=1, high=50)], SIZES[:2]


def siamese():
    left, right = Input((12, 12, 1), name="left"), Input((12, 12, 1), name="right")
    tower = keras.Sequential([layers.Conv2D(4, 3, activation="tanh"), layers.Flatten(), layers.Dense(6)], name="tower")
    distance = layers.Lambda(lambda pair: ops.norm(pair[0] - pair[1], axis=1, keepdims=True))
    return (
        Model([left, right], layers.Dense(1)(distance([tower(left), tower(right)]))),
        [f32("n", 12, 12, 1)] * 2,
        SIZES,
    )


def tabular():
    age, kind = Input((1,), name="age"), Input((1,), dtype="int32", name="kind")
    tags = Input((None,), dtype="int32", name="tags")
    scaled = layers.Normalization(mean=40.0, variance=100.0)(age)
    bins = layers.Discretization([20.0, 40.0, 60.0], output_mode="one_hot")(age)
    kinds = layers.CategoryEncoding(5, output_mode="one_hot")(kind)
    x = layers.Concatenate()([scaled, bins, kinds, layers.CategoryEncoding(9, output_mode="multi_hot")(tags)])
    model = Model({"age": age, "kind": kind, "tags": tags}, {"risk": layers.Dense(1, activation="sigmoid")(x)})
    return model, [f32("n", 1, low=10, high=80), i32("n", 1), i32("n", "s", high=9)], SIZES


class Experts(layers.Layer):
    """Each token goes to the best two of four."""

    def build(self, shape):
        self.gate = self.add_weight(shape=(shape[-1], 4), initializer="glorot_uniform", name="gate")
        self.up = self.add_weight(shape=(4, shape[-1], 6), initializer="glorot_uniform", name="up")
        self.down = self.add_weight(shape=(4, 6, shape[-1]), initializer="glorot_uniform", name="down")

    def call(self, x):
        shape = ops.shape(x)
        x = ops.reshape(x, (-1, shape[-1]))
        count = ops.shape(x)[0]
        best, chosen = ops.top_k(ops.matmul(x, self.gate), 2)
        rows = ops.broadcast_to(ops.arange(count)[:, None], (count, 2))
        places = ops.stack([ops.ravel(rows), ops.ravel(ops.cast(chosen, rows.dtype))], axis=-1)
        gates = ops.scatter(places, ops.ravel(ops.softmax(best)), (count, 4))
        made = ops.einsum("enh,ehd->end", ops.gelu(ops.einsum("nd,edh->enh", x, self.up)), self.down)
        return ops.reshape(ops.einsum("ne,end->nd", gates, made), shape)


def mixture_of_experts():
    inputs = Input((None, 6))
    return Model(inputs, inputs + Experts()(layers.LayerNormalization()(inputs))), [f32("n", "s", 6)], SIZES


class Messages(layers.Layer):
    """Each node sums up what its neighbours send."""

    def __init__(self, units):
        super().__init__()
        self.send, self.update = layers.Dense(units, activation="relu"), layers.Dense(units)

    def call(self, nodes, edges):
        source, target = edges[:, 0], edges[:, 1]
        ends = ops.concatenate([ops.take(nodes, source, axis=0), ops.take(nodes, target, axis=0)], axis=-1)
        sums = ops.segment_sum(self.send(ends), target, num_segments=ops.shape(nodes)[0])
        return self.update(ops.concatenate([nodes, sums], axis=-1))


def graph_network():
    nodes = Input(batch_shape=(None, 4), name="nodes")
    edges = Input(batch_shape=(None, 2), dtype="int32", name="edges")
    x = Messages(5)(layers.ReLU()(Messages(6)(nodes, edges)), edges)
    sizes = ({"v": 5, "e": 9}, {"v": 8, "e": 12}, {"v": 7, "e": 1})
    return Model([nodes, edges], ops.mean(x, axis=0)), [f32("v", 4), i32("e", 2, high=5)], sizes


class Suppression(layers.Layer):
    """The four best boxes, without those that cover one another."""

    def call(self, boxes, scores):
        area = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
        low = ops.maximum(boxes[:, :, None, :2], boxes[:, None, :, :2])
        high = ops.minimum(boxes[:, :, None, 2:], boxes[:, None, :, 2:])
        shared = ops.prod(ops.maximum(high - low, 0.0), axis=-1)
        overlap = shared / (area[:, :, None] + area[:, None] - shared)

        def body(i, state):
            left, picked = state
            best = ops.argmax(left, axis=-1)
            covered = ops.take_along_axis(overlap, best[:, None, None], axis=1)[:, 0] > 0.3
            left = ops.where(ops.logical_or(covered, ops.one_hot(best, 9) > 0), -1.0, left)
            return left, ops.slice_update(picked, (0, i), ops.cast(best[:, None], "int32"))

        none = ops.zeros((ops.shape(scores)[0], 4), dtype="int32")
        return ops.fori_loop(0, 4, body, (scores, none))[1]


def suppression():
    corners, scores = Input((9, 2), name="corners"), Input((9,), name="scores")
    boxes = layers.Concatenate()([corners, layers.Rescaling(1.0, 0.6)(corners)])
    model = Model([corners, scores], Suppression()(boxes, scores))
    return model, [f32("n", 9, 2, low=0, high=1), f32("n", 9, low=0, high=1)], SIZES


class Capsules(layers.Layer):
    """Routing by agreement."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[1], 5, shape[2], 6), initializer="glorot_uniform", name="kernel")

    @staticmethod
    def squash(x):
        square = ops.sum(ops.square(x), axis=-1, keepdims=True)
        return square / (1 + square) * x / ops.sqrt(square + 1e-7)

    def call(self, x):
        votes = ops.einsum("bid,ijde->bije", x, self.kernel)

        def mean(logits):
            return self.squash(ops.sum(ops.softmax(logits, axis=2)[..., None] * votes, axis=1))

        def route(_, logits):
            return logits + ops.einsum("bije,bje->bij", votes, mean(logits))

        return mean(ops.fori_loop(0, 3, route, ops.zeros((ops.shape(x)[0], ops.shape(x)[1], 5))))


def capsules():
    inputs = Input((8, 8, 1))
    x = layers.Reshape((-1, 4))(layers.Conv2D(8, 3, strides=2)(inputs))
    capsules = Capsules()(layers.Lambda(Capsules.squash)(x))
    return Model(inputs, layers.Lambda(lambda x: ops.norm(x, axis=-1))(capsules)), [f32("n", 8, 8, 1)], SIZES


class Gram(layers.Layer):
    """The style of an image."""

    def call(self, x):
        batch, height, width, channels = ops.shape(x)
        rows = ops.reshape(ops.transpose(x, (0, 3, 1, 2)), (batch, channels, height * width))
        return ops.matmul(rows, ops.transpose(rows, (0, 2, 1))) / ops.cast(height * width * channels, "float32")


def style():
    inputs = Input((None, None, 3))
    first = layers.Conv2D(4, 3, activation="relu")(inputs)
    return Model(inputs, [Gram()(first), Gram()(layers.Conv2D(4, 3)(first))]), [f32("n", "h", "w", 3)], IMAGES


class GridSample(layers.Layer):
    """The image, seen through an affine map that another network found."""

    def call(self, image, theta):
        batch, height, width, channels = ops.shape(image)
        rows, columns = ops.meshgrid(ops.linspace(-1.0, 1.0, height), ops.linspace(-1.0, 1.0, width), indexing="ij")
        grid = ops.stack([ops.ravel(columns), ops.ravel(rows), ops.ones((height * width,))])
        places = ops.matmul(ops.reshape(theta, (-1, 2, 3)), grid)
        x, y = (places[:, 0] + 1) * (width - 1) / 2, (places[:, 1] + 1) * (height - 1) / 2
        flat = ops.reshape(image, (batch, height * width, channels))
        total = 0.0
        for right, low in ((0, 0), (0, 1), (1, 0), (1, 1)):
            column, row = ops.floor(x) + right, ops.floor(y) + low
            weight = (1 - ops.abs(x - column)) * (1 - ops.abs(y - row))
            index = ops.clip(row, 0, height - 1) * width + ops.clip(column, 0, width - 1)
            total += ops.take_along_axis(flat, ops.cast(index, "int32")[..., None], axis=1) * weight[..., None]
        return ops.reshape(total, (batch, height, width, channels))


def spatial_transformer():
    image = Input((None, None, 1))
    turn = layers.Dense(6, kernel_initializer=keras.initializers.RandomNormal(stddev=0.1))
    theta = turn(layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(image)))
    theta = layers.Lambda(lambda x: x + np.array([1, 0, 0, 0, 1, 0], "float32"))(theta)
    return Model(image, GridSample()(image, theta)), [f32("n", "h", "w", 1)], IMAGES


MODELS = {
    "unet": unet,
    "two towers": two_towers,
    "siamese": siamese,
    "tabular": tabular,
    "mixture of experts": mixture_of_experts,
    "graph network": graph_network,
    "suppression of boxes": suppression,
    "capsules": capsules,
    "style": style,
    "spatial transformer": spatial_transformer,
}
