"""A quantized file: the model's float file is proven first, and then what was made of it."""

from __future__ import annotations

import contextlib
import pathlib
import tempfile
from collections.abc import Callable, Generator, Iterator
from typing import Any

from kelt.comparing import Comparison, compare
from kelt.errors import failure
from kelt.verification.limits import Limit

REMEDY = (
    "Export the model again. Where a form costs too much, give the layers that cost most a better one: "
    "print(kelt.compare(float_file, quantized_file, data)) names them."
)


@contextlib.contextmanager
def float_file(path: pathlib.Path, write_floats: Callable[[pathlib.Path], Any]) -> Generator[pathlib.Path | None]:
    """The export of the model whose quantized file lies at `path`; None where that has no fewer bits."""
    from kelt import _native

    if not _native.has_quantized_operators(str(path)):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="kelt-") as folder:
        floats = pathlib.Path(folder, "floats.tflite")
        write_floats(floats)
        yield floats if _native.is_quantized_from(str(floats), str(path)) else None


def compared(floats: pathlib.Path, quantized: pathlib.Path, data: Any) -> Comparison:
    """Raises where the quantized file is not the float file's model. Data that can be read once are of no use here."""
    if isinstance(data, Iterator) or not _is_data(data):
        data = None
    comparison = compare(floats, quantized, data, verbose=False)
    if comparison.ok:
        return comparison
    more = f" (and {len(comparison.faults) - 1} more)" if len(comparison.faults) > 1 else ""
    what = f"the quantized file is not the model in fewer bits: {comparison.faults[0]}{more}"
    raise failure("K401", what, remedy=REMEDY)


def _is_data(data: Any) -> bool:
    """Statistics, and files of them, hold no samples."""
    from kelt.calibration import Statistics

    return not isinstance(data, Statistics) and not str(data).endswith(".json")


def limits_of(comparison: Comparison) -> dict[str, Limit]:
    """Those of the outputs, over the largest value."""
    return {
        name: Limit(
            10 ** (-least / 20), f"{comparison.coarsest}, an SNR of {comparison.snr[name]:.1f} of {least:.0f} dB"
        )
        for name, least in comparison.limits.items()
    }
