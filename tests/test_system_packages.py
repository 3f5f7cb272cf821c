"""What CMake says, and so `pip install .`, where the system lacks a compiler or a library."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBRARIES = "libcli11-dev nlohmann-json3-dev libminizip-dev"
COMPILER = f"-DCMAKE_CXX_COMPILER={shutil.which('g++')}"
NO_LIBRARIES = "-DCMAKE_IGNORE_PREFIX_PATH=/;/usr;/usr/local"
NO_PROGRAMS = f"-DCMAKE_IGNORE_PATH={';'.join(os.get_exec_path())}"


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ([NO_LIBRARIES, NO_PROGRAMS], "g++ nlohmann-json3-dev libcli11-dev libminizip-dev zlib1g-dev"),
        ([NO_LIBRARIES, COMPILER], LIBRARIES),
        ([COMPILER, "-DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON"], "libcli11-dev"),
    ],
    ids=["nothing", "no libraries", "CLI11"],
)
def test_what_is_missing_is_named_with_the_line_that_installs_it(options, missing, tmp_path):
    command = ["cmake", "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={shutil.which('ninja')}", "-DKELT_TESTS=OFF"]
    command += [f"-DPython_EXECUTABLE={sys.executable}", "-S", str(ROOT), "-B", str(tmp_path), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    said = " ".join(done.stderr.split())
    assert f"for which this system lacks: {missing} " in said
    assert f"On Debian and Ubuntu, as root: apt-get install {missing}" in done.stderr
