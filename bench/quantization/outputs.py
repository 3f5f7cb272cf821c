"""What a file computes of the test's samples, how far it is from the float file, and how fast it runs."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterable, Iterator

import numpy as np
from ai_edge_litert.interpreter import Interpreter

SECONDS = 0.05  # of a file's turn


def as_stored(value: np.ndarray, detail: dict) -> np.ndarray:
    """The value in the element type of an input; integers that stand for no real numbers as they are."""
    scale, zero = detail["quantization"]
    if not np.issubdtype(detail["dtype"], np.integer) or not scale:
        return value.astype(detail["dtype"])
    limits = np.iinfo(detail["dtype"])
    return np.clip(np.round(value / scale) + zero, limits.min, limits.max).astype(detail["dtype"])


def as_real(value: np.ndarray, detail: dict) -> np.ndarray:
    scale, zero = detail["quantization"]
    if not np.issubdtype(detail["dtype"], np.integer) or not scale:
        return value.astype("float64")
    return (value.astype("float64") - zero) * scale


def outputs_of(path: pathlib.Path, samples: np.ndarray) -> np.ndarray:
    """The only output, for each sample, as real numbers; by XNNPACK where it takes a node."""
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    (given,), (taken,) = interpreter.get_input_details(), interpreter.get_output_details()
    found = []
    for sample in samples:
        interpreter.set_tensor(given["index"], as_stored(sample, given))
        interpreter.invoke()
        found.append(as_real(interpreter.get_tensor(taken["index"]), taken))
    return np.stack(found)


def by_name(path: pathlib.Path, samples: Iterable[dict[str, np.ndarray]]) -> Iterator[dict[str, np.ndarray]]:
    """What a file of one signature computes of samples, of any number of inputs and outputs."""
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    run = interpreter.get_signature_runner()
    given, taken = run.get_input_details(), run.get_output_details()
    for sample in samples:
        found = run(**{name: as_stored(value, given[name]) for name, value in sample.items()})
        yield {name: as_real(value, taken[name]) for name, value in found.items()}


class Timed:
    """A file that is loaded and has run once."""

    def __init__(self, path: pathlib.Path, sample: np.ndarray):
        self.interpreter = Interpreter(model_path=str(path), num_threads=1)
        self.interpreter.allocate_tensors()
        (given,) = self.interpreter.get_input_details()
        self.interpreter.set_tensor(given["index"], as_stored(sample, given))
        self.interpreter.invoke()

    def seconds(self, runs: int) -> float:
        """Of the processor, a run: one thread does all the work."""
        start = time.thread_time()
        for _ in range(runs):
            self.interpreter.invoke()
        return (time.thread_time() - start) / runs


def milliseconds(paths: dict[str, pathlib.Path], sample: np.ndarray, rounds: int) -> dict[str, float]:
    """The least time of a run of each file, over rounds in which they take turns."""
    files = {label: Timed(path, sample) for label, path in paths.items()}
    runs = {label: max(1, round(SECONDS / max(file.seconds(1), 1e-6))) for label, file in files.items()}
    best = dict.fromkeys(files, float("inf"))
    for _ in range(rounds):
        for label, file in files.items():
            best[label] = min(best[label], file.seconds(runs[label]))
    return {label: 1000 * seconds for label, seconds in best.items()}
