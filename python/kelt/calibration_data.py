"""What a user gives as representative data → samples, one at a time: each input by its name."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kelt.errors import bad_data, first_line

Input = tuple[str, str, Sequence[int]]  # name, dtype, shape of an input of a signature; -1: any length
Sample = dict[str, np.ndarray]
# What the core takes: dtype, shape, bytes of each input.
Given = dict[str, tuple[str, list[int], np.ndarray]]

AGAIN = "Give the function that makes it (without the call), a list or an array"
FORMS = "Give arrays in the order of the inputs, or a dict by their names"


class CalibrationData:
    """Representative data of a model, for each of its signatures.

    Args:
        data: Samples of a signature: a generator or a function that makes one, any iterable, arrays whose first axis is
            that of the samples (one; or a dict by name, or a tuple in the order of the inputs), the path of an `.npz`
            file with such arrays, or of a folder of them. A sample is an array, a tuple or list in the order of the
            inputs, or a dict by their names. For several signatures a dict of these by signature.
        signature: Whose the samples are, if the data does not say.
    """

    def __init__(self, data: Any, signature: str | None = None) -> None:
        self._data, self._signature = data, signature

    def for_signatures(self, keys: Sequence[str]) -> dict[str, Any]:
        """The data by the key of its signature."""
        if self._signature is None and isinstance(self._data, Mapping) and self._data and set(self._data) <= set(keys):
            return dict(self._data)
        if self._signature is None and len(keys) > 1 and "serving_default" not in keys:
            known = ", ".join(keys)
            raise bad_data(
                f"the model has several signatures: {known}", "Give a dict of data by signature, or name one"
            )
        return {self._signature or (keys[0] if len(keys) == 1 else "serving_default"): self._data}

    def __call__(self, signatures: Mapping[str, Sequence[Input]]) -> dict[str, Callable[[], Given | None]]:
        """What the core asks: {signature: inputs} → {signature: what gives the next sample, None at the end}."""
        each = self.for_signatures(list(signatures))
        if unknown := [key for key in each if key not in signatures]:
            known = ", ".join(signatures)
            raise bad_data(f"the model has no signature {unknown[0]!r}", f"Its signatures: {known}")
        return {key: _next_of(samples_of(data, signatures[key])) for key, data in each.items()}


def _next_of(samples: Iterator[Sample]) -> Callable[[], Given | None]:
    return lambda: _given(next(samples, None))


def samples_of(data: Any, inputs: Sequence[Input]) -> Iterator[Sample]:
    """Samples of a signature with these inputs, in any of the forms that `CalibrationData` lists."""
    empty = True
    for number, sample in enumerate(_raw_samples(data, inputs)):
        empty = False
        yield _by_name(sample, inputs, number)
    if empty:
        raise _no_sample(data)


def _no_sample(data: Any) -> ValueError:
    if isinstance(data, Iterator):
        return bad_data("the generator gives no sample: it was used up before, or makes none", AGAIN)
    if callable(data):
        return bad_data("the function's generator gives no sample", "Give at least one")
    return bad_data("the calibration data holds no sample", "Give at least one")


def _raw_samples(data: Any, inputs: Sequence[Input]) -> Iterable[Any]:
    if callable(data):
        data = data()
    if isinstance(data, (str, os.PathLike)):
        return _of_path(pathlib.Path(data), inputs)
    if isinstance(data, (Mapping, tuple)):
        return _slices(_by_name(data, inputs, None), inputs)
    if _is_array(data):
        return _slices(_by_name((data,), inputs, None), inputs)
    if not isinstance(data, Iterable):
        kind = type(data).__name__
        raise bad_data(
            f"calibration data can't be a {kind}", "Give a function that makes a generator, a list or an array"
        )
    return data


def _of_path(path: pathlib.Path, inputs: Sequence[Input]) -> Iterator[Sample]:
    files = sorted(path.glob("*.npz")) if path.is_dir() else [path]
    if not files:
        raise bad_data(f"the folder {path} holds no .npz file", "numpy.savez(path, name=array) writes one")
    for file in files:
        try:
            with np.load(file) as arrays:
                named = {name: arrays[name] for name in arrays.files}
        except FileNotFoundError:
            remedy = "Give the path of an .npz file or of a folder of them"
            raise bad_data(f"there is no file or folder {file}", remedy) from None
        except Exception as error:
            remedy = "numpy.savez(path, name=array) writes one"
            raise bad_data(f"{file} is no .npz file of numbers: {first_line(error)}", remedy) from None
        yield from _slices(named, inputs)


def _is_array(value: Any) -> bool:
    return hasattr(value, "__array__") or hasattr(value, "__array_interface__")


def _by_name(sample: Any, inputs: Sequence[Input], number: int | None) -> Sample:
    """The arrays of a sample, or of all samples where they have no number."""
    where = "the data" if number is None else f"sample {number}"
    names = [name for name, _, _ in inputs]
    if isinstance(sample, Mapping):
        if stray := [name for name in sample if not isinstance(name, str)]:
            raise bad_data(f"{where} has the key {stray[0]!r}, which is no name of an input", _listed(inputs))
        return {name: _array(value, where, name) for name, value in sample.items()}
    parts = sample if isinstance(sample, (tuple, list)) else (sample,)
    if len(parts) != len(names) and len(names) == 1 and not any(_is_array(part) for part in parts):
        parts = (sample,)  # numbers, as lists
    if len(parts) != len(names):
        held = "1 array" if len(parts) == 1 else f"{len(parts)} arrays"
        raise bad_data(f"{where} holds {held}, the signature takes {len(names)}", f"{FORMS}. {_listed(inputs)}")
    return {name: _array(part, where, name) for name, part in zip(names, parts, strict=True)}


def _listed(inputs: Sequence[Input]) -> str:
    texts = (
        f"{name} {dtype}[{', '.join('?' if dim < 0 else str(dim) for dim in shape)}]" for name, dtype, shape in inputs
    )
    return "The inputs: " + ", ".join(texts)


def _array(value: Any, where: str, name: str) -> np.ndarray:
    try:
        array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
        if array.dtype.name == "bfloat16":
            array = array.astype(np.float32)
    except Exception as error:
        what = f"{where}: what is given for the input {name!r} is no array: {first_line(error)}"
        raise bad_data(what, FORMS) from None
    if array.dtype.kind not in "fiub":
        raise bad_data(f"{where}: the input {name!r} holds {array.dtype.name}, which are no numbers", "Give numbers")
    return array.astype(np.float64) if array.dtype.itemsize > 8 else array


def _slices(arrays: Sample, inputs: Sequence[Input]) -> Iterator[Sample]:
    """Arrays of all samples, or of one → samples. What is wrong with names and shapes the core says."""
    shapes = {name: shape for name, _, shape in inputs}
    parts = {name: _parts(array, shapes.get(name, array.shape)) for name, array in arrays.items()}
    counts = {name: len(cut) for name, cut in parts.items()}
    if len(set(counts.values())) > 1:
        held = ", ".join(f"{count} of {name!r}" for name, count in counts.items())
        raise bad_data(f"the arrays hold different numbers of samples: {held}", "Give as many of each input")
    for cut in zip(*parts.values(), strict=True):
        yield dict(zip(parts, cut, strict=True))


def _parts(array: np.ndarray, shape: Sequence[int]) -> Sequence[np.ndarray]:
    """The samples of an array for an input of this shape: along a first axis of their own, or along the batch."""
    if array.ndim == len(shape) + 1:
        return array
    if array.ndim != len(shape) or array.ndim == 0 or array.shape[0] == shape[0]:
        return [array]
    batch = max(shape[0], 1)
    if len(array) % batch:  # the last batch is filled up from the front
        array = np.take(array, range(-(-len(array) // batch) * batch), axis=0, mode="wrap")
    return [array[start : start + batch] for start in range(0, len(array), batch)]


def _given(sample: Sample | None) -> Given | None:
    if sample is None:
        return None
    arrays = {name: np.asarray(array, order="C") for name, array in sample.items()}
    return {
        name: (array.dtype.name, list(array.shape), array.reshape(-1).view(np.uint8)) for name, array in arrays.items()
    }
