"""A LiteRT file, run: numpy arrays in and out, by the names of a signature."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import math
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kelt import _native
from kelt.arguments import checked_file, checked_threads
from kelt.errors import mapped


@dataclasses.dataclass(frozen=True)
class Tensor:
    """An input or output of a signature."""

    name: str
    dtype: str
    shape: tuple[int, ...]  # -1 where it can be resized
    quantization: tuple[float, int] | None = (
        None  # its integers stand for (integer - zero point) * scale: (scale, zero point)
    )


@dataclasses.dataclass(frozen=True)
class Delegation:
    """What XNNPACK took of a signature."""

    partitions: int
    outside: list[tuple[int, int, str]]  # subgraph, operator, name of each node it left


def library_path() -> str:
    """Path of libLiteRt: from `KELT_LITERT_LIBRARY`, or of the package `ai_edge_litert`, which is not imported."""
    given = os.environ.get("KELT_LITERT_LIBRARY")
    spec = None if given else importlib.util.find_spec("ai_edge_litert")
    if spec is None or not spec.submodule_search_locations:
        return _native.find_library()
    return str(pathlib.Path(spec.submodule_search_locations[0]) / "libLiteRt.so")


@functools.cache
def runtime() -> Any:
    """libLiteRt, loaded once."""
    return _native.Runtime.load(library_path())


def _numpy_dtype(name: str) -> np.dtype:
    try:
        return np.dtype(name)
    except TypeError:
        import ml_dtypes  # bfloat16 and the integers below a byte; comes with every backend

        return np.dtype(getattr(ml_dtypes, name))


def empty(shape: Sequence[int], dtype: str | np.dtype) -> np.ndarray:
    """An array without values, in memory that the runtime reads and writes where it lies."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    memory = np.empty(size + 4 * 64 + 64, np.uint8)
    first = -memory.ctypes.data % 64
    places = (memory[start : start + size] for start in range(first, first + 4 * 64, 64))
    found = next(place for place in places if size == 0 or _native.can_be_bound(place))
    return found.view(dtype).reshape(shape)


_Given = dict[str, tuple[str, list[int], np.ndarray]]  # dtype, shape, bytes of each input


def _given(inputs: Mapping[str, Any]) -> _Given:
    arrays = {name: np.asarray(value, order="C") for name, value in inputs.items()}
    return {
        name: (array.dtype.name, list(array.shape), array.reshape(-1).view(np.uint8)) for name, array in arrays.items()
    }


def _bytes_of(name: str, array: np.ndarray) -> np.ndarray:
    if not (isinstance(array, np.ndarray) and array.flags.c_contiguous and array.flags.writeable):
        raise ValueError(f"out[{name!r}] must be a C-contiguous numpy array that can be written")
    return array.reshape(-1).view(np.uint8)


def to_numpy(dtype: str, shape: Sequence[int], data: np.ndarray) -> np.ndarray:
    """An array of the core's parts: the name of its dtype, its shape and its bytes."""
    return data.view(_numpy_dtype(dtype)).reshape(shape)


