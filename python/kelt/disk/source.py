"""What is given to `kelt.export`: a live model, or what on disk becomes one, without its weights in memory."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import logging
import math
import os
import pathlib
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from kelt.arguments import checked_file
from kelt.disk.dtypes import checked_dtype, one_dtype
from kelt.disk.errors import AGAIN, shortened, unreadable, without
from kelt.disk.keras_archive import load_archive, load_weights
from kelt.disk.preset import is_checkpoint, load_preset
from kelt.disk.reading import Reader, reading, settle
from kelt.disk.weightless import is_small
from kelt.errors import ExportError, bad_argument, failure
from kelt.tracing.record.graph import Graph, all_nodes

OF_DISK = ("custom_objects", "safe_mode", "dtype", "task")  # what says nothing of a live model


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """How a source is read: as the arguments of `kelt.export` of these names."""

    weights: str | os.PathLike[str] | None = None
    custom_objects: Mapping[str, Any] | None = None
    safe_mode: bool = True
    dtype: Any = None
    task: str | None = None

    def checked(self) -> Options:
        """These, if each can be what it should; what is wrong with one is not blamed on a file that is read by it."""
        if self.custom_objects is not None and not isinstance(self.custom_objects, Mapping):
            kind = type(self.custom_objects).__name__
            raise bad_argument(f"custom_objects is a dict of classes by their names, not {kind}")
        if self.task is not None and not isinstance(self.task, str):
            raise bad_argument(f"task is the name of a class, not {self.task!r}")
        if self.weights is not None:
            checked_file(self.weights, "weights")
        return self if self.dtype is None else dataclasses.replace(self, dtype=checked_dtype(self.dtype))


@dataclasses.dataclass(frozen=True, slots=True)
class Opened:
    """A model, and what it was read from: nothing, if it is the user's live one."""

    model: Any
    words: str = ""
    reader: Reader | None = None

    def notes(self, graph: Graph) -> list[str]:
        """What the user should know of how it was read: of what captured arrays may be that are no variable's."""
        early = [variable.path for variable in self.reader.weights.read_early] if self.reader is not None else []
        if not early or not _has_arrays(graph):
            return []
        note = "when it was built the model computed with {}, which had no value yet: what it kept is not of the file"
        return [note.format(path) for path in early]

    def check(self) -> None:
        """Raises if a file has changed since."""
        if self.reader is not None:
            self.reader.changed()


def _has_arrays(graph: Graph) -> bool:
    nodes = (node for function in graph.functions for node in all_nodes(function))
    return any(not hasattr(weight.source, "assign") for weight in graph.weights) or any(
        node.op == "constant" and isinstance(node.args["value"], list) for node in nodes
    )


@contextlib.contextmanager
def opened(source: Any, options: Options, folder: str | os.PathLike[str] | None = None) -> Iterator[Opened]:
    """Inside, the source is a model. `folder` gets what is computed of its weights."""
    options = options.checked()
    reader = Reader(folder if folder is not None and os.path.isdir(folder) else tempfile.gettempdir())
    if isinstance(source, (str, os.PathLike)):
        import keras

        with keras.saving.custom_object_scope(options.custom_objects or {}):
            kind, model = _of_path(os.fspath(source), options, reader)
        if options.weights is not None:
            _load(model, options.weights, reader)
        settle(model, reader, os.fspath(source))
        yield _found(model, kind, reader)
    elif options.weights is not None:
        with _with_weights(source, options, reader) as model:
            yield _found(model, "file of weights", reader)
    else:
        _reject(options, "a live model", *OF_DISK)
        yield Opened(source)


def _reject(options: Options, what: str, *names: str) -> None:
    """Raises where one of these was given: it would have no effect on such a source."""
    given = [name for name in names if getattr(options, name) != getattr(Options(), name)]
    if given:
        raise bad_argument(f"{what} takes no {' and no '.join(given)}")


def _is_path(source: str) -> bool:
    """Whether it can't be the handle of a preset."""
    return "://" not in source and (os.sep in source or source.endswith((".keras", ".h5", ".json", ".tflite")))


def _found(model: Any, kind: str, reader: Reader) -> Opened:
    words = f"{kind}: {described(model)}"
    logging.getLogger("kelt").info("found a %s", words)
    return Opened(model, words, reader)


