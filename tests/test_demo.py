"""The demo: what Keras alone hears, and that the exported file hears the same."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture
def demo(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "demo")
    import crepe_network
    import sound

    return crepe_network, sound


def test_keras_hears_the_pitch_that_is_played(demo):
    crepe_network, sound = demo
    model = crepe_network.build("tiny")
    rng = np.random.default_rng(3)
    for frequency in (82.41, 261.63, 440.0, 1318.51):
        frames = sound.frames(sound.tone(frequency, 4096, rng), crepe_network.FRAME, 512)
        heard = np.median(sound.pitch(np.asarray(model(frames))))
        assert abs(sound.cents_between(heard, frequency)) < 25


def test_a_peak_between_two_bins_is_read_between_them(demo):
    _, sound = demo
    activation = np.zeros((1, 360))
    activation[0, 100:102] = 1
    cents = sound.FIRST_CENTS + 100.5 * sound.CENTS_PER_BIN
    assert sound.pitch(activation) == pytest.approx([10 * 2 ** (cents / 1200)])


def test_notes_have_their_names(demo):
    _, sound = demo
    assert [sound.note(f) for f in (41.2, 261.63, 440, 466.16)] == ["E1", "C4", "A4", "A♯4"]


def test_weights_that_the_network_lacks_are_an_error(demo):
    crepe_network, _ = demo
    import keras

    smaller = keras.Sequential([keras.Input((1024, 1, 1)), keras.layers.Conv2D(128, (512, 1), name="conv1")])
    with pytest.raises(ValueError, match="conv2"):
        crepe_network.load_weights(smaller, crepe_network.weights_file("tiny"))


def test_the_file_hears_the_pitch_and_tensorflow_stays_out(tmp_path):
    pytest.importorskip("kelt._native")
    command = [sys.executable, str(ROOT / "demo/crepe.py"), "--out", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "14 of 14 tones heard rightly, without TensorFlow." in result.stdout
    assert (tmp_path / "crepe_tiny.tflite").stat().st_size > 1_900_000
    assert (tmp_path / "crepe_tiny_sweep.png").read_bytes().startswith(b"\x89PNG")
