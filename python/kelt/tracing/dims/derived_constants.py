"""Numbers and arrays that Python made from sizes, recognised from what several captures saw, as nodes.

What no formula is known for is not recognised, and rejected by the caller: nothing is kept as it happened to be.
"""

from __future__ import annotations

import numpy as np

from kelt.tracing.record.graph import Node, Value
from kelt.tracing.record.sizes import FloatSize, Size, affine
from kelt.tracing.record.solver import Solver

FUNCTIONS = {1.0: [], -1.0: ["reciprocal"], 0.5: ["sqrt"], -0.5: ["rsqrt"], "log": ["log"]}
COMPARISONS = {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}
CLOSE = 1e-6


class Maker:
    """Nodes in a row, and the values that they make."""

    def __init__(self, path: str, dtype: str, solver: Solver):
        self.path, self.dtype, self.solver = path, dtype, solver
        self.nodes: list[Node] = []

    def __call__(self, op, dims, kind=None, /, **args) -> Value:
        node = Node(op, args, self.path)
        at = self.solver.sizes[0] if self.solver.sizes else {}
        value = Value(tuple(dim.at(at) if isinstance(dim, Size) else dim for dim in dims), kind or self.dtype, node)
        value.dims = list(dims)
        node.outputs.append(value)
        self.nodes.append(node)
        return value

    def number(self, number, dtype=None) -> Value:
        """A scalar: a number, or one that depends on a size."""
        dtype = dtype or self.dtype
        if not isinstance(number, FloatSize):
            return self("constant", [], dtype, value=number)
        size = self("constant", [], "int32", value=number.size)
        value = self("cast", [], dtype, x=size, dtype=dtype)
        for op in FUNCTIONS[number.function]:
            value = self(op, [], dtype, x=value)
        if number.factor != 1.0:
            value = self("multiply", [], dtype, x1=value, x2=self.number(number.factor, dtype))
        if number.offset:
            value = self("add", [], dtype, x1=value, x2=self.number(number.offset, dtype))
        return value

    def finish(self, output: Value) -> list[Node]:
        """The nodes, the last of which makes `output`."""
        last = self.nodes[-1]
        output.node, output.dims = last, last.outputs[0].dims
        last.outputs = [output]
        return self.nodes


def float_nodes(node: Node, solver: Solver) -> list[Node]:
    """A constant that is a float made from a size, as operations on the size."""
    maker = Maker(node.path, node.outputs[0].dtype, solver)
    maker.number(node.args["value"])
    return maker.finish(node.outputs[0])


def comparison_nodes(node: Node, solver: Solver) -> list[Node]:
    """A constant that Python's comparison of sizes made, as that comparison."""
    guard, maker = node.args["value"], Maker(node.path, "bool", solver)
    x1, x2 = (maker("constant", [], "int32", value=length) for length in (guard.a, guard.b))
    maker(COMPARISONS[guard.compare.__name__], [], x1=x1, x2=x2)
    return maker.finish(node.outputs[0])


def array_nodes(arrays: list[np.ndarray], node: Node, solver: Solver) -> list[Node] | None:
    """What makes these arrays, one at each of the solver's sizes; `None` if no formula is known."""
    arrays = solver.left(arrays)
    if len({array.ndim for array in arrays}) > 1 or any(array.size == 0 for array in arrays):
        return None
    shape = [solver.solve(lengths) for lengths in zip(*(array.shape for array in arrays))]
    if any(dim is None for dim in shape):
        return None
    # Axes of length 1 have no say; they are put back at the end.
    axes = [i for i, dim in enumerate(shape) if dim != 1]
    core = [array.reshape([array.shape[i] for i in axes]) for array in arrays]
    dims = [shape[i] for i in axes]
    for form in (_fill, _steps, _triangle, _diagonal):
        maker = Maker(node.path, node.outputs[0].dtype, solver)
        value = form(core, dims, maker)
        if value is not None:
            if len(axes) < len(shape):
                maker("reshape", shape, x=value, newshape=shape)
            return maker.finish(node.outputs[0])
    return None


def _number(values, solver):
    """A number, or what it is of the sizes; `None` if that is not known."""
    if len(set(values)) == 1:
        return values[0]
    if any(isinstance(value, bool) for value in values):
        return None
    if all(isinstance(value, int) for value in values):
        return solver.solve(values)
    return solver.solve_float(values)


def _fill(arrays, dims, maker):
    """One number everywhere."""
    numbers = [array.flat[0].item() for array in arrays]
    if any((array != number).any() for array, number in zip(arrays, numbers)):
        return None
    number = _number(numbers, maker.solver)
    if number is None:
        return None
    if isinstance(number, FloatSize):
        return maker("broadcast_to", dims, x=maker.number(number), shape=dims)
    return maker("full", dims, shape=dims, fill_value=number, dtype=maker.dtype)