def _of_path(source: str, options: Options, reader: Reader) -> tuple[str, Any]:
    path = pathlib.Path(source)
    if source.endswith(".keras") and os.path.lexists(source):
        if path.is_dir():
            raise unreadable(path, "it is a directory", remedy="Give the archive that model.save() wrote.")
        _reject(options, "a .keras archive", "task")
        dtype = None if options.dtype is None else one_dtype(options.dtype)
        with _as_keras_says(path, reader, dtype):
            model = load_archive(path, reader, options.safe_mode, dtype)
        return "Keras archive", model
    if source.endswith((".weights.h5", ".weights.json")):
        remedy = "Give the model, or a function that builds it: kelt.export(build, path, weights=…)."
        raise bad_argument(f"{source} has weights and no model. {remedy}")
    if source.endswith((".h5", ".hdf5")):
        remedy = "Load it by keras.models.load_model, which the old format needs, and export what that gives."
        raise bad_argument(f"{source} is in the HDF5 format of Keras 2. {remedy}")
    kind = "KerasHub preset"
    if _is_path(source) and not os.path.lexists(source):
        raise failure("K102", f"there is no {source}")
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise unreadable(
                path, "it has no config.json", remedy="A preset of KerasHub or a Hugging Face checkpoint has one."
            )
        kind = "Hugging Face checkpoint" if is_checkpoint(path) else kind
    elif path.exists():
        raise bad_argument(
            f"{source} is no source: a .keras archive, a preset of KerasHub, or a Hugging Face checkpoint is one"
        )
    return kind, load_preset(source, reader, options.task, options.dtype)


@contextlib.contextmanager
def _as_keras_says(path: str | os.PathLike[str], reader: Reader, dtype: Any = None) -> Iterator[None]:
    """What Keras raises of a file, as an error that names it; what was found wrong in one, as it was found."""
    try:
        yield
    except ExportError:
        raise
    except Exception as error:  # of the model's own classes, too
        if reader.problem is not None:
            raise reader.problem from None
        raise unreadable(path, f"Keras can't load it: {shortened(error)}", remedy=_remedy(str(error), dtype)) from error


def _remedy(words: str, dtype: Any) -> str:
    if "safe_mode" in words:
        return "If the archive is your own, pass safe_mode=False (kelt export --unsafe): its code is executed."
    if "custom_objects" in words or "Could not locate" in words:
        return "Give its classes by custom_objects={…} (kelt export --custom-objects MODULE), or register them."
    if "No module named" in words:
        return "Install the package that it needs."
    return without(AGAIN, dtype=dtype)


def described(model: Any) -> str:
    """Its class, parameters and dtype, for the user: "Gemma3CausalLM, 999.9 M parameters, float32"."""
    sizes = [math.prod(variable._shape) for variable in model.weights]
    if not sizes:
        return f"{type(model).__name__}, no weights"
    least = min(2, max(sizes))  # beside tensors, a scalar counts something, and its dtype tells nothing
    dtypes = sorted({str(variable._dtype) for variable, size in zip(model.weights, sizes) if size >= least})
    return f"{type(model).__name__}, {_parameters(sum(sizes))}, {', '.join(dtypes)}"


def _parameters(count: int) -> str:
    words = f"{count / 1e6:,.1f} M" if count >= 1e6 else f"{count:,}"
    return f"{words} parameter{'' if count == 1 else 's'}"


@contextlib.contextmanager
def _with_weights(source: Any, options: Options, reader: Reader) -> Iterator[Any]:
    """A live model with the weights of a file, for a while; or one that a function builds without any."""
    import keras

    if isinstance(source, keras.layers.Layer):
        _reject(options, "a live model", *OF_DISK)
        with _kept(source):
            _load(source, options.weights, reader)
            yield source
        return
    if not callable(source):
        raise bad_argument("weights= needs a model, or a function without parameters that builds one")
    _reject(options, "a function that builds a model", "custom_objects", "safe_mode", "task")
    with _as_it_raises(source, options.dtype), reading(reader), _policy(options.dtype):
        model = source()
    if not isinstance(model, keras.Model):
        raise bad_argument(f"the function gives {type(model).__name__}, not the keras.Model whose weights the file has")
    _load(model, options.weights, reader)
    settle(model, reader, os.fspath(options.weights))
    yield model


@contextlib.contextmanager
def _as_it_raises(build: Any, dtype: Any) -> Iterator[None]:
    """What the user's function raises, as an error that names it."""
    try:
        yield
    except ExportError:
        raise
    except Exception as error:
        name = f"{getattr(build, '__module__', '')}.{getattr(build, '__qualname__', type(build).__name__)}"
        remedy = without("Give a function without parameters that builds a model.", dtype=dtype)
        what = f"{name} builds no model: {type(error).__name__}: {shortened(error)}"
        raise bad_argument(f"{what}. {remedy}") from error


def _load(model: Any, path: str | os.PathLike[str], reader: Reader) -> None:
    with _as_keras_says(path, reader):
        load_weights(model, path, reader)


@contextlib.contextmanager
def _policy(dtype: Any) -> Iterator[None]:
    """Inside, layers are made in this precision."""
    import keras

    if dtype is None:
        yield
        return
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@contextlib.contextmanager
def _kept(model: Any) -> Iterator[None]:
    """Gives a model its own weights back afterwards.

    Small ones are read into copies of them: torch writes in place, and what was captured would become the model's own.
    """
    held = [(variable, variable._value) for variable in model.weights]
    for variable in model.weights:
        if is_small(variable):
            variable._value = copy.deepcopy(variable._value)
    try:
        yield
    finally:
        for variable, value in held:
            variable._value = value
