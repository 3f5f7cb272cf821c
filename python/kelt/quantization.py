"""What became of each operator of a quantized model, and how a recipe is handed to the core."""

from __future__ import annotations

import collections
import dataclasses
import json
import pathlib
import re
from collections.abc import Mapping
from typing import Any

from kelt.errors import bad_argument


@dataclasses.dataclass(slots=True)
class QuantizedOperator:
    """What became of one operator.

    Attributes:
        layer: Path of its layer.
        op: Its name in LiteRT: `"CONV_2D"`.
        form: What it has now: `"int8-dynamic"`, or `"float"`.
        asked: What the recipe asked for.
        why: Why it has another form than that; empty where it has it.
        bytes_before: Of its weights.
        bytes_after: Of its weights, with their scales.
        weights: How their integers were chosen: `"gptq"`, `"clip"` or `"min-max"`; empty for floats.
    """

    layer: str
    op: str
    form: str
    asked: str
    why: str
    bytes_before: int
    bytes_after: int
    weights: str = ""


@dataclasses.dataclass(slots=True)
class QuantizedLayer:
    """A layer that was quantized by itself, in a search.

    Attributes:
        layer: Its path; of several that share weights the first.
        form: `"int8-dynamic"`.
        snr: Of the model's outputs, in dB; None where they are the same, or none at all.
        bytes_saved: Of the file.
    """

    layer: str
    form: str
    snr: float | None
    bytes_saved: int


@dataclasses.dataclass(slots=True)
class Quantization:
    """What `kelt.quantize` wrote.

    Attributes:
        path: The file.
        file_bytes: Its size.
        bytes_before: Of the file of floats; 0 for a live model.
        operators: A `QuantizedOperator` for each operator that has another form now, or keeps its floats for a reason.
        notes: What was done to the calibration data, and what else is worth knowing.
        recipe: By which this was done; for a goal the one that was found. A dict, and a recipe again.
        effects: Of a search, a `QuantizedLayer` for each layer and form that was tried by itself.
    """

    path: pathlib.Path
    file_bytes: int
    bytes_before: int
    operators: list[QuantizedOperator]
    notes: list[str] = dataclasses.field(default_factory=list)
    recipe: dict[str, Any] | None = None
    effects: list[QuantizedLayer] = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        share = f", {100 * self.file_bytes / self.bytes_before:.1f} % of the floats" if self.bytes_before else ""
        lines = [f"{self.path}: {_size(self.file_bytes)}{share}"]
        lines += _by_form(self.operators)
        lines += _by_method(self.operators)
        lines += [f"  {words}" for words in self.not_as_asked()]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def not_as_asked(self) -> list[str]:
        """Of the operators that have another form than the recipe asks for, a sentence for each reason."""
        return _other_forms(self.operators)

    def to_json(self) -> str:
        """All of it, as JSON."""
        return json.dumps(dataclasses.asdict(self) | {"path": str(self.path)}, indent=2)


def _size(count: int) -> str:
    return f"{count / 1e6:.2f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def _by_form(operators: list[QuantizedOperator]) -> list[str]:
    counts: dict[tuple[str, str], list[QuantizedOperator]] = {}
    for operator in operators:
        counts.setdefault((operator.form, operator.op), []).append(operator)
    lines = []
    for (form, op), group in sorted(counts.items()):
        before, after = sum(one.bytes_before for one in group), sum(one.bytes_after for one in group)
        weights = f", weights {_size(before)} → {_size(after)}" if before else ""
        lines.append(f"  {form}: {len(group)} {op}{weights}")
    return lines


def _by_method(operators: list[QuantizedOperator]) -> list[str]:
    counts = collections.Counter(one.weights for one in operators if one.weights)
    return [f"  weights of {count} by {method}" for method, count in sorted(counts.items())]


def _other_forms(operators: list[QuantizedOperator]) -> list[str]:
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for one in operators:
        if one.why:
            # One line for all that stand beside floats: JSON has the tensor of each.
            why = re.sub(r"what is on the other side of \S+ computes", "what stands beside it computes", one.why)
            reasons.setdefault((one.op, one.form, why), []).append(one.layer)
    return [
        f"{op} is {form}, since {why}: {layers[0]}" + (f" and {len(layers) - 1} more" * (len(layers) > 1))
        for (op, form, why), layers in sorted(reasons.items())
    ]


def recipe_text(recipe: str | Mapping[str, Any]) -> str:
    """The name or the JSON of a recipe."""
    if isinstance(recipe, str):
        return recipe
    if isinstance(recipe, Mapping):
        return json.dumps(dict(recipe))
    raise bad_argument(f"a recipe is a name, a dict or JSON, not {type(recipe).__name__}")


def as_quantization(path: pathlib.Path, report: str, file_bytes: int, bytes_before: int = 0) -> Quantization:
    """The report of the core as objects."""
    parsed = json.loads(report)
    operators = [QuantizedOperator(**operator) for operator in parsed["operators"]]
    effects = [QuantizedLayer(**effect) for effect in parsed["effects"]]
    return Quantization(path, file_bytes, bytes_before, operators, parsed["notes"], parsed["recipe"], effects)
