"""The score of a file in a process of its own: the runtime ends the process of a file that it can't bear."""

from __future__ import annotations

import hashlib
import inspect
import json
import multiprocessing
import pathlib
import warnings

from quantization import files, models

from real_weights.task import Task

SECONDS = 3600


def tell(pipe, task: Task, path: pathlib.Path) -> None:
    try:
        figures = task.score(path, models.float_file(task.model))
        pipe.send(json.dumps({"figures": figures, "lost": task.lost(figures)}))
    except (RuntimeError, ValueError) as error:
        pipe.send(json.dumps({"error": files.error_of(str(error))}))


def judge(task: Task) -> str:
    """Stands for the code that scores: figures of another are not kept."""
    return hashlib.sha256(pathlib.Path(inspect.getsourcefile(task.score) or "").read_bytes()).hexdigest()[:16]


def scored(task: Task, path: pathlib.Path) -> dict:
    """The figures, and what is lost; or the `error`."""
    context = multiprocessing.get_context("fork")  # what was computed of the float file is not computed again
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=tell, args=(sender, task, path))
    with warnings.catch_warnings(action="ignore"):  # of jax, which a score has no need of
        process.start()
    sender.close()
    try:
        found = json.loads(receiver.recv()) if receiver.poll(SECONDS) else {"error": "no score in an hour"}
    except EOFError:
        found = {"error": "the runtime ended the process"}
    process.kill()
    process.join()
    return found
