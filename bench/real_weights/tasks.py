"""The tasks by name. Each stands in a file of its name; one that is not asked for is not imported."""

from __future__ import annotations

import importlib

from real_weights.task import Task

NAMES = ("crepe", "minilm", "mobilenet", "efficientnet", "whisper", "gemma")


def load(name: str) -> Task:
    return importlib.import_module(f"real_weights.{name}").TASK
