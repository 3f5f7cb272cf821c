"""Models that do something with a size, each with sizes at which it might do something else.

By name: a function of x [n, s, 1] (or of x and y, with lengths of their own), and the borders of s. What a model makes
of a size shows in its numbers: lengths are multiplied or divided by.
"""

from __future__ import annotations

import fractions
import math
import operator

import numpy as np
from keras import layers, ops

LIMIT = 18000
SETTINGS = {"limit": 300}


def length(x, axis=1):
    """A length as a float tensor."""
    return ops.cast(ops.shape(x)[axis], "float32")


def mean(x):
    """A mean of one's own over the second axis."""
    return ops.sum(x, axis=1) / length(x)


def flat(x):
    return x[..., 0]


class Owner(layers.Layer):
    """Compares with a number of its own."""

    def __init__(self, limit):
        super().__init__()
        self.limit = limit

    def call(self, x):
        return x * 2.0 if int(x.shape[1]) > self.limit else x - 1.0


def _sliced(*parts):
    return lambda x: mean(x[:, slice(*parts)])


def _frames(window, stride):
    return lambda x: mean(ops.extract_sequences(flat(x), window, stride))


def _pooled(kind, size, stride, padding):
    return lambda x: mean(getattr(ops, kind)(x, size, stride, padding))


def _convolved(kernel, stride, padding, dilation=1):
    return lambda x: mean(ops.conv(x, np.ones((kernel, 1, 1), "float32"), stride, padding, dilation_rate=dilation))


def _branch(condition):
    return lambda x: x * 2.0 if condition(x.shape[1]) else x - 1.0


def _numbered(number):
    """Times a number that Python makes of the length."""
    return lambda x: ops.sum(x, axis=1) * number(x.shape[1])


def _repeated_scan(x):
    total, _ = ops.scan(lambda carry, step: (carry + step, step), ops.zeros_like(x[:, 0]), ops.transpose(x, (1, 0, 2)))
    return total / length(x)


