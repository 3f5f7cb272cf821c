"""Exports the smallest model with an op, runs the file at sizes not used to capture, and compares with Keras."""

from __future__ import annotations

import dataclasses
import filecmp
import shutil
import subprocess
import sys
from collections.abc import Sequence

import command
import keras
import numpy as np
from limits import LIMITS

import kelt

# For unknown dims, run one after the other: none was used to capture.
SIZES = ({"n": 3, "s": 5, "t": 4}, {"n": 1, "s": 7, "t": 6}, {"n": 4, "s": 3, "t": 2})


@dataclasses.dataclass(frozen=True)
class Spec:
    """An input: dims are numbers or names of unknown sizes; values lie in [low, high), or are normal."""

    dims: tuple[int | str, ...]
    dtype: str = "float32"
    low: float | None = None
    high: float | None = None

    def spec(self) -> keras.InputSpec:
        return keras.InputSpec(shape=[None if isinstance(dim, str) else dim for dim in self.dims], dtype=self.dtype)

    def draw(self, rng: np.random.Generator, sizes: dict[str, int]) -> np.ndarray:
        shape = [sizes.get(dim, dim) for dim in self.dims]
        if self.dtype == "bool":
            return rng.random(shape) > 0.4
        if np.issubdtype(np.dtype(self.dtype), np.integer):
            return rng.integers(self.low or 0, self.high or 5, shape).astype(self.dtype)
        if self.low is None:
            return rng.normal(size=shape).astype(self.dtype)
        return rng.uniform(self.low, self.high, shape).astype(self.dtype)


def f32(*dims, low=None, high=None) -> Spec:
    return Spec(dims, "float32", low, high)


def i32(*dims, low=0, high=5) -> Spec:
    return Spec(dims, "int32", low, high)


def flags(*dims) -> Spec:
    return Spec(dims, "bool")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The file that was compared."""

    path: str

    def delegation(self) -> tuple[int, list[str]]:
        """How many partitions XNNPACK takes, and the operators left outside of them."""
        found = kelt.delegation(self.path)
        return found["partitions"], found["outside"]


def check(function, *specs: Spec, path, sizes=SIZES, seed=0, zeros=False, computed=None) -> Outcome:
    """A function of tensors, written with keras.ops. `computed`: the dtype that sets the limit, if not the output's."""
    file = str(path / "function.tflite")
    kelt.export(function, file, [spec.spec() for spec in specs])
    return check_file(file, InOne(function), specs, sizes, seed, zeros, computed)


# In a process of its own: what this looks for is a crash.
COMPILED = """
import sys
import numpy as np
from kelt.runtime import Model
model = Model(sys.argv[1])
((inputs, outputs),) = model.signatures.values()
for file in sys.argv[2:]:
    arrays = np.load(file).values()
    found = model({tensor.name: array for tensor, array in zip(inputs, arrays)})
    np.savez(file, *(found[tensor.name] for tensor in outputs))
"""


def check_compiled(function, *specs: Spec, path, sizes=SIZES, seed=0):
    """Like `check`, in libLiteRt's compiled model, which the Interpreter is not."""
    file = str(path / "function.tflite")
    kelt.export(function, file, [spec.spec() for spec in specs])
    rng = np.random.default_rng(seed)
    inputs = [[spec.draw(rng, at) for spec in specs] for at in sizes]
    files = [str(path / f"{number}.npz") for number in range(len(sizes))]
    for name, arrays in zip(files, inputs):
        np.savez(name, *arrays)
    subprocess.run([sys.executable, "-c", COMPILED, file, *files], check=True)
    for name, arrays in zip(files, inputs):
        results = keras.tree.flatten(function(*[keras.ops.convert_to_tensor(array) for array in arrays]))
        compare_all(list(np.load(name).values()), results)


def check_model(model, specs: Sequence[Spec], path, sizes=SIZES, seed=0, zeros=False) -> Outcome:
    """A model with inputs like `specs`."""
    file = str(path / "model.tflite")
    kelt.export(model, file)
    whole = InOne(lambda *inputs: model(inputs if len(inputs) > 1 else inputs[0]), model)
    return check_file(file, whole, specs, sizes, seed, zeros)


def check_file(file, function, specs, sizes, seed, zeros, computed=None) -> Outcome:
    """Compares at each of `sizes`, twice. A reference of all zeros fails without `zeros`."""
    rng = np.random.default_rng(seed)
    interpreter = open_file(file)
    draws = [[spec.draw(rng, at) for spec in specs] for at in sizes]
    calls = [[keras.ops.convert_to_tensor(array) for array in inputs] for inputs in draws]
    whole = function if isinstance(function, InOne) else None
    references = whole.of_each(calls) if whole else (keras.tree.flatten(function(*inputs)) for inputs in calls)
    for inputs, call, results in zip(draws, calls, references):
        for _ in range(2):
            found = run(interpreter, inputs)
            try:
                compare_all(found, results, zeros, computed)
            except AssertionError:
                if whole is None:
                    raise
                compare_all(found, whole.by_ops(*call), zeros, computed)
    assert late_size(file, inputs) is None
    return Outcome(file)


