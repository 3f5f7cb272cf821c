"""kelt: turns a live Keras 3 model into a LiteRT file, on any backend, and proves that the file computes the same.

Importing kelt imports no backend: Keras is imported when a model is captured.
"""

from typing import TYPE_CHECKING

from kelt import hub as hub
from kelt.calibration import Statistics, calibrate, merge_statistics
from kelt.capturing import capture
from kelt.comparing import Comparison, compare
from kelt.dropin import disable, enable
from kelt.errors import ExportError
from kelt.exporting import Report, export
from kelt.overrides import override
from kelt.quantization import Quantization
from kelt.quantizing import quantize
from kelt.verification.verify import verify

if TYPE_CHECKING:
    from kelt._native import Module
    from kelt.runtime import delegation

    __version__: str

__all__ = [
    "Comparison",
    "ExportError",
    "Module",
    "Quantization",
    "Report",
    "Statistics",
    "__version__",
    "calibrate",
    "capture",
    "compare",
    "delegation",
    "disable",
    "enable",
    "export",
    "merge_statistics",
    "override",
    "quantize",
    "verify",
]

if not TYPE_CHECKING:  # to a type checker a name that is not above is an error

    def __getattr__(name):
        if name in ("Module", "__version__"):  # of the core, which is loaded when it is needed
            from kelt import _native

            return getattr(_native, name)
        if name == "delegation":
            from kelt.runtime import delegation

            return delegation
        raise AttributeError(f"module 'kelt' has no attribute {name!r}")
