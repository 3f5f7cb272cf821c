"""Pairs of lengths that an op wants to be equal, by the shapes of its operands and its arguments.

Where an op fails at sizes that differ, a pair of them tells which two symbolic dims must be one (`dims/axes.py`).
"""

from __future__ import annotations

import math


def aligned(shapes):
    """Lengths that broadcasting aligns, of all pairs of shapes."""
    return [pair for i, a in enumerate(shapes) for b in shapes[i + 1 :] for pair in zip(reversed(a), reversed(b))]


def default(shapes, args):
    """Lengths that broadcasting aligns; of an op that asks for a shape, those of the operand and that shape."""
    sizes = args.get("newshape") or args.get("shape")
    return list(zip(shapes[0], sizes)) if isinstance(sizes, (list, tuple)) else aligned(shapes)


def reshaped(shapes, args):
    """Of an operand and the shape that is asked for: lengths from the left, from the right, and of axes made one."""
    (x, *_), shape = shapes, args["newshape"]
    if isinstance(shape, int):
        return []
    made_one = math.prod(x[: len(x) - len(shape) + 1])  # the first ones, as images of a batch
    pairs = [*zip(reversed(x), reversed(shape)), *zip(x, shape), (made_one, shape[0])]
    return [(length, wanted) for length, wanted in pairs if isinstance(wanted, int) and wanted > 0]


def nothing(shapes, args):
    """Of a convolution: its kernel meets no length."""
    return []


def product(shapes, args):
    """Of a product of matrices."""
    if len(shapes) != 2 or min(map(len, shapes)) < 2:
        return default(shapes, args)
    left, right = shapes
    return [(left[-1], right[-2]), *aligned([left[:-2], right[:-2]])]


def attention(shapes, args):
    """Of dot-product attention: keys and values, and what is added to the scores."""
    query, key, value = (args[name].shape for name in ("query", "key", "value"))
    scores = (query[0], query[2], query[1], key[1])
    added = [args[name].shape for name in ("bias", "mask") if args[name] is not None]
    return [(query[0], key[0]), *zip(key[:2], value[:2]), *aligned([scores, *added])]


def classes(shapes, args):
    """Of numbers of classes, and a score for each class."""
    labels, scores = shapes
    return aligned([labels, scores[:-1]]) if len(labels) < len(scores) else default(shapes, args)


def rows(shapes, args):
    """Of tensors that have a row each."""
    return list(zip(*shapes))


def einsum(shapes, args):
    """Of axes with one letter."""
    lengths, pairs = {}, []
    for letters, shape in zip(args["subscripts"].replace(" ", "").partition("->")[0].split(","), shapes):
        pairs += [(lengths.setdefault(letter, length), length) for letter, length in zip(letters, shape)]
    return pairs


def joined(shapes, args):
    """Of a concatenation: along the axis itself lengths may differ."""
    axis = args["axis"]
    return [] if axis is None else aligned([(*shape[:axis], *shape[axis:][1:]) for shape in shapes])
