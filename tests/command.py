"""The native `kelt` command, as the tests call it."""

import shutil
import subprocess


def path_of_kelt() -> str:
    """Fails, rather than skips, where it is not installed."""
    command = shutil.which("kelt")
    assert command, "the kelt command is not on the PATH: scripts/install jax"
    return command


def kelt(*words):
    """Runs it with these words."""
    command = [path_of_kelt(), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
