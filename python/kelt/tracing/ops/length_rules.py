"""Dims of an op's outputs from those of its operands, where no number is needed to tell them.

A rule takes the `Follower` (`dims/propagation.py`), the node, the output and its position among the outputs.
"""

from __future__ import annotations

import contextlib
import functools
import math

import numpy as np

from kelt.tracing.record.graph import Length, Value, operands_of
from kelt.tracing.record.reads import ReadSize
from kelt.tracing.record.sizes import Size, add, affine, floordiv, product


def length_of(leaf):
    """The length that an argument stands for."""
    if isinstance(leaf, ReadSize):
        if leaf.size is None:
            raise UnknownLengthError
        return leaf.size
    return leaf.value.dims[leaf.axis] if isinstance(leaf, Length) else leaf


class UnknownLengthError(Exception):
    """An op whose result's length does not follow from its operands' by a known rule."""


RULE_ERRORS = (UnknownLengthError, KeyError, IndexError, TypeError, ValueError)  # what a rule may raise


def broadcast(follow, node, value, _):
    """Operands that broadcast: number by number, or along an axis that keeps its length."""
    rank = len(value.shape)
    operands = [operand.dims for operand in operands_of(node)]
    if operands and len(operands[0]) == rank and all(dims == operands[0] for dims in operands):
        return list(operands[0])
    met = [follow.one(dims[i - rank] for dims in operands if len(dims) >= rank - i) for i in range(rank)]
    return [dim if known is None else known for dim, known in zip(met, value.shape)]


def like(param):
    """As one of the operands, whatever the others are."""
    return lambda follow, node, _, __: list(node.args[param].dims)


def like_first(_, node, __, ___):
    """As the first of several operands, whose shapes are all one."""
    return list(node.args["x"][0].dims)


def scalar(*_):
    """One number."""
    return []


def literal(_, node, __, i):
    """As many numbers as are written down, also where some are sizes."""
    return list(node.outputs[i].shape)


def cumulative(_, node, __, ___):
    """As the operand, or all of it in a row."""
    dims = node.args["x"].dims
    return list(dims) if node.args["axis"] is not None else [_count(dims)]


def _count(dims):
    return functools.reduce(product, dims, 1)


def reduced(_, node, value, __):
    """One or no element along the axes that are reduced."""
    x, axis = node.args["x"].dims, node.args["axes"] if "axes" in node.args else node.args["axis"]
    axes = range(len(x)) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = {a % len(x) for a in axes}
    if node.args.get("keepdims"):
        return [1 if i in axes else dim for i, dim in enumerate(x)]
    return [dim for i, dim in enumerate(x) if i not in axes]


def halved(_, node, __, ___):
    """Half along the axis."""
    dims, axis = list(node.args["x"].dims), node.args["axis"]
    dims[axis] = floordiv(dims[axis], 2)
    return dims


def matrices(kept):
    """Of a batch of matrices: for each output, which of the two axes it keeps."""

    def rule(_, node, __, i):
        dims = node.args["x"].dims
        return [*dims[:-2], *(dims[axis] for axis in kept[i])]

    return rule


def transpose(_, node, __, ___):
    """The axes in another order."""
    x, axes = node.args["x"].dims, node.args["axes"]
    return [x[a] for a in (axes if axes is not None else range(len(x) - 1, -1, -1))]


def expand_dims(_, node, value, __):
    """Axes of length 1 more."""
    dims = list(node.args["x"].dims)
    axes = node.args["axis"]
    for axis in sorted(a % len(value.shape) for a in ([axes] if isinstance(axes, int) else axes)):
        dims.insert(axis, 1)
    return dims


def squeeze(_, node, __, ___):
    """Axes of length 1 less; which they are must be said."""
    x, axes = node.args["x"].dims, node.args["axis"]
    if axes is None:
        raise UnknownLengthError
    axes = {a % len(x) for a in ([axes] if isinstance(axes, int) else axes)}
    return [dim for i, dim in enumerate(x) if i not in axes]


