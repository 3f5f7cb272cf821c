"""What is shown while a model is exported: a line on a terminal that is gone at the end, nothing elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

LARGE = 10_000_000  # bytes


@contextlib.contextmanager
def progress_sink(verbose: bool | None) -> Iterator[Callable[[str, int, int], None] | None]:
    """A function `progress(stage, done, total)`, or `None` where nobody looks or `verbose` is False."""
    if verbose is False or not _is_terminal(sys.stderr):
        yield None
        return
    from rich.console import Console  # Keras draws with it, too
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    # What the model prints stays where it is printed: no stream of the process is replaced.
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as display:
        task = display.add_task("capture", total=None)

        def show(stage: str, done: int, total: int) -> None:
            display.update(task, description=_words(stage, done, total), completed=done, total=total or None)

        yield show


def _words(stage: str, done: int, total: int) -> str:
    """What stands before the bar: of large files the bytes, too."""
    if stage != "write" or total < LARGE:
        return stage
    return f"write {done / 1e6:,.0f} of {total / 1e6:,.0f} MB"


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody may look: a daemon's stream is closed, or there is none."""
    return stream is not None and not stream.closed and stream.isatty()


def show_report(text: str) -> None:
    """Prints where there is anything to print to."""
    if sys.stdout is not None and not sys.stdout.closed:
        print(text)
