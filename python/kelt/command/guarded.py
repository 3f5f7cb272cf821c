"""Work in a child: a file that another process cuts short while it is mapped ends whoever reads it, without a word."""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable


def run(work: Callable[[], int], cut_short: str) -> int:
    """The exit code of `work()`, which a child of this process does; `cut_short` is said if it dies of such a read."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
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
        print(f"K207 {cut_short}. Try again when it is complete.", file=sys.stderr)
        return 1
    return code if code >= 0 else 128 - code


def peak() -> int:
    """The most memory that this process has had, in bytes. Pages of files count, though the system may take them."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
