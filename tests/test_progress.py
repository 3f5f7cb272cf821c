"""An export shows its progress on a terminal, and is silent elsewhere."""

import io
import os
import pty
import select
import subprocess
import sys

import pytest
from command import path_of_kelt

EXPORT = """
import keras, sys
import kelt
model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten()])
kelt.export(model, sys.argv[1], verbose={"None": None, "True": True, "False": False}[sys.argv[2]])
"""


def on_a_terminal(command):
    """What the command writes to stderr, a terminal, and to stdout."""
    terminal, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, "nothing for a minute"
        try:
            more = os.read(terminal, 65536)
        except OSError:  # its end
            break
        if not more:
            break
        shown += more
    os.close(terminal)
    printed = process.stdout.read()
    process.stdout.close()
    assert process.wait() == 0, shown
    return shown.decode(), printed.decode()


def export(path, verbose):
    return [sys.executable, "-c", EXPORT, str(path), verbose]


@pytest.mark.parametrize("verbose", ["None", "True"])
def test_a_terminal_shows_the_stages_and_is_left_clean(tmp_path, verbose):
    shown, printed = on_a_terminal(export(tmp_path / "model.tflite", verbose))
    assert "capture" in shown
    assert "write" in shown
    assert shown.endswith("\x1b[1A\x1b[2K"), "the line is gone at the end"
    assert ("operations" in printed) == (verbose == "True")


def test_of_a_large_file_the_bytes_are_shown(tmp_path):
    large = EXPORT.replace("keras.layers.Flatten()", "keras.layers.Flatten(), keras.layers.Dense(20000)")
    shown, _ = on_a_terminal([sys.executable, "-c", large, str(tmp_path / "model.tflite"), "None"])
    assert "of 12 MB" in shown


def test_nothing_is_shown_on_a_terminal_if_so_asked(tmp_path):
    assert on_a_terminal(export(tmp_path / "model.tflite", "False")) == ("", "")


@pytest.mark.parametrize("verbose", ["None", "False"])
def test_nothing_is_shown_where_there_is_no_terminal(tmp_path, verbose):
    done = subprocess.run(export(tmp_path / "model.tflite", verbose), capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_the_command_shows_its_progress_too(tmp_path):
    module = tmp_path / "module"
    module.mkdir()
    text = 'kelt 1\nfn "f" (%0 "x": f32[n,4]) { %1: f32[n,4] = relu(x=%0) } -> (%1 "y")\n'
    (module / "module.kelt").write_text(text)
    command = [path_of_kelt(), "export", str(module), "-o", str(tmp_path / "model.tflite")]
    shown, printed = on_a_terminal(command)
    assert "write 100 %" in shown
    assert shown.endswith("\r\x1b[K")
    assert "model.tflite" in printed
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr == ""


@pytest.mark.parametrize("stream", ["closed", "none"])
@pytest.mark.parametrize("verbose", [None, True])
def test_an_export_goes_on_where_there_is_nothing_to_write_to(stream, verbose, tmp_path, monkeypatch):
    """As a daemon has it: its streams are closed, or were never there."""
    import keras

    import kelt

    for name in ("stderr", "stdout"):
        nowhere = None if stream == "none" else io.StringIO()
        if nowhere is not None:
            nowhere.close()
        monkeypatch.setattr(sys, name, nowhere)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    report = kelt.export(model, tmp_path / "m.tflite", verbose=verbose)
    assert report.file_bytes == (tmp_path / "m.tflite").stat().st_size
