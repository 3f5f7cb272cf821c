"""The section of docs/status.md on functions: `python tests/ops_page.py` measures and writes it, or the lines named.

A line is a function of keras.ops in its usual form (ops/cases, or the call that ops/rejected.py shows), exported in
each type, run at a size that was not used to capture, and compared with Keras. The page is the only copy of the table.
"""

from __future__ import annotations

import dataclasses
import math
import pathlib
import re
import sys
import tempfile

import numpy as np
from harness import SIZES, Spec, check
from status_page import ROOT, write, written

HEAD = "## Functions of keras.ops, one by one"
DTYPES = ("float32", "float16", "bfloat16", "int32", "int8", "uint8", "bool")
HALF = ("float16", "bfloat16")
COLUMNS = (*DTYPES, "sizes", "XNNPACK")
AGREES, NOT_IN_KERAS, DEPARTS = "✓", "–", "✗"
INTRODUCTION = f"""
Each function in its usual form, exported with its inputs in each type, run at sizes that were not used to capture, and
compared with Keras on jax within `tests/limits.py`. `python tests/ops_page.py` measures all lines anew, `python
tests/ops_page.py exp matmul` two of them; the tests measure some at every run.

- {AGREES} the same numbers · {NOT_IN_KERAS} Keras itself takes no such input · a code: rejected with it · {DEPARTS}
  differs, for the reason given below
- sizes: *any* of its axes may be unknown in the file, the *batch* alone, or what the case shows are *fixed* sizes
- XNNPACK takes the *whole* file, the whole of it where sizes are *fixed*, a *part*, or *none* (kernels of LiteRT)
"""
# Where a file differs from Keras, and why: by function, the types.
WRAPS = "Keras on jax and numpy negates or subtracts unsigned numbers, which wrap around; the others reject them"
IN_CASE = "the probabilities of the case are a softmax, in which Keras lets unsigned numbers wrap around"
AS_LARGEST = "jax takes the lower end, -1, for 255; torch has the numbers of the file"
SQUARES = "Keras squares in the type of x, which wraps around; the file squares in float32"
NO_INVERSE = "one matrix of the case has no inverse in booleans: nan and infinity stand elsewhere in it"
BY_FALSE = "false by false is 0 on jax alone, and nan in the file as on the other backends"
LEAVES = "what true by false leaves is true on jax, 0 on numpy and in the file"
OTHER_TYPE = "Keras declares another type for the result than jax gives it; the file has the declared one"
ROUNDS = "Keras itself rounds every step to half precision; the file is 9 to 88 times nearer to float32"
IN_BOOLEANS = "jax takes every weight for true: any pixel nearby is an edge; the file tells where the edge is not 0"
FRACTIONS = "a fraction is no class on jax; TensorFlow and torch cut it off, as the file does, numpy rejects it"
CUT = "results are cut off to integers, and some lie within float32's rounding of one"
DIFFERENCES = [
    ("batch_normalization", "uint8", WRAPS),
    ("categorical_crossentropy", "uint8", IN_CASE),
    ("divide", "bool", BY_FALSE),
    ("fmod", "bool", LEAVES),
    ("hard_tanh", "uint8", AS_LARGEST),
    ("image.affine_transform", "float16 bfloat16", ROUNDS),
    ("image.scale_and_translate", "float16 bfloat16", ROUNDS),
    ("image.sobel_edges", "bool", IN_BOOLEANS),
    ("image.ssim", "float16 bfloat16", ROUNDS),
    ("inv", "bool", NO_INVERSE),
    ("layer_normalization", "uint8", CUT),
    ("log_sigmoid", "uint8", WRAPS),
    ("log_softmax", "uint8", WRAPS),
    ("one_hot", "float32 float16 bfloat16", FRACTIONS),
    ("softmax", "uint8", WRAPS),
    ("solve", "bool", NO_INVERSE),
    ("sparse_categorical_crossentropy", "uint8", IN_CASE),
    ("squareplus", "int8", SQUARES),
    ("true_divide", "bool", BY_FALSE),
    ("unravel_index", "bool", OTHER_TYPE),
]


def functions() -> list[list[str]]:
    """The functions of keras.ops, each with all its names."""
    from ops.test_enumeration import functions

    found: dict[int, list[str]] = {}
    for name, function in functions().items():
        found.setdefault(id(function), []).append(name)
    return list(found.values())


def case(names: list[str]) -> tuple:
    """The function's usual form, and its inputs."""
    from ops.cases import tables
    from ops.rejected import REJECTED

    cases = tables()
    for name in names:
        if name in cases:
            return cases[name]
    rejection = next(REJECTED[name] for name in names if name in REJECTED)
    return (rejection.function, *rejection.specs)


def family(names: list[str]) -> str:
    """The module of Keras that holds it: numpy, nn, linalg …"""
    from ops.test_enumeration import functions

    return functions()[names[0]].__module__.rpartition(".")[2]


