"""What a model's tensors hold over representative data: measured once, kept in a file, merged."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from kelt.arguments import checked_file, checked_threads
from kelt.calibration_data import CalibrationData
from kelt.errors import mapped
from kelt.progress import progress_sink
from kelt.quantization import recipe_text


class Statistics:
    """What is known of a model's tensors over samples; `kelt.quantize` takes it in place of data.

    Attributes:
        notes: What was done to the data, a sentence each.
        unreadable: (name, why) of each tensor whose values the runtime can't give.
    """

    def __init__(self, native: Any, notes: tuple[str, ...] = (), unreadable: tuple[tuple[str, str], ...] = ()) -> None:
        self._native = native
        self.notes, self.unreadable = notes, unreadable

    @property
    def samples(self) -> int:
        """How many there were, of all signatures."""
        return self._native.samples

    @property
    def tensors(self) -> list[dict[str, Any]]:
        """Of each tensor its `name`, `min`, `max`, `mean`, how many `values`, `zeros` and `not_finite` ones it took."""
        return self._native.tensors

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a JSON file, whole or not at all."""
        with mapped():
            self._native.save(os.fspath(path))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Statistics:
        """Reads what `save` or `kelt calibrate` wrote."""
        from kelt import _native

        with mapped():
            return cls(_native.Statistics.load(os.fspath(path)))

    def merge(self, other: Statistics) -> Statistics:
        """As though the samples of `other` had come after these. Both must be of one and the same file."""
        with mapped():
            merged = self._native.merged(other._native)
        return Statistics(merged, (*self.notes, *other.notes), (*self.unreadable, *other.unreadable))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statistics) and self._native == other._native

    def __repr__(self) -> str:
        return f"kelt.Statistics({len(self.tensors)} tensors over {self.samples} samples)"


def calibrate(
    path: str | os.PathLike[str],
    data: Any,
    *,
    signature: str | None = None,
    threads: int = 1,
    verbose: bool | None = None,
) -> Statistics:
    """Runs a float file over representative data, once, and collects what its tensors hold.

    Args:
        path: A `.tflite` file in float, of kelt or of another converter.
        data: A function that makes a generator of samples, a generator, any iterable of samples, arrays whose first
            axis is that of the samples (one; or a dict by name, or a tuple in the order of the inputs), the path of an
            `.npz` file with such arrays or of a folder of them. A sample is an array, a tuple or list in the order of
            the inputs, or a dict by their names. For a file of several signatures, a dict of these by signature.
        signature: Whose the samples are, where the data does not say and there are several.
        threads: How many the runtime may use.
        verbose: A terminal shows the progress, unless this is False.

    Returns:
        `kelt.Statistics`, for `kelt.quantize`, or for a file: `save` and `merge`.

    Raises:
        ValueError: The data can't be used: the message names the sample, the input and what it takes.

    Example:
        >>> kelt.calibrate("model.tflite", images).save("statistics.json")
    """
    from kelt import _native
    from kelt.runtime import runtime

    file = checked_file(path, "path")
    checked_threads(threads, least=1)
    with mapped(), progress_sink(verbose) as progress:
        source = CalibrationData(data, signature)
        native, unreadable, notes = _native.calibrate(runtime(), file, source, threads, progress)
    return Statistics(native, tuple(notes), tuple(unreadable))


def core_options(recipe: str | Mapping[str, Any], calibration: Any) -> dict[str, Any]:
    """What the core is told of a quantization: the recipe, and `Statistics` or data to run the file on."""
    options: dict[str, Any] = {"recipe": recipe_text(recipe)}
    if isinstance(calibration, (str, os.PathLike)) and str(calibration).endswith(".json"):
        calibration = Statistics.load(calibration)
    if isinstance(calibration, Statistics):
        options["calibration"] = calibration._native
    elif calibration is not None:
        from kelt.runtime import runtime

        options |= {"calibration": CalibrationData(calibration, None), "runtime": runtime()}
    return options


def merge_statistics(*statistics: Statistics) -> Statistics:
    """Those of several runs as those of one: they may have run on several machines."""
    if not statistics:
        raise TypeError("merge_statistics takes at least one argument")
    merged = statistics[0]
    for other in statistics[1:]:
        merged = merged.merge(other)
    return merged
