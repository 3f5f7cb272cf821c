"""Layers that Keras itself quantized: their integers stay integers.

Each has its formula over floats, whose weight is one node: `quantized_weight`, a matrix `(values - zeros) * scales`.
What Keras does to the activations on the way (rounding them to int8) is left to the runtime, which does so where it
pays. Layers with a form of their own (groups in another order, odd blocks) are traced through as they are.
"""

from __future__ import annotations

import math

import numpy as np
from keras import KerasTensor, layers, ops

from kelt.tracing.record import host_arrays
from kelt.tracing.record.graph import Weight
from kelt.tracing.symbols.caller import paused


def call(tracer, layer, args, kwargs):
    """A quantized layer on symbols."""
    mode = layer.quantization_mode
    if mode == "float8":  # its weights are floats, and round as they are read
        return layer.quantized_call(*args, **kwargs)
    if isinstance(layer, layers.Embedding):
        made = _Embedding(tracer, layer, mode)
        return made(*args, **kwargs)
    kernel = _kernel(tracer, layer, mode)
    if kernel is None:
        return layer.quantized_call(*args, **kwargs)
    return _dense(layer, kernel, *args, **kwargs)


def _dense(layer, kernel, inputs, training=None):
    """Dense and EinsumDense: a product, LoRA beside it, bias, activation."""
    equation = getattr(layer, "equation", None)

    def product(x, weights):
        return ops.matmul(x, weights) if equation is None else ops.einsum(equation, x, weights)

    scaled = inputs
    if layer.quantization_mode == "awq":
        scaled = _divided(layer, inputs)
        if scaled is None:
            return layer.quantized_call(inputs, training=training)
    x = product(scaled, kernel)
    if layer.lora_enabled:
        low = ops.matmul(product(inputs, layer.lora_kernel_a), layer.lora_kernel_b)
        x = ops.cast(ops.add(x, (layer.lora_alpha / layer.lora_rank) * low), layer.compute_dtype)
    if layer.bias is not None:
        x = ops.add(x, layer.bias)
    return x if layer.activation is None else layer.activation(x)


def _divided(layer, inputs):
    """AWQ divides each row of the weights by a factor: here, each feature of the input. `None` where there are more."""
    if layer.awq_scales.shape[0] != inputs.shape[-1]:
        return None
    return ops.divide(inputs, ops.cast(ops.convert_to_tensor(layer.awq_scales), layer.compute_dtype))


def _matrix(layer):
    """Rows, columns and the shape of a kernel as a matrix: what is summed over, and what is left."""
    if isinstance(layer, layers.Dense):
        rows, columns = int(layer.input_spec.axes[-1]), int(layer.units)
        return rows, columns, (rows, columns)
    whole = layer._kernel.shape if layer.quantization_mode == "int8" else layer.original_kernel_shape
    shape = tuple(int(dim) for dim in whole)
    reduced = sorted(layer._kernel_reduced_axes)
    if reduced != list(range(len(reduced))):
        return None, None, shape
    return math.prod(shape[: len(reduced)]), math.prod(shape[len(reduced) :]), shape


def _kernel(tracer, layer, mode):
    """The weights of Dense or EinsumDense as a symbol; `None` if their form has no node."""
    calibrated = getattr(layer, "is_gptq_calibrated" if mode == "gptq" else "is_awq_calibrated", False)
    if mode in ("gptq", "awq") and not calibrated:
        return None
    rows, columns, shape = _matrix(layer)
    if rows is None:
        return None
    if mode in ("gptq", "awq"):
        turned = _grouped(tracer, layer, layer.quantized_kernel, layer.kernel_scale, layer.kernel_zero, (columns, rows))
        return None if turned is None else ops.reshape(ops.transpose(turned), shape)
    if mode == "int8":
        scale = layer.kernel_scale
        if not isinstance(layer, layers.Dense):
            scale = _concrete(tracer, lambda: layer._adjust_scale_for_dequant(_value(layer.kernel_scale)))
        matrix = _per_channel(tracer, layer, layer._kernel, scale, (rows, columns), channel_axis=1)
    elif mode == "int4":
        block = getattr(layer, "_int4_block_size", None)
        if block in (None, -1):
            matrix = _per_channel(tracer, layer, layer._kernel, layer.kernel_scale, (rows, columns), 1, packed_axis=1)
        else:
            parameters = layer.kernel_scale, layer.kernel_zero, layer.g_idx
            matrix = _blocks(tracer, layer, layer._kernel, *parameters, (rows, columns), channel_axis=1)
    else:
        return None
    return None if matrix is None else ops.reshape(matrix, shape)