def reshape(follow, node, __, ___):
    """The lengths that are said; the one that is not takes what the others leave."""
    x, shape = list(node.args["x"].dims), node.args["newshape"]
    shape = [length_of(dim) for dim in (shape if isinstance(shape, (list, tuple)) else [shape])]
    if -1 not in shape:
        return shape
    rest = []  # of what is said: what does not stand in the operand as it is
    for dim in shape:
        if dim in x and isinstance(dim, Size):
            x.remove(dim)
        elif dim != -1:
            rest.append(dim)
    fixed = math.prod(dim for dim in x if isinstance(dim, int))
    wanted = math.prod(dim for dim in rest if isinstance(dim, int))
    if not wanted:
        raise UnknownLengthError
    if any(isinstance(dim, Size) for dim in rest) or fixed % wanted:
        # Of another symbol it is a quotient until it is known to be one of the operand's.
        found = floordiv(functools.reduce(product, x, 1), functools.reduce(product, rest, 1))
    else:
        found = product(functools.reduce(product, [dim for dim in x if isinstance(dim, Size)], 1), fixed // wanted)
    if isinstance(found, Size):
        follow.assume(affine(1, found, -1))  # of no element the runtime can't tell how many rows there are
    return [found if dim == -1 else dim for dim in shape]


def pad(_, node, __, ___):
    """Margins on each side."""
    widths = [[length_of(width) for width in pads] for pads in node.args["pad_width"]]
    return [add(dim, add(*pads)) for dim, pads in zip(node.args["x"].dims, widths)]


def moved(move, *params):
    """Axes in another order, which numpy tells."""

    def rule(_, node, __, ___):
        x = node.args["x"].dims
        axes = move(np.empty(tuple(range(1, 1 + len(x))), "bool"), *(node.args[param] for param in params))
        return [x[place - 1] for place in axes.shape]

    return rule


def raveled(_, node, __, ___):
    """All elements in a row."""
    return [_count(node.args["x"].dims)]


def turned(_, node, __, ___):
    """A quarter turn exchanges two axes."""
    dims = list(node.args["array"].dims)
    if node.args["k"] % 2:
        a, b = node.args["axes"]
        dims[a], dims[b] = dims[b], dims[a]
    return dims


def tiled(_, node, __, ___):
    """Each axis as often as it is repeated."""
    dims, repeats = list(node.args["x"].dims), node.args["repeats"]
    repeats = [length_of(count) for count in (repeats if isinstance(repeats, (list, tuple)) else [repeats])]
    rank = max(len(dims), len(repeats))
    dims, repeats = [1] * (rank - len(dims)) + dims, [1] * (rank - len(repeats)) + repeats
    return [product(count, dim) for count, dim in zip(repeats, dims)]


def stack(follow, node, value, _):
    """One axis more, as long as there are tensors."""
    tensors = [operand.dims for operand in node.args["x"]]
    dims = [follow.one(each) for each in zip(*tensors)]
    dims.insert(node.args["axis"] % (len(dims) + 1), len(tensors))
    return dims


def unstacked(_, node, __, ___):
    """One axis less."""
    dims = list(node.args["x"].dims)
    del dims[node.args["axis"]]
    return dims


def square(rows, columns=None):
    """A matrix, of which two arguments say the shape."""

    def rule(_, node, __, ___):
        height, width = length_of(node.args[rows]), length_of(node.args[columns]) if columns else None
        return [height, height if width is None else width]

    return rule


def linspace(follow, node, value, i):
    """An axis of points more; the step has none."""
    ends = [node.args[name].dims for name in ("start", "stop") if isinstance(node.args[name], Value)]
    rank = max(map(len, ends), default=0)
    dims = [follow.one(each[j - rank] for each in ends if len(each) >= rank - j) for j in range(rank)]
    if i == 0:
        dims.insert(node.args["axis"] % (rank + 1), length_of(node.args["num"]))
    return dims


def top_k(_, node, __, ___):
    """The best of each row."""
    return [*node.args["x"].dims[:-1], length_of(node.args["k"])]


def segments(_, node, __, ___):
    """A row for each segment."""
    count = node.args["num_segments"]
    if count is None:
        raise UnknownLengthError
    return [length_of(count), *node.args["data"].dims[1:]]


def along(_, node, __, ___):
    """Elements along an axis: as many as there are indices."""
    x, indices, axis = node.args["x"].dims, node.args["indices"].dims, node.args["axis"]
    if axis is None or len(x) != len(indices):
        raise UnknownLengthError
    dims = list(x)
    dims[axis] = indices[axis]
    return dims


def concatenate(follow, node, value, _):
    """A sum along the axis, one length along the others."""
    operands = [operand.dims for operand in node.args["xs"]]
    axis = node.args["axis"] % len(value.shape)
    return [functools.reduce(add, dims) if i == axis else follow.one(dims) for i, dims in enumerate(zip(*operands))]


def matmul(follow, node, value, _):
    """Rows of the first, columns of the second, and batches that broadcast."""
    a, b = node.args["x1"].dims, node.args["x2"].dims
    if len(a) < 2 or len(b) < 2:
        raise UnknownLengthError
    rank = len(value.shape)
    batch = [
        follow.one(dims[i - rank] for dims in (a, b) if len(dims) >= rank - i)
        for i in range(rank - 2)
    ]  # fmt: skip
    follow.one((a[-1], b[-2]))
    return [*batch, a[-2], b[-1]]


def attention(follow, node, value, _):
    """A row of values for each query, per head; what is added to the scores or masks them has their lengths."""
    query, key, values = (node.args[name].dims for name in ("query", "key", "value"))
    batch, keys = (follow.one(dims[i] for dims in (key, values)) for i in (0, 1))
    scores = [follow.one((batch, query[0])), query[2], query[1], keys]
    for dims in [node.args[name].dims for name in ("bias", "mask") if node.args[name] is not None]:
        for each in zip(reversed(dims), reversed(scores)):
            follow.one(each)
    return [scores[0], query[1], query[2], values[3]]


def einsum(follow, node, _, __):
    """The lengths of the letters."""
    inputs, _, output = node.args["subscripts"].replace(" ", "").partition("->")
    if "." in inputs or not output:
        raise UnknownLengthError
    lengths = {}
    for letters, operand in zip(inputs.split(","), node.args["operands"]):
        for letter, dim in zip(letters, operand.dims):
            lengths[letter] = follow.one((lengths.get(letter, 1), dim))
    return [lengths[letter] for letter in output]


def take(_, node, value, __):
    """The axis that is indexed has the shape of the indices."""
    x, indices, axis = node.args["x"].dims, node.args["indices"].dims, node.args["axis"]
    if axis is None:
        raise UnknownLengthError
    axis %= len(x)
    return [*x[:axis], *indices, *x[axis + 1 :]]


def repeat(_, node, __, ___):
    """As many times the length along the axis."""
    dims, axis, repeats = list(node.args["x"].dims), node.args["axis"], node.args["repeats"]
    if isinstance(repeats, (list, tuple)) and len(repeats) == 1:
        repeats = repeats[0]
    repeats = length_of(repeats)
    if not isinstance(repeats, (int, Size)):
        raise UnknownLengthError
    if axis is None:
        return [product(repeats, _count(dims))]
    dims[axis] = product(repeats, dims[axis])
    return dims


def resize(_, node, value, __):
    """Height and width are said."""
    dims, args = list(node.args["images"].dims), node.args
    at = len(dims) - (3 if args["data_format"] == "channels_last" else 2)
    dims[at : at + 2] = args["size"]
    return dims


def one_hot(_, node, value, __):
    """An axis of classes more."""
    dims = list(node.args["x"].dims)
    dims.insert(node.args["axis"] % len(value.shape), length_of(node.args["num_classes"]))
    return dims


def shape(_, node, __, ___):
    """The shape that is asked for."""
    wanted = node.args["shape"]
    return [length_of(dim) for dim in (wanted if isinstance(wanted, (list, tuple)) else [wanted])]


def broadcast_to(follow, node, value, i):
    """The shape that is asked for, which the operand's lengths must meet."""
    dims = shape(follow, node, value, i)
    for each in zip(reversed(node.args["x"].dims), reversed(dims)):
        with contextlib.suppress(UnknownLengthError):  # the length is what is asked for, whatever meets it
            follow.one(each)
    return dims


def _dims(values):
    return [value.dims for value in values]


def choice(args):
    """A node whose functions are branches."""
    return _dims(args["operands"]), lambda _, results: results


def loop(args):
    """A node whose functions pass on what they are given."""
    variables = _dims(args["loop_vars"])
    return variables + _dims(args["captures"]), lambda follow, results: follow.same(variables, results)


def scan(args):
    """A node whose function is called on each item of the leading axis."""
    carries, count = _dims(args["init"]), len(args["init"])
    items = [dims[1:] for dims in _dims(args["xs"])]

    def made(follow, results):
        length = follow.one([length_of(args["length"]), *(value.dims[0] for value in args["xs"])])
        follow.same(carries, results[:count])
        return [*carries, *([length, *dims] for dims in results[count:])]

    return carries + items + _dims(args["captures"]), made


def rnn(args):
    """A recurrent node: the steps are the second axis."""
    sequences, states = _dims(args["inputs"]), _dims(args["initial_states"])
    items = [[dims[0], *dims[2:]] for dims in sequences]

    def made(follow, results):
        output, *new_states = results
        follow.same(states, new_states)
        masks = [] if args["mask"] is None else [args["mask"].dims]
        batch, length = (follow.one(dims[i] for dims in (*sequences, *masks)) for i in (0, 1))
        follow.same([[batch]], [output[:1]])
        return [output, [output[0], length if args["return_all_outputs"] else 1, *output[1:]], *states]

    return items + states + _dims(args["captures"]), made
