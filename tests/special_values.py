"""What a file makes of nan, infinities, zeros of either sign and the ends of float32, on both kernels of the runtime.

`python tests/special_values.py [OP…]` goes through one case of each op, or of those named. In each float input one
element at a time is such a value; which elements of the results are nan, which infinite and of what sign must be as
Keras says. differences.SPECIAL_VALUES lists what is otherwise, with the reason: each must be found as it says there.

LiteRT's builtin kernels have no infinities: ADD, MUL, DIV, CONV_2D and others end at the largest float32. So what is
that large counts for infinite there, and infinities and overflows are tried on XNNPACK alone. Subnormal numbers are
left out: jax takes them for zeros.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import sys
import tempfile
from collections.abc import Iterator

import differences
import keras
import numpy as np
from harness import SIZES, Spec
from ops.cases import tables

import kelt
from kelt.runtime import Model

LARGEST = float(np.finfo("float32").max)
SMALLEST = float(np.finfo("float32").tiny)
EVERYWHERE = (np.nan, 0.0, -0.0, SMALLEST, -SMALLEST)
VALUES = {"delegate": (*EVERYWHERE, np.inf, -np.inf, LARGEST, -LARGEST), "builtin": EVERYWHERE}
AT = SIZES[0]


@dataclasses.dataclass(frozen=True)
class Found:
    """A result that is another than Keras'."""

    kernels: str
    value: float
    input: int
    output: int
    expected: str
    found: str

    def __str__(self) -> str:
        return (
            f"{self.kernels}: {self.value:g} in input {self.input}: {self.expected} became {self.found} ({self.output})"
        )


def cases() -> dict[str, tuple]:
    """One case of each op."""
    return {name: case for name, case in tables().items() if ":" not in name}


def kinds(array: np.ndarray, largest: float) -> np.ndarray:
    """Of each element whether it is nan, infinite and of what sign, or a number; integers and booleans themselves."""
    if array.dtype.kind in "iub":
        return array.astype("int64").astype("U24")
    array = array.astype("float32")
    names = np.full(array.shape, "a number", "U24")
    names[np.isnan(array)] = "nan"
    names[array >= largest] = "inf"
    names[array <= -largest] = "-inf"
    return names


def trials(specs: tuple[Spec, ...], values: tuple[float, ...]) -> Iterator[tuple[float, int, list[np.ndarray]]]:
    """A value, the input that has it, and the inputs."""
    for value in values:
        for number, spec in enumerate(specs):
            rng = np.random.default_rng(7)
            inputs = [other.draw(rng, AT) for other in specs]
            if spec.dtype != "float32" or inputs[number].size == 0:
                continue
            inputs[number].reshape(-1)[rng.integers(inputs[number].size)] = value
            yield value, number, inputs


def differing(function, specs: tuple[Spec, ...], path: str) -> list[Found]:
    """The results of a function that differ, the first of each output."""
    kelt.export(function, path, [spec.spec() for spec in specs])
    found = []
    for kernels, values in VALUES.items():
        model = Model(path, kernels=kernels)
        ((inputs, outputs),) = model.signatures.values()
        largest = np.inf if kernels == "delegate" else LARGEST
        for value, number, arrays in trials(specs, values):
            try:
                results = keras.tree.flatten(function(*[keras.ops.convert_to_tensor(array) for array in arrays]))
            except ValueError:  # Keras itself rejects the matrix
                continue
            made = model({port.name: array for port, array in zip(inputs, arrays)})
            for index, (port, result) in enumerate(zip(outputs, results)):
                expected = kinds(np.asarray(keras.ops.convert_to_numpy(result)), largest)
                got = kinds(made[port.name], largest)
                for place in np.argwhere(expected != got)[:1]:
                    found.append(Found(kernels, value, number, index, expected[tuple(place)], got[tuple(place)]))
    return found


def unexplained(name: str, path: str) -> list[str]:
    """What differs in a case and stands in no line of the table, or stands there and does not differ."""
    function, *specs = cases()[name]
    found = [str(one) for one in differing(function, tuple(specs), path)]
    known = [line for line in differences.SPECIAL_VALUES if name in line.cases]
    left = [f"{name} on {one}" for one in found if not any(re.search(line.shows, one) for line in known)]
    stale = [line for line in known if not any(re.search(line.shows, one) for one in found)]
    return [*left, *(f"{name} does not differ as it is said to: {line.why}" for line in stale)]


def main(names: list[str]) -> int:
    """Prints what is unexplained; 1 if anything is."""
    failures, passed = 0, 0
    with tempfile.TemporaryDirectory() as directory:
        for name in names or cases():
            try:
                lines = unexplained(name, str(pathlib.Path(directory) / "case.tflite"))
            except Exception as error:  # the others are looked at all the same
                lines = [f"{name}: {type(error).__name__}: {error}"]
            failures += len(lines)
            passed += not lines
            for line in lines:
                print(line, flush=True)
    print(f"{passed} passed, {failures} differ", flush=True)
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
