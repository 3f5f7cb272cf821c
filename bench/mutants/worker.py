"""Runs wrong files in a process of its own, which the runtime may bring down: `python -m mutants.worker`."""

from __future__ import annotations

import contextlib
import os
import pathlib
import pickle
import subprocess
import sys
import threading
from typing import Any

import numpy as np

from mutants import tflite

MOST_SECONDS = 60  # of all runs of a file


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
        if self.process is None:
            paths = [str(pathlib.Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mutants.worker"],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        timer = threading.Timer(MOST_SECONDS, self.process.kill)  # a loop may never end
        timer.start()
        try:
            pickle.dump((str(path), draws), self.process.stdin)
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


def answer(path: str, draws) -> Any:
    try:
        with_right_shapes(pathlib.Path(path))
        return outputs_of(pathlib.Path(path), draws)
    except Exception:  # whatever the runtime objects to: such a file is not wrong, it is none
        return None


def main() -> None:
    """Answers until there are no more questions."""
    out = sys.stdout.buffer
    while True:
        try:
            path, draws = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(answer(path, draws), out)
        out.flush()


if __name__ == "__main__":
    main()
