"""What is shown while a model is exported: a line on a terminal that is gone at the end, nothing elsewhere."""

from __future__ import annotations

import contextlib
import sys


@contextlib.contextmanager
def progress_sink(verbose):
    """A function `progress(stage, done, total)`, or `None` where nobody looks or `verbose` is False."""
    if verbose is False or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # Keras draws with it, too
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    # What the model prints stays where it is printed: no stream of the process is replaced.
    options = {"transient": True, "redirect_stdout": False, "redirect_stderr": False}
    with Progress(*columns, console=Console(stderr=True), **options) as display:
        task = display.add_task("capture", total=None)

        def show(stage, done, total):
            display.update(task, description=stage, completed=done, total=total or None)

        yield show
