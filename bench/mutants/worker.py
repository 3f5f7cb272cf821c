"""Wrong files in a process of their own, which the runtime may bring down: `python -m mutants.worker`."""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import pickle
import subprocess
import sys
import threading
from typing import Any

import numpy as np

from mutants import tflite

MOST_SECONDS = {"outputs": 60, "verify": 600}  # of all runs of a file
UNTOLD = "not an ExportError: "


def outputs_of(path: pathlib.Path, draws) -> list[dict[str, np.ndarray]]:
    """Of each draw, by a model that starts anew."""
    from kelt.runtime import Model

    return [{name: np.array(array) for name, array in Model(path)(inputs).items()} for inputs in draws]


def with_right_shapes(path: pathlib.Path) -> None:
    """Writes into the file the shapes that follow from its operators: the delegate believes what stands there.

    Not where an input can be resized: then the runtime finds the shapes itself.
    """
    from ai_edge_litert import interpreter

    model = tflite.read(path)
    graph = model.subgraphs[0]
    if any(-1 in tflite.shape_of(graph.tensors[tensor]) for tensor in graph.inputs):
        return
    kernels = interpreter.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    reader = interpreter.Interpreter(str(path), experimental_op_resolver_type=kernels, num_threads=1)
    reader.allocate_tensors()
    changed = False
    for details in reader.get_tensor_details():
        tensor = graph.tensors[details["index"]] if details["index"] < len(graph.tensors) else None
        shape = [int(size) for size in details["shape"]]
        if tensor is not None and shape and list(tensor.shape if tensor.shape is not None else ()) != shape:
            tensor.shape, changed = shape, True
    del reader
    if changed:
        tflite.write(model, path)


class Worker:
    """Another process, started anew after it died."""

    def __init__(self):
        self.process = None

    def outputs_of(self, path: pathlib.Path, draws) -> list[dict[str, np.ndarray]] | None:
        """Of the file, whose shapes are put right before; None where the runtime rejects it."""
        return self._ask("outputs", str(path), draws)

    def verdict(self, subject: str, weights: pathlib.Path, path: pathlib.Path) -> tuple[bool, str] | None:
        """Whether kelt.verify rejects the file of a subject, and what it says; None where that brings the process down.

        Another file may have damaged the process before, so that it is asked twice. `weights`: where those stand that
        the subject has here.
        """
        question = "verify", subject, str(weights), str(path)
        found = self._ask(*question)
        return self._ask(*question) if found is None else found

    def _ask(self, *question):
        if self.process is None:
            paths = [str(pathlib.Path(__file__).parents[1]), *sys.path]
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mutants.worker"],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        timer = threading.Timer(MOST_SECONDS[question[0]], self.process.kill)  # a loop may never end
        timer.start()
        try:
            pickle.dump(question, self.process.stdin)
            self.process.stdin.flush()
            return pickle.load(self.process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            self.close()
            return None
        finally:
            timer.cancel()

    def close(self):
        if self.process is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
            self.process.wait()
            self.process = None


def outputs(path: str, draws) -> Any:
    try:
        with_right_shapes(pathlib.Path(path))
        return outputs_of(pathlib.Path(path), draws)
    except Exception:  # whatever the runtime objects to: such a file is not wrong, it is none
        return None


@functools.lru_cache(1)
def model_of(subject: str, weights: str) -> Any:
    from mutants import subjects
    from mutants.weights import assign

    model = subjects.build(subject).model
    with np.load(weights) as arrays:
        assign(model, {int(at): arrays[at] for at in arrays})
    return model


def verify(subject: str, weights: str, path: str) -> tuple[bool, str]:
    import kelt

    try:
        kelt.verify(model_of(subject, weights), path)
    except kelt.ExportError as error:
        return True, str(error)
    except Exception as error:  # the file is not taken, though a user should read an ExportError
        return True, f"{UNTOLD}{type(error).__name__}: {error}"
    return False, ""


ANSWERS = {"outputs": outputs, "verify": verify}


def main() -> None:
    """Answers until there are no more questions."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what is printed is no answer
    while True:
        try:
            kind, *question = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(ANSWERS[kind](*question), out)
        out.flush()


if __name__ == "__main__":
    main()
