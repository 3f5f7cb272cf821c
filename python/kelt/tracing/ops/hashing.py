"""The layers that hash integers: Keras hashes their decimal text, or joins them. Beside their nodes what those give."""

from __future__ import annotations

import functools

import numpy as np
from keras import KerasTensor, ops
from keras.src import backend

from kelt.errors import failure

STRINGS = "works on strings, and a LiteRT graph holds none"
ALL = (1 << 64) - 1
FARM = (0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F)
SIP = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
CROSS, CROSS_KEY = 0xC6A4A7935BD1E995, 0xDECAFCAFFE


def bucket(tracer, layer, x, bins):
    """The bin of the decimal text of each integer. A float is one without what stands behind its point."""
    name = type(layer).__name__
    if x.dtype == "string":
        raise failure("K204", STRINGS, tracer.path, "Hash before the model, and feed it the bins.", name)
    if backend.is_float_dtype(x.dtype):
        x = tracer.cast(x, "int64")
    args = {"x": x._value, "num_bins": bins}
    if layer.salt is not None:
        args["key"] = list(layer.salt)
    return tracer.emit("hash_bucket", args, KerasTensor(x._shape, "int32"))


def hashed(tracer, layer, inputs):
    """The bins of `keras.layers.Hashing`, of which the first is for the mask's value."""
    x = tracer.as_symbol(inputs)
    if layer.output_mode == "one_hot" and x._shape[-1:] == (1,):
        x = ops.squeeze(x, -1)
    masked = layer.mask_value is not None and layer.num_bins > 1
    bins = bucket(tracer, layer, x, layer.num_bins - masked)
    return ops.where(ops.equal(x, layer.mask_value), 0, bins + 1) if masked else bins


def crossed(tracer, layer, inputs):
    """The bins of `keras.layers.HashedCrossing`."""
    xs = [tracer.as_symbol(x) for x in inputs]
    if any(x.dtype == "string" for x in xs):
        raise failure("K204", STRINGS, tracer.path, "Cross before the model, and feed it the bins.", "HashedCrossing")
    args = {"xs": [x._value for x in xs], "num_bins": layer.num_bins}
    return tracer.emit("hash_cross", args, KerasTensor(xs[0]._shape, "int32"))


# --- what the nodes compute


def hash_bucket(args):
    """The bins of the decimal text of integers."""
    hash_of = _farm if args.get("key") is None else functools.partial(_sip, args["key"])
    x = np.asarray(ops.convert_to_numpy(args["x"]))
    return _bins((hash_of(str(number).encode()) % args["num_bins"] for number in x.ravel().tolist()), x)


def hash_cross(args):
    """The bins of integers joined."""
    arrays = [np.asarray(ops.convert_to_numpy(x)) for x in args["xs"]]
    rows = zip(*(array.ravel().tolist() for array in arrays))
    return _bins((_joined(numbers) % args["num_bins"] for numbers in rows), arrays[0])


def _bins(made, like):
    return np.reshape(np.array(list(made), "int32"), like.shape)


def _joined(numbers):
    result = CROSS_KEY
    for number in numbers:
        result ^= CROSS ^ (_mixed(number * CROSS & ALL) * CROSS & ALL)
        result = _mixed(_mixed(result * CROSS & ALL) * CROSS & ALL)
    return result


def _mixed(x):
    return x ^ (x >> 47)


def _rotated(x, bits):
    x &= ALL
    return x >> bits | x << (64 - bits) & ALL


def _pair(u, v, factor):
    a = _mixed(((u ^ v) & ALL) * factor & ALL)
    return _mixed(((v ^ a) & ALL) * factor & ALL) * factor & ALL


def _farm(text):
    """FarmHash64 of up to 32 bytes."""
    length, (k0, k1, k2) = len(text), FARM
    factor = k2 + 2 * length

    def at(begin, count=8):
        return int.from_bytes(text[begin : begin + count], "little")

    if length < 4:
        y, z = text[0] + (text[length // 2] << 8), length + (text[-1] << 2)
        return _mixed((y * k2 ^ z * k0) & ALL) * k2 & ALL
    if length < 8:
        return _pair(length + (at(0, 4) << 3), at(length - 4, 4), factor)
    if length <= 16:
        a, b = at(0) + k2, at(length - 8)
        return _pair(_rotated(b, 37) * factor + a & ALL, (_rotated(a, 25) + b) * factor & ALL, factor)
    a, b, c, d = at(0) * k1, at(8), at(length - 8) * factor, at(length - 16) * k2
    u = _rotated(a + b, 43) + _rotated(c, 30) + d & ALL
    return _pair(u, a + _rotated(b + k2, 18) + c & ALL, factor)


def _sip(key, text):
    """SipHash-2-4 (Aumasson and Bernstein, 2012)."""
    v = [start ^ key[at % 2] & ALL for at, start in enumerate(SIP)]
    for begin in range(0, len(text) + 1, 8):
        block = int.from_bytes(text[begin : begin + 8], "little")
        if begin + 8 > len(text):
            block |= len(text) << 56
        v[3] ^= block
        _sip_rounds(v, 2)
        v[0] ^= block
    v[2] ^= 0xFF
    _sip_rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _sip_rounds(v, count):
    for half in range(2 * count):
        bits = (17, 21) if half % 2 else (13, 16)
        for at, turn in ((0, bits[0]), (1, bits[1])):
            v[2 * at] = v[2 * at] + v[2 * at + 1] & ALL
            v[2 * at + 1] = _rotated(v[2 * at + 1], 64 - turn) ^ v[2 * at]
        v[0], v[2] = v[2], _rotated(v[0], 32)