# --- the node


def _per_channel(tracer, layer, table, scale, shape, channel_axis, packed_axis=None):
    """`values / scale`, one scale a channel."""

    def reciprocal():
        values = 1.0 / _numpy(scale).astype("float32").reshape(1, -1)
        return values if values.size == shape[channel_axis] else np.broadcast_to(values, (1, shape[channel_axis]))

    parameters = _parameters(tracer, table, reciprocal, None)
    return _node(
        tracer, layer, table, parameters, 4 if packed_axis is not None else 8, packed_axis, channel_axis, shape
    )


def _blocks(tracer, layer, table, scale, zero, places, shape, channel_axis, packed_axis=1, turned=False):
    """`(values - zero) * scale`, a scale and a zero for each block along the other axis."""
    length = shape[1 - channel_axis]
    scales = _numpy(scale).astype("float32")
    zeros = _numpy(zero).astype("float32")
    if turned:
        scales, zeros = scales.T, zeros.T
    if length % scales.shape[0] or not _contiguous(places, length, scales.shape[0]):
        return None
    parameters = _parameters(tracer, table, lambda: scales, lambda: zeros)
    return _node(tracer, layer, table, parameters, 4, packed_axis, channel_axis, shape)


def _grouped(tracer, layer, table, scale, zero, shape):
    """GPTQ and AWQ: unsigned, a row a channel, scales and zeros by groups of columns."""
    scales = _numpy(scale).astype("float32").T
    zeros = _numpy(zero).astype("float32").T
    packed = tuple(table.shape) != tuple(shape)
    if shape[1] % scales.shape[0] or not _contiguous(layer.g_idx, shape[1], scales.shape[0]):
        return None
    if not packed:
        return None  # more than 4 bits, unsigned: traced as it is
    parameters = _parameters(tracer, table, lambda: scales, lambda: zeros - 8)
    return _node(tracer, layer, table, parameters, 4, 0, 0, shape)


