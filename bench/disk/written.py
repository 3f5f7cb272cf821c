"""Seconds that the writing of an export takes, with its bytes on disk at the end: `python -m disk.written SOURCE OUT`."""

from __future__ import annotations

import json
import os
import sys
import time

import kelt
from kelt import exporting

SECONDS = []
write_file = exporting.write_file


def timed(graph, module, path, options):
    started = time.monotonic()
    made = write_file(graph, module, path, options)
    with open(path, "rb") as file:
        os.fsync(file.fileno())
    SECONDS.append(time.monotonic() - started)
    return made


exporting.write_file = timed
report = kelt.export(sys.argv[1], sys.argv[2])
print(json.dumps([SECONDS[0], report.file_bytes]))