MODELS = {
    # Slices.
    "first 3000": (_sliced(3000), [3000]),
    "first million": (_sliced(1_000_000), [1_000_000]),
    "from 100": (_sliced(100, None), [101]),
    "100 to 4000": (_sliced(100, 4000), [101, 4000]),
    "last 5000": (_sliced(-5000, None), [5000]),
    "all but 40": (_sliced(None, -40), [41]),
    "last 700 but 40": (_sliced(-700, -40), [41, 700]),
    "every seventh": (_sliced(None, None, 7), [7, 14]),
    "every seventh of 9000": (_sliced(3, 9000, 7), [9000, 10]),
    "half": (lambda x: mean(x[:, : x.shape[1] // 2]), [2, 3]),
    "second half": (lambda x: mean(x[:, x.shape[1] // 2 :]), [2, 3]),
    "all but a third": (lambda x: mean(x[:, : x.shape[1] - x.shape[1] // 3]), [3, 4]),
    "all but a third, from its middle": (lambda x: mean(x[:, x.shape[1] // 6 : x.shape[1] - x.shape[1] // 6]), [6, 7]),
    "without the ends": (lambda x: mean(x[:, 10 : x.shape[1] - 10]), [21]),
    "first min(s, 17000)": (lambda x: mean(x[:, : min(x.shape[1], 17000)]), [17000]),
    "from max(0, s - 6000)": (lambda x: mean(x[:, max(0, x.shape[1] - 6000) :]), [6000]),
    "ops.slice of all": (lambda x: mean(ops.slice(x, (0, 3, 0), (x.shape[0], x.shape[1] - 3, 1))), [4]),
    "a table": (lambda x: mean(x * np.arange(2500, dtype="float32")[: x.shape[1], None]), [2500]),
    "neighbours": (lambda x: mean(x[:, 1:] - x[:, :-1]), [2]),
    # Windows.
    **{f"frames of {a} by {b}": (_frames(a, b), [a, a + b]) for a, b in (
        (512, 128), (2048, 512), (400, 160), (16, 8), (640, 320), (25, 10), (3000, 1000), (7, 9),
    )},
    "pooled by 4, valid": (_pooled("max_pool", 4, 4, "valid"), [4, 8]),
    "pooled by 4, same": (_pooled("average_pool", 4, 4, "same"), [4, 8]),
    "pooled by 3 and 2, valid": (_pooled("average_pool", 3, 2, "valid"), [3, 5]),
    "pooled by 3 and 2, same": (_pooled("max_pool", 3, 2, "same"), [2, 4]),
    "pooled by 300": (_pooled("average_pool", 300, 300, "valid"), [300, 600]),
    "convolved": (_convolved(9, 1, "valid"), [9]),
    "convolved, strided": (_convolved(9, 4, "valid"), [9, 13]),
    "convolved, strided, same": (_convolved(9, 4, "same"), [4, 8]),
    "convolved, dilated": (_convolved(9, 1, "valid", 16), [129]),
    "convolved back": (lambda x: mean(ops.conv_transpose(x, np.ones((5, 1, 1), "float32"), 3, "valid")), [5]),
    "spectrum": (lambda x: mean(ops.rfft(flat(x))[0][..., None]), [5, 64]),
    "spectra": (lambda x: mean(ops.stft(flat(x), 64, 16, 64)[0]), [33, 96]),
    # Shapes.
    "repeated": (lambda x: mean(ops.repeat(x, 3, axis=1)), [50]),
    "tiled": (lambda x: mean(ops.tile(x, (1, 4, 1))), [50]),
    "padded": (lambda x: mean(ops.pad(x, ((0, 0), (3, 4), (0, 0)))), [50]),
    "padded to a multiple": (lambda x: mean(ops.pad(x, ((0, 0), (0, -x.shape[1] % 64), (0, 0)))), [64, 640]),
    "padded to 5000": (lambda x: mean(ops.pad(x, ((0, 0), (0, max(5000 - x.shape[1], 0)), (0, 0)))), [5000]),
    "folded": (lambda x: ops.sum(ops.reshape(x[:, : x.shape[1] // 8 * 8], (x.shape[0], -1, 8)), axis=1), [8, 16]),
    "joined": (lambda x: mean(ops.concatenate([x, x[:, :50], x], axis=1)), [50]),
    "stacked": (lambda x: ops.sum(ops.stack([x, x * 2.0], axis=1), axis=(1, 2)) / length(x), [50]),
    "differences": (lambda x: mean(ops.diff(x, n=2, axis=1)), [3]),
    "counted": (lambda x: ops.sum(x[..., 0] * ops.cast(ops.arange(x.shape[1]), "float32"), axis=1) / 1e3, [4096]),
    "counted by 3": (lambda x: ops.sum(x, axis=1) * length(ops.arange(0, x.shape[1], 3), 0), [3, 300]),
    "a ramp": (lambda x: mean(x * ops.linspace(0.0, 1.0, x.shape[1])[:, None]), [3, 300]),
    "the best of the first": (lambda x: ops.top_k(x[:, :900, 0], 5)[0] * 1.5, [900, 6]),
    "a loop": (_repeated_scan, [40]),
    "moments": (lambda x: ops.moments(x, axes=[1])[0] * length(x), [40]),
    # Numbers that Python makes.
    "a reciprocal": (_numbered(lambda s: 1.0 / s), [1000]),
    "a root": (_numbered(lambda s: s**-0.5), [1000]),
    "a logarithm": (_numbered(lambda s: math.log(s) if s else 0.0), [1000]),
    "rounded up": (_numbered(lambda s: math.ceil(s / 100)), [100, 1000]),
    "rounded up, by hand": (_numbered(lambda s: -(-s // 100)), [100, 1000]),
    "rounded down": (_numbered(lambda s: math.floor(s / 64)), [64, 4096]),
    "the rest": (_numbered(lambda s: s % 48), [48, 4800]),
    "shifted": (_numbered(lambda s: (s >> 3) + (s << 1)), [8, 4096]),
    "the bits": (_numbered(lambda s: s.bit_length()), [64, 4096]),
    "a common divisor": (_numbered(lambda s: math.gcd(s, 12)), [12, 4096]),
    "limited by a global": (_numbered(lambda s: min(s, LIMIT)), [LIMIT]),
    "limited by a table": (_numbered(lambda s: min(SETTINGS["limit"], s)), [300]),
    "limited by numpy": (_numbered(lambda s: float(np.minimum(s, 17000))), [17000]),
    "clipped on both sides": (_numbered(lambda s: max(700, min(s, 9000))), [700, 9000]),
    "of a plain number": (_numbered(lambda s: int(s) * 2 + 1), [1000]),
    # Branches.
    "beyond 64": (_branch(lambda s: s > 64), [64]),
    "beyond 20000": (_branch(lambda s: s > 20000), [20000]),
    "from a million on": (_branch(lambda s: s >= 1_000_000), [999_999]),
    "at 12345": (_branch(lambda s: s == 12345), [12345]),
    "between": (_branch(lambda s: 7000 < s < 9000), [7000, 9000]),
    "even": (_branch(lambda s: s % 2 == 0), [2, 100]),
    "odd, by its last bit": (_branch(lambda s: s & 1), [2, 100]),
    "even, by another number": (_branch(lambda s: math.gcd(s, 2) == 2), [2, 100]),
    "an index beyond 6000": (lambda x: x * 2.0 if operator.index(x.shape[1]) > 6000 else x - 1.0, [6000]),
    "a numerator beyond 6000": (lambda x: x * 2.0 if x.shape[1].numerator > 6000 else x - 1.0, [6000]),
    "half beyond 6000": (lambda x: x * 2.0 if fractions.Fraction(x.shape[1], 2) > 6000 else x - 1.0, [12000]),
    "a plain number beyond 30000": (_branch(lambda s: int(s) > 30000), [30000]),
    "a text": (_branch(lambda s: len(str(int(s))) > 4), [9999]),
    "a set": (_branch(lambda s: s in {128, 256}), [128, 256]),
    "an index": (_branch(lambda s: [False, True][s > 5000]), [5000]),
    "a limit of a layer": (lambda x: Owner(16000)(x), [16000]),
    "an assertion": (lambda x: x * 2.0 if x.shape[1] <= 4000 else 1 / 0, [4000]),
    "no loop": (lambda x: sum((x[:, i] * i for i in range(1, x.shape[1] // 4000)), x[:, 0]), [8000]),
}  # fmt: skip
