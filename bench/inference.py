"""Times files against each other in the same LiteRT runtime, one thread: python inference.py ROUNDS A.tflite B.tflite

Rounds are interleaved (A, B, A, B, …) and the minimum of each counts, so that a machine whose speed drifts favours
neither. Prints one line of JSON: milliseconds by file.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter


class Runner:
    """A loaded file with its inputs filled, at the shapes that the file gives (1 for what is dynamic)."""

    def __init__(self, path: str):
        self.interpreter = Interpreter(model_path=path, num_threads=1)
        random = np.random.default_rng(0)
        for detail in self.interpreter.get_input_details():
            signature = detail["shape_signature"]
            # A dynamic length of a sequence is timed at 64, a dynamic batch at 1.
            shape = [(1 if axis == 0 else 64) if dim < 0 else int(dim) for axis, dim in enumerate(signature)]
            self.interpreter.resize_tensor_input(detail["index"], shape)
        self.interpreter.allocate_tensors()
        for detail in self.interpreter.get_input_details():
            if np.issubdtype(detail["dtype"], np.floating):
                value = random.normal(size=detail["shape"]).astype(detail["dtype"])
            else:
                value = random.integers(0, 10, size=detail["shape"]).astype(detail["dtype"])
            self.interpreter.set_tensor(detail["index"], value)
        self.interpreter.invoke()

    def seconds(self, runs: int) -> float:
        start = time.perf_counter()
        for _ in range(runs):
            self.interpreter.invoke()
        return (time.perf_counter() - start) / runs


def compare(paths: list[str], rounds: int) -> dict[str, float]:
    runners = [Runner(path) for path in paths]
    # Enough runs a round for about 50 ms, so that a clock tick does not matter.
    runs = max(1, round(0.05 / max(runner.seconds(1) for runner in runners)))
    best = [float("inf")] * len(runners)
    for _ in range(rounds):
        for index, runner in enumerate(runners):
            best[index] = min(best[index], runner.seconds(runs))
    return {path: 1000 * seconds for path, seconds in zip(paths, best)}


if __name__ == "__main__":
    print(json.dumps(compare(sys.argv[2:], int(sys.argv[1]))))
