"""Tones to listen to, and what CREPE's activation means in hertz."""

import numpy as np

RATE = 16000
FIRST_CENTS = 1997.3794084376191  # of bin 0, over 10 Hz
CENTS_PER_BIN = 20.0

NOTE_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


def tone(frequency: float, samples: int, rng: np.random.Generator) -> np.ndarray:
    """A voice-like tone: harmonics that fall off, each with a phase of its own, and a little noise."""
    time = np.arange(samples) / RATE
    harmonics = np.arange(1, max(2, int(0.45 * RATE / frequency)))
    phases = rng.uniform(0, 2 * np.pi, len(harmonics))
    waves = np.sin(2 * np.pi * frequency * harmonics[:, None] * time + phases[:, None]) / harmonics[:, None] ** 1.2
    return waves.sum(0) + 0.01 * rng.standard_normal(samples)


def sweep(low: float, high: float, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """A tone that rises evenly in pitch, with its frequency at every sample."""
    time = np.arange(int(seconds * RATE)) / RATE
    frequency = low * (high / low) ** (time / seconds)
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    return sum(np.sin(k * phase) / k**1.2 for k in range(1, 4)), frequency


def frames(samples: np.ndarray, size: int, hop: int) -> np.ndarray:
    """Cuts the sound into frames of zero mean and unit deviation, as CREPE was trained on."""
    cut = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    cut = cut - cut.mean(1, keepdims=True)
    return (cut / np.maximum(cut.std(1, keepdims=True), 1e-8)).astype(np.float32)


def pitch(activation: np.ndarray) -> np.ndarray:
    """Reads the frequency off each frame's activation: the centre of gravity of the nine bins around the peak."""
    bins = activation.shape[1]
    around = activation.argmax(1)[:, None] + np.arange(-4, 5)
    weights = np.take_along_axis(activation, around.clip(0, bins - 1), 1) * ((around >= 0) & (around < bins))
    cents = FIRST_CENTS + CENTS_PER_BIN * (weights * around).sum(1) / weights.sum(1)
    return 10.0 * 2.0 ** (cents / 1200)


def note(frequency: float) -> str:
    """The nearest note by name: 440 Hz is A4."""
    number = round(69 + 12 * np.log2(frequency / 440))
    return f"{NOTE_NAMES[number % 12]}{number // 12 - 1}"


def cents_between(heard: np.ndarray, played: np.ndarray) -> np.ndarray:
    """How far off, in hundredths of a semitone."""
    return 1200 * np.log2(np.asarray(heard) / np.asarray(played))
