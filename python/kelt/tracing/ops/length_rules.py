"""Dims of an op's outputs from those of its operands, where no number is needed to tell them.

A rule takes the `Follower` (`dims/propagation.py`), the node, the output and its position among the outputs.
"""

from __future__ import annotations

import functools
import math

from kelt.tracing.record.graph import Length, values_in
from kelt.tracing.record.sizes import Size, add, affine, floordiv, product


def length_of(leaf):
    """The length that an argument stands for."""
    return leaf.value.dims[leaf.axis] if isinstance(leaf, Length) else leaf


class UnknownLengthError(Exception):
    """An op whose result's length does not follow from its operands' by a known rule."""


RULE_ERRORS = (UnknownLengthError, KeyError, IndexError, TypeError, ValueError)  # what a rule may raise


def broadcast(follow, node, value, _):
    """Operands that broadcast: number by number, or along an axis that keeps its length."""
    rank = len(value.shape)
    operands = [operand.dims for argument in node.args.values() for operand in values_in(argument)]
    met = [follow.one(dims[i - rank] for dims in operands if len(dims) >= rank - i) for i in range(rank)]
    return [dim if known is None else known for dim, known in zip(met, value.shape)]


def reduced(_, node, value, __):
    """One or no element along the axes that are reduced."""
    x, axis = node.args["x"].dims, node.args["axis"]
    axes = range(len(x)) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = {a % len(x) for a in axes}
    if node.args["keepdims"]:
        return [1 if i in axes else dim for i, dim in enumerate(x)]
    return [dim for i, dim in enumerate(x) if i not in axes]


def _window(size, window, stride, dilation, padding):
    if padding == "same":
        return floordiv(affine(1, size, stride - 1), stride)
    if padding != "valid":
        raise UnknownLengthError
    return floordiv(affine(1, size, stride - (window - 1) * dilation - 1), stride)


def spatial(_, node, value, __):
    """Windows that move over the spatial axes."""
    args, x = node.args, node.args["inputs"].dims
    rank = len(x) - 2
    last = args["data_format"] == "channels_last"
    kernel = args.get("kernel") or args.get("depthwise_kernel")
    windows = kernel.shape[:rank] if kernel is not None else args["pool_size"]
    dilations = args.get("dilation_rate", (1,) * rank)
    sizes = x[1:-1] if last else x[2:]
    found = [
        _window(*each, args["padding"])
        for each in zip(sizes, windows, args["strides"], dilations)
    ]  # fmt: skip
    channels = value.shape[-1] if last else value.shape[1]
    return [x[0], *found, channels] if last else [x[0], channels, *found]


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


def reshape(_, node, __, ___):
    """An open length that goes through, the rest being numbers, or lengths that are said."""
    if any(isinstance(dim, Length) for dim in node.args["newshape"]):
        return [length_of(dim) for dim in node.args["newshape"]]
    x, shape = node.args["x"].dims, node.args["newshape"]
    fixed = math.prod(dim for dim in x if isinstance(dim, int))
    free = [dim for dim in x if isinstance(dim, Size)]
    wanted = math.prod(dim for dim in shape if dim != -1)
    if fixed % wanted:
        raise UnknownLengthError
    rest = fixed // wanted
    for dim in free:
        rest = product(dim, rest)
    return [rest if dim == -1 else dim for dim in shape]


def pad(_, node, __, ___):
    """Margins on each side."""
    return [affine(1, dim, sum(pads)) for dim, pads in zip(node.args["x"].dims, node.args["pad_width"])]


def concatenate(follow, node, value, _):
    """A sum along the axis, one length along the others."""
    operands = [operand.dims for operand in node.args["xs"]]
    axis = node.args["axis"] % len(value.shape)
    return [
        functools.reduce(add, dims) if i == axis else follow.one(dims)
        for i, dims in enumerate(zip(*operands))
    ]  # fmt: skip


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
    return [scores[0], query[1], *value.shape[2:]]


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


def get_item(_, node, value, __):
    """Only keys that leave open axes whole."""
    key = node.args["key"]
    items = list(key) if isinstance(key, (tuple, list)) else [key]
    x = list(node.args["x"].dims)
    consumed = sum(item is not None and item is not Ellipsis for item in items)
    if not any(item is Ellipsis for item in items):
        items.append(Ellipsis)
    dims, known = [], iter(value.shape)
    for item in items:
        if item is None:
            dims.append(next(known))
        elif item is Ellipsis:
            kept = len(node.args["x"].dims) - consumed
            dims += x[:kept]
            x = x[kept:]
            for _ in range(kept):
                next(known)
        else:
            dim = x.pop(0)
            if isinstance(item, slice):
                length = next(known)
                whole = item.start in (None, 0) and item.stop is None and item.step in (None, 1)
                if isinstance(dim, Size) and not whole:
                    raise UnknownLengthError
                dims.append(dim if whole else length)
    return dims


def repeat(_, node, __, ___):
    """As many times the length along the axis."""
    dims, axis, repeats = list(node.args["x"].dims), node.args["axis"], node.args["repeats"]
    if axis is None or not isinstance(repeats, int):
        raise UnknownLengthError
    dims[axis] = product(repeats, dims[axis])
    return dims


def resize(_, node, value, __):
    """Height and width are said; the batch is that of the images."""
    x = node.args["images"].dims
    return [dim if known is None and i == 0 else known for i, (known, dim) in enumerate(zip(value.shape, x))]


def split(_, node, value, __):
    """Parts along the axis, which are known."""
    axis = node.args["axis"] % len(value.shape)
    return [known if i == axis else dim for i, (known, dim) in enumerate(zip(value.shape, node.args["x"].dims))]


def one_hot(_, node, value, __):
    """An axis of classes more."""
    dims = list(node.args["x"].dims)
    dims.insert(node.args["axis"] % len(value.shape), node.args["num_classes"])
    return dims


def shape(_, node, __, ___):
    """The shape that is asked for."""
    return [length_of(dim) for dim in node.args["shape"]]


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