class InOne:
    """A function, of a model if it has weights, that jax compiles as a whole: a fifth of the time of op by op.

    For float32, where that changes the last bits only. A function that decides by values is called as it is, and it has
    the last word where the two differ: one that writes to its arrays is another under jax.jit.
    Weights are arguments: as constants they would be part of the code that is compiled, and of the file that keeps it.
    """

    def __init__(self, function, model=None):
        self._function = function
        self._variables = model.variables if model is not None else []
        self._jit = None

    def __call__(self, *inputs):
        """The results, flat."""
        return next(iter(self.of_each([inputs])))

    def of_each(self, calls):
        """The results of several calls, of one compilation: most of its time is spent for the smallest, too."""
        if keras.backend.backend() == "jax":
            import jax

            self._jit = self._jit or jax.jit(self._compiled)
            try:
                return self._jit([variable.value for variable in self._variables], calls)
            except Exception:  # whatever Keras makes of the error of a tracer: the function itself has the last word
                pass
        return (
            self.by_ops(*inputs) for inputs in calls
        )  # a difference at one size is found before the next is computed

    def by_ops(self, *inputs):
        """The results of the function itself."""
        return keras.tree.flatten(self._function(*inputs))

    def _compiled(self, values, calls):
        # What it assigns would be left as symbols of the compilation.
        with keras.StatelessScope(state_mapping=list(zip(self._variables, values))):
            return [self.by_ops(*inputs) for inputs in calls]


def through_text(model, file, path):
    """The bytes of `file`, exported directly, must come out of the saved module, in a process without Python."""
    kelt.capture(model).save(str(path / "module"))
    done = command.kelt("export", path / "module", "-o", path / "through_text.tflite")
    assert done.returncode == 0, done.stderr
    assert filecmp.cmp(file, path / "through_text.tflite", shallow=False)
    shutil.rmtree(path / "module")
    (path / "through_text.tflite").unlink()


def open_file(path: str):
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(model_path=path, num_threads=1)


def late_size(file: str, inputs: Sequence[np.ndarray]) -> str | None:
    """The first operator whose size the runtime knows only after a run of what stands before it, if there is one.

    Such a size is a trap: libLiteRt asks for the memory of outputs before it runs, and XNNPACK writes beyond it.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    without = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_path=file, num_threads=1, experimental_op_resolver_type=without)
    if all(-1 not in detail["shape_signature"] for detail in interpreter.get_output_details()):
        return None  # the memory of such outputs is as large as the file says
    feed(interpreter, inputs)
    before = "the inputs"
    for operator in interpreter._get_ops_details():
        for output in operator["outputs"]:
            # What a loop only reads has no output, and a handle no numbers.
            if output < 0 or operator["op_name"] == "VAR_HANDLE":
                continue
            try:
                interpreter.tensor(output)()
            except ValueError:  # it has no memory yet, or no elements
                if 0 not in interpreter._get_tensor_details(output, 0)["shape"]:
                    return f"{operator['op_name']} after {before}"
        before = operator["op_name"]
    known = [tuple(detail["shape"]) for detail in interpreter.get_output_details()]
    interpreter.invoke()
    made = [tuple(detail["shape"]) for detail in interpreter.get_output_details()]
    return None if known == made else f"an output after {before}"


def feed(interpreter, inputs: Sequence[np.ndarray]):
    """Allocates for inputs of the only signature, in their order, and sets them."""
    details = interpreter.get_input_details()
    for detail, array in zip(details, inputs):
        if tuple(detail["shape"]) != array.shape:
            interpreter.resize_tensor_input(detail["index"], array.shape, strict=True)
    interpreter.allocate_tensors()
    for detail, array in zip(details, inputs):
        interpreter.set_tensor(detail["index"], array.astype("float32") if array.dtype == "bfloat16" else array)


def run(interpreter, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Outputs of the only signature, in their order."""
    feed(interpreter, inputs)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def compare_all(outputs, results, zeros=False, computed=None):
    """The outputs of a run with what Keras makes of the same inputs."""
    assert len(outputs) == len(results)
    for output, result in zip(outputs, results):
        compare(output, np.asarray(keras.ops.convert_to_numpy(result)), zeros, computed)


def compare(output: np.ndarray, reference: np.ndarray, zeros=False, computed=None):
    name = computed or str(reference.dtype)
    assert output.dtype == ("float32" if reference.dtype == "bfloat16" else reference.dtype)
    assert output.shape == reference.shape
    if output.size == 0:
        return
    if reference.dtype == "bfloat16":  # numpy takes it for bytes
        output, reference = output.astype("float32"), reference.astype("float32")
    if reference.dtype.kind != "f":
        np.testing.assert_array_equal(output, reference)
        return
    np.testing.assert_array_equal(np.isnan(output), np.isnan(reference))
    infinite = np.isinf(reference)
    np.testing.assert_array_equal(output[infinite], reference[infinite])
    finite = np.isfinite(reference)
    if not finite.any():
        return
    reference, output = reference[finite].astype("float64"), output[finite].astype("float64")
    largest = np.abs(reference).max()
    assert zeros or largest > 0, "a reference of all zeros proves nothing"
    error = np.abs(output - reference).max() / (largest or 1)
    assert error <= LIMITS[name], f"error {error:.3g}"
