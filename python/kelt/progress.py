"""What is shown while a model is exported: one line on a terminal that is rewritten, nothing elsewhere."""

from __future__ import annotations

import contextlib
import sys


@contextlib.contextmanager
def progress_sink(verbose):
    """A function `progress(stage, done, total)`, or `None` where nobody looks."""
    if not verbose or not sys.stderr.isatty():
        yield None
        return

    def show(stage, done, total):
        share = f" {100 * done // total:3d} %" if total else ""
        sys.stderr.write(f"\r\x1b[K{stage}{share}")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
