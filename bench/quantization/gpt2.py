"""GPT-2 of 124M weights, Keras → int8-dynamic in one call: file, error, memory."""

from __future__ import annotations

import json

import hub_speed

from kelt.runtime import Model
from quantization import files, goals

NAME = hub_speed.EXPORTED
LARGEST = 50257 * 768 * 4


def run() -> dict:
    """What kelt's script prints, and the largest relative error beside what Keras computes."""
    hub_speed.FOLDER.mkdir(parents=True, exist_ok=True)
    found = files.make(NAME, "kelt", "int8-dynamic", json.dumps({"form": "int8-dynamic", "from": "keras"}), True)
    if "error" not in found:
        arrays, references = hub_speed.reference_of(NAME)
        model = Model(files.file_of(NAME, "kelt", "int8-dynamic"), threads=1)
        outputs = model(hub_speed.given(model, arrays))
        found["relative"] = float(hub_speed.error_of(outputs, references))
    return found


def goals_of(found: dict) -> list[goals.Goal]:
    name = f"{NAME}, Keras → int8-dynamic"
    size, peak = (found[key] / goals.MIB if key in found else None for key in ("size", "peak"))
    return [
        goals.Goal(f"{name}: file", 122, "MiB", size),
        goals.Goal(f"{name}: largest relative error", 2.9e-2, "", found.get("relative")),
        goals.Goal(f"{name}: peak above the model", 64 + 2 * LARGEST / goals.MIB, "MiB", peak),
    ]
