"""The page: nothing in it changes from run to run."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

HEAD = """# The support matrix on 64-bit Arm

Made by `scripts/arm`, a stage of `make nightly`: `kelt run`, compiled for Arm, runs each row of
`examples/sme2_matrix.py` in the LiteRT runtime for Arm (requirements/arm.txt) on three CPUs that QEMU emulates, and
here on x86-64, with equal inputs; figures in build/results/arm.json. No time is measured: an emulator's says nothing.

A cell has the instruction that multiplies, and the power of ten below which the output's difference from x86-64's
stays, over the largest value (`=`: equal to the last bit). Everywhere XNNPACK takes what it takes on x86-64, in as
many partitions; the difference is within the form's limit (1e-5 in floats, 1.5e-2 on 8 bits; 30 dB where XNNPACK sums
in halves), and but for such sums no other form's file is nearer.

The instructions are those that QEMU lists as executed. FMOPA and SMOPA are SME's outer products: these kernels are
KleidiAI's, and use SME2's instructions on several vectors. The last column is XNNPACK's operator there, as the
profiler names it; P marks operands in KleidiAI's layout.
"""


def bound(difference: float) -> str:
    """The power of ten that a difference stays below."""
    return "=" if difference == 0 else f"1e{math.floor(math.log10(difference)) + 1}"


def cell(found: dict) -> str:
    """By which instruction the output was computed, and how far it is from x86-64's."""
    if found["faults"]:
        return "**fails**"
    return f"{instruction(found)} {bound(found['difference'])}"


def instruction(found: dict) -> str:
    """The first that multiplies what XNNPACK's operator says: integers (Q…) or floats."""
    if not found["inside"]:
        return "builtin kernel"
    integers = re.search(r"Q[SDP]8", operator(found)) is not None
    kinds = [name for name in found["instructions"] if name != "SME2" and (name[0] == "S" or not integers)]
    return kinds[0] if kinds else "none"


def operator(found: dict) -> str:
    """The last of XNNPACK's that multiplies matrices."""
    products = [name for name in found.get("inside", ()) if re.search(r"GEMM|conv", name)]
    return products[-1] if products else "–"


def runs_on_sme(found: dict) -> bool:
    """Whether its outer products were executed."""
    return any("MOPA" in name for name in found.get("instructions", ()))


def others(results: Sequence[dict]) -> list[str]:
    """Where the last CPU does not what `kelt inspect --sme2` says of the file."""
    lines = []
    for sme2, words in ((True, "On SME2 none of its kernels runs"), (False, "SME2's kernels also run")):
        names = [f"{each['model']} `{each['recipe']}`" for each in results if each["sme2"] == sme2 != runs_on_sme(each)]
        if names:
            lines += ["", f"{words}, other than `kelt inspect --sme2` says: {', '.join(names)}."]
    return lines


def page(cpus: Mapping[str, str], results: Sequence[dict]) -> str:
    """Of all runs, those of one case together."""
    columns = [f"{what} (`{cpu}`)" for cpu, what in cpus.items()]
    lines = [
        HEAD,
        f"| operator | form | recipe | {' | '.join(columns)} | on {columns[-1]} |",
        "|---" * (len(cpus) + 4) + "|",
    ]
    for start in range(0, len(results), len(cpus)):
        of_case = results[start : start + len(cpus)]
        first, last = of_case[0], of_case[-1]
        cells = [first["model"], first["takes"], f"`{first['recipe']}`", *map(cell, of_case), operator(last)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, *others(results[len(cpus) - 1 :: len(cpus)]), ""])
