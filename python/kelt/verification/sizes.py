"""The sizes at which a file is tried: of each symbolic dim a number, one choice after the other."""

from __future__ import annotations

import itertools
import math

from kelt.tracing.record.graph import all_nodes
from kelt.tracing.record.op_facts import is_source
from kelt.tracing.record.sizes import Size

SHORT = 19  # of axes that are not the batch, where nothing in the record changes with the size
SHORTEST = (*range(1, 9), 13)  # where something does: the first that the model takes
SIZES = (27, 37, 67, 131, 259, 1031, 4099, 16001)  # of axes that are not the batch, until the model takes them
FEW = (24, 16, 13, 12, *range(10, 0, -1))  # where those are too many: positions have a table, lengths are multiples
LARGE = (20011, 10007, 5003, 2503, 1259, 641, 331, 167, 83)  # the largest of them that memory allows
LARGEST_IMAGE = 331  # where several axes of one input are open
LARGEST_LOOP = 1031  # steps of loops, which some backends make one by one
MOST_BYTES, LARGEST_BYTES = 1 << 30, 1 << 27  # of all values of a run at a large size, of each of them
MOST_ELEMENTS = 1 << 20  # of the inputs at sizes after the first: a long signal, not a huge image
SCORES = 3  # of attention, at once in memory
BATCH, ROWS = 2, 16  # rows of inputs, and of small ones
FEW_ELEMENTS = 1 << 12  # of small inputs
MOST_BORDERS = 6  # sizes at borders that are tried
MOST_OPS = 200  # that are run for those: the model compiles each of them for each size


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
        return [with_rows(function, dict.fromkeys(symbols, BATCH)), dict.fromkeys(symbols, 1)]
    about = (*(() if function.corners else (SHORT,)), *SIZES[:2], *FEW, *SIZES[2:])
    found = [sizes for size in about if is_valid(function, sizes := sizes_about(function, size))]
    found = found or [sizes_about(function, SIZES[-1])]
    found[0] = with_rows(function, found[0])
    return found[:1] + [sizes for sizes in found[1:] if input_elements(function, sizes) <= MOST_ELEMENTS]


def size_draws(function, first: dict[str, int]) -> list[list[dict[str, int]]]:
    """Draws after those: a large size, a short one, both sides of borders. Of each list, the first that both take."""
    if not first:
        return []
    if all(map(is_batch, first)):
        ones = dict.fromkeys(first, 1)
        found = [[ones]] if ones != first else []
    else:
        found = [large_sizes(function, first), short_sizes(function)]
    return found + [[sizes] for sizes in border_sizes(function, first)]


def large_sizes(function, first: dict[str, int]) -> list[dict[str, int]]:
    """Of a batch of one, from the largest down."""
    ones = {symbol: 1 for symbol in first if is_batch(symbol)}
    most = max(LARGE)
    if _has_loops(function):
        most = LARGEST_LOOP
    if any(
        sum(isinstance(dim, Size) and not is_batch(dim.text) for dim in value.dims) > 1 for _, value in function.inputs
    ):
        most = min(most, LARGEST_IMAGE)
    found = [sizes_about(function, size) | ones for size in (most, *LARGE) if size <= most]
    found = [sizes for sizes in found if is_valid(function, sizes) and _fit(function, sizes)]
    return [sizes for sizes in found if max(sizes.values()) > max(first.values())]


def short_sizes(function) -> list[dict[str, int]]:
    """From the shortest up; none where the first sizes are short."""
    if not function.corners:
        return []
    found = [with_rows(function, sizes_about(function, size)) for size in SHORTEST]
    return [sizes for sizes in found if is_valid(function, sizes)]


def border_sizes(function, first: dict[str, int]) -> list[dict[str, int]]:
    """On both sides of sizes at which the record changes its form, the others as at `first`: as many as are cheap."""
    from kelt.tracing.dims.borders import around

    most = min(MOST_BORDERS, MOST_OPS // max(1, _ops_in(function)))
    if not function.corners or not most:
        return []
    largest = LARGEST_LOOP if _has_loops(function) else MOST_ELEMENTS
    found = [
        sizes
        for name, beside in around(function.corners, first).items()
        for sizes in _on_each_side(function.corners, [{**first, name: size} for size in beside if size <= largest])
        if sizes != first and is_valid(function, sizes)
    ]
    return [sizes for sizes in found if input_elements(function, sizes) <= MOST_ELEMENTS and _fit(function, sizes)][
        :most
    ]


def _on_each_side(corners, beside: list[dict[str, int]]) -> list[dict[str, int]]:
    """Of sizes in ascending order the one nearest to the border, of those between which no length changes its sign."""

    def side(sizes):
        return [(length > 0) - (length < 0) for length in (corner.at(sizes) for corner in corners)]

    sides = [[*group] for _, group in itertools.groupby(beside, side)]
    ends = [
        (group[0] if at else group[-1], group[-1] if at + 1 < len(sides) else group[0])
        for at, group in enumerate(sides)
    ]
    return [sizes for first, last in ends for sizes in ([first] if first == last else [first, last])]


def _has_loops(function) -> bool:
    return any(node.functions for node in function.nodes)


def _ops_in(function) -> int:
    return sum(not is_source(node.op) for node in all_nodes(function))


def with_rows(function, sizes: dict[str, int]) -> dict[str, int]:
    """More rows of what is small: they meet more of what a model does with one or another value."""
    for rows in range(ROWS, BATCH, -1):
        more = {symbol: rows if is_batch(symbol) else size for symbol, size in sizes.items()}
        if input_elements(function, more) <= FEW_ELEMENTS and is_valid(function, more):
            return more
    return sizes


def is_valid(function, sizes: dict[str, int]) -> bool:
    """Whether the record is the model at these sizes; `function.borders` are those around which that may change."""
    return all(length.at(sizes) >= 0 for length in function.valid)


def sizes_about(function, about: int) -> dict[str, int]:
    """Another number for each symbol that is not a batch."""
    sizes: dict[str, int] = {}
    others = 0
    for symbol in symbols_of(function):
        if is_batch(symbol):
            sizes[symbol] = BATCH
        elif function.multiple == 1:
            sizes[symbol] = about + 3 * others
        else:
            sizes[symbol] = (-(-about // function.multiple) + others) * function.multiple
        others += not is_batch(symbol)
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
