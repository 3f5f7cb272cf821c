"""CREPE hears tones: how far off the pitch is that is heard."""

from __future__ import annotations

import functools
import pathlib

import numpy as np
from noise import decibels
from quantization import models, outputs

from real_weights.task import Samples, Task

import crepe_network
import sound

CALIBRATION, TEST = 32, 500
METRIC = "cents off the float file's, mean"


@functools.cache
def tones() -> tuple[np.ndarray, np.ndarray]:
    """Frames of voice-like tones from 41 to 1,760 Hz in a batch of 1, and their frequencies."""
    random = np.random.default_rng(models.SEED)
    pitches = 41.2 * (1760 / 41.2) ** random.uniform(size=CALIBRATION + TEST)
    waves = [sound.tone(pitch, crepe_network.FRAME, random) for pitch in pitches]
    return np.stack([sound.frames(wave, crepe_network.FRAME, 1) for wave in waves]), pitches


def export(path: pathlib.Path) -> None:
    import keras

    import kelt

    frame = keras.Input((crepe_network.FRAME,), batch_size=1, name="frame")
    kelt.export(keras.Model(frame, crepe_network.build("tiny")(frame), name="crepe"), path)


def samples() -> Samples:
    return {"serving_default": [{"frame": frame} for frame in tones()[0][:CALIBRATION]]}


@functools.cache
def activations(path: pathlib.Path) -> np.ndarray:
    return outputs.outputs_of(path, tones()[0][CALIBRATION:])[:, 0]


def cents(activation: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    return np.abs(sound.cents_between(sound.pitch(activation), frequencies))


def score(path: pathlib.Path, float_path: pathlib.Path) -> dict[str, float]:
    """Of the frames of the test; a file that gives NaN, or nothing at a peak, hears nothing."""
    reference, found = activations(float_path), outputs.outputs_of(path, tones()[0][CALIBRATION:])[:, 0]
    return figures(reference, found, tones()[1][CALIBRATION:])


def figures(reference: np.ndarray, found: np.ndarray, played: np.ndarray) -> dict[str, float]:
    off, truth = cents(found, sound.pitch(reference)), cents(found, played)
    return {
        METRIC: float(off.mean()),
        "cents off the float file's, median": float(np.median(off)),
        "cents off the float file's, worst": float(off.max()),
        "cents off the tone's, median": float(np.median(truth)),
        "cents off the tone's, worst": float(truth.max()),
        "of the float file: off the tone's, median": float(np.median(cents(reference, played))),
        "of the float file: off the tone's, worst": float(cents(reference, played).max()),
        "SNR in dB": decibels(reference, found),
    }


TASK = Task("crepe", METRIC, export, samples, score, resolution=1e-4, convolutions=True)
