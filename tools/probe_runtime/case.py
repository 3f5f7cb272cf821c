"""What a probe is: one operator on random data, with the answer that numpy gives.

A spec is a function that yields `Case`s. A case builds the same problem at several sizes, so that a file with unknown
dims is run at more than one.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from flatfile import File, schema

FLOATS = ("float32", "float16")
INTEGERS = ("int32", "int64", "int8")
NUMBERS = FLOATS + INTEGERS
ALL = (*NUMBERS, "bool")
MAX_RANK = 6

_SIZES = ((2, 3, 4, 5, 2, 3), (3, 2, 5, 4, 3, 2))
STEPS = len(_SIZES)


def shape_of(rank: int, step: int) -> tuple[int, ...]:
    """The sizes of a tensor at a step: no two neighbours alike, none 1."""
    return _SIZES[step][:rank]


def draw(rng: np.random.Generator, dtype: str, shape: tuple[int, ...], low: float = -4, high: float = 4) -> np.ndarray:
    """Random values; integers have both signs too."""
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if np.issubdtype(np.dtype(dtype), np.integer):
        return rng.integers(int(low), int(high) + 1, shape).astype(dtype)
    return rng.uniform(low, high, shape).astype(dtype)


@dataclasses.dataclass
class Operand:
    values: np.ndarray
    constant: bool = False


@dataclasses.dataclass
class Problem:
    """The operands of the operator (None: an optional one that is absent), its options and what must come out."""

    operands: list[Operand | None]
    expected: list[np.ndarray]
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    channels_known: bool = False  # the last dim of images is, also where the others are not
    scale: float = 1.0  # of eight-bit tensors: with 1 they are read as the integers that they are


Make = Callable[[np.random.Generator, int], Problem]


@dataclasses.dataclass(frozen=True)
class Case:
    op: str
    dtype: str
    rank: int
    dynamic: bool
    make: Make = dataclasses.field(compare=False, repr=False)
    form: str = ""
    version: int = 1

    @property
    def key(self) -> tuple[str, ...]:
        dynamic = "dynamic" if self.dynamic else "static"
        return (self.op, self.form, str(self.version), self.dtype, str(self.rank), dynamic)

    def problem(self, step: int) -> Problem:
        """The same constants at every step; sizes and values differ."""
        return self.make(np.random.default_rng(zlib.crc32("/".join(self.key).encode())), step)


def cases(
    op: str,
    make: Callable[[np.random.Generator, str, tuple[int, ...]], Problem],
    *,
    dtypes: tuple[str, ...] = NUMBERS,
    ranks: range | tuple[int, ...] = range(1, MAX_RANK + 1),
    form: str = "",
    version: int | dict[str, int] = 1,
    dynamic: tuple[bool, ...] = (False, True),
) -> Iterator[Case]:
    """Every dtype, rank and kind of dims for one form of an operator; `make` gets a shape of the rank."""
    for dtype in dtypes:
        for rank in ranks:
            for unknown in dynamic:
                if rank == 0 and unknown:
                    continue

                def at(rng: np.random.Generator, step: int, dtype: str = dtype, rank: int = rank) -> Problem:
                    return make(rng, dtype, shape_of(rank, step))

                number = version if isinstance(version, int) else version.get(dtype, 1)
                yield Case(op, dtype, rank, unknown, at, form, number)


def build(case: Case) -> bytes:
    """The file of a case: inputs x0, x1, … for what is no constant, outputs y0, y1 and so on."""
    problem = case.problem(0)
    file = File()
    graph = file.subgraph()
    inputs = []
    for number, operand in enumerate(problem.operands):
        if operand is None:
            inputs.append(-1)
        elif operand.constant:
            inputs.append(graph.constant(operand.values))
        else:
            inputs.append(graph.input(f"x{number}", *_type(operand.values, case.dynamic, problem.channels_known)))
    outputs = [graph.tensor(*_type(values, case.dynamic, problem.channels_known)) for values in problem.expected]
    graph.op(case.op, inputs, outputs, problem.options, case.version)
    graph.outputs(**{f"y{number}": tensor for number, tensor in enumerate(outputs)})
    for tensor in [index for index in inputs if index >= 0] + outputs:
        description = graph.graph.tensors[tensor]
        if description.type == schema.TensorType.INT8:
            description.quantization = schema.QuantizationParametersT()
            description.quantization.scale, description.quantization.zeroPoint = [problem.scale], [0]
    return file.bytes()


def _type(values: np.ndarray, dynamic: bool, channels_known: bool) -> tuple[str, tuple[int, ...]]:
    if not dynamic:
        return values.dtype.name, values.shape
    unknown = (-1,) * values.ndim
    return values.dtype.name, (*unknown[:-1], values.shape[-1]) if channels_known and unknown else unknown


def inputs_of(problem: Problem) -> dict[str, np.ndarray]:
    """The values to feed, by the names in the file."""
    return {
        f"x{number}": operand.values
        for number, operand in enumerate(problem.operands)
        if operand is not None and not operand.constant
    }
