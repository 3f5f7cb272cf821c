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
# What the core takes: dtype, shape, bytes of each input; whether they hold several samples.
Given = tuple[dict[str, tuple[str, list[int], np.ndarray]], bool]

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


def _next_of(samples: Iterator[tuple[Sample, bool]]) -> Callable[[], Given | None]:
    return lambda: _given(next(samples, None))


def samples_of(data: Any, inputs: Sequence[Input]) -> Iterator[tuple[Sample, bool]]:
    """Samples of a signature with these inputs, in any of the forms that `CalibrationData` lists.

    Beside each stands whether it holds several, which the core cuts as its inputs' shapes say.
    """
    if callable(data):
        data = data()
    if isinstance(data, (str, os.PathLike)):
        yield from ((arrays, True) for arrays in _of_path(pathlib.Path(data)))
    elif isinstance(data, (Mapping, tuple)):
        yield _by_name(data, inputs, "the data"), True
    elif _is_array(data):
        yield _by_name((data,), inputs, "the data"), True
    elif isinstance(data, Iterable):
        number = -1
        for number, sample in enumerate(data):
            yield _by_name(sample, inputs, f"sample {number}"), False
        if number < 0:
            raise _no_sample(data)
    else:
        what = f"calibration data can't be a {type(data).__name__}"
        raise bad_data(what, "Give a function that makes a generator, a list or an array")


def _no_sample(data: Any) -> ValueError:
    if isinstance(data, Iterator):
        return bad_data("the generator gives no sample: it was used up before, or makes none", AGAIN)
    return bad_data("the calibration data holds no sample", "Give at least one")


def _of_path(path: pathlib.Path) -> Iterator[Sample]:
    files = sorted(path.glob("*.npz")) if path.is_dir() else [path]
    if not files:
        raise bad_data(f"the folder {path} holds no .npz file", "numpy.savez(path, name=array) writes one")
    for file in files:
        try:
            with np.load(file) as arrays:
                named = {name: _array(arrays[name], str(file), name) for name in arrays.files}
        except FileNotFoundError:
            remedy = "Give the path of an .npz file or of a folder of them"
            raise bad_data(f"there is no file or folder {file}", remedy) from None
        except Exception as error:
            remedy = "numpy.savez(path, name=array) writes one"
            raise bad_data(f"{file} is no .npz file of numbers: {first_line(error)}", remedy) from None
        yield named


def _is_array(value: Any) -> bool:
    return hasattr(value, "__array__") or hasattr(value, "__array_interface__")


def _by_name(sample: Any, inputs: Sequence[Input], where: str) -> Sample:
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


def _given(next_one: tuple[Sample, bool] | None) -> Given | None:
    if next_one is None:
        return None
    sample, several = next_one
    arrays = {name: np.asarray(array, order="C") for name, array in sample.items()}
    parts = {
        name: (array.dtype.name, list(array.shape), array.reshape(-1).view(np.uint8)) for name, array in arrays.items()
    }
    return parts, several
