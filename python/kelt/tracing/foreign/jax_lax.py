"""The general functions of `jax.lax` that libraries such as Flax build their layers from: contractions and windows."""

from __future__ import annotations

import math
import string

from keras import ops

LAX = "jax.lax."


def _dot_general(lhs, rhs, dimension_numbers):
    """What is contracted goes; batch axes come first, then what is left of the first tensor, then of the second."""
    (over, over_2), (batch, batch_2) = dimension_numbers
    first = list(string.ascii_lowercase[: len(lhs.shape)])
    second = list(string.ascii_uppercase[: len(rhs.shape)])
    for axis, other in zip((*over, *batch), (*over_2, *batch_2)):
        second[other] = first[axis]
    gone = {first[axis] for axis in over}
    shared = [first[axis] for axis in batch]
    left = [letter for letter in first + second if letter not in gone and letter not in shared]
    return ops.einsum(f"{''.join(first)},{''.join(second)}->{''.join(shared + left)}", lhs, rhs)


def _conv_general_dilated(
    lhs,
    rhs,
    window_strides,
    padding,
    lhs_dilation=None,
    rhs_dilation=None,
    dimension_numbers=None,
    feature_group_count=1,
    batch_group_count=1,
):
    """In Keras' order of axes and back. The groups follow from the kernel, which has its part of the channels."""
    if batch_group_count != 1 or {1} != {1, *(lhs_dilation or ())}:
        raise ValueError("jax.lax.conv_general_dilated with gaps in its input or groups of the batch; use keras.ops")
    rank = len(rhs.shape)
    image, kernel, result = _axes(dimension_numbers, rank)
    x = ops.transpose(lhs, (image[0], *image[2:], image[1]))
    weights = ops.transpose(rhs, (*kernel[2:], kernel[1], kernel[0]))
    if not isinstance(padding, str):
        x, padding = _padded(x, ((0, 0), *padding, (0, 0)), 0.0), "valid"
    dilation = tuple(rhs_dilation or (1,) * (rank - 2))
    y = ops.conv(x, weights, tuple(window_strides), padding.lower(), "channels_last", dilation)
    order = (result[0], *result[2:], result[1])
    return ops.transpose(y, tuple(order.index(axis) for axis in range(rank)))


def _axes(numbers, rank):
    """Of images, kernels and results: where batch or outputs, channels or inputs, and the spatial axes stand."""
    if numbers is None:
        return [tuple(range(rank))] * 3
    if not isinstance(numbers[0], str):
        return [tuple(spec) for spec in numbers]
    spatial = [letter for letter in numbers[1] if letter not in "OI"]
    heads = ("NC", "OI", "NC")
    return [tuple(map(spec.index, (*head, *spatial))) for spec, head in zip(numbers, heads)]


def _padded(x, pairs, value):
    pairs = tuple((int(before), int(after)) for before, after in pairs)
    return ops.pad(x, pairs, constant_values=value) if any(map(any, pairs)) else x


def _reduce_window(
    operand,
    init_value,
    computation,
    window_dimensions,
    window_strides,
    padding,
    base_dilation=None,
    window_dilation=None,
):
    """Pooling over the axes between the first and the last: the largest, or the sum."""
    from jax import lax

    neutral = {lax.add: 0.0, lax.max: -math.inf}.get(computation)
    ends = {window_dimensions[0], window_dimensions[-1], window_strides[0], window_strides[-1]}
    pooling = {1} == {*ends, *(base_dilation or ()), *(window_dilation or ())}
    if not pooling or neutral is None or neutral != init_value:
        raise ValueError("jax.lax.reduce_window that is no pooling of channels-last images; write it with keras.ops")
    size, strides = tuple(window_dimensions[1:-1]), tuple(window_strides[1:-1])
    if not isinstance(padding, str):
        operand, padding = _padded(operand, padding, neutral), "valid"
    if computation is lax.max:
        return ops.max_pool(operand, size, strides, padding.lower(), "channels_last")
    if padding.lower() == "valid":
        return ops.average_pool(operand, size, strides, "valid", "channels_last") * math.prod(size)
    # The padding counts as zeros, which a mean would leave out.
    weights = ops.ones((*size, operand.shape[-1], 1), operand.dtype)
    return ops.depthwise_conv(operand, weights, strides, padding.lower(), "channels_last")


TABLE = {
    LAX + "conv_general_dilated": _conv_general_dilated,
    LAX + "dot_general": _dot_general,
    LAX + "reduce_window": _reduce_window,
}
