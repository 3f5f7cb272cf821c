"""What a program's numbers mean: inputs, and steps that fit the values that are there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from generated.program import Pick, Program

SIZES = ({"n": 2, "s": 6, "t": 9}, {"n": 5, "s": 11, "t": 7})
SHAPES = (
    ("n", 4), ("n", "s", 4), ("n", 6, 4), ("n", 3, 8), ("n", "s", "t", 3), ("n", 8, 8, 3), ("n",), ("n", "s"), ("s", 5),
    ("n", 5, 2, 4), (3, 4), ("n", 1, 6), ("n", "s", 2, 3), ("n", 2, 3, 2, 2),
)  # fmt: skip
DTYPES = (*("float32",) * 7, "int32", "int32", "bool", "float16", "int64")
MOST_ELEMENTS = 40_000
LARGEST_VALUE = 1e4


@dataclasses.dataclass
class Value:
    """A tensor of the plan, at each of the sizes."""

    arrays: tuple[Any, ...]  # of the backend

    @property
    def dtype(self) -> str:
        return keras.backend.standardize_dtype(self.arrays[0].dtype)

    @property
    def shape(self) -> tuple[int | None, ...]:
        """None where it is not the same at all sizes."""
        shapes = [tuple(array.shape) for array in self.arrays]
        return tuple(dims[0] if len(set(dims)) == 1 else None for dims in zip(*shapes))

    @property
    def rank(self) -> int:
        return len(self.arrays[0].shape)

    @property
    def floating(self) -> bool:
        return self.dtype.startswith(("float", "bfloat"))

    @property
    def integer(self) -> bool:
        return self.dtype.startswith(("int", "uint"))

    @property
    def distinct(self) -> bool:
        """No two elements are equal: their order is the same for everybody."""
        return all(np.unique(keras.ops.convert_to_numpy(array)).size == array.size for array in self.arrays)

    def shapes(self) -> list[tuple[int, ...]]:
        return [tuple(array.shape) for array in self.arrays]


@dataclasses.dataclass(frozen=True)
class Step:
    """`function` of values of the pool, by their places; a text for reports."""

    text: str
    operands: tuple[int, ...]
    function: Callable[..., Any]
    layers: tuple[Any, ...] = ()


@dataclasses.dataclass
class Plan:
    """Inputs with their dims, the steps that were taken, and which values go out."""

    program: Program
    dims: list[tuple[int | str, ...]]
    values: list[Value]
    steps: list[Step] = dataclasses.field(default_factory=list)
    outputs: list[int] = dataclasses.field(default_factory=list)

    def layers(self) -> list[Any]:
        return list({id(layer): layer for step in self.steps for layer in step.layers}.values())

    def run(self, *inputs: Any) -> list[Any]:
        """All values, on tensors of any kind."""
        values = list(inputs)
        for step in self.steps:
            values += _listed(step.function(*[values[at] for at in step.operands]))
        return values

    def text(self) -> str:
        lines = [f"v{at} = input {dims} {self.values[at].dtype}" for at, dims in enumerate(self.dims)]
        count = len(self.dims)
        for step in self.steps:
            names = [f"v{count}"]
            count += 1
            lines.append(f"{', '.join(names)} = {step.text}  # of {', '.join(f'v{at}' for at in step.operands)}")
        return "\n".join([*lines, f"outputs {self.outputs}"])


def _listed(result):
    return [result]


def planned(program: Program) -> Plan:
    """Reads the program, and runs each step as it is chosen: what Keras rejects is no step."""
    from generated.steps import STEPS

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(1 + sum(program.form) % 1000)
    dims, values = [], []
    for at, row in enumerate(program.inputs):
        pick = Pick(row)
        dims.append(pick.one(SHAPES))
        values.append(Value(_drawn(pick.one(DTYPES), dims[-1], at)))
    plan = Plan(program, dims, values)
    for row in program.steps:
        pick = Pick(row)
        try:
            step = pick.one(STEPS)(pick, plan)
        except ValueError:  # options that Keras rejects
            continue
        value = None if step is None else _result(step, plan)
        if value is not None:
            plan.steps.append(step)
            plan.values.append(value)
    plan.outputs = _outputs(plan, Pick(program.outputs))
    return plan


def _drawn(dtype, dims, seed):
    rng = np.random.default_rng(seed)
    arrays = []
    for sizes in SIZES:
        shape = [sizes.get(dim, dim) for dim in dims]
        if dtype == "bool":
            array = rng.random(shape) > 0.4
        elif dtype.startswith("int"):
            array = rng.integers(-3, 9, shape)
        else:
            array = rng.normal(0.3, 1, shape)
        arrays.append(keras.ops.convert_to_tensor(array.astype(dtype), dtype=dtype))
    return tuple(arrays)


def _result(step, plan):
    """What the step gives at each size, if that is worth having."""
    try:
        arrays = [step.function(*[plan.values[at].arrays[i] for at in step.operands]) for i in range(len(SIZES))]
        found = [np.asarray(keras.ops.convert_to_numpy(array)) for array in arrays]
    except Exception:  # Keras rejects it: no step
        return None
    if any(array.dtype.kind == "V" or array.size > MOST_ELEMENTS or array.size == 0 for array in found):
        return None
    if len({array.ndim for array in found}) != 1 or len({array.dtype for array in found}) != 1:
        return None
    if any(
        not np.isfinite(array).all() or np.abs(array).max() > LARGEST_VALUE
        for array in found
        if array.dtype.kind in "fi"
    ):
        return None
    return Value(tuple(arrays))


def _outputs(plan, pick):
    """The last value, and one or two others that steps have made."""
    made = list(range(len(plan.dims), len(plan.values)))
    if not made:
        return []
    chosen = [made[-1]]
    for _ in range(pick.number(0, 2)):
        at = pick.one(made)
        if at not in chosen:
            chosen.append(at)
    return chosen
