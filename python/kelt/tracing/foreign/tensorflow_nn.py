"""What `tf.nn.*` and `tf.image.*` stand for in `keras.ops`: images are channels-last, unless `data_format` says not."""

from __future__ import annotations

import math

import numpy as np
from keras import ops

from kelt.tracing.foreign.twins import same, size_list

N, I = "tf.nn.", "tf.image."  # noqa: E741


def norm(x, order="euclidean", axis=None, keepdims=False):
    """The norm; over all axes, it is that of the flat tensor."""
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    if order in ("euclidean", "fro", 2):
        return ops.sqrt(ops.sum(ops.square(x), axes, keepdims))
    if order == 1:
        return ops.sum(ops.abs(x), axes, keepdims)
    if order in (np.inf, math.inf):
        return ops.max(ops.abs(x), axes, keepdims)
    return ops.power(ops.sum(ops.power(ops.abs(x), order), axes, keepdims), 1.0 / order)


def padded(x, paddings, mode="CONSTANT", value=0):
    """`paddings` are pairs of numbers, or an array of them."""
    pairs = paddings.numpy().tolist() if hasattr(paddings, "numpy") else paddings
    pairs = tuple(size_list(pair) for pair in pairs)
    if mode.upper() == "CONSTANT":
        return ops.pad(x, pairs, constant_values=value)
    return ops.pad(x, pairs, mode.lower())


def _layout(data_format, rank):
    return "channels_first" if data_format and data_format.startswith("NC") and rank else "channels_last"


def _window(value, rank, layout):
    """A number, one for each spatial axis, or one for each axis."""
    if isinstance(value, int):
        return (value,) * rank
    value = tuple(value)
    if len(value) == rank + 2:
        value = value[2:] if layout == "channels_first" else value[1:-1]
    return value * rank if len(value) == 1 else value


def _explicit(x, padding, layout):
    """Paddings given as numbers, one pair for each axis."""
    return (x, padding.lower()) if isinstance(padding, str) else (padded(x, padding), "valid")


def _conv(input, filters, strides, padding, data_format=None, dilations=None):
    rank = len(input.shape) - 2
    layout = _layout(data_format, rank)
    x, padding = _explicit(input, padding, layout)
    return ops.conv(x, filters, _window(strides, rank, layout), padding, layout, _window(dilations or 1, rank, layout))


def _depthwise(input, filter, strides, padding, data_format=None, dilations=None):
    rank = len(input.shape) - 2
    layout = _layout(data_format, rank)
    x, padding = _explicit(input, padding, layout)
    return ops.depthwise_conv(
        x, filter, _window(strides, rank, layout), padding, layout, _window(dilations or 1, rank, layout)
    )


def _conv_transpose(input, filters, output_shape, strides, padding="SAME", data_format=None, dilations=None):
    rank = len(input.shape) - 2
    layout = _layout(data_format, rank)
    y = ops.conv_transpose(
        input,
        filters,
        _window(strides, rank, layout),
        padding.lower(),
        None,
        layout,
        _window(dilations or 1, rank, layout),
    )
    if tuple(y.shape[1:]) != tuple(size_list(output_shape))[1:]:
        raise ValueError("conv2d_transpose with another output_shape than its strides make")
    return y


def _pool(pool):
    def twin(input, ksize, strides, padding, data_format=None):
        rank = len(input.shape) - 2
        layout = _layout(data_format, rank)
        return pool(
            input, _window(ksize, rank, layout), _window(strides or ksize, rank, layout), padding.lower(), layout
        )

    return twin


def _bias_add(value, bias, data_format=None):
    if _layout(data_format, 1) == "channels_first":
        bias = ops.reshape(bias, (1, -1, *(1 for _ in value.shape[2:])))
    return value + bias


def _batch_normalization(x, mean, variance, offset, scale, variance_epsilon):
    factor = ops.rsqrt(variance + variance_epsilon)
    factor = factor if scale is None else factor * scale
    y = (x - mean) * factor
    return y if offset is None else y + offset


def _dropout(x, rate, noise_shape=None, seed=None):
    if rate:
        raise ValueError("tf.nn.dropout is random; apply it only where `training` is true")
    return x


