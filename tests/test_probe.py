"""The table of what the runtime can do is still true of the runtime that is installed."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLE = 400


def test_a_sample_of_the_table_comes_out_as_it_is_committed():
    probe = subprocess.run(
        [sys.executable, ROOT / "tools" / "probe_runtime", "--check", str(SAMPLE)], capture_output=True, text=True
    )
    assert probe.returncode == 0, probe.stdout + probe.stderr