def _steps(arrays, dims, maker):
    """Numbers at equal distances along each axis."""
    if arrays[0].dtype.kind not in "iuf":
        return None
    start = _number([array.flat[0].item() for array in arrays], maker.solver)
    if start is None:
        return None
    steps = [_step(arrays, axis, maker.solver) for axis in range(len(dims))]
    if any(step is None for step in steps) or not _fits(arrays, start, steps, maker.solver):
        return None
    if len(dims) == 1 and all(isinstance(x, int) or (isinstance(x, float) and x == int(x)) for x in (start, *steps)):
        start, step = int(start), int(steps[0])
        stop = dims[0] * step + start if isinstance(dims[0], int) else affine(step, dims[0], start)
        return maker("arange", dims, start=start, stop=stop, step=step, dtype=maker.dtype)
    total = None
    for axis, (step, dim) in enumerate(zip(steps, dims)):
        if step == 0:
            continue
        term = maker("arange", [dim], start=0, stop=dim, step=1, dtype=maker.dtype)
        if step != 1:
            term = maker("multiply", [dim], x1=term, x2=maker.number(step))
        alone = [dim if i == axis else 1 for i in range(len(dims))]
        if len(dims) > 1:
            term = maker("reshape", alone, x=term, newshape=alone)
        if total is None:
            total = term
        else:
            both = [a if b == 1 else b for a, b in zip(total.dims, alone)]
            total = maker("add", both, x1=total, x2=term)
    if start != 0:
        total = maker("add", total.dims, x1=total, x2=maker.number(start))
    return total if total.dims == dims else maker("broadcast_to", dims, x=total, shape=dims)


def _step(arrays, axis, solver):
    first = [array[tuple(slice(None) if i == axis else 0 for i in range(array.ndim))] for array in arrays]
    long = [i for i, line in enumerate(first) if line.size > 1]
    if len(long) < 3:
        return None
    lines = [first[i] for i in long]
    if lines[0].dtype.kind in "iu":
        return _number([int(line[1]) - int(line[0]) for line in lines], solver)
    # From end to end: a difference of neighbours loses digits.
    steps = [float((np.float64(line[-1]) - np.float64(line[0])) / (line.size - 1)) for line in lines]
    if np.allclose(steps, steps[0], rtol=CLOSE, atol=0):
        return min(steps, key=lambda step: len(repr(step)))
    atoms = [affine(1, size, -1) for size in solver.symbols]
    return Solver([size.text for size in solver.symbols], [solver.sizes[i] for i in long]).solve_float(steps, atoms)


def _fits(arrays, start, steps, solver):
    for array, sizes in zip(arrays, solver.sizes):
        made = np.float64(_at(start, sizes))
        for axis, step in enumerate(steps):
            line = _at(step, sizes) * np.arange(array.shape[axis], dtype="float64") if array.shape[axis] > 1 else [0.0]
            made = made + np.reshape(line, [-1 if i == axis else 1 for i in range(array.ndim)])
        close = 0 if array.dtype.kind in "iu" else CLOSE
        wide = array.astype("float64")
        if not np.allclose(np.broadcast_to(made, array.shape), wide, rtol=close, atol=close * np.abs(wide).max()):
            return False
    return True


def _at(number, sizes):
    return number.at(sizes) if isinstance(number, (Size, FloatSize)) else number


def _triangle(arrays, dims, maker):
    """One number on and below a diagonal, another above it."""
    if len(dims) != 2:
        return None
    large = max(arrays, key=lambda array: array.size)
    low, high = large[-1, 0].item(), large[0, -1].item()
    if low == high:
        return None
    offsets = set()
    for array in arrays:
        right, down = int(np.count_nonzero(array[0] == low)), int(np.count_nonzero(array[:, 0] == high))
        if right < array.shape[1] and down < array.shape[0]:  # else the diagonal is not inside
            offsets.add(-down if down else right - 1)
    if len(offsets) != 1:
        return None
    offset = offsets.pop()
    if any(not np.array_equal(array, np.where(_lower(array, offset), low, high)) for array in arrays):
        return None
    if (low, high) == (1, 0):
        return maker("tri", dims, N=dims[0], M=dims[1], k=offset, dtype=maker.dtype)
    below = maker("tri", dims, "bool", N=dims[0], M=dims[1], k=offset, dtype="bool")
    if maker.dtype == "bool":
        return maker("logical_not", dims, x=below)
    return maker("where", dims, condition=below, x1=maker.number(low), x2=maker.number(high))


def _lower(array, offset):
    return np.tri(*array.shape, offset, dtype=bool)


def _diagonal(arrays, dims, maker):
    """Ones on the diagonal."""
    if len(dims) != 2 or any(not np.array_equal(array, np.eye(*array.shape, dtype=array.dtype)) for array in arrays):
        return None
    return maker("eye", dims, N=dims[0], M=dims[1], k=0, dtype=maker.dtype)
