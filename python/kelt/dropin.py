"""`model.export(path, format="litert")` by kelt, on every backend."""

from __future__ import annotations

import functools

ORIGINAL = "_kelt_original"


def enable() -> None:
    """Makes `model.export(path, format="litert")` use kelt, on every backend.

    Other formats go to Keras as before. Calling it again changes nothing; `kelt.disable()` undoes it.

    Example:
        >>> kelt.enable()
        >>> model.export("model.tflite", format="litert")
    """
    from keras import Model

    original = Model.export
    if hasattr(original, ORIGINAL):
        return

    @functools.wraps(original)
    def export(self, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs):
        if format != "litert":
            return original(self, filepath, format=format, verbose=verbose, input_signature=input_signature, **kwargs)
        from kelt.export import export as kelt_export

        kelt_export(self, filepath, input_signature, verbose=verbose, **kwargs)
        return None

    setattr(export, ORIGINAL, original)
    Model.export = export


def disable() -> None:
    """Gives `model.export` back to Keras. Does nothing unless `kelt.enable()` was called."""
    from keras import Model

    Model.export = getattr(Model.export, ORIGINAL, Model.export)
