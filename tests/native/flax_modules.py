"""Modules of Flax in `keras.layers.FlaxLayer`, with weights as trained: nothing is zero, no variance is one."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import keras
from harness import f32, i32
from keras import layers


class Perceptron(nn.Module):
    @nn.compact
    def __call__(self, x, training=False):
        x = nn.LayerNorm()(nn.gelu(nn.Dense(16)(x)))
        return nn.DenseGeneral((3, 2))(nn.RMSNorm()(x))


class Convolutions(nn.Module):
    @nn.compact
    def __call__(self, x, training=False):
        x = nn.relu(nn.BatchNorm(use_running_average=not training)(nn.Conv(8, (3, 3))(x)))
        x = nn.avg_pool(x, (2, 2), (2, 2))
        x = nn.Conv(8, (3, 3), strides=(2, 2), padding="VALID", feature_group_count=2)(x)
        x = nn.max_pool(x, (3, 3), (2, 2), padding="SAME")
        x = nn.Dropout(0.5, deterministic=not training)(x.reshape((x.shape[0], -1)))
        return nn.Dense(3)(x)


class Waves(nn.Module):
    """Along one axis of unknown length."""

    @nn.compact
    def __call__(self, x, training=False):
        x = nn.GroupNorm(4)(nn.Conv(8, (3,), kernel_dilation=2, padding=((2, 3),))(x))
        x = nn.avg_pool(nn.swish(x), (3,), (2,), padding="SAME")
        return nn.max_pool(x, (3,), (1,), padding=((1, 1),))


class Attention(nn.Module):
    @nn.compact
    def __call__(self, ids, training=False):
        x = nn.Embed(20, 16)(ids)
        x = x + nn.MultiHeadDotProductAttention(num_heads=2)(nn.LayerNorm()(x), mask=nn.make_causal_mask(ids))
        return nn.Dense(5)(nn.gelu(nn.Dense(32)(x)))


class ByTwo(nn.Module):
    """Batch axes of a contraction, and axes in another order."""

    @nn.compact
    def __call__(self, x, training=False):
        kernel = self.param("kernel", nn.initializers.normal(), (3, 2, 5))
        y = jax.lax.dot_general(kernel, x, (((2,), (2,)), ((0,), (1,))))  # [3, 2, n]
        numbers = ("NCW", "OIW", "NWC")
        return jax.lax.conv_general_dilated(
            y.transpose(2, 0, 1), jnp.ones((4, 3, 1)), (1,), "VALID", dimension_numbers=numbers
        )


def made(module, shape, dtype="float32"):
    """The model of one FlaxLayer: without variables, Keras would ask TensorFlow for them."""
    example = jnp.zeros((2, *(dim or 7 for dim in shape)), dtype)
    start, noise = jax.random.split(jax.random.key(3))
    variables = module.init(start, example)
    variables = jax.tree.map(lambda x: 0.5 * jnp.abs(x) + 0.3 * jax.random.uniform(noise, x.shape) + 0.1, variables)
    x = keras.Input(shape, dtype=dtype, name="x")
    return keras.Model(x, layers.FlaxLayer(module, variables=variables)(x))


NETWORKS = {
    "flax: dense": (lambda: made(Perceptron(), (6,)), [f32("n", 6)]),
    "flax: convolutions": (lambda: made(Convolutions(), (16, 16, 4)), [f32("n", 16, 16, 4)]),
    "flax: along a length": (lambda: made(Waves(), (None, 6)), [f32("n", "s", 6)]),
    "flax: attention": (lambda: made(Attention(), (7,), "int32"), [i32("n", 7, high=20)]),
    "flax: contractions": (lambda: made(ByTwo(), (3, 5)), [f32("n", 3, 5)]),
}
