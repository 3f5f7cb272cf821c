"""Work in a child: a file that another process cuts short while it is mapped ends whoever reads it, without a word."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # prctl(2)


def run(work: Callable[[], int], source: str) -> int:
    """The exit code of `work()`, which a child of this process does; it is said if it dies of reading the source."""
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _end_with(parent)
            code = work()
        except KeyboardInterrupt:
            code = 128 + signal.SIGINT
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    while True:
        try:
            _, status = os.waitpid(child, 0)
        except KeyboardInterrupt:  # the child has it, too
            continue
        break
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGBUS:
        words = f"K207 {source}: a file of it was cut short while it was read. Try again when it is complete."
        print(words, file=sys.stderr)
        return 1
    if code < 0:
        print(f"K207 {source}: the process that read it was ended by {signal.Signals(-code).name}.", file=sys.stderr)
    return code if code >= 0 else 128 - code


def _end_with(parent: int) -> None:
    """This process is ended when its parent is: who kills the command means the work."""
    with contextlib.suppress(OSError, AttributeError):  # of Linux
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)


def peak() -> int:
    """The most memory that this process has had, in bytes. Pages of files count, though the system may take them."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
