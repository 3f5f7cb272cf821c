"""The ways to ranges of activations and to weights, beside each other on the same models."""

from __future__ import annotations

import json

from noise import decibels

from quantization import files, models, outputs

RANGES = ("min-max", "moving-average", "percentile", "mse")
WEIGHTS, INT4_WEIGHTS = ("min-max", "clip"), ("min-max", "clip", "gptq")
STATIC = ("int8-static", "int16x8")
DYNAMIC = ("int8-dynamic", "int4", "int4-block32")


def variants() -> dict[str, dict]:
    """The recipes to compare, by form and method."""
    found = {}
    for form in STATIC:
        for method in RANGES:
            found[f"{form}, ranges by {method}"] = {"form": form, "ranges": method}
    for form in (*STATIC, *DYNAMIC):
        for method in INT4_WEIGHTS if form.startswith("int4") else WEIGHTS:
            found[f"{form}, weights by {method}"] = {"form": form, "weights": method}
    return found


def table(names: list[str]) -> str:
    """The signal-to-noise ratio of the outputs, in dB."""
    lines = [f"| recipe | {' | '.join(names)} |", f"|---{'|---' * len(names)}|"]
    samples = {name: models.samples(name)[1] for name in names}
    references = {name: outputs.outputs_of(models.float_file(name), samples[name]) for name in names}
    for label, recipe in variants().items():
        cells = []
        for name in names:
            made = files.make(name, "kelt", "ranges", json.dumps(recipe), fresh=True)
            if "error" in made:
                cells.append(made["error"][:60])
            else:
                taken = outputs.outputs_of(files.file_of(name, "kelt", "ranges"), samples[name])
                cells.append(f"{decibels(references[name], taken):.2f}")
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)
