"""Seconds that the writing of an export takes, with its bytes on disk at the end: `python -m disk.written SOURCE OUT`.

Before that, as many bytes are written and removed (`throughput` in run.py says why).
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import time

import kelt
from kelt import exporting

SECONDS = []
write_file = exporting.write_file


def timed(graph, module, path, options):
    copy = pathlib.Path(sys.argv[2]).with_suffix(".copy")
    subprocess.run(["cp", "--reflink=never", pathlib.Path(sys.argv[1]) / "model.weights.h5", copy], check=True)
    copy.unlink()
    started = time.monotonic()
    made = write_file(graph, module, path, options)
    with open(path, "rb") as file:
        os.fsync(file.fileno())
    SECONDS.append(time.monotonic() - started)
    return made


exporting.write_file = timed
report = kelt.export(sys.argv[1], sys.argv[2])
print(json.dumps([SECONDS[0], report.file_bytes]))
