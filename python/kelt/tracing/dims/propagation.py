"""Lengths of a function that was captured with open axes, propagated from those of its inputs.

This spares the captures at numbers to models that never look at a size, such as convolutional networks. One op that
is not in the table is enough to give up: `follow` says so, and the caller captures at numbers.
"""

from __future__ import annotations

import functools
import math

from kelt.tracing.ops import dtype_rules
from kelt.tracing.ops.vocabulary import names
from kelt.tracing.record.graph import Length, map_argument, values_in
from kelt.tracing.record.sizes import Size, add, affine, floordiv, product

NOT_BROADCASTING = names("""
all allclose any append array_equal concatenate conv conv_transpose cross depthwise_conv dot dot_product_attention
dstack einsum gcd hstack inner isclose kron lcm logdet logsumexp matmul mean median nanmean nanmedian nanstd nanvar
outer percentile quantile scatter_update select separable_conv slice_update stack std tensordot var vdot vstack
""")
ELEMENTWISE = names("""
abs absolute cast clip cumprod cumsum flip full_like hash_bucket hash_cross isfinite isinf isnan negative ones_like
relu relu6 roll round sign square threshold zeros_like
""")
BROADCASTING = (frozenset(dtype_rules.RULES) - NOT_BROADCASTING) | ELEMENTWISE
REDUCING = names("all any argmax argmin logsumexp max mean min prod std sum var")


def finish(nodes) -> None:
    """Writes the lengths that arguments stand for, once all are known."""
    for node in nodes:
        node.args = {name: map_argument(argument, length_of) for name, argument in node.args.items()}
        for function in node.functions:
            finish(function.nodes)


def length_of(leaf):
    """The length that an argument stands for."""
    return leaf.value.dims[leaf.axis] if isinstance(leaf, Length) else leaf


class UnknownLengthError(Exception):
    """An op whose result's length does not follow from its operands' by a known rule."""


RULE_ERRORS = (UnknownLengthError, KeyError, IndexError, TypeError, ValueError)  # what a rule may raise


class Follower:
    """Follows lengths through nodes; where two symbols must be one it says which."""

    def __init__(self):
        self.equal: list[tuple[str, str]] = []  # symbols that meet

    def follow(self, nodes) -> bool:
        """Sets `dims` of every value; false if some are not known."""
        try:
            for node in nodes:
                self._node(node)
        except RULE_ERRORS:
            return False
        return True

    def _node(self, node):
        if node.functions:
            self._functions(node)
            return
        rule = None
        for i, value in enumerate(node.outputs):
            if None not in value.shape:
                value.dims = list(value.shape)
                continue
            if rule is None:
                rule = _rule(node.op)
            value.dims = rule(self, node, value, i)
            if len(value.dims) != len(value.shape) or None in value.dims:
                raise UnknownLengthError
            if any(isinstance(dim, int) and known != dim for dim, known in zip(value.dims, value.shape)):
                raise UnknownLengthError

    def _functions(self, node):
        """What goes into a function has the lengths of what it is given, and so has what comes out."""
        given, made = NESTED[node.op](node.args)
        results = None
        for function in node.functions:
            for (_, value), dims in zip(function.inputs, given):
                value.dims = list(dims)
            for inner in function.nodes:
                self._node(inner)
            found = [value.dims for _, value in function.outputs]
            if function.name != "cond":  # a loop's condition is no result
                results = found if results is None else self._same(results, found)
        for value, dims in zip(node.outputs, made(self, results)):
            value.dims = dims

    def _same(self, first, second):
        """The lengths, where both must be the same."""
        for a, b in zip(first, second, strict=True):
            for dim, other in zip(a, b, strict=True):
                if (dim == 1) != (other == 1):
                    raise UnknownLengthError
                self.one((dim, other))
        return first

    def one(self, dims):
        """The length of an axis on which these meet; ones broadcast."""
        found = None
        for dim in dims:
            if dim == 1 or dim == found:
                continue
            if found is None:
                found = dim
            elif (
                isinstance(found, Size)
                and isinstance(dim, Size)
                and found.text.isidentifier()
                and dim.text.isidentifier()
            ):
                self.equal.append((found.text, dim.text))
            else:
                raise UnknownLengthError
        return 1 if found is None else found


def _rule(op):
    if op in RULES:
        return RULES[op]
    if op in BROADCASTING:
        return _broadcast
    if op in REDUCING:
        return _reduce
    raise UnknownLengthError


def _broadcast(follow, node, value, _):
    rank = len(value.shape)
    operands = [operand.dims for argument in node.args.values() for operand in values_in(argument)]
    return [
        known if known is not None else follow.one(dims[i - rank] for dims in operands if len(dims) >= rank - i)
        for i, known in enumerate(value.shape)
    ]


def _reduce(_, node, value, __):
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


def _spatial(_, node, value, __):
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


def _transpose(_, node, __, ___):
    x, axes = node.args["x"].dims, node.args["axes"]
    return [x[a] for a in (axes if axes is not None else range(len(x) - 1, -1, -1))]


def _expand_dims(_, node, value, __):
    dims = list(node.args["x"].dims)
    axes = node.args["axis"]
    for axis in sorted(a % len(value.shape) for a in ([axes] if isinstance(axes, int) else axes)):
        dims.insert(axis, 1)
    return dims


