"""What a task is: a model with real weights, samples for calibration, and what a quantized file of it is worth."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable

import numpy as np
from quantization import models

FORMS = ("fp16", "int8-dynamic", "int8-static", "int4-block32", "int4")
ROWS = ("int4-block32-rows8", "int4-block32-rows4")  # of models whose table of tokens is most of them: its bits
ALGORITHMS = ("", "-octav", "-mse", "-gptq")  # of litert-quantizer: how weights are found, min-max where none is named

Samples = dict[str, list[dict[str, np.ndarray]]]  # by signature; each holds a value for each of its inputs, by name


@dataclasses.dataclass(frozen=True)
class Task:
    """One model. A file of it is judged by one figure, the nearer to that of the float file the better."""

    name: str
    metric: str  # the figure that decides, with its unit: "cents, mean"
    export: Callable[[pathlib.Path], object]  # writes the float file, by kelt, from the real weights
    samples: Callable[[], Samples]  # for calibration: all tools have the same; none of them is in the test
    score: Callable[
        [pathlib.Path, pathlib.Path], dict[str, float]
    ]  # (a file, the float file) → figures, `metric` among them
    perfect: float = 0.0  # the metric of the float file itself
    resolution: float = 0.0  # files whose metric differs by no more than this are equal
    forms: tuple[str, ...] = FORMS  # that make sense for the model
    convolutions: bool = False  # whether it has some, which the rival can give 4 bits, and 8 beside others of 4
    algorithms: tuple[str, ...] = ALGORITHMS  # that the rival can be asked for
    tables: bool = False  # whether it has embeddings, which the rival leaves in floats: kelt too, in a second file

    @property
    def model(self) -> str:
        """Its name in bench/quantization."""
        return f"real_{self.name}"

    def lost(self, figures: dict[str, float]) -> float:
        """How far the metric is from the float file's: what is compared."""
        return abs(figures[self.metric] - self.perfect)


def float_file(task: Task, fresh: bool = False) -> pathlib.Path:
    """Of the task, with its samples beside it; where it is made anew what was known of the rival's files goes."""
    path = models.float_file(task.model)
    if fresh or not path.exists():
        models.FOLDER.mkdir(parents=True, exist_ok=True)
        for known in models.FOLDER.glob(f"{task.model}.*.json"):
            known.unlink()
        models.keep_calibration(task.model, task.samples())
        unfinished = path.with_name(f"{task.model}.unfinished.tflite")
        task.export(unfinished)
        unfinished.rename(path)
    return path
