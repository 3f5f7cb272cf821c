"""Ten networks as they are found in the wild, whose `call` is written with jnp, jax.nn and jax.lax."""

import math

import jax
import jax.numpy as jnp
import keras
from harness import f32, i32
from jax.nn import softmax
from keras import layers
from native import flax_modules


class PatchEncoder(keras.Model):
    """A vision transformer's stem: patches by reshape and transpose, a class token in front."""

    def __init__(self):
        super().__init__()
        self.project = layers.Dense(16)
        self.token = self.add_weight(shape=(1, 1, 16), name="token", initializer="random_normal")

    def call(self, image):
        b, h, w, c = image.shape
        x = jnp.reshape(image, (b, h // 4, 4, w // 4, 4, c))
        x = jnp.transpose(x, (0, 1, 3, 2, 4, 5)).reshape(b, -1, 4 * 4 * c)
        x = self.project(x)
        token = jnp.broadcast_to(self.token.value, (b, 1, 16))
        return jnp.concatenate([token, x], axis=1).mean(axis=1)


class CausalAttention(layers.Layer):
    def build(self, shape):
        self.qkv = self.add_weight(shape=(shape[-1], 3 * shape[-1]), name="qkv", initializer="glorot_uniform")

    def call(self, x, heads=2):
        b, t, d = x.shape
        q, k, v = jnp.split(jnp.matmul(x, self.qkv.value), 3, axis=-1)
        q, k, v = (jnp.reshape(part, (b, t, heads, d // heads)) for part in (q, k, v))
        scores = jnp.einsum("bthd,bshd->bhts", q, k) / math.sqrt(d // heads)
        mask = jnp.tril(jnp.ones((t, t), dtype=bool))
        scores = jnp.where(mask, scores, jnp.finfo(scores.dtype).min)
        weights = softmax(scores, axis=-1)
        return jnp.einsum("bhts,bshd->bthd", weights, v).reshape(b, t, d)


class SwiGlu(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), name="scale", initializer="random_normal")
        self.up = self.add_weight(shape=(shape[-1], 24), name="up", initializer="glorot_uniform")
        self.down = self.add_weight(shape=(12, shape[-1]), name="down", initializer="glorot_uniform")

    def call(self, x):
        variance = jnp.mean(jnp.square(x), axis=-1, keepdims=True)
        y = x * jax.lax.rsqrt(variance + 1e-6) * self.scale.value
        gate, value = jnp.split(y @ self.up.value, 2, axis=-1)
        return x + jnp.dot(jax.nn.silu(gate) * value, self.down.value)


class Rotary(layers.Layer):
    """Rotary positions, computed from the length of the sequence."""

    def call(self, x):
        half = x.shape[-1] // 2
        frequency = 1.0 / (10000 ** (jnp.arange(0, half, dtype=jnp.float32) / half))
        angle = jnp.outer(jnp.arange(x.shape[1], dtype=jnp.float32), frequency)
        cos, sin = jnp.cos(angle)[None], jnp.sin(angle)[None]
        x1, x2 = x[..., :half], x[..., half:]
        return jnp.concatenate([x1 * cos - x2 * sin, x2 * cos + x1 * sin], axis=-1).astype(x.dtype)


class SqueezeExcite(layers.Layer):
    def __init__(self, activation=jax.nn.hard_sigmoid, **kwargs):
        super().__init__(**kwargs)
        self.reduce = layers.Dense(4)
        self.expand = layers.Dense(8)
        self.activation = activation

    def call(self, x):
        pooled = x.mean(axis=(1, 2))
        gate = self.activation(self.expand(jax.nn.relu(self.reduce(pooled))))
        return jnp.multiply(x, jnp.expand_dims(gate, (1, 2)))


class MaskedPooling(keras.Model):
    """Token ids, a mask from their padding, the mean over what is left."""

    def __init__(self):
        super().__init__()
        self.table = self.add_weight(shape=(20, 8), name="table", initializer="random_normal")
        self.out = layers.Dense(3)

    def call(self, ids):
        x = jnp.take(self.table.value, ids, axis=0)
        mask = jnp.not_equal(ids, 0).astype("float32")[:, :, jnp.newaxis]
        pooled = jnp.sum(x * mask, axis=1) / jnp.maximum(jnp.sum(mask, axis=1), 1.0)
        return jax.nn.log_softmax(self.out(pooled))


class Pyramid(layers.Layer):
    """A coarse map is resized to the fine one and joined with it."""

    def call(self, x):
        coarse = jnp.pad(x[:, ::2, ::2], ((0, 0), (1, 1), (1, 1), (0, 0)))
        b, h, w, _ = x.shape
        coarse = jax.image.resize(coarse, (b, h, w, coarse.shape[-1]), method="bilinear")
        return jnp.tanh(jnp.concatenate([x, coarse], axis=-1))


class CornersMeet(layers.Layer):
    """Resizes an image so that its corners stay in their places."""

    def call(self, x):
        b, h, w, channels = x.shape
        scale = jnp.array([(2 * h - 1) / (h - 1), (2 * w - 1) / (w - 1)])
        shape = (b, 2 * h, 2 * w, channels)
        return jax.image.scale_and_translate(x, shape, (1, 2), scale, 0.5 - scale / 2, "linear", antialias=False)


class Experts(layers.Layer):
    """The two best of four experts for each token."""

    def build(self, shape):
        self.router = self.add_weight(shape=(shape[-1], 4), name="router", initializer="glorot_uniform")
        self.experts = self.add_weight(shape=(4, shape[-1], 6), name="experts", initializer="glorot_uniform")

    def call(self, x):
        probabilities = jax.nn.softmax(x @ self.router.value)
        best, index = jax.lax.top_k(probabilities, 2)
        best = best / jnp.sum(best, axis=-1, keepdims=True)
        gates = jnp.sum(jax.nn.one_hot(index, 4) * best[..., None], axis=-2)
        return jnp.einsum("bte,btd,edf->btf", gates, x, self.experts.value)


class Coupling(keras.Model):
    """An affine coupling of a normalising flow, with the logarithm of its determinant."""

    def __init__(self):
        super().__init__()
        self.net = layers.Dense(6)

    def call(self, x):
        kept, moved = x[:, :3], x[:, 3:]
        log_scale, shift = jnp.split(jnp.clip(self.net(kept), -2.0, 2.0), 2, axis=-1)
        moved = moved * jnp.exp(log_scale) + shift
        y = jnp.concatenate((kept, moved), axis=-1)
        return {"log_det": jax.scipy.special.logsumexp(log_scale, axis=-1), "y": jnp.flip(y, axis=-1)}


@jax.jit
def instance_norm(x, epsilon=1e-5):
    return (x - jnp.mean(x, (1, 2), keepdims=True)) / jnp.sqrt(jnp.var(x, (1, 2), keepdims=True) + epsilon)


class PixelShuffle(layers.Layer):
    """A helper of the user's own under jax.jit, and an update in place."""

    def call(self, x):
        b, h, w, c = x.shape
        y = instance_norm(x).reshape((b, h, w, 2, 2, c // 4))
        y = y.transpose(0, 1, 3, 2, 4, 5).reshape(b, h * 2, w * 2, c // 4)
        return jax.nn.leaky_relu(y.at[:, 0].set(0.5), 0.1)


def perceptron(params, inputs):
    """A network of jax alone, with its weights in a dict."""
    hidden = jax.nn.gelu(inputs @ params["up"]["kernel"] + params["up"]["bias"])
    return jnp.tanh(jnp.dot(hidden, params["down"])) * params["scale"]


def of_jax(function):
    """Weights that are given: without them Keras asks for TensorFlow."""
    first, second = jax.random.split(jax.random.key(3))
    up = {"kernel": jax.random.normal(first, (8, 16)), "bias": jnp.linspace(-1.0, 1.0, 16)}
    params = {"up": up, "down": 0.3 * jax.random.normal(second, (16, 4)), "scale": 2.0}
    return layers.JaxLayer(function, params=params)


def centred(params, state, inputs, training):
    """Keeps a mean from run to run in training, and uses it otherwise."""
    mean = jnp.mean(inputs, axis=(0, 1)) if training else state["mean"]
    return (inputs - mean) * params, {"mean": mean}


def with_state():
    return layers.JaxLayer(centred, params=jnp.linspace(0.5, 2.0, 8), state={"mean": jnp.linspace(-1.0, 1.0, 8)})


def called(model, *shape, dtype="float32"):
    model(jnp.zeros(shape, dtype))
    return model


def alone(layer, *shape):
    x = keras.Input(shape, name="x")
    return keras.Model(x, layer(x))


NETWORKS = {
    "patches": (lambda: called(PatchEncoder(), 2, 16, 16, 3), [f32("n", 16, 16, 3)]),
    "causal attention": (lambda: alone(CausalAttention(), None, 8), [f32("n", "s", 8)]),
    "swiglu": (lambda: alone(SwiGlu(), None, 8), [f32("n", "s", 8)]),
    "rotary": (lambda: alone(Rotary(), None, 8), [f32("n", "s", 8)]),
    "squeeze and excite": (lambda: alone(SqueezeExcite(), None, None, 8), [f32("n", "s", "t", 8)]),
    "masked pooling": (lambda: called(MaskedPooling(), 2, 5, dtype="int32"), [i32("n", 5, high=20)]),
    "pyramid": (lambda: alone(Pyramid(), 12, 12, 4), [f32("n", 12, 12, 4)]),
    "corners meet": (lambda: alone(CornersMeet(), 6, 5, 4), [f32("n", 6, 5, 4)]),
    "experts": (lambda: alone(Experts(), None, 8), [f32("n", "s", 8)]),
    "coupling": (lambda: called(Coupling(), 2, 6), [f32("n", 6)]),
    "a function of jax": (lambda: alone(of_jax(perceptron), None, 8), [f32("n", "s", 8)]),
    "a function of jax, jitted": (lambda: alone(of_jax(jax.jit(perceptron)), None, 8), [f32("n", "s", 8)]),
    "a function of jax with a state": (lambda: alone(with_state(), 5, 8), [f32("n", 5, 8)]),
    "pixel shuffle": (lambda: alone(PixelShuffle(), 4, 6, 8), [f32("n", 4, 6, 8)]),
    **flax_modules.NETWORKS,
}


class Spectrum(layers.Layer):
    """Uses functions that no table has."""

    def call(self, x):
        return jnp.abs(jnp.fft.rfft(x))


UNKNOWN = {
    "jax.numpy.fft.rfft": lambda x: jnp.fft.rfft(x),
    "jax.numpy.unwrap": lambda x: jnp.unwrap(x),
    "jax.lax.conv_general_dilated_patches": lambda x: jax.lax.conv_general_dilated_patches(x, (2,), (1,), "SAME"),
    "jax.Array.byteswap": lambda x: x.byteswap(),
    # One that starts from 1.
    "jax.lax.reduce_window": lambda x: jax.lax.reduce_window(x, 1.0, jax.lax.add, (1, 2, 1), (1, 1, 1), "VALID"),
}


def wrapped(function):
    """The layer that calls a function which is no layer's own."""
    return layers.JaxLayer(lambda params, inputs: function(inputs), params={"scale": jnp.ones(())}, name="mine")