def _contiguous(places, length, count):
    """Whether groups are blocks of neighbours, in their order."""
    return np.array_equal(_numpy(places), np.arange(length) // (length // count))


def _parameters(tracer, table, scales, zeros):
    """Scales and zeros as weights: made once, so that all captures share them."""
    known = tracer.tables.parameters
    if table not in known:
        known[table] = tuple(_as_weight(table, name, make) for name, make in (("scale", scales), ("zero", zeros)))
    return known[table]


def _as_weight(table, name, make):
    if make is None:
        return None
    array = np.ascontiguousarray(make(), "float32")
    return Weight(f"{table.path}_{name}", array, array.shape, "float32")


def _node(tracer, layer, table, parameters, bits, packed_axis, channel_axis, shape):
    scale, zero = parameters
    args = {
        "table": tracer.tables.weight(table),
        "scale": scale,
        "zero": zero,
        "bits": bits,
        "packed_axis": packed_axis,
        "channel_axis": channel_axis,
    }
    matrix = tracer.emit("quantized_weight", args, KerasTensor(shape, "float32"))
    return ops.cast(matrix, layer.compute_dtype)


def _numpy(variable):
    return host_arrays.variable_view(variable) if hasattr(variable, "_value") else np.asarray(variable)


def _value(variable):
    return variable._value


def _concrete(tracer, make):
    """What `make` computes, outside of the record."""
    with paused(tracer):
        return host_arrays.numpy_view(make())


def dequantized(node) -> np.ndarray:
    """What the node stands for."""
    args, (value,) = node.args, node.outputs
    packed = host_arrays.variable_view(args["table"].source)
    axis = args["packed_axis"]
    if axis is None:
        values = packed.astype("int16").reshape(value.shape)
    else:
        low, high = packed & 15, (packed.view("uint8") >> 4) & 15
        values = np.stack([low, high], axis + 1).astype("int16")
        values = values.reshape(*(2 * n if i == axis else n for i, n in enumerate(packed.shape)))
        values = values[: value.shape[0], : value.shape[1]]
        values = values - 8 if packed.dtype == np.uint8 else np.where(values > 7, values - 16, values)
    blocks = [args[name].source if args[name] is not None else np.float32(0) for name in ("scale", "zero")]
    spread = value.shape[1 - args["channel_axis"]] // blocks[0].shape[0]
    scale, zero = (np.repeat(block, spread, 0) if np.ndim(block) else block for block in blocks)
    if args["channel_axis"] == 0:
        scale, zero = scale.T, np.transpose(zero)
    return ((values - zero) * scale).astype("float32")


# --- embeddings


class _Embedding:
    """Embedding and ReversibleEmbedding: a row for each id, or logits for each row."""

    def __init__(self, tracer, layer, mode):
        self.tracer, self.layer = tracer, layer
        self.four = mode == "int4"
        block = getattr(layer, "_int4_block_size", None)
        self.blocks = self.four and block not in (None, -1)

    def __call__(self, inputs, reverse=False, training=None):
        matrix = self._reversed() if reverse else self._rows()
        if matrix is None:
            kwargs = {"reverse": reverse} if reverse else {}
            return self.layer.quantized_call(inputs, **kwargs)
        return self._logits(inputs, matrix) if reverse else self._lookup(inputs, matrix)

    def _rows(self):
        layer = self.layer
        shape = (layer.input_dim, layer.output_dim)
        packed = 1 if self.four else None
        if self.blocks:
            parameters = layer.embeddings_scale, layer.embeddings_zero, layer.g_idx
            return _blocks(self.tracer, layer, layer._embeddings, *parameters, shape, channel_axis=0, turned=True)
        return _per_channel(self.tracer, layer, layer._embeddings, layer.embeddings_scale, shape, 0, packed)

    def _reversed(self):
        layer = self.layer
        if layer.tie_weights:
            rows = self._rows()
            return None if rows is None else ops.transpose(rows)
        shape = (layer.output_dim, layer.input_dim)
        packed = 0 if self.four else None
        table, scale = layer.reverse_embeddings, layer.reverse_embeddings_scale
        if self.blocks:
            parameters = scale, layer.reverse_embeddings_zero, layer.g_idx
            return _blocks(self.tracer, layer, table, *parameters, shape, channel_axis=1, packed_axis=0)
        return _per_channel(self.tracer, layer, table, scale, shape, 1, packed)

    def _lookup(self, ids, matrix):
        layer = self.layer
        if ids.dtype not in ("int32", "int64"):
            ids = ops.cast(ids, "int32")
        rows = ops.take(matrix, ids, axis=0)
        if layer.lora_enabled:
            low = ops.matmul(ops.take(layer.lora_embeddings_a, ids, axis=0), layer.lora_embeddings_b)
            rows = ops.cast(ops.add(rows, (layer.lora_alpha / layer.lora_rank) * low), layer.compute_dtype)
        return rows

    def _logits(self, inputs, matrix):
        logits = ops.matmul(inputs, matrix)
        cap = self.layer.logit_soft_cap
        return logits if cap is None else ops.multiply(ops.tanh(ops.divide(logits, cap)), cap)
