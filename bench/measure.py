"""Time and memory of one export, measured inside the process that does it (Linux)."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable


def _status(field: str) -> int:
    """A field of this process' status, in bytes."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    raise KeyError(field)


def _reset_peak() -> None:
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")


def settled(model):
    """The model, when jax has made its weights: it works in the background, and they would count as the export's."""
    import jax

    jax.block_until_ready([variable.value for variable in model.variables])
    return model


def export(road: str, name: str, path: str, run: Callable[[], None], more: Callable[[], dict] | None = None) -> None:
    """Runs an export and prints one line of JSON: seconds (of the CPU, too), peak memory above the live model, size.

    What `more` finds out afterwards is added to the line.
    """
    gc.collect()
    before = _status("VmRSS")
    _reset_peak()
    start, cpu = time.perf_counter(), time.process_time()
    run()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = _status("VmHWM") - before
    size = os.path.getsize(path)
    line = {"road": road, "model": name, "seconds": seconds, "cpu": cpu, "peak": peak, "size": size}
    print(json.dumps({**line, **(more() if more is not None else {})}))
    sys.stdout.flush()
