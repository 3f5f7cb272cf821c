"""`model.export(path, format="litert")` by kelt, on every backend."""

from __future__ import annotations

import functools
import warnings

from kelt.packages import import_keras

ORIGINAL = "_kelt_original"


def enable() -> None:
    """Makes `model.export(path, format="litert")` use kelt, on every backend.

    Other formats go to Keras as before. All keyword arguments of Keras' own exporter are taken, flat or in
    `litert_kwargs={…}`, or rejected by name with the reason: `optimizations`, `representative_dataset`, `target_spec`
    and `inference_input_type` give the form that TensorFlow's converter gives. Those of `kelt.export` are taken as
    well. Calling it again changes nothing; `kelt.disable()` undoes it.

    Example:
        >>> kelt.enable()
        >>> model.export("model.tflite", format="litert")
        >>> model.export("model.tflite", format="litert", verify=True, verbose=False)
        >>> model.export("model.tflite", format="litert", optimizations=[tf.lite.Optimize.DEFAULT])
    """
    import_keras()
    from keras import Model

    original = Model.export
    if hasattr(original, ORIGINAL):
        return

    @functools.wraps(original)
    def export(self, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs):
        if format != "litert":
            return original(self, filepath, format=format, verbose=verbose, input_signature=input_signature, **kwargs)
        _export(self, filepath, input_signature, verbose, kwargs)
        return None

    setattr(export, ORIGINAL, original)
    Model.export = export


def _export(model, filepath, input_signature, verbose, options):
    """As Keras does: a line that says where the file is, unless `verbose` is false; then what isn't as asked."""
    from keras.src.utils import io_utils

    from kelt.converter_options import without_converter_options
    from kelt.exporting import export

    options, theirs = without_converter_options(options)
    report = export(model, filepath, input_signature, verbose=bool(verbose), **options)
    made = report.quantization
    if made is not None and theirs.integers_alone and (kept := made.not_as_asked()):
        warnings.warn(f"{filepath} is not of integers alone: {'; '.join(kept)}", stacklevel=3)
    if verbose is not None and not verbose:
        return
    said = [f"note: {note}" for note in theirs.notes]
    if made is not None and not verbose:  # else the report has said it
        said += [*made.not_as_asked(), *(f"note: {note}" for note in made.notes)]
    for line in [f"Saved artifact at '{filepath}'.", *said]:
        io_utils.print_msg(line)


def disable() -> None:
    """Gives `model.export` back to Keras. Does nothing unless `kelt.enable()` was called."""
    from keras import Model

    Model.export = getattr(Model.export, ORIGINAL, Model.export)
