"""Loading weights as views: what Keras' and KerasHub's own code reads of files, and assigns to variables."""

from __future__ import annotations

import contextlib
import importlib
import os
import pathlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from kelt.disk.errors import quoted, shortened, unreadable
from kelt.disk.exchange import exchanged
from kelt.disk.files import FileArray, MappedFile, address, file_of, in_another_mapping, of_memmap
from kelt.disk.hdf5 import Member, Place, dataset_view
from kelt.disk.safetensors import MappedTensors
from kelt.disk.spill import Spill
from kelt.disk.weightless import Weights, has_value, is_small, weightless
from kelt.errors import ExportError
from kelt.tracing.record import host_arrays

_thread = threading.local()


class Reader:
    """What one model is read from. What is computed of its weights goes into `folder`."""

    def __init__(self, folder: str | os.PathLike[str]):
        self.spill = Spill(folder)
        self.weights = Weights(self.keep)
        self.files: dict[str, MappedFile] = {}
        self._holders: dict[int, Any] = {}  # variable by the address of its first element
        self.problem: ExportError | None = None  # the first one, which the loaders of other packages may lose
        self.last: pathlib.Path | None = None  # the file that was read last

    def mapped(self, path: str | os.PathLike[str]) -> MappedFile:
        """A file, mapped once."""
        key = os.path.realpath(path)
        if key not in self.files:
            self.files[key] = MappedFile(path)
        return self.files[key]

    def keep(self, variable: Any, value: Any) -> np.ndarray:
        """What a variable is given, in its dtype or in the one that its file has, without memory unless it is small."""
        array = host_arrays.numpy_view(getattr(value, "_value", value))
        if tuple(array.shape) != tuple(variable._shape):
            file = file_of(array)
            has, needs = quoted(list(array.shape)), list(variable._shape)
            words = f"the weight of {variable.path} has the shape {has}, the model needs {needs}"
            raise self.noted(unreadable(file.name if file is not None else self.last or "the source", words))
        dtype = host_arrays.numpy_dtype(str(variable._dtype))
        if is_small(variable):
            return np.array(array).astype(dtype, copy=False)
        array = of_memmap(array, self.mapped)
        if file_of(array) is not None and is_view(array) and can_wait(array.dtype, dtype):
            return self._apart(variable, array.view(FileArray))
        return self.spill.keep(array.astype(dtype, copy=False))

    def _apart(self, variable, view):
        """Two variables of one tensor are two arrays, as of a live model; the writer stores equal bytes once."""
        first = self._holders.setdefault(address(view), variable)
        return view if first is variable else in_another_mapping(view)

    def noted(self, problem: ExportError) -> ExportError:
        """The same, which is raised in the end whatever other packages make of it."""
        self.problem = self.problem or problem
        return problem

    def changed(self) -> None:
        """Raises if a file was written to since it was read."""
        for file in self.files.values():
            if file.has_changed():
                raise unreadable(
                    file.name, "it was written to while it was read", remedy="Try again when it is complete."
                )


def is_view(array: np.ndarray) -> bool:
    """Whether the core can read it where it lies."""
    return all(stride >= 0 and stride % array.itemsize == 0 for stride in array.strides)


def can_wait(stored: np.dtype, wanted: np.dtype) -> bool:
    """Whether elements can be converted when they are written."""
    floats = ("float16", "bfloat16", "float32", "float64")
    return stored == wanted or (stored.name in floats and wanted.name in floats)


@contextlib.contextmanager
def reading(reader: Reader) -> Iterator[None]:
    """Inside, this thread builds models without weights, and what it loads are views."""
    from keras.src.saving.saving_lib import H5IOStore

    outer = _now()
    changes = {(H5IOStore, "__getitem__"): _of_store, (H5IOStore, "_get_h5_file"): _file_of_store}
    with exchanged(changes | _safe_open_everywhere()), weightless(reader.weights):
        _thread.reader = reader
        try:
            yield
        finally:
            _thread.reader = outer


