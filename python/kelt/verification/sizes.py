"""The sizes at which a file is tried: of each symbolic dim a number, one choice after the other."""

from __future__ import annotations

import math

from kelt.tracing.record.sizes import Size

SIZES = (24, 37, 67, 131, 259, 1031, 4099, 16001)  # of axes that are not the batch, until the model takes them
LARGE = (20011, 10007, 5003, 2503, 1259, 641, 331, 167, 83)  # the largest of them that memory allows
LARGEST_IMAGE = 331  # where several axes of one input are open
LARGEST_LOOP = 1031  # steps of loops, which some backends make one by one
MOST_BYTES, LARGEST_BYTES = 1 << 30, 1 << 27  # of all values of a run at a large size, of each of them
MOST_ELEMENTS = 1 << 20  # of the inputs at sizes after the first: a long signal, not a huge image
SCORES = 3  # of attention, at once in memory
BATCH = 2


def symbols_of(function) -> list[str]:
    """The symbolic dims of the inputs, in order."""
    return list(dict.fromkeys(dim.text for _, value in function.inputs for dim in value.dims if isinstance(dim, Size)))


def is_batch(symbol: str) -> bool:
    """Whether it is the first axis of an input."""
    return symbol.startswith("n")


def first_sizes(function) -> list[dict[str, int]]:
    """Sizes to try until both the model and the file take them."""
    symbols = symbols_of(function)
    if all(map(is_batch, symbols)):
        return [dict.fromkeys(symbols, BATCH), dict.fromkeys(symbols, 1)]
    found = [sizes for size in SIZES if is_valid(function, sizes := sizes_about(function, size))]
    found = found or [sizes_about(function, SIZES[-1])]
    return found[:1] + [sizes for sizes in found[1:] if input_elements(function, sizes) <= MOST_ELEMENTS]


def more_sizes(function, first: dict[str, int]) -> list[dict[str, int]]:
    """After those: of a batch of one, from the largest down, of which the first that both take will do."""
    if not first:
        return []
    ones = {symbol: 1 for symbol in first if is_batch(symbol)}
    if len(ones) == len(first):
        return [ones] if ones != first else []
    most = max(LARGE)
    if any(node.functions for node in function.nodes):
        most = LARGEST_LOOP
    if any(
        sum(isinstance(dim, Size) and not is_batch(dim.text) for dim in value.dims) > 1 for _, value in function.inputs
    ):
        most = min(most, LARGEST_IMAGE)
    found = [sizes_about(function, size) | ones for size in (most, *LARGE) if size <= most]
    found = [sizes for sizes in found if is_valid(function, sizes) and _fit(function, sizes)]
    return [sizes for sizes in found if max(sizes.values()) > max(first.values())]


def is_valid(function, sizes: dict[str, int]) -> bool:
    """Whether the record is the model at these sizes; `function.borders` are those around which that may change."""
    return all(length.at(sizes) >= 0 for length in function.valid)


def sizes_about(function, about: int) -> dict[str, int]:
    """Another number for each symbol that is not a batch."""
    sizes = {}
    for symbol in symbols_of(function):
        if is_batch(symbol):
            sizes[symbol] = BATCH
        elif function.multiple == 1:
            sizes[symbol] = about + 3 * len(sizes)
        else:
            sizes[symbol] = (-(-about // function.multiple) + len(sizes)) * function.multiple
    return sizes


def shape_at(value, sizes) -> list[int]:
    """The lengths of a value at these sizes."""
    return [dim.at(sizes) if isinstance(dim, Size) else dim for dim in value.dims]


def input_elements(function, sizes) -> int:
    """Of all inputs together."""
    return sum(math.prod(shape_at(value, sizes)) for _, value in function.inputs)


def _fit(function, sizes) -> bool:
    """Whether the values that depend on sizes fit into memory, about."""
    found = []
    for node in function.nodes:
        if node.op == "dot_product_attention":  # its scores are no value of the record
            (batch, queries, heads, _), (_, keys, *_) = (shape_at(node.args[name], sizes) for name in ("query", "key"))
            found += [4 * batch * heads * queries * keys] * SCORES
        for value in node.outputs:
            if value.dims is not None and any(isinstance(dim, Size) for dim in value.dims):
                found.append(4 * math.prod(shape_at(value, sizes)))
    return sum(found) <= MOST_BYTES and max(found, default=0) <= LARGEST_BYTES
