"""litert-quantizer's recipe for a form, as rules of which the last that it can apply to an operator counts.

A form may name how weights are found: `int4` by min-max, `int4-octav`, `int4-mse`, `int4-gptq`; `int8-static-octav`.
With `-rows4`, `-rows8` in it (`int4-block32-rows8-octav`) the table of tokens has so many bits, a scale for each row.
With `conv8` in it (`int4-conv8-gptq`) convolutions have 8 bits, as in forms of blocks, which leave them in floats.
"""

from __future__ import annotations

import dataclasses

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D_TRANSPOSE")
# What may read a table of tokens: it has the same integers for both.
OF_TABLES = ("EMBEDDING_LOOKUP", "FULLY_CONNECTED")
ROWS = {"rows4": "int4", "rows8": "int8-dynamic"}
ALGORITHMS = ("octav", "mse", "gptq")
MIN_MAX = "min-max"


@dataclasses.dataclass(frozen=True)
class Rule:
    form: str
    algorithm: str
    operator: str = "ALL_SUPPORTED"
    scope: str = ".*"  # a pattern that is looked for in the name of an operator's result


def rules_of(form: str, table: str = "") -> list[Rule]:
    """`table` is the scope of what reads a table of tokens, in a model whose table is to be quantized."""
    parts = form.split("-")
    algorithm = parts[-1] if parts[-1] in ALGORITHMS else MIN_MAX
    base = "-".join(part for part in parts if part not in (*ROWS, algorithm))
    others = MIN_MAX if algorithm == "gptq" else algorithm  # GPTQ leaves all but dense layers as they are
    rules = [Rule(base, others)]
    if algorithm == "gptq":
        rules.append(Rule(base, algorithm, "FULLY_CONNECTED"))
    if "conv8" in parts or "block" in form:
        rules += [Rule("int8-dynamic", MIN_MAX, name) for name in CONVOLUTIONS]
    rows = next((ROWS[part] for part in parts if part in ROWS), base)
    # GPTQ is of the dense layer alone: the table stays one by OCTAV.
    if table and (rows != base or algorithm == "gptq"):
        readers = OF_TABLES[1:] if "static" in parts else OF_TABLES  # a rule for lookups where none is fails
        rules += [Rule(rows, "octav" if algorithm == "gptq" else algorithm, name, table) for name in readers]
    return rules
