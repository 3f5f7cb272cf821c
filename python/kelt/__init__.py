"""kelt: turns a live Keras 3 model into a LiteRT file, on any backend, and proves that the file computes the same.

Importing kelt imports no backend: Keras is imported when a model is captured.
"""

from kelt.capture import capture
from kelt.dropin import disable, enable
from kelt.errors import ExportError

__all__ = ["ExportError", "capture", "disable", "enable"]