class Model:
    """A file that is loaded and ready to run.

    Args:
        file: Path of a `.tflite` file, or its bytes.
        threads: How many threads the runtime may use.
        kernels: `"delegate"` (XNNPACK where it can, else builtin kernels), `"builtin"` or `"reference"`.
        profile: Allow `delegation`. Costs a little time in every run.
        weight_cache: Path at which XNNPACK keeps the weights it has packed.

    Example:
        >>> model = Model("model.tflite")
        >>> model({"x": np.zeros((1, 4), "float32")})
        {'y': array([[0.5, 2. , 4.5, 8. ]], dtype=float32)}
    """

    def __init__(
        self,
        file: str | os.PathLike[str] | bytes,
        *,
        threads: int = 1,
        kernels: str = "delegate",
        profile: bool = False,
        weight_cache: str = "",
    ) -> None:
        if not isinstance(file, bytes):
            file = checked_file(file, "file")
        checked_threads(threads, least=1)
        self._sizes = _native.size_check_of_bytes(file) if isinstance(file, bytes) else _native.size_check_of_file(file)
        if isinstance(file, bytes):
            self._model = runtime().open_bytes(file, threads, kernels, profile)
        else:
            self._model = runtime().open_file(file, threads, kernels, profile, weight_cache)
        self.signatures = {
            key: ([_tensor(port) for port in inputs], [_tensor(port) for port in outputs])
            for key, inputs, outputs in self._model.signatures
        }
        self._last: dict[str, _Given] = {}  # what the last call of each signature was given

    def __call__(
        self,
        inputs: Mapping[str, Any],
        signature: str = "",
        *,
        out: Mapping[str, np.ndarray] | None = None,
    ) -> dict[str, np.ndarray]:
        """Runs a signature and returns its outputs by name. Several threads may call: they take turns.

        Args:
            inputs: Every input by name; dims of -1 take the sizes of the arrays. One at a multiple of 64
                bytes (`empty` makes such arrays; those of jax and torch are) is read where it lies, another is copied.
            signature: Its key; the only one, or `serving_default`, if left out.
            out: Arrays in which outputs are written, by name; each C-contiguous, of the output's dtype and shape.
        """
        given = _given(inputs)
        if self._sizes is not None:
            key = signature or (next(iter(self.signatures)) if len(self.signatures) == 1 else "serving_default")
            with mapped():
                self._sizes.check(key, {name: shape for name, (_, shape, _) in given.items()})
        out = out or {}
        targets = {name: (array.dtype.name, _bytes_of(name, array)) for name, array in out.items()}
        outputs = self._model.run(signature, given, targets)
        self._last[signature] = given
        for name in targets:
            if tuple(outputs[name][1]) != out[name].shape:
                raise ValueError(f"output {name} has the shape {tuple(outputs[name][1])}, not {out[name].shape}")
        return {
            name: out[name] if data is None else to_numpy(dtype, shape, data)
            for name, (dtype, shape, data) in outputs.items()
        }

    def set_inputs(self, inputs: Mapping[str, Any], signature: str = "") -> None:
        """Copies every input of a signature, for `time_runs` and `delegation`."""
        self._model.set_inputs(signature, _given(inputs))
        self._last.pop(signature, None)

    def outputs(self, signature: str = "") -> dict[str, np.ndarray]:
        """The outputs of the last of `time_runs`."""
        return {name: to_numpy(*output) for name, output in self._model.outputs(signature).items()}

    def resize(self, name: str, shape: Sequence[int], signature: str = "", *, any_dim: bool = False) -> None:
        """Sets the sizes of an input; those that the file fixes only with `any_dim`."""
        self._model.resize(signature, name, list(shape), any_dim)

    def time_runs(self, runs: int, signature: str = "") -> list[float]:
        """Seconds of each of `runs` runs with the inputs of the last call, or those of `set_inputs`."""
        self._set_last_inputs(signature)
        return self._model.time_runs(signature, runs)

    def fully_delegated(self) -> bool:
        """Whether XNNPACK took every node, of every signature."""
        return self._model.fully_delegated()

    def delegation(self, signature: str = "") -> Delegation:
        """Runs once more and tells what XNNPACK took."""
        self._set_last_inputs(signature)
        return Delegation(*self._model.delegation(signature))

    def _set_last_inputs(self, signature: str) -> None:
        if given := self._last.pop(signature, None):
            self._model.set_inputs(signature, given)


def delegation(
    path: str | os.PathLike[str],
    signature: str = "",
    sizes: Mapping[str, Sequence[int]] | None = None,
) -> dict[str, Any]:
    """What XNNPACK takes of a signature of a file.

    Args:
        path: A `.tflite` file, of kelt or of another converter.
        signature: Its key; the only one, or `serving_default`, if left out.
        sizes: Shapes of inputs by name. An unknown dim is otherwise 2 if it is the first of an input, else 64.

    Returns:
        `operators` of the file by name, how many `partitions` XNNPACK makes, the names of the nodes `outside` of them,
        each as often as it stands there, and the `reasons` of these nodes in the same order: the `tensor` that the node
        computes, `why` XNNPACK leaves it, found by trying the node alone in other forms, and a `remedy`, where one is
        known.

    Example:
        >>> kelt.delegation("mobilenet.tflite")
        {'operators': {'ADD': 10, 'CONV_2D': 35, …}, 'partitions': 1, 'outside': [], 'reasons': []}
    """
    path = checked_file(path, "path")
    model = Model(path, profile=True)
    key = signature or ("serving_default" if len(model.signatures) > 1 else next(iter(model.signatures)))
    rng = np.random.default_rng(0)
    arrays = {}
    for tensor in model.signatures[key][0]:
        default = [dim if dim >= 0 else 64 if axis else 2 for axis, dim in enumerate(tensor.shape)]
        shape = tuple((sizes or {}).get(tensor.name, default))
        dtype = _numpy_dtype(tensor.dtype)
        # Integers may be indices, for which 0 is always in range.
        random = rng.normal(size=shape) if dtype.kind not in "iub" else np.zeros(shape)
        arrays[tensor.name] = random.astype(dtype)
    model(arrays, key)
    found = model.delegation(key)
    return {
        "operators": _native.count_operators(path),
        "partitions": found.partitions,
        "outside": [name for _, _, name in found.outside],
        "reasons": [
            {"tensor": tensor, "why": why, "remedy": remedy}
            for tensor, why, remedy in runtime().reasons_outside(path, found.outside)
        ],
    }


def _tensor(port: tuple[str, str, list[int], tuple[float, int] | None]) -> Tensor:
    name, dtype, shape, quantization = port
    return Tensor(name, dtype, tuple(shape), quantization)
