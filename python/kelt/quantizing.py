"""`kelt.quantize`: a file of floats, or a live model, becomes a file of integers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from kelt.arguments import checked_path, checked_threads
from kelt.calibration import core_options
from kelt.errors import bad_argument, mapped
from kelt.exporting import export
from kelt.progress import progress_sink, show_report
from kelt.quantization import Quantization, as_quantization, recipe_text


def quantize(
    model: Any,
    recipe: str | Mapping[str, Any],
    filepath: str | os.PathLike[str],
    *,
    calibration: Any = None,
    verbose: bool | None = None,
    threads: int = 0,
    **options: Any,
) -> Quantization:
    """Writes a file with the weights, or everything, in fewer bits.

    Args:
        model: Path of a `.tflite` of floats, of any converter; or what `kelt.export` takes.
        recipe: A name: `"fp16"`, `"fp16-accumulate"`, `"int8-dynamic"`, `"int8-weights"`, `"int8-static"`,
            `"int8-full"`, `"int16x8"`, `"int4"`, `"int4-block32"` (64, 128, 256), `"int4-static"`, `"int2"`; or a dict,
            or JSON, with a `"form"` of these for the model and `"rules"` for some layers (`docs/quantization.md`).
            Or a goal: `{"target_snr": 30}` dB at the outputs in the smallest file, `{"max_size": "2MB"}` or `"40%"`
            with the least noise, with the `"forms"` that layers may have. The recipe is searched, on the samples in
            `calibration`; it stands in the report.
        filepath: Path that ends in `.tflite`. Written whole or not at all; may be the file that is read.
        calibration: Representative data, as `kelt.calibrate` takes it, or the `kelt.Statistics` that it gave, or the
            path of the JSON file that they were saved to. Recipes with integer activations (`int8-static`, `int8-full`,
            `int16x8`, `int4-static`) need it. Others are the better for data (not statistics): GPTQ finds the
            weights of dense layers by it.
        verbose: True prints the report at the end. A terminal shows the progress, unless this is False.
        threads: That write the file; 0 for as many as help.
        **options: Of a live model, what `kelt.export` takes.

    Returns:
        `kelt.Quantization`: the form of each operator, and why it isn't the one that was asked for.

    Raises:
        ValueError: An unknown recipe or form, a pattern that matches no layer, a recipe that finds nothing to do.
        kelt.ExportError: A file that can't be read, or that can't hold what was asked for.

    Example:
        >>> kelt.quantize("model.tflite", "int8-dynamic", "model.int8.tflite")
    """
    path = checked_path(filepath)
    checked_threads(threads)
    recipe = recipe_text(recipe)  # of None, `export` would take that no recipe is wanted
    if not isinstance(model, (str, os.PathLike)) or not str(model).endswith(".tflite"):
        report = export(
            model, path, quantize=recipe, calibration=calibration, verbose=verbose, threads=threads, **options
        ).quantization
        assert report is not None
        return report
    if options:
        raise bad_argument(f"a file takes no {', '.join(sorted(options))}: these are of kelt.export, for a live model")
    from kelt import _native

    with mapped(writes=True), progress_sink(verbose) as progress:
        asked = core_options(recipe, calibration)
        made = _native.quantize_file(str(model), str(path), threads=threads, progress=progress, **asked)
    report = as_quantization(path, made["report"], made["file_bytes"], made["bytes_before"])
    if verbose:
        show_report(str(report))
    return report
