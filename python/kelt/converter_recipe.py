"""Settings of TensorFlow's converter → the recipe that gives the same form, and what it is calibrated on.

Nothing of TensorFlow is imported: members of its enumerations, its dtypes, those of numpy and strings are known by
their names. Which combination gives what is TensorFlow 2.21's own; `tests/test_converter_recipe.py` has the table.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

QUANTIZING = {"DEFAULT", "OPTIMIZE_FOR_SIZE", "OPTIMIZE_FOR_LATENCY"}
BUILTINS, SELECT, INTEGERS = "TFLITE_BUILTINS", "SELECT_TF_OPS", "TFLITE_BUILTINS_INT8"
SIXTEEN = "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8"
BYTES = {"INT8": 1, "FLOAT16": 2, "BFLOAT16": 2, "FLOAT32": 4}
FULL = "full integer quantization"


@dataclasses.dataclass(slots=True)
class Asked:
    """What a user of TensorFlow's converter has set."""

    optimizations: set[str]
    ops: set[str]
    types: set[str]
    accumulation: set[str]
    input: str
    output: str
    data: Any
    per_tensor: bool

    @property
    def floats_allowed(self) -> bool:
        """Whether an operator without a kernel for integers may stay as it is."""
        return bool(self.ops & {BUILTINS, SELECT})


@dataclasses.dataclass(slots=True)
class Translated:
    """A recipe for `kelt.export`, None for a file of floats; what was set in vain, a sentence each.

    `integers_alone`: no operator in floats was asked for.
    """

    recipe: dict[str, Any] | None = None
    calibration: Any = None
    notes: list[str] = dataclasses.field(default_factory=list)
    integers_alone: bool = False


class RejectedError(ValueError):
    """(name of the setting, why it can't be used)."""


def words(value: Any) -> set[str]:
    """The names of one or several members of TensorFlow's enumerations, dtypes or strings."""
    if value is None:
        return set()
    several = hasattr(value, "__iter__") and not isinstance(value, (str, type))
    return {_word(member) for member in (value if several else [value])}


def _word(member: Any) -> str:
    if isinstance(member, type):
        with contextlib.suppress(TypeError):
            return np.dtype(member).name.upper()  # np.float16
    return str(getattr(member, "name", None) or member).rsplit(".", 1)[-1].upper()


def target(spec: Any) -> dict[str, Any]:
    """A `target_spec`, be it a dict or a `tf.lite.TargetSpec`."""
    if spec is None:
        return {}
    return dict(spec) if isinstance(spec, Mapping) else vars(spec)


def translated(options: Mapping[str, Any]) -> Translated:
    """What these keyword arguments of `model.export` come to. Raises `RejectedError` where TensorFlow raises."""
    spec = target(options.get("target_spec"))
    one = {
        name: next(iter(words(options.get(name))), "FLOAT32")
        for name in ("inference_input_type", "inference_output_type")
    }
    asked = Asked(
        words(options.get("optimizations")),
        words(spec.get("supported_ops")) or {BUILTINS, SELECT},
        words(spec.get("supported_types")),
        words(spec.get("_experimental_supported_accumulation_type")),
        *one.values(),
        _data(options.get("representative_dataset")),
        bool(options.get("_experimental_disable_per_channel")),
    )
    _check_integers(asked)
    made = _form(asked)
    _check_ports(asked, made, one)
    if made.calibration is not None:
        made.recipe |= {"inputs": asked.input.lower(), "outputs": asked.output.lower()}
    if made.recipe is not None:
        made.recipe["may_find_nothing"] = True  # a file of floats then, as TensorFlow's
    return made


def _check_integers(asked: Asked) -> None:
    if INTEGERS not in asked.ops and asked.types != {"INT8"}:
        return
    if asked.ops == {INTEGERS} and asked.types - {"INT8"}:
        raise RejectedError("target_spec", f"supported_ops ask for {FULL}, so supported_types is int8 or left out")
    if asked.types == {"INT8"}:
        asked.ops = {INTEGERS}
    if asked.data is None:
        raise RejectedError("target_spec", f"for {FULL} a `representative_dataset` must be specified")


def _form(asked: Asked) -> Translated:
    if not asked.optimizations & QUANTIZING:
        return Translated(None, None, _in_vain(asked))
    smallest = min(asked.types, key=lambda name: BYTES.get(name, 4), default="INT8")
    suffix = "-per-tensor" * asked.per_tensor
    if asked.data is not None and SIXTEEN in asked.ops:
        return _calibrated(asked, "int16x8" + suffix)
    if asked.data is not None and (smallest == "INT8" or not asked.floats_allowed):
        return _calibrated(asked, "int8-static" + suffix)
    if smallest == "INT8":
        lacking = [f"without a representative_dataset only the weights are integers, not 16-bit activations: {SIXTEEN}"]
        return Translated({"form": "int8-dynamic" + suffix}, None, lacking * (SIXTEEN in asked.ops))
    if "FLOAT16" in asked.types:
        unused = ["float16 weights need no representative_dataset: it was not read"] * (asked.data is not None)
        return Translated({"form": "fp16-accumulate" if "FLOAT16" in asked.accumulation else "fp16"}, None, unused)
    given = ", ".join(sorted(asked.types)).lower()
    return Translated(None, None, [f"with supported_types {given} nothing is quantized, as by TensorFlow's converter"])


def _calibrated(asked: Asked, form: str) -> Translated:
    """Of integers alone: what has no kernel of 16 bits TensorFlow 2.21 rejects, of 8 bits it stays in floats."""
    recipe: dict[str, Any] = {"form": form}
    if SIXTEEN in asked.ops:
        recipe["full_integer"] = not asked.floats_allowed
    elif not asked.floats_allowed:
        recipe["delegate_aware"] = False
    return Translated(recipe, asked.data, integers_alone=not asked.floats_allowed)


def _in_vain(asked: Asked) -> list[str]:
    """Without `optimizations` TensorFlow quantizes nothing, whatever else is set."""
    set_too = {
        "representative_dataset": asked.data is not None,
        "supported_types": bool(asked.types - {"FLOAT32"}),
        "supported_ops": bool(asked.ops & {INTEGERS, SIXTEEN}),
    }
    names = [name for name, is_set in set_too.items() if is_set]
    return [f"without optimizations nothing is quantized: {', '.join(names)} changed nothing"] if names else []


def _check_ports(asked: Asked, made: Translated, ports: Mapping[str, str]) -> None:
    allowed = {"FLOAT32"}
    why = "it must be float32: others come with integer activations alone (optimizations and a representative_dataset)"
    if made.calibration is not None:
        allowed |= {"INT16"} if SIXTEEN in asked.ops else {"INT8", "UINT8"}
        why = f"with these supported_ops it is one of {', '.join(sorted(allowed)).lower()}"
    for name, dtype in ports.items():
        if dtype not in allowed:
            raise RejectedError(name, why)


def _data(given: Any) -> Any:
    """A generator function of TensorFlow's as kelt reads it: also `tf.lite.RepresentativeDataset`, and pairs."""
    given = getattr(given, "input_gen", given)
    return _samples_of(given) if callable(given) else given


def _samples_of(function: Callable[[], Any]) -> Callable[[], Iterator[Any]]:
    def samples() -> Iterator[Any]:
        for sample in function():
            is_pair = isinstance(sample, tuple) and len(sample) == 2 and isinstance(sample[1], Mapping)
            yield sample[1] if is_pair else sample  # (signature, arrays by name)

    return samples
