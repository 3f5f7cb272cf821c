"""What `torch.nn.functional.*` stands for in `keras.ops`: images are channels-first here."""

from __future__ import annotations

import math

from keras import ops

from kelt.tracing.foreign.twins import same, typed

F = "torch.nn.functional."


def as_int64(x):
    """The dtype that torch gives to indices."""
    return ops.cast(x, "int64")


def integer_default(numbers) -> str:
    """The dtype of torch for Python numbers."""
    flat = [leaf for item in numbers for leaf in (item if isinstance(item, (list, tuple)) else (item,))]
    if flat and isinstance(flat[0], (list, tuple)):
        return integer_default(flat)
    if flat and all(isinstance(item, bool) for item in flat):
        return "bool"
    return "float32" if any(isinstance(item, float) for item in flat) or not flat else "int64"


def norm(x, p=2, dim=None, keepdim=False):
    """The p-norm; over all axes, it is that of the flat tensor."""
    p = 2 if p in ("fro", None) else p
    axes = tuple(dim) if isinstance(dim, (list, tuple)) else dim
    if p == 2:
        return ops.sqrt(ops.sum(ops.square(x), axes, keepdim))
    if p == 1:
        return ops.sum(ops.abs(x), axes, keepdim)
    if p == math.inf:
        return ops.max(ops.abs(x), axes, keepdim)
    return ops.power(ops.sum(ops.power(ops.abs(x), p), axes, keepdim), 1.0 / p)


def _plus(x, bias):
    return x if bias is None else x + bias


def _not_training(name, x, training):
    if training:
        raise ValueError(f"torch.nn.functional.{name}(training=True) is random; pass the layer's own `training`")
    return x


def _pairs(value, rank):
    return (value,) * rank if isinstance(value, int) else tuple(value) * (rank if len(value) == 1 else 1)


def _by_channel(vector, x):
    """A vector that stands on axis 1."""
    return ops.reshape(vector, (1, -1, *(1 for _ in x.shape[2:])))


def _padded(x, padding, value):
    sides = [(p, p) for p in _pairs(padding, len(x.shape) - 2)]
    if not any(p for p, _ in sides):
        return x
    return ops.pad(x, ((0, 0), (0, 0), *sides), constant_values=value)


def _conv(x, weight, bias, stride, padding, dilation):
    rank = len(x.shape) - 2
    kernel = ops.transpose(weight, (*range(2, rank + 2), 1, 0))
    if not isinstance(padding, str):
        x, padding = _padded(x, padding, 0.0), "valid"
    y = ops.conv(x, kernel, _pairs(stride, rank), padding, "channels_first", _pairs(dilation, rank))
    return y if bias is None else y + _by_channel(bias, y)


def _pool(pool, x, size, stride, padding, ceil_mode, value, dilation=1):
    rank = len(x.shape) - 2
    if ceil_mode or dilation not in (1, (1,) * rank):
        raise ValueError("pooling with ceil_mode, dilation or return_indices; write it with keras.ops")
    if value is None and any(_pairs(padding, rank)):
        raise ValueError("average pooling with count_include_pad=False; write it with keras.ops")
    return pool(_padded(x, padding, value), _pairs(size, rank), _pairs(stride or size, rank), "valid", "channels_first")


def _max_pool(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    odd = ceil_mode or return_indices
    return _pool(ops.max_pool, input, kernel_size, stride, padding, odd, -math.inf, dilation)


def _embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    if max_norm is not None:
        raise ValueError("embedding(max_norm=…) changes its table; write it with keras.ops.take")
    return ops.take(weight, input, axis=0)


def _adaptive(pool, reduce, x, size):
    rank = len(x.shape) - 2
    size = tuple(x.shape[i + 2] if s is None else s for i, s in enumerate(_pairs(size, rank)))
    if size == (1,) * rank:
        return reduce(x, tuple(range(2, rank + 2)), True)
    return pool(x, size, "channels_first")


def _layer_norm(x, count, weight, bias, eps):
    if count == 1:
        return ops.layer_normalization(x, weight, bias, -1, eps)
    return _affine(_standard(x, tuple(range(-count, 0)), eps), weight, bias)


def _standard(x, axes, eps):
    centred = x - ops.mean(x, axes, True)
    return centred * ops.rsqrt(ops.mean(ops.square(centred), axes, True) + eps)


def _affine(x, weight, bias):
    return _plus(x if weight is None else x * weight, bias)


def _batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    if training or running_mean is None:
        raise ValueError("batch_norm(training=True) depends on the batch; pass the running statistics")
    return ops.batch_normalization(input, running_mean, running_var, 1, bias, weight, eps)


def _instance_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-5
):
    if not use_input_stats:
        return _batch_norm(input, running_mean, running_var, weight, bias, eps=eps)
    return _group_norm(input, input.shape[1], weight, bias, eps)