def _resize(images, size, method="bilinear", preserve_aspect_ratio=False, antialias=False):
    if preserve_aspect_ratio:
        raise ValueError("tf.image.resize(preserve_aspect_ratio=True); give the size")
    method = {"lanczos3": "lanczos3", "lanczos5": "lanczos5"}.get(str(method), str(method))
    y = ops.image.resize(images, size_list(size), method, antialias, data_format="channels_last")
    return y if method == "nearest" else ops.cast(y, "float32")


def _standardize(image):
    axes = (-3, -2, -1)
    mean, deviation = ops.mean(image, axes, True), ops.std(image, axes, True)
    return (image - mean) / ops.maximum(deviation, 1 / math.sqrt(math.prod(image.shape[axis] for axis in axes)))


def _central_crop(image, central_fraction):
    height, width = image.shape[-3], image.shape[-2]
    top, left = (int((length - length * central_fraction) / 2) for length in (height, width))
    return image[..., top : height - top, left : width - left, :]


def _crop(image, offset_height, offset_width, target_height, target_width):
    rows = slice(offset_height, offset_height + target_height)
    return image[..., rows, offset_width : offset_width + target_width, :]


def _patches(images, sizes, strides, rates, padding):
    return ops.image.extract_patches(
        images, tuple(sizes[1:3]), tuple(strides[1:3]), rates[1], padding.lower(), data_format="channels_last"
    )


NN = {
    **same(N, "relu relu6 selu"),
    N + "avg_pool2d": _pool(ops.average_pool),
    N + "avg_pool1d": _pool(ops.average_pool),
    N + "batch_normalization": _batch_normalization,
    N + "bias_add": _bias_add,
    N + "conv1d": lambda input, filters, stride, padding, data_format=None, dilations=None: _conv(
        input, filters, stride, padding, data_format, dilations
    ),
    N + "conv2d": _conv,
    N + "conv2d_transpose": _conv_transpose,
    N + "convolution": lambda input, filters, strides=None, padding="VALID", data_format=None, dilations=None: _conv(
        input, filters, strides or 1, padding, data_format, dilations
    ),
    N + "depth_to_space": lambda input, block_size, data_format="NHWC": ops.depth_to_space(
        input, block_size, data_format=_layout(data_format, 2)
    ),
    N + "depthwise_conv2d": _depthwise,
    N + "dropout": _dropout,
    N + "elu": lambda features: ops.elu(features),
    N + "embedding_lookup": lambda params, ids, max_norm=None: ops.take(params, ids, axis=0),
    N + "gelu": lambda features, approximate=False: ops.gelu(features, approximate),
    N + "leaky_relu": lambda features, alpha=0.2: ops.leaky_relu(features, alpha),
    N + "log_softmax": lambda logits, axis=-1: ops.log_softmax(logits, -1 if axis is None else axis),
    N + "max_pool2d": _pool(ops.max_pool),
    N + "max_pool1d": _pool(ops.max_pool),
    N + "moments": lambda x, axes, shift=None, keepdims=False: ops.moments(x, axes, keepdims),
    N + "silu": lambda features, beta=1.0: features * ops.sigmoid(features * beta) if beta != 1 else ops.silu(features),
    N + "softmax": lambda logits, axis=-1: ops.softmax(logits, -1 if axis is None else axis),
    N + "space_to_depth": lambda input, block_size, data_format="NHWC": ops.space_to_depth(
        input, block_size, data_format=_layout(data_format, 2)
    ),
    I + "adjust_brightness": lambda image, delta: image + delta,
    I + "adjust_contrast": lambda images, contrast_factor: (
        (images - ops.mean(images, (-3, -2), True)) * contrast_factor + ops.mean(images, (-3, -2), True)
    ),
    I + "central_crop": _central_crop,
    I + "crop_to_bounding_box": _crop,
    I + "extract_patches": _patches,
    I + "flip_left_right": lambda image: ops.flip(image, -2),
    I + "flip_up_down": lambda image: ops.flip(image, -3),
    I + "grayscale_to_rgb": lambda images: ops.repeat(images, 3, -1),
    I + "pad_to_bounding_box": lambda image, offset_height, offset_width, target_height, target_width: (
        ops.image.pad_images(
            image, offset_height, offset_width, None, None, target_height, target_width, "channels_last"
        )
    ),
    I + "per_image_standardization": _standardize,
    I + "resize": _resize,
    I + "rgb_to_grayscale": lambda images: ops.image.rgb_to_grayscale(images, "channels_last"),
    I + "transpose": lambda image: ops.swapaxes(image, -3, -2),
}
