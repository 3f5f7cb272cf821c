"""The layers that hash integers: Keras hashes their decimal text, or joins them. Beside their nodes what those give."""

from __future__ import annotations

import numpy as np
from keras import KerasTensor, ops

from kelt.errors import failure

STRINGS = "works on strings, and a LiteRT graph holds none"
SALT = "hashes with a salt, by SipHash, which would be hundreds of operations a number"
ALL = (1 << 64) - 1
FARM = (0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F)
CROSS, CROSS_KEY = 0xC6A4A7935BD1E995, 0xDECAFCAFFE


def bucket(tracer, layer, x, bins):
    """The bin of the decimal text of each integer. A float is one without what stands behind its point."""
    name = type(layer).__name__
    if x.dtype == "string":
        raise failure("K204", STRINGS, tracer.path, "Hash before the model, and feed it the bins.", name)
    if layer.salt is not None:
        remedy = "Leave out `salt`, or hash before the model and feed it the bins."
        raise failure("K204", SALT, tracer.path, remedy, name)
    if x.dtype.startswith(("float", "bfloat")):
        x = tracer.cast(x, "int64")
    return tracer.emit("hash_bucket", {"x": x._value, "num_bins": bins}, KerasTensor(x._shape, "int32"))


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


def run(op, args):
    """The bins that a node gives for arrays."""
    bins = args["num_bins"]
    arrays = [np.asarray(ops.convert_to_numpy(x)) for x in (args["xs"] if op == "hash_cross" else [args["x"]])]
    if op == "hash_cross":
        made = [_joined(numbers) % bins for numbers in zip(*(array.ravel().tolist() for array in arrays))]
    else:
        made = [_farm(str(number).encode()) % bins for number in arrays[0].ravel().tolist()]
    return np.reshape(np.array(made, "int32"), arrays[0].shape)


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
