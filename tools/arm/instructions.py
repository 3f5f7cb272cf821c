"""Which matrix instructions a run executed: QEMU lists each block of code once, before it runs it (`-d in_asm`).

The runtime has no symbols and its profiler names operators, not kernels. But kernels of XNNPACK and KleidiAI differ
in the instruction that multiplies, and each is chosen by what the CPU has.
"""

from __future__ import annotations

import pathlib
import re

# Name, the bits that say so, and their values, as the Arm Architecture Reference Manual encodes them. FMOPA and SMOPA
# are outer products in SME's array; words 1100000x are SME2's instructions on several vectors.
KINDS = (
    ("FMOPA", 0xFFE0001C, 0x80800000),
    ("FMOPA of halves", 0xFFE0001C, 0x81A00000),
    ("BFMOPA", 0xFFE0001C, 0x81800000),
    ("SMOPA", 0xFFE0001C, 0xA0800000),
    ("SME2", 0xFE000000, 0xC0000000),
    ("SMMLA", 0xFFE0FC00, 0x4E80A400),
    ("SDOT", 0xBFE0FC00, 0x0E809400),
    ("SDOT", 0xBFC0F400, 0x0F80E000),
    ("SDOT of SVE", 0xFFE0FC00, 0x44800000),
    ("FMLA of halves", 0xBFE0FC00, 0x0E400C00),
    ("FMLA of halves", 0xBFC0F400, 0x0F001000),
    ("FMLA", 0xBFE0FC00, 0x0E20CC00),
    ("FMLA", 0xBFC0F400, 0x0F801000),
    ("SMLAL", 0xBF20FC00, 0x0E208000),
    ("SMLAL", 0xBF00F400, 0x0F002000),
    ("FMLA of SVE", 0xFFE0E000, 0x65A00000),
)


def executed(log: pathlib.Path) -> list[str]:
    """Of QEMU's log, in the order of `KINDS`."""
    words = {int(word, 16) for word in re.findall(r"^0x[0-9a-f]+: +([0-9a-f]{8}) ", log.read_text(), re.MULTILINE)}
    found = {name for name, mask, value in KINDS if any(word & mask == value for word in words)}
    return [name for name in dict.fromkeys(name for name, _, _ in KINDS) if name in found]
