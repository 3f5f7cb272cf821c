"""What the wheel is asked to be, and that two scripts of one clone do not write the same files at once."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture
def clone(tmp_path):
    """A folder with nothing but what the scripts share."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "lib.sh", tmp_path / "scripts")
    return tmp_path


@pytest.fixture
def start(clone):
    """Starts a script of the clone, which goes on at the end of its input."""
    started = []
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}

    def start(lines):
        command = ["bash", "-c", f"source scripts/lib.sh\n{lines}"]
        started.append(subprocess.Popen(command, cwd=clone, start_new_session=True, **pipes))
        return started[-1]

    yield start
    for script in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(script.pid, signal.SIGKILL)
        script.communicate()


def test_a_wheel_is_of_the_stable_abi_from_python_3_12_on():
    (override,) = PROJECT["tool"]["scikit-build"]["overrides"]
    assert override["if"] == {"python-version": ">=3.12"}
    assert override["wheel"] == {"py-api": "cp312"}
    assert override["cmake"] == {"version": ">=3.26"}  # older ones know no SABIModule
    assert "STABLE_ABI" in (ROOT / "src/binding/CMakeLists.txt").read_text()
    assert "Development.SABIModule" in (ROOT / "cmake/dependencies.cmake").read_text()


def test_the_wheel_of_another_python_is_built_by_a_cmake_that_knows_the_stable_abi():
    (cmake,) = (
        line for line in (ROOT / "requirements/build-other.txt").read_text().splitlines() if line.startswith("cmake==")
    )
    assert tuple(map(int, cmake.removeprefix("cmake==").split("."))) >= (3, 26)


def test_a_script_waits_for_another_of_the_same_clone_and_says_so(start):
    first = start("alone wheel; echo works; read -r || true; echo ends")
    assert first.stdout.readline() == "works\n"
    second = start("alone wheel; echo works")
    assert "Waiting for another script of this clone (wheel)" in second.stdout.readline()
    assert first.poll() is None
    assert first.communicate()[0] == "ends\n"
    assert second.communicate(timeout=60)[0] == "works\n"


def test_a_script_waits_for_none_that_is_at_something_else(start):
    first = start("alone wheel; echo works; read -r || true")
    first.stdout.readline()
    second = start("alone setup-jax; echo works")
    assert second.communicate(timeout=60)[0] == "works\n"
    first.communicate()


def test_what_a_script_calls_holds_the_lock_already(start):
    script = start("alone wheel; bash -c 'source scripts/lib.sh; alone wheel; echo works'")
    assert script.communicate(timeout=60)[0] == "works\n"


def test_the_scripts_that_build_and_install_the_wheel_wait_for_each_other():
    for script in ("install", "wheel"):
        assert "\nalone wheel\n" in (ROOT / "scripts" / script).read_text(), script