def _squeeze(_, node, __, ___):
    x, axes = node.args["x"].dims, node.args["axis"]
    if axes is None:
        raise UnknownLengthError
    axes = {a % len(x) for a in ([axes] if isinstance(axes, int) else axes)}
    return [dim for i, dim in enumerate(x) if i not in axes]


def _reshape(_, node, __, ___):
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


def _pad(_, node, __, ___):
    return [affine(1, dim, sum(pads)) for dim, pads in zip(node.args["x"].dims, node.args["pad_width"])]


def _concatenate(follow, node, value, _):
    operands = [operand.dims for operand in node.args["xs"]]
    axis = node.args["axis"] % len(value.shape)
    return [
        functools.reduce(add, dims) if i == axis else follow.one(dims)
        for i, dims in enumerate(zip(*operands))
    ]  # fmt: skip


def _matmul(follow, node, value, _):
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


def _attention(follow, node, value, _):
    """A row of values for each query, per head; what is added to the scores or masks them has their lengths."""
    query, key, values = (node.args[name].dims for name in ("query", "key", "value"))
    batch, keys = (follow.one(dims[i] for dims in (key, values)) for i in (0, 1))
    scores = [follow.one((batch, query[0])), query[2], query[1], keys]
    for dims in [node.args[name].dims for name in ("bias", "mask") if node.args[name] is not None]:
        for each in zip(reversed(dims), reversed(scores)):
            follow.one(each)
    return [scores[0], query[1], *value.shape[2:]]


def _einsum(follow, node, _, __):
    inputs, _, output = node.args["subscripts"].replace(" ", "").partition("->")
    if "." in inputs or not output:
        raise UnknownLengthError
    lengths = {}
    for letters, operand in zip(inputs.split(","), node.args["operands"]):
        for letter, dim in zip(letters, operand.dims):
            lengths[letter] = follow.one((lengths.get(letter, 1), dim))
    return [lengths[letter] for letter in output]


def _take(_, node, value, __):
    x, indices, axis = node.args["x"].dims, node.args["indices"].dims, node.args["axis"]
    if axis is None:
        raise UnknownLengthError
    axis %= len(x)
    return [*x[:axis], *indices, *x[axis + 1 :]]


def _get_item(_, node, value, __):
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


def _repeat(_, node, __, ___):
    dims, axis, repeats = list(node.args["x"].dims), node.args["axis"], node.args["repeats"]
    if axis is None or not isinstance(repeats, int):
        raise UnknownLengthError
    dims[axis] = product(repeats, dims[axis])
    return dims


def _resize(_, node, value, __):
    x = node.args["images"].dims
    return [dim if known is None and i == 0 else known for i, (known, dim) in enumerate(zip(value.shape, x))]


def _split(_, node, value, __):
    axis = node.args["axis"] % len(value.shape)
    return [known if i == axis else dim for i, (known, dim) in enumerate(zip(value.shape, node.args["x"].dims))]


def _one_hot(_, node, value, __):
    dims = list(node.args["x"].dims)
    dims.insert(node.args["axis"] % len(value.shape), node.args["num_classes"])
    return dims


def _zeros(_, node, __, ___):
    return [length_of(dim) for dim in node.args["shape"]]


def _dims(values):
    return [value.dims for value in values]


def _of_choice(args):
    return _dims(args["operands"]), lambda _, results: results


def _of_loop(args):
    variables = _dims(args["loop_vars"])
    return variables + _dims(args["captures"]), lambda follow, results: follow._same(variables, results)


def _of_scan(args):
    carries, count = _dims(args["init"]), len(args["init"])
    items = [dims[1:] for dims in _dims(args["xs"])]

    def made(follow, results):
        length = follow.one([length_of(args["length"]), *(value.dims[0] for value in args["xs"])])
        follow._same(carries, results[:count])
        return [*carries, *([length, *dims] for dims in results[count:])]

    return carries + items + _dims(args["captures"]), made


def _of_rnn(args):
    sequences, states = _dims(args["inputs"]), _dims(args["initial_states"])
    items = [[dims[0], *dims[2:]] for dims in sequences]

    def made(follow, results):
        output, *new_states = results
        follow._same(states, new_states)
        masks = [] if args["mask"] is None else [args["mask"].dims]
        batch, length = (follow.one(dims[i] for dims in (*sequences, *masks)) for i in (0, 1))
        follow._same([[batch]], [output[:1]])
        return [output, [output[0], length if args["return_all_outputs"] else 1, *output[1:]], *states]

    return items + states + _dims(args["captures"]), made


# op → (the lengths of what its functions are given, what it makes of those of their results).
NESTED = {"cond": _of_choice, "rnn": _of_rnn, "scan": _of_scan, "switch": _of_choice, "while_loop": _of_loop}
# What no search finds by numbers: divisions of which others fit them by chance, and sums of many terms.
KNOWN = {
    **dict.fromkeys(("conv", "depthwise_conv", "separable_conv", "average_pool", "max_pool"), _spatial),
    "concatenate": _concatenate,
}
RULES = {
    **KNOWN,
    "dot_product_attention": _attention,
    "einsum": _einsum,
    "expand_dims": _expand_dims,
    "get_item": _get_item,
    "image.resize": _resize,
    "matmul": _matmul,
    "one_hot": _one_hot,
    "pad": _pad,
    "repeat": _repeat,
    "reshape": _reshape,
    "split": _split,
    "squeeze": _squeeze,
    "take": _take,
    "transpose": _transpose,
    "zeros": _zeros,
}