def in_dtype(specs: list[Spec], dtype: str) -> list[Spec]:
    """The inputs that the function works on, in another type: those of floats, or else those like the first."""
    types = [spec.dtype for spec in specs]
    varied = "float32" if "float32" in types else types[0]
    return [converted(spec, dtype) if spec.dtype == varied != dtype else spec for spec in specs]


def converted(spec: Spec, dtype: str) -> Spec:
    if dtype == "bool" or dtype.startswith("float") or dtype == "bfloat16":
        return dataclasses.replace(spec, dtype=dtype)
    low, high = (-4, 5) if spec.low is None else (math.ceil(spec.low), math.floor(spec.high) + 1)
    low, high = max(low, 0 if dtype == "uint8" else -100), min(high, 100)
    return dataclasses.replace(spec, dtype=dtype, low=low, high=max(high, low + 2))


def fixed(specs: list[Spec]) -> list[Spec]:
    return [dataclasses.replace(spec, dims=tuple(SIZES[0].get(dim, dim) for dim in spec.dims)) for spec in specs]


def keras_takes(function, specs: list[Spec]) -> bool:
    import keras

    rng = np.random.default_rng(0)
    try:
        function(*[keras.ops.convert_to_tensor(spec.draw(rng, SIZES[0])) for spec in specs])
    except Exception:  # whatever a backend raises
        return False
    return True


def measured(function, specs: list[Spec], dtype: str, sizes) -> tuple[str, str]:
    """The mark, and what XNNPACK takes."""
    import kelt

    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome = check(
                function,
                *specs,
                path=pathlib.Path(folder),
                sizes=sizes,
                zeros=True,
                computed=dtype if dtype in HALF else None,
            )
        except kelt.ExportError as error:
            return error.code, ""
        except (AssertionError, RuntimeError):  # other numbers, or the runtime stops
            return DEPARTS, ""
        try:
            partitions, outside = outcome.delegation()
        except kelt._native.Error:  # at the sizes that this draws, or where a size follows from values
            return AGREES, NOT_IN_KERAS
    return AGREES, "none" if partitions == 0 else "whole" if partitions == 1 and not outside else "part"


def line(names: list[str], dtypes=DTYPES) -> list[str]:
    """The cells of a function's line; those of types that are left out are empty."""
    function, *specs = case(names)
    marks, delegated = [], ""
    for dtype in DTYPES:
        if dtype not in dtypes:
            marks.append("")
            continue
        typed = in_dtype(specs, dtype)
        if not keras_takes(function, typed):
            marks.append(NOT_IN_KERAS)
            continue
        mark, taken = measured(function, typed, dtype, SIZES[:1])
        marks.append(mark)
        if not delegated and taken:
            delegated = taken
            if taken != "whole":
                known = measured(function, fixed(typed), dtype, ({},))[1]
                delegated = "fixed" if known == "whole" else known if taken == NOT_IN_KERAS else taken
    unknown = {dim for spec in specs for dim in spec.dims if isinstance(dim, str)}
    extent = "fixed" if not unknown else "batch" if unknown == {"n"} else "any"
    return [*marks, extent if delegated else NOT_IN_KERAS, delegated or NOT_IN_KERAS]


def label(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def section(lines: dict[str, list[str]]) -> str:
    """The section as it must stand in the page, from the cells by label."""
    text = [HEAD, INTRODUCTION]
    by_family: dict[str, list[str]] = {}
    for names in functions():
        by_family.setdefault(family(names), []).append(label(names))
    for name, labels in sorted(by_family.items()):
        text += [f"\n### {name}\n", f"| function | {' | '.join(COLUMNS)} |", "|---" * (1 + len(COLUMNS)) + "|"]
        text += [f"| {label} | {' | '.join(lines[label])} |" for label in sorted(labels) if label in lines]
    text += ["\nWhere a file differs from Keras:\n", "| function | type | why |", "|---|---|---|"]
    text += [f"| {name} | {dtypes.replace(' ', ', ')} | {why} |" for name, dtypes, why in DIFFERENCES]
    return "\n".join(text) + "\n"


def lines() -> dict[str, list[str]]:
    """The cells of each line of the page, by its label."""
    rows = re.findall(r"^\| (`.*`) \| (.*) \|$", written(HEAD), re.MULTILINE)
    return {label: cells.split(" | ") for label, cells in rows}


def main(asked: list[str]) -> None:
    import jax

    cells = lines()
    for at, names in enumerate(functions()):
        if not asked or set(asked) & set(names):
            cells[label(names)] = line(names)
            print(label(names), *cells[label(names)], flush=True)
        if at % 20 == 0:
            jax.clear_caches()  # compiled code for each op at each size would take gigabytes
            write(HEAD, section(cells))
    write(HEAD, section(cells))


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "tests")]
    main(sys.argv[1:])
