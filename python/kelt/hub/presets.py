"""Presets of KerasHub by their handle: KerasHub resolves it, from its cache or a directory."""

from __future__ import annotations

from typing import Any

from kelt.errors import bad_argument, failure
from kelt.packages import HUB


def from_preset(handle: str) -> Any:
    """The task that a preset holds, else its backbone.

    Args:
        handle: As for `keras_hub.models.Backbone.from_preset`: a name, `kaggle://…`, `hf://…`, or a directory.

    Raises:
        ValueError: It is a file of a model, not a preset.
        kelt.ExportError: KerasHub does not find it, or can't build it.
        ImportError: KerasHub is not installed.
    """
    if handle.endswith((".keras", ".h5")):
        raise bad_argument(f"{handle!r} is a file; a Keras model is exported: keras.models.load_model({handle!r})")
    try:
        import keras_hub
        from keras_hub.src.utils import preset_utils
    except ImportError as error:
        raise ImportError(f"K102 the preset {handle!r} needs KerasHub: {error}. Install it: {HUB}") from error
    try:
        if not preset_utils.check_file_exists(handle, preset_utils.TASK_CONFIG_FILE):
            return keras_hub.models.Backbone.from_preset(handle)
        config = preset_utils.load_json(handle, preset_utils.TASK_CONFIG_FILE)
        return _task(preset_utils.check_config_class(config), handle)
    except Exception as error:  # whatever KerasHub and its downloads raise
        what = f"KerasHub can't load the preset {handle!r}: {' '.join(str(error).split())}"
        remedy = "Check the name; a preset that is not in KerasHub's cache is downloaded by KerasHub itself."
        raise failure("K102", what, remedy=remedy) from error


def _task(cls, handle):
    try:
        return cls.from_preset(handle)
    except ImportError:  # some tokenizers need TensorFlow; the model does not
        return cls.from_preset(handle, preprocessor=None)