def _group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    x, groups, shape = input, num_groups, input.shape
    y = ops.reshape(x, (shape[0], groups, shape[1] // groups, *shape[2:]))
    y = ops.reshape(_standard(y, tuple(range(2, len(y.shape))), eps), shape)
    weight = None if weight is None else _by_channel(weight, y)
    return _affine(y, weight, None if bias is None else _by_channel(bias, y))


def _rms_norm(x, count, weight, eps):
    eps = 1.1920929e-07 if eps is None else eps
    y = x * ops.rsqrt(ops.mean(ops.square(x), tuple(range(-count, 0)), True) + eps)
    return y if weight is None else y * weight


def _attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """(…, length, size), as torch has it."""
    mask = attn_mask
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = ops.matmul(query, ops.swapaxes(key, -1, -2)) * scale
    if is_causal:
        mask = ops.tril(ops.ones((query.shape[-2], key.shape[-2]), "bool"))
    if mask is not None:
        bool_mask = str(mask.dtype).endswith("bool")
        scores = ops.where(mask, scores, -1e30) if bool_mask else scores + mask
    return ops.matmul(ops.softmax(scores, -1), value)


def _softplus(x, beta):
    return ops.softplus(x) if beta == 1 else ops.softplus(x * beta) / beta


def _pad(x, pad, mode, value):
    """Pairs of sides, the last axis first."""
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
    pairs = [(0, 0)] * (len(x.shape) - len(pairs)) + pairs
    if any(side < 0 for pair in pairs for side in pair):
        raise ValueError("torch.nn.functional.pad with a negative side; slice the tensor instead")
    names = {"replicate": "edge", "circular": "wrap"}
    if mode == "constant":
        return ops.pad(x, pairs, constant_values=0 if value is None else value)
    return ops.pad(x, pairs, names.get(mode, mode))


def _interpolate(input, size=None, scale_factor=None, mode="nearest", align_corners=None, antialias=False):
    x, scale, old = input, scale_factor, input.shape[2:]
    if size is None:
        scale = _pairs(scale, len(old)) if isinstance(scale, (int, list, tuple)) else (scale,) * len(old)
        size = tuple(math.floor(length * factor) for length, factor in zip(old, scale))
    size = _pairs(size, len(old))
    if mode == "nearest":  # torch takes the element before, not the nearest
        for axis, (before, after) in enumerate(zip(old, size), 2):
            if after % before == 0:
                x = ops.repeat(x, after // before, axis) if after != before else x
            elif before % after == 0:
                x = x[(slice(None),) * axis + (slice(None, None, before // after),)]
            else:
                raise ValueError("interpolate(mode='nearest') by a factor that is not whole; use mode='bilinear'")
        return x
    if mode != "bilinear" or align_corners:
        raise ValueError(f"interpolate(mode={mode!r}, align_corners={align_corners}); use keras.ops.image.resize")
    return ops.image.resize(x, size, "bilinear", antialias, data_format="channels_first")


NN = {
    **same(F, "hardsigmoid=hard_sigmoid hardswish=hard_silu logsigmoid=log_sigmoid relu relu6 selu sigmoid silu"),
    **same(F, "softsign tanh tanhshrink=tanh_shrink"),
    F + "adaptive_avg_pool1d": lambda input, output_size: _adaptive(
        ops.adaptive_average_pool, ops.mean, input, output_size
    ),
    F + "adaptive_avg_pool2d": lambda input, output_size: _adaptive(
        ops.adaptive_average_pool, ops.mean, input, output_size
    ),
    F + "adaptive_max_pool2d": lambda input, output_size: _adaptive(ops.adaptive_max_pool, ops.max, input, output_size),
    F + "avg_pool1d": lambda input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True: _pool(
        ops.average_pool, input, kernel_size, stride, padding, ceil_mode, 0.0 if count_include_pad else None
    ),
    F + "avg_pool2d": lambda input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True: _pool(
        ops.average_pool, input, kernel_size, stride, padding, ceil_mode, 0.0 if count_include_pad else None
    ),
    F + "batch_norm": _batch_norm,
    F + "celu": lambda input, alpha=1.0: ops.celu(input, alpha),
    F + "conv1d": lambda input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1: _conv(
        input, weight, bias, stride, padding, dilation
    ),
    F + "conv2d": lambda input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1: _conv(
        input, weight, bias, stride, padding, dilation
    ),
    F + "cosine_similarity": lambda x1, x2, dim=1, eps=1e-8: (
        ops.sum(x1 * x2, dim) / (ops.maximum(norm(x1, 2, dim), eps) * ops.maximum(norm(x2, 2, dim), eps))
    ),
    F + "dropout": lambda input, p=0.5, training=True: _not_training("dropout", input, training),
    F + "dropout2d": lambda input, p=0.5, training=True: _not_training("dropout2d", input, training),
    F + "elu": lambda input, alpha=1.0: ops.elu(input, alpha),
    F + "embedding": _embedding,
    F + "gelu": lambda input, *, approximate="none": ops.gelu(input, approximate == "tanh"),
    F + "glu": lambda input, dim=-1: ops.glu(input, dim),
    F + "group_norm": _group_norm,
    F + "hardtanh": lambda input, min_val=-1.0, max_val=1.0: ops.clip(input, min_val, max_val),
    F + "instance_norm": _instance_norm,
    F + "interpolate": _interpolate,
    F + "layer_norm": lambda input, normalized_shape, weight=None, bias=None, eps=1e-5: _layer_norm(
        input, len(normalized_shape), weight, bias, eps
    ),
    F + "leaky_relu": lambda input, negative_slope=0.01: ops.leaky_relu(input, negative_slope),
    F + "linear": lambda input, weight, bias=None: _plus(ops.matmul(input, ops.transpose(weight)), bias),
    F + "log_softmax": lambda input, dim=None, dtype=None: ops.log_softmax(typed(input, dtype), dim),
    F + "max_pool1d": _max_pool,
    F + "max_pool2d": _max_pool,
    F + "mish": lambda input: input * ops.tanh(ops.softplus(input)),
    F + "normalize": lambda input, p=2.0, dim=1, eps=1e-12: input / ops.maximum(norm(input, p, dim, True), eps),
    F + "one_hot": lambda tensor, num_classes=-1: ops.one_hot(tensor, num_classes, dtype="int64"),
    F + "pad": lambda input, pad, mode="constant", value=None: _pad(input, pad, mode, value),
    F + "pixel_shuffle": lambda input, upscale_factor: ops.depth_to_space(
        input, upscale_factor, data_format="channels_first"
    ),
    F + "prelu": lambda input, weight: ops.where(input > 0, input, input * _by_channel(weight, input)),
    F + "rms_norm": lambda input, normalized_shape, weight=None, eps=None: _rms_norm(
        input, len(normalized_shape), weight, eps
    ),
    F + "scaled_dot_product_attention": _attention,
    F + "softmax": lambda input, dim=None, dtype=None: ops.softmax(typed(input, dtype), dim),
    F + "softplus": lambda input, beta=1.0, threshold=20.0: _softplus(input, beta),
    F + "threshold": lambda input, threshold, value: ops.where(input > threshold, input, value),
    "torch.embedding": lambda weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False: ops.take(
        weight, indices, axis=0
    ),
}
