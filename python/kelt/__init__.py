"""kelt: turns a live Keras 3 model into a LiteRT file, on any backend, and proves that the file computes the same.

Importing kelt imports no backend: Keras is imported when a model is captured. What stands here is imported when it is
used, so that the command starts at once.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kelt import hub as hub
    from kelt._native import Module
    from kelt.calibration import Statistics, calibrate, merge_statistics
    from kelt.capturing import capture
    from kelt.comparing import Comparison, compare
    from kelt.dropin import disable, enable
    from kelt.errors import ExportError
    from kelt.exporting import Report, export
    from kelt.overrides import override
    from kelt.quantization import Quantization
    from kelt.quantizing import quantize
    from kelt.runtime import delegation
    from kelt.verification.verify import verify

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
    # Where each name lies.
    _PLACES = {
        "kelt._native": ("Module", "__version__"),
        "kelt.calibration": ("Statistics", "calibrate", "merge_statistics"),
        "kelt.capturing": ("capture",),
        "kelt.comparing": ("Comparison", "compare"),
        "kelt.dropin": ("disable", "enable"),
        "kelt.errors": ("ExportError",),
        "kelt.exporting": ("Report", "export"),
        "kelt.overrides": ("override",),
        "kelt.quantization": ("Quantization",),
        "kelt.quantizing": ("quantize",),
        "kelt.runtime": ("delegation",),
        "kelt.verification.verify": ("verify",),
    }

    def __getattr__(name):
        import importlib

        if name in ("hub", "runtime"):
            return importlib.import_module(f"kelt.{name}")
        place = next((place for place, names in _PLACES.items() if name in names), None)
        if place is None:
            raise AttributeError(f"module 'kelt' has no attribute {name!r}")
        value = getattr(importlib.import_module(place), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__, "hub", "runtime"})
