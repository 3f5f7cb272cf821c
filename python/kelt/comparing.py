"""`kelt.compare`: a quantized file beside the float file that it was made of."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any

from kelt.arguments import checked_file, checked_threads
from kelt.calibration_data import CalibrationData
from kelt.errors import mapped
from kelt.progress import progress_sink


@dataclasses.dataclass(slots=True)
class Comparison:
    """How far a quantized file is from its float file, and whether it is that model.

    Attributes:
        ok: Nothing is wrong: the constants are those of the float file, as near as their forms have them, each layer
            alone computes what the float file's does, and so do the outputs.
        snr: Of each output, in dB: ten times the decimal logarithm of the signal over the noise.
        errors: Of each output: the largest difference over the largest value.
        limits: What the SNR of each output is at least, by the coarsest form of the file.
        coarsest: That form.
        layers: A dict for each layer, in order of execution: `layer`, `op`, `form`, the noise that it makes `alone`,
            what there is `through` all before it, that of its `weights`, `bytes_before` and `bytes_after`, and the form
            that would make it better, as `cure`.
        costliest: Indices of the layers that add most noise; the first is the worst.
        faults: What is wrong, a sentence each.
        notes: What was not compared, and why.
    """

    ok: bool
    snr: dict[str, float]
    errors: dict[str, float]
    limits: dict[str, float]
    coarsest: str
    layers: list[dict[str, Any]]
    costliest: list[int]
    faults: list[str]
    notes: list[str]
    _text: str = dataclasses.field(repr=False)
    _json: str = dataclasses.field(repr=False)

    def __str__(self) -> str:
        return self._text.rstrip("\n")

    def to_json(self) -> str:
        """All of it, with each constant, and histograms of the costliest layers before and after."""
        return self._json


def compare(
    floats: str | os.PathLike[str],
    quantized: str | os.PathLike[str],
    data: Any = None,
    *,
    samples: int = 64,
    threads: int = 1,
    verbose: bool | None = None,
) -> Comparison:
    """Compares a quantized file with its float file: constant by constant, layer by layer, and the outputs.

    Args:
        floats: The `.tflite` file in float.
        quantized: The file that was made of it, by kelt or by another tool that keeps the names of tensors.
        data: Samples, as `kelt.calibrate` takes them; other than those of the calibration tell more. Random ones if
            none are given, which tell little.
        samples: How many are compared at most.
        threads: How many the runtime may use.
        verbose: A terminal shows the progress, unless this is False.

    Returns:
        `kelt.Comparison`, which prints the outputs, and the five layers that cost most, each with the form that
        would cure it.

    Raises:
        ValueError: The data can't be used.
        kelt.ExportError: A file can't be read, or has other inputs or outputs.

    Example:
        >>> print(kelt.compare("model.tflite", "model.int8.tflite", images))
    """
    from kelt import _native
    from kelt.runtime import runtime
    from kelt.verification.in_parts import most_bytes_of

    files = checked_file(floats, "floats"), checked_file(quantized, "quantized")
    checked_threads(threads, least=1)
    most_bytes = most_bytes_of(*files)
    source = None if data is None else CalibrationData(data)
    with mapped(), progress_sink(verbose) as progress:
        text, found = _native.compare_quantized(runtime(), *files, source, samples, threads, most_bytes, progress)
    return _as_comparison(text, found)


def _as_comparison(text: str, found: str) -> Comparison:
    parsed = json.loads(found)
    several = len({output["signature"] for output in parsed["outputs"]}) > 1
    outputs = {(f"{output['signature']}/" if several else "") + output["name"]: output for output in parsed["outputs"]}
    return Comparison(
        ok=parsed["ok"],
        snr={name: output["noise"]["snr"] for name, output in outputs.items()},
        errors={name: output["noise"]["error"] for name, output in outputs.items()},
        limits={name: output["limit"] for name, output in outputs.items()},
        coarsest=parsed["coarsest"],
        layers=parsed["layers"],
        costliest=parsed["costliest"],
        faults=parsed["faults"],
        notes=parsed["notes"],
        _text=text,
        _json=found,
    )
