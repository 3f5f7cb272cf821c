"""How far the quantized weights of a file are from those of the float file."""

from __future__ import annotations

import math
import pathlib

import numpy as np
from ai_edge_litert import schema_py_generated as schema

BITS = {schema.TensorType.INT8: 8, schema.TensorType.INT4: 4, schema.TensorType.INT2: 2}
FLOATS = {schema.TensorType.FLOAT32: "float32", schema.TensorType.FLOAT16: "float16"}


def unpacked(data: np.ndarray, bits: int, count: int) -> np.ndarray:
    """Signed integers of some bits, the low bits of a byte first."""
    data = np.asarray(data).astype("uint8")
    if bits == 8:
        return data.view("int8")
    parts = np.stack([(data >> shift) & (2**bits - 1) for shift in range(0, 8, bits)], -1).reshape(-1)[:count]
    return ((parts.astype("int16") ^ 2 ** (bits - 1)) - 2 ** (bits - 1)).astype("int8")


class File:
    """The constants of a file by the names of their tensors."""

    def __init__(self, path: pathlib.Path):
        self.bytes = np.fromfile(path, "uint8")
        self.model = schema.ModelT.InitFromPackedBuf(self.bytes, 0)
        tensors = [(graph, tensor) for graph in self.model.subgraphs for tensor in graph.tensors]
        self.tensors = {tensor.name.decode(): pair for pair in tensors if self.data(tensor := pair[1]) is not None}

    def data(self, tensor):
        buffer = self.model.buffers[tensor.buffer]
        if buffer.offset > 1:  # behind the flatbuffer
            return self.bytes[buffer.offset : buffer.offset + buffer.size]
        return None if buffer.data is None or len(buffer.data) == 0 else np.asarray(buffer.data)

    def floats(self, tensor) -> np.ndarray:
        return self.data(tensor).view(FLOATS[tensor.type]).reshape(tuple(map(int, tensor.shape)))

    def weights(self, name: str) -> tuple[int, np.ndarray] | None:
        """How many bits, and what they stand for; None for a constant that is not quantized or a bias."""
        graph, tensor = self.tensors[name]
        quantization = tensor.quantization
        if tensor.type not in BITS or quantization is None or len(tensor.shape) < 2:
            return None
        shape, bits = tuple(map(int, tensor.shape)), BITS[tensor.type]
        values = unpacked(self.data(tensor), bits, math.prod(shape)).reshape(shape).astype("float32")
        if quantization.details is not None:
            scales = self.floats(graph.tensors[quantization.details.scales]).reshape(shape[0], -1).astype("float32")
            return bits, values * scales.repeat(quantization.details.blockSize, 1).reshape(shape)
        scales = np.asarray(quantization.scale, "float32")
        if len(scales) > 1:
            scales = scales.reshape(
                [-1 if axis == quantization.quantizedDimension else 1 for axis in range(len(shape))]
            )
        return bits, values * scales


def bound(float_path: pathlib.Path, path: pathlib.Path, scales: int = 400) -> float:
    """What no scales per channel exceed for the tensors of 4 bits in the file: many are tried for each channel."""
    source, file = File(float_path), File(path)
    sums = np.zeros(2)
    for name, (_, tensor) in file.tensors.items():
        if tensor.type == schema.TensorType.INT4 and name in source.tensors:
            weights = np.moveaxis(source.floats(source.tensors[name][1]), tensor.quantization.quantizedDimension, 0)
            rows = weights.reshape(len(weights), -1).astype("float64")
            largest = np.abs(rows).max(1, keepdims=True)
            best = np.sum(rows**2, 1)
            for part in np.linspace(0.05, 1.1, scales):
                scale = np.maximum(largest * part / 7, 1e-30)
                best = np.minimum(best, np.sum((np.clip(np.round(rows / scale), -8, 7) * scale - rows) ** 2, 1))
            sums += np.sum(rows**2), np.sum(best)
    return float(10 * np.log10(sums[0] / sums[1])) if sums[1] else math.inf


def decibels(float_path: pathlib.Path, path: pathlib.Path) -> dict[str, dict]:
    """By the number of bits: how many weights, and their signal-to-noise ratio over all tensors of that many bits."""
    source, file = File(float_path), File(path)
    sums: dict[int, list[float]] = {}
    for name in file.tensors:
        found = file.weights(name)
        if found is None or name not in source.tensors:
            continue
        bits, values = found
        weights = source.floats(source.tensors[name][1])
        if weights.shape != values.shape:
            continue
        total = sums.setdefault(bits, [0.0, 0.0, 0])
        total[0] += float(np.sum(weights.astype("float64") ** 2))
        total[1] += float(np.sum((weights.astype("float64") - values) ** 2))
        total[2] += weights.size
    return {
        str(bits): {"weights": count, "snr": 10 * math.log10(signal / noise) if noise else math.inf}
        for bits, (signal, noise, count) in sums.items()
    }
