"""Ten networks as they are found in the wild, whose `call` is written with torch and torch.nn.functional."""

import math

import keras
import torch
import torch.nn.functional as F  # noqa: N812
from harness import f32, i32
from keras import layers
from torch import nn


class PatchEncoder(keras.Model):
    """A vision transformer's stem: patches by view and permute, a class token in front."""

    def __init__(self):
        super().__init__()
        self.project = layers.Dense(16)
        self.token = self.add_weight(shape=(1, 1, 16), name="token", initializer="random_normal")

    def call(self, image):
        b, h, w, c = image.shape
        x = image.view(b, h // 4, 4, w // 4, 4, c)
        x = x.permute(0, 1, 3, 2, 4, 5).contiguous().view(b, -1, 4 * 4 * c)
        x = self.project(x)
        x = torch.cat([self.token.value.expand(b, -1, -1), x], dim=1)
        return x.mean(dim=1)


class CausalAttention(layers.Layer):
    def build(self, shape):
        self.qkv = self.add_weight(shape=(shape[-1], 3 * shape[-1]), name="qkv", initializer="glorot_uniform")

    def call(self, x, heads=2):
        b, t, d = x.size()
        q, k, v = torch.matmul(x, self.qkv).chunk(3, dim=-1)
        q, k, v = (part.view(b, t, heads, d // heads).transpose(1, 2) for part in (q, k, v))
        scores = (q @ k.transpose(-2, -1)) / math.sqrt(d // heads)
        mask = torch.tril(torch.ones(t, t, device=x.device)).view(1, 1, t, t)
        scores = scores.masked_fill(mask == 0, torch.finfo(x.dtype).min)
        weights = F.softmax(scores, dim=-1)
        return (weights @ v).transpose(1, 2).contiguous().reshape(b, t, d)


class Block(nn.Module):
    """A module of torch itself."""

    def __init__(self, size):
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.up = nn.Linear(size, 4 * size)
        self.act = nn.GELU()
        self.down = nn.Linear(4 * size, size)

    def forward(self, x):
        return x + self.down(self.act(self.up(self.norm(x))))


class Wrapped(keras.Model):
    def __init__(self, module):
        super().__init__()
        self.block = layers.TorchModuleWrapper(module)

    def call(self, x):
        return self.block(x)


def classifier():
    """Channels first; its normalisation has statistics as training leaves them, which no Keras variable holds."""
    norm = nn.BatchNorm2d(6)
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2.0)
    stem = [nn.Conv2d(4, 6, 3, padding=1), norm, nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.5)]
    return nn.Sequential(*stem, nn.Flatten(), nn.Linear(6 * 3 * 3, 5))


class Rotary(layers.Layer):
    """Rotary positions, computed from the length of the sequence."""

    def call(self, x):
        half = x.shape[-1] // 2
        frequency = 1.0 / (10000 ** (torch.arange(0, half).float() / half))
        angle = torch.outer(torch.arange(x.shape[1], dtype=torch.float32), frequency)
        cos, sin = torch.cos(angle).unsqueeze(0), torch.sin(angle)[None]
        x1, x2 = x[..., :half], x[..., half:]
        return torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1).to(x.dtype)


class SqueezeExcite(layers.Layer):
    """Channels first, as torch has them."""

    def build(self, shape):
        self.reduce = self.add_weight(shape=(4, shape[1]), name="reduce", initializer="glorot_uniform")
        self.expand = self.add_weight(shape=(shape[1], 4), name="expand", initializer="glorot_uniform")

    def call(self, x):
        b, c, _, _ = x.size()
        y = F.adaptive_avg_pool2d(x, 1).view(b, c)
        y = torch.sigmoid(F.linear(F.relu(F.linear(y, self.reduce)), self.expand)).view(b, c, 1, 1)
        return x * y.expand_as(x)


class MaskedPooling(keras.Model):
    """Token ids, a mask from their padding, the mean over what is left."""

    def __init__(self):
        super().__init__()
        self.table = self.add_weight(shape=(20, 8), name="table", initializer="random_normal")
        self.out = layers.Dense(3)

    def call(self, ids):
        x = F.embedding(ids, self.table)
        mask = ids.ne(0).unsqueeze(-1).float()
        pooled = (x * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1.0)
        return F.log_softmax(self.out(pooled), dim=-1)


class ConvBlock(layers.Layer):
    """A residual block with weights in torch's order."""

    def build(self, shape):
        c = shape[1]
        self.kernel = self.add_weight(shape=(2 * c, c, 3, 3), name="kernel", initializer="glorot_uniform")
        self.depth = self.add_weight(shape=(2 * c, 1, 3, 3), name="depth", initializer="glorot_uniform")
        self.bias = self.add_weight(shape=(2 * c,), name="bias", initializer="random_normal")
        self.mean = self.add_weight(shape=(2 * c,), name="mean", initializer="random_normal", trainable=False)
        self.variance = self.add_weight(shape=(2 * c,), name="variance", initializer="ones", trainable=False)

    def call(self, x):
        y = F.conv2d(x, self.kernel, self.bias, padding=1)
        y = F.hardswish(F.batch_norm(y, self.mean, self.variance, eps=1e-3))
        y = F.conv2d(y, self.depth, stride=2, padding=1, groups=y.shape[1])
        y = F.max_pool2d(F.leaky_relu(y, 0.1), kernel_size=3, stride=1, padding=1)
        return F.avg_pool2d(y, 2)


class Pyramid(layers.Layer):
    """A coarse map is resized to the fine one and joined with it."""

    def call(self, x):
        coarse = F.pad(x[:, :, ::2, ::2], (1, 1, 1, 1))
        coarse = F.interpolate(coarse, size=x.shape[-2:], mode="bilinear", align_corners=False)
        finer = F.interpolate(x, scale_factor=2, mode="nearest")[:, :, ::2, 1::2]
        return torch.tanh(torch.cat([x, coarse, finer], dim=1))


class Experts(layers.Layer):
    """The two best of four experts for each token."""

    def build(self, shape):
        self.router = self.add_weight(shape=(shape[-1], 4), name="router", initializer="glorot_uniform")
        self.experts = self.add_weight(shape=(4, shape[-1], 6), name="experts", initializer="glorot_uniform")

    def call(self, x):
        probabilities = (x @ self.router).softmax(dim=-1)
        best, index = torch.topk(probabilities, 2, dim=-1)
        best = best / best.sum(dim=-1, keepdim=True)
        gates = (F.one_hot(index, num_classes=4).to(x.dtype) * best.unsqueeze(-1)).sum(dim=-2)
        return torch.einsum("bte,btd,edf->btf", gates, x, self.experts.value)


class Statistics(keras.Model):
    """Pools by the mean, the deviation, the largest and its place; normalises by the norm."""

    def __init__(self):
        super().__init__()
        self.net = layers.Dense(6)

    def call(self, x):
        x = F.dropout(self.net(x), p=0.3, training=self.trainable and False)
        largest, place = x.max(dim=1)
        features = torch.stack([x.mean(1), x.std(dim=1), largest, x.norm(dim=1)], dim=-1).flatten(1)
        y = F.normalize(features, dim=-1)
        return {"place": place, "y": torch.where(y > 0, y, torch.zeros_like(y))}


def called(model, *shape, dtype=torch.float32):
    model(torch.zeros(shape, dtype=dtype))
    return model


def alone(layer, *shape):
    x = keras.Input(shape, name="x")
    return keras.Model(x, layer(x))


NETWORKS = {
    "patches": (lambda: called(PatchEncoder(), 2, 16, 16, 3), [f32("n", 16, 16, 3)]),
    "causal attention": (lambda: alone(CausalAttention(), None, 8), [f32("n", "s", 8)]),
    "a module of torch": (lambda: called(Wrapped(Block(8).eval()), 2, 5, 8), [f32("n", 5, 8)]),
    "a module of torch in a model": (
        lambda: alone(layers.TorchModuleWrapper(classifier(), output_shape=(None, 5)), 4, 6, 6),
        [f32("n", 4, 6, 6)],
    ),
    "rotary": (lambda: alone(Rotary(), None, 8), [f32("n", "s", 8)]),
    "squeeze and excite": (lambda: alone(SqueezeExcite(), 8, None, None), [f32("n", 8, "s", "t")]),
    "masked pooling": (lambda: called(MaskedPooling(), 2, 5, dtype=torch.int32), [i32("n", 5, high=20)]),
    "convolutions": (lambda: alone(ConvBlock(), 4, 12, 12), [f32("n", 4, 12, 12)]),
    "pyramid": (lambda: alone(Pyramid(), 4, 12, 12), [f32("n", 4, 12, 12)]),
    "experts": (lambda: alone(Experts(), None, 8), [f32("n", "s", 8)]),
    "statistics": (lambda: called(Statistics(), 2, 5, 8), [f32("n", 5, 8)]),
}

UNKNOWN = {
    "torch.fft.rfft": lambda x: torch.fft.rfft(x),
    "torch.nonzero": lambda x: torch.nonzero(x),
    "torch.nn.functional.grid_sample": lambda x: F.grid_sample(x[None], x[None, ..., :2]),
    "torch.Tensor.masked_scatter": lambda x: x.masked_scatter(x > 0, x),
    "torch.randn_like": lambda x: x + torch.randn_like(x),
}


class Calling(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.forward = function


def wrapped(function):
    """The layer that calls a function which is no layer's own."""
    return layers.TorchModuleWrapper(Calling(function), name="mine")