def _now() -> Reader | None:
    return getattr(_thread, "reader", None)


def _file_of_store(original, store, path, *args, **kwargs):
    reader = _now()
    try:
        return original(store, path, *args, **kwargs)
    except (OSError, ValueError, RuntimeError) as error:
        if reader is None:
            raise
        name = store.io_file.mapped.name if isinstance(getattr(store, "io_file", None), Member) else path
        raise reader.noted(unreadable(name, f"it is no file of HDF5: {shortened(error)}", cut=True)) from None


def _of_store(original, store, key):
    from keras.src.saving.saving_lib import safe_get_h5_dataset

    reader = _now()
    if reader is None:
        return original(store, key)
    try:
        place = _place(store, reader)
        reader.last = place.mapped.name
        return dataset_view(safe_get_h5_dataset(store._h5_entry_group, key), place, reader.spill)
    except ExportError as error:
        raise reader.noted(error) from None
    except Exception as error:  # whatever Keras, h5py and HDF5 say of a file that is broken
        if isinstance(error, KeyError) and error.args == (key.rpartition("/")[2],):
            raise  # it is not there, which loaders may expect
        what = f"the dataset {quoted(key)} of {store._h5_entry_group.name} can't be read: {shortened(error)}"
        raise reader.noted(unreadable(reader.last or reader.spill.folder, what, cut=True)) from None


def _place(store, reader) -> Place:
    """Where the bytes of a store lie, in the file that HDF5 has opened."""
    file = store.io_file
    if isinstance(file, Member):
        return Place(file.mapped, file.offset, file.size)
    mapped = reader.mapped(store.h5_file.filename)
    if not os.path.sameopenfile(store.h5_file.id.get_vfd_handle(), mapped.descriptor):
        raise unreadable(mapped.name, "it was replaced while it was opened", remedy="Try again when it is complete.")
    return Place(mapped)


def _safe_open_everywhere() -> dict:
    """Who has imported it by name has it by name."""
    if "keras_hub" not in sys.modules:
        return {}
    with contextlib.suppress(ImportError):
        import safetensors

        for loader in ("timm", "transformers"):  # which KerasHub imports when it needs them
            importlib.import_module(f"keras_hub.src.utils.{loader}.preset_loader")
        holders = [
            safetensors,
            *(module for name, module in list(sys.modules.items()) if name.startswith("keras_hub.")),
        ]
        original = safetensors.safe_open
        return {(holder, "safe_open"): _opened for holder in holders if vars(holder).get("safe_open") is original}
    return {}


def _opened(original, path, *args, **kwargs):
    reader = _now()
    if reader is None:
        return original(path, *args, **kwargs)
    return MappedTensors(reader.mapped(pathlib.Path(path)))


def settle(model: Any, reader: Reader, source: str) -> None:
    """Gives values to variables that the source has none for, where their initializer says which.

    Raises:
        kelt.ExportError: Some would start at random; they are listed.
    """
    unknown = []
    for variable in model.variables:
        initializer = reader.weights.made.get(variable)
        if initializer is None or variable in reader.weights.given or not _is_of_model(variable):
            continue
        if _is_random(initializer):
            unknown.append(variable.path)
        elif not has_value(variable):
            with weightless(reader.weights):
                variable.assign(initializer(variable._shape, dtype=variable._dtype))
    if unknown:
        some = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        remedy = "A part that was never trained stands there: export what it has weights for, or give them by weights=."
        raise unreadable(
            source, f"it has no values for weights that start at random ({len(unknown)}): {some}", remedy=remedy
        )


def _is_of_model(variable) -> bool:
    from kelt.tracing.tracer import DROPPED_STATES

    return variable.name not in DROPPED_STATES


def _is_random(initializer) -> bool:
    from keras.src.initializers.random_initializers import RandomInitializer

    return isinstance(initializer, RandomInitializer)
