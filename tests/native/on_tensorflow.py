"""Ten networks as they are found in the wild, whose `call` is written with tf, tf.nn, tf.math and tf.image."""

import keras
import tensorflow as tf
from harness import f32, i32
from keras import layers


class PatchEncoder(keras.Model):
    """A vision transformer's stem, as in Keras' own examples."""

    def __init__(self):
        super().__init__()
        self.project = layers.Dense(16)
        self.position = layers.Embedding(16, 16)

    def call(self, images):
        batch_size = tf.shape(images)[0]
        patches = tf.image.extract_patches(
            images=images, sizes=[1, 4, 4, 1], strides=[1, 4, 4, 1], rates=[1, 1, 1, 1], padding="VALID"
        )
        patches = tf.reshape(patches, [batch_size, -1, patches.shape[-1]])
        positions = tf.expand_dims(tf.range(start=0, limit=16, delta=1), axis=0)
        x = self.project(patches) + self.position(positions)
        return tf.reduce_mean(x, axis=1)


class CausalAttention(layers.Layer):
    """The mini-GPT of Keras' examples, with its mask from band_part and tile."""

    def build(self, shape):
        self.qkv = self.add_weight(shape=(shape[-1], 3 * shape[-1]), name="qkv", initializer="glorot_uniform")

    def call(self, x, heads=2):
        shape = tf.shape(x)
        b, t, d = shape[0], shape[1], x.shape[-1]
        q, k, v = tf.split(tf.matmul(x, self.qkv), 3, axis=-1)
        q, k, v = (tf.transpose(tf.reshape(part, (b, t, heads, d // heads)), perm=[0, 2, 1, 3]) for part in (q, k, v))
        scores = tf.matmul(q, k, transpose_b=True) / tf.math.sqrt(tf.cast(d // heads, tf.float32))
        mask = tf.linalg.band_part(tf.ones((t, t)), -1, 0)
        scores += (1.0 - mask[tf.newaxis, tf.newaxis]) * -1e9
        attended = tf.matmul(tf.nn.softmax(scores, axis=-1), v)
        return tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), tf.stack([b, t, d]))


class Normalise(layers.Layer):
    """Layer normalisation and a gated unit by hand; the call is a tf.function."""

    def build(self, shape):
        self.gamma = self.add_weight(shape=(shape[-1],), name="gamma", initializer="random_normal")
        self.kernel = self.add_weight(shape=(shape[-1], 16), name="kernel", initializer="glorot_uniform")
        self.bias = self.add_weight(shape=(16,), name="bias", initializer="random_normal")

    @tf.function
    def call(self, x):
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        y = (x - mean) * tf.math.rsqrt(variance + 1e-6) * self.gamma
        y = tf.nn.bias_add(tf.tensordot(y, self.kernel, axes=[[2], [0]]), self.bias)
        gate, value = tf.split(y, num_or_size_splits=2, axis=-1)
        return tf.concat([x, tf.nn.swish(gate) * value], axis=-1)


class Positions(layers.Layer):
    """Sinusoidal positions, computed from the length of the sequence."""

    def call(self, x):
        length, size = tf.shape(x)[1], x.shape[-1]
        position = tf.cast(tf.range(length), tf.float32)[:, tf.newaxis]
        channel = tf.range(size // 2, dtype=tf.float32)[tf.newaxis, :]
        angle = position / tf.pow(10000.0, 2.0 * channel / tf.cast(size, tf.float32))
        table = tf.concat([tf.sin(angle), tf.cos(angle)], axis=-1)
        return x * tf.sqrt(float(size)) + tf.cast(table[tf.newaxis], x.dtype)


class SqueezeExcite(layers.Layer):
    def build(self, shape):
        self.squeeze = self.add_weight(shape=(shape[-1], 4), name="squeeze", initializer="glorot_uniform")
        self.excite = self.add_weight(shape=(4, shape[-1]), name="excite", initializer="glorot_uniform")

    def call(self, x):
        y = tf.reduce_mean(x, axis=[1, 2], keepdims=True)
        y = tf.nn.relu(tf.einsum("bhwc,cd->bhwd", y, self.squeeze))
        return tf.multiply(x, tf.math.sigmoid(tf.einsum("bhwc,cd->bhwd", y, self.excite)))


class MaskedPooling(keras.Model):
    """Token ids, a mask from their padding, the mean over what is left."""

    def __init__(self):
        super().__init__()
        self.table = self.add_weight(shape=(20, 8), name="table", initializer="random_normal")
        self.out = layers.Dense(3)

    def call(self, ids):
        tf.debugging.assert_rank(ids, 2)
        x = tf.nn.embedding_lookup(self.table, ids)
        mask = tf.cast(tf.not_equal(ids, 0), tf.float32)
        total = tf.reduce_sum(x * tf.expand_dims(mask, -1), axis=1)
        pooled = tf.math.divide_no_nan(total, tf.reduce_sum(mask, axis=1, keepdims=True))
        return tf.nn.log_softmax(self.out(pooled))


class UNet(layers.Layer):
    """Convolutions with weights of the user's own, pooled, resized to twice their size and joined."""

    def build(self, shape):
        c = shape[-1]
        self.down = self.add_weight(shape=(3, 3, c, 8), name="down", initializer="glorot_uniform")
        self.depth = self.add_weight(shape=(3, 3, 8, 1), name="depth", initializer="glorot_uniform")

    def call(self, x):
        y = tf.nn.relu(tf.nn.conv2d(x, self.down, strides=1, padding="SAME"))
        y = tf.nn.max_pool2d(y, ksize=2, strides=2, padding="VALID")
        y = tf.nn.depthwise_conv2d(y, self.depth, strides=[1, 1, 1, 1], padding="SAME")
        y = tf.image.resize(tf.nn.leaky_relu(y), tf.shape(y)[1:3] * 2, method="bilinear")
        y = tf.pad(y, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="CONSTANT")[:, 1:-1, 1:-1, :]
        return tf.concat([x, y], axis=3)


class Experts(layers.Layer):
    """The two best of four experts for each token."""

    def build(self, shape):
        self.router = self.add_weight(shape=(shape[-1], 4), name="router", initializer="glorot_uniform")
        self.experts = self.add_weight(shape=(4, shape[-1], 6), name="experts", initializer="glorot_uniform")

    def call(self, x):
        best, index = tf.math.top_k(tf.nn.softmax(tf.matmul(x, self.router)), k=2)
        best /= tf.reduce_sum(best, axis=-1, keepdims=True)
        gates = tf.reduce_sum(tf.one_hot(index, 4) * best[..., tf.newaxis], axis=-2)
        return tf.einsum("bte,btd,edf->btf", gates, x, self.experts)


class Sampling(keras.Model):
    """The encoder of a variational autoencoder at inference, with several outputs."""

    def __init__(self):
        super().__init__()
        self.net = layers.Dense(8)

    def call(self, x, training=False):
        mean, log_variance = tf.unstack(tf.reshape(self.net(x), [-1, 2, 4]), axis=1)
        log_variance = tf.clip_by_value(log_variance, -3.0, 3.0)
        z = mean
        if training:
            z += tf.exp(0.5 * log_variance) * tf.random.normal(shape=tf.shape(mean))
        kl = -0.5 * tf.reduce_sum(1 + log_variance - tf.square(mean) - tf.exp(log_variance), axis=1)
        return {"class": tf.argmax(z, axis=-1), "kl": kl, "z": tf.math.l2_normalize(z, axis=-1)}


class Boxes(layers.Layer):
    """Decodes boxes against a grid of anchors, as detectors do."""

    def call(self, x):
        height, width = x.shape[1], x.shape[2]
        columns, rows = tf.meshgrid(tf.range(width), tf.range(height))
        grid = tf.cast(tf.stack([columns, rows], axis=-1), x.dtype)
        centre = (tf.nn.sigmoid(x[..., 0:2]) + grid) / tf.constant([width, height], dtype=tf.float32)
        size = tf.exp(tf.minimum(x[..., 2:4], 2.0)) * tf.constant([0.1, 0.2])
        boxes = tf.concat([centre - size / 2.0, centre + size / 2.0], axis=-1)
        score = tf.where(x[..., 4:] > 0.0, tf.sigmoid(x[..., 4:]), tf.zeros_like(x[..., 4:]))
        boxes = tf.squeeze(tf.concat([boxes, score], axis=-1)[:, :, :, tf.newaxis], axis=3)
        return tf.reshape(boxes, (tf.shape(boxes)[0], height * width, 5))


def called(model, *shape, dtype="float32"):
    model(tf.zeros(shape, dtype))
    return model


def alone(layer, *shape):
    x = keras.Input(shape, name="x")
    return keras.Model(x, layer(x))


NETWORKS = {
    "patches": (lambda: called(PatchEncoder(), 2, 16, 16, 3), [f32("n", 16, 16, 3)]),
    "causal attention": (lambda: alone(CausalAttention(), None, 8), [f32("n", "s", 8)]),
    "normalise": (lambda: alone(Normalise(), None, 8), [f32("n", "s", 8)]),
    "positions": (lambda: alone(Positions(), None, 8), [f32("n", "s", 8)]),
    "squeeze and excite": (lambda: alone(SqueezeExcite(), None, None, 8), [f32("n", "s", "t", 8)]),
    "masked pooling": (lambda: called(MaskedPooling(), 2, 5, dtype="int32"), [i32("n", 5, high=20)]),
    "u-net": (lambda: alone(UNet(), 12, 16, 3), [f32("n", 12, 16, 3)]),
    "experts": (lambda: alone(Experts(), None, 8), [f32("n", "s", 8)]),
    "sampling": (lambda: called(Sampling(), 2, 6), [f32("n", 6)]),
    "boxes": (lambda: alone(Boxes(), 3, 4, 5), [f32("n", 3, 4, 5)]),
}

UNKNOWN = {
    "tf.signal.rfft": lambda x: tf.abs(tf.signal.rfft(x)),
    "tf.boolean_mask": lambda x: tf.boolean_mask(x, x > 0),
    "tf.raw_ops.Relu": lambda x: tf.raw_ops.Relu(features=x),
    "tf.random.normal": lambda x: x + tf.random.normal(tf.shape(x)),
}
