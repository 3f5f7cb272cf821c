"""The native `kelt` command, as the tests call it."""

import shutil
import subprocess


def kelt(*words):
    """Runs it with these words; fails, rather than skips, where it is not installed."""
    command = shutil.which("kelt")
    assert command, "the kelt command is not on the PATH: scripts/install jax"
    return subprocess.run([command, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)
