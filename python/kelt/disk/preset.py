"""Presets of KerasHub, and Hugging Face checkpoints that it converts: a directory, or a handle that it resolves."""

from __future__ import annotations

import contextlib
import os
import pathlib
import stat
from collections.abc import Iterator
from typing import Any

from kelt.disk.errors import shortened, unreadable, without
from kelt.disk.keras_archive import check_shards
from kelt.disk.reading import Reader, reading
from kelt.disk.text import json_file
from kelt.errors import ExportError, bad_argument, failure
from kelt.packages import HUB

# The task whose head is part of the checkpoint, by the end of the architecture's name.
HEADS = {
    "ForCausalLM": "CausalLM",
    "LMHeadModel": "CausalLM",
    "ForConditionalGeneration": "CausalLM",
    "ForImageClassification": "ImageClassifier",
    "ForImageClassificationWithTeacher": "ImageClassifier",
}
CONFIGS = (
    "config.json", "task.json", "preprocessor.json", "image_converter.json", "audio_converter.json",
    "video_converter.json",
)  # fmt: skip
INDEXES = ("model.weights.json", "model.safetensors.index.json")


def load_preset(handle: str, reader: Reader, task: str | None = None, dtype: Any = None) -> Any:
    """The task that a preset holds, else its backbone; its weights are views of its files.

    Args:
        handle: As for `keras_hub.models.Backbone.from_preset`: a name, `kaggle://…`, `hf://…`, or a directory.
        reader: Of the export.
        task: `"backbone"`, or a class of `keras_hub.models`, instead of what the preset holds.
        dtype: In which the model is built, instead of Keras' default.

    Raises:
        kelt.ExportError: KerasHub does not find it, or can't build it; a file of it can't be read.
        ImportError: KerasHub is not installed.
    """
    try:
        import keras_hub
        from keras_hub.src.utils import preset_utils
    except ImportError as error:
        raise ImportError(f"K102 the preset {handle!r} needs KerasHub: {error}. Install it: {HUB}") from error
    if os.path.isdir(handle):
        check_folder(pathlib.Path(handle))
    options = {} if dtype is None else {"dtype": dtype}
    asked = _asked(task, keras_hub)
    with _as_hub_says(handle, reader, task, dtype):
        family = asked and _other_family(asked, handle, keras_hub, preset_utils)
    if family:
        raise bad_argument(f"the preset {handle!r} has a {family}, for which KerasHub has no {task}: take another task")
    with _as_hub_says(handle, reader, task, dtype), reading(reader):
        cls = asked or _class(handle, keras_hub, preset_utils)
        if not hasattr(cls, "backbone_cls"):
            return cls.from_preset(handle, **options)
        return _task(cls, handle, options)


@contextlib.contextmanager
def _as_hub_says(handle: str, reader: Reader, task: str | None, dtype: Any) -> Iterator[None]:
    """What KerasHub raises of a preset, as an error that names it; what was found wrong in a file, as it was found."""
    try:
        yield
    except ExportError:
        raise
    except Exception as error:  # whatever KerasHub and its downloads raise
        if reader.problem is not None:
            raise reader.problem from None
        what = f"KerasHub can't load the preset {handle!r}: {shortened(error)}"
        remedy = "Check the name; a preset that is not in KerasHub's cache is downloaded by KerasHub itself."
        if os.path.isdir(handle):
            remedy = "Check that the directory is complete."
        raise failure("K102", what, remedy=without(remedy, dtype=dtype, task=task)) from error


def check_folder(folder: pathlib.Path) -> None:
    """Raises unless each entry of a folder is a file or a folder, configurations are objects, and all shards there."""
    for path in sorted([*folder.iterdir(), *folder.glob("assets/**/*")]):
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:  # a link to nothing: who needs the file says that it is missing
            continue
        except OSError as error:
            raise unreadable(path, error.strerror or str(error)) from None
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise unreadable(path, "it is no regular file")
    for name in CONFIGS:
        if (folder / name).exists():
            json_file(folder / name)
    for name in INDEXES:
        if (folder / name).exists():
            check_shards(folder / name)


def _asked(task, keras_hub):
    """The class that the user wants to be built."""
    if task is None:
        return None
    cls = keras_hub.models.Backbone if task == "backbone" else getattr(keras_hub.models, task, None)
    models = keras_hub.models.Backbone, keras_hub.models.Task
    if not isinstance(cls, type) or not issubclass(cls, models) or cls is keras_hub.models.Task:
        raise bad_argument(f"there is no task {task!r}: it is 'backbone' or a class of keras_hub.models")
    return cls


def _other_family(cls, handle, keras_hub, preset_utils):
    """The name of the preset's backbone, if it is of another family than the class that the user wants."""
    built = preset_utils.get_preset_loader(handle).check_backbone_class()
    backbone = keras_hub.models.Backbone
    if issubclass(cls, backbone):
        return "" if issubclass(built, cls) else built.__name__
    if not issubclass(built, backbone) or cls.backbone_cls is built:
        return ""
    try:
        preset_utils.find_subclass(handle, cls, built)
    except ValueError:
        return built.__name__
    return ""


def _class(handle, keras_hub, preset_utils):
    """The class that the preset holds."""
    if preset_utils.check_file_exists(handle, preset_utils.TASK_CONFIG_FILE):
        return preset_utils.check_config_class(preset_utils.load_json(handle, preset_utils.TASK_CONFIG_FILE))
    config = preset_utils.load_json(handle, preset_utils.CONFIG_FILE)
    for architecture in _architectures(config):
        name = next((head for end, head in HEADS.items() if architecture.endswith(end)), None)
        if name is None:
            continue
        built = preset_utils.get_preset_loader(handle).check_backbone_class()
        own = getattr(keras_hub.models, built.__name__.removesuffix("Backbone") + name, None)
        if own is not None:  # KerasHub itself takes what was registered first: for Gemma4, its assistant
            return own
        with contextlib.suppress(ValueError):  # KerasHub has no such task of this backbone
            return preset_utils.find_subclass(handle, getattr(keras_hub.models, name), built)
    return keras_hub.models.Backbone


def _architectures(config):
    """What a checkpoint of transformers says of itself; one of timm has a head for its classes."""
    if "architecture" in config and "model_type" not in config:
        return ("ForImageClassification",) if config.get("num_classes") else ()
    return map(str, config.get("architectures") or ())


def _task(cls, handle, options):
    """The task, without its preprocessor where that can't be made: the model needs none.

    Some tokenizers need TensorFlow, or files that are not there. KerasHub makes a checkpoint's after it has loaded the
    weights, which would be loaded twice if it failed then.
    """
    from keras_hub.src.utils import preset_utils

    failures = (ImportError, FileNotFoundError)
    if not preset_utils.check_file_exists(handle, preset_utils.TASK_CONFIG_FILE):
        preprocessor = None
        with contextlib.suppress(*failures):
            if cls.preprocessor_cls:
                preprocessor = preset_utils.get_preset_loader(handle).load_preprocessor(cls.preprocessor_cls)
        return cls.from_preset(handle, preprocessor=preprocessor, **options)
    try:
        return cls.from_preset(handle, **options)
    except failures:
        return cls.from_preset(handle, preprocessor=None, **options)


def is_checkpoint(folder: pathlib.Path) -> bool:
    """Whether a directory is one of a checkpoint of Hugging Face."""
    config = json_file(folder / "config.json")
    return "registered_name" not in config and ("model_type" in config or "architecture" in config)
