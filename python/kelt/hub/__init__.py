"""Models of KerasHub: the signature of each kind of task, found without being asked for."""

from kelt.hub.config import Bound, Default, ExportConfig
from kelt.hub.registry import register, unregister

__all__ = ["Bound", "Default", "ExportConfig", "register", "unregister"]
