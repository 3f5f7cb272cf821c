"""Exports CREPE with its pretrained weights, and listens to tones with the file alone.

Run by `make demo`. Keras builds the network on jax; kelt writes and verifies the file; from there on only the file and
the LiteRT runtime are used. TensorFlow is never imported.
"""

import argparse
import os
import pathlib
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
from ai_edge_litert.interpreter import Interpreter

import kelt

import crepe_network
import plot
import sound

# E1, the lowest string of a bass, up to A6: CREPE hears from 32.7 to 1975.5 Hz.
PLAYED = (41.2, 55.0, 82.41, 110.0, 146.83, 196.0, 246.94, 261.63, 329.63, 440.0, 587.33, 880.0, 1318.51, 1760.0)
TOLERANCE_CENTS = 25.0  # a quarter of a semitone


def export(size: str, path: pathlib.Path) -> None:
    """Writes the network as a LiteRT file, and checks that it computes the same."""
    model = crepe_network.build(size)
    start = time.perf_counter()
    report = kelt.export(model, path, verify=True)
    seconds = time.perf_counter() - start
    print(f"{model.name}: {model.count_params():,} weights, exported and verified in {seconds:.2f} s")
    print(report)


def listen(path: pathlib.Path, samples: np.ndarray, hop: int) -> np.ndarray:
    """Runs the file on every frame of the sound; one row of 360 activations a frame."""
    run = Interpreter(str(path)).get_signature_runner("serving_default")
    (name,) = run.get_output_details()
    return run(frame=sound.frames(samples, crepe_network.FRAME, hop))[name]


def hear_tones(path: pathlib.Path) -> int:
    """Plays a tone at each pitch and prints what is heard; returns how many were heard wrongly."""
    print(f"\n  {'played':>10} {'':4} {'heard':>10} {'off by':>10}")
    wrong = 0
    rng = np.random.default_rng(7)
    for frequency in PLAYED:
        heard = float(np.median(sound.pitch(listen(path, sound.tone(frequency, 4 * crepe_network.FRAME, rng), 512))))
        off = float(sound.cents_between(heard, frequency))
        right = abs(off) <= TOLERANCE_CENTS
        wrong += not right
        verdict = "" if right else "  wrong"
        print(f"  {frequency:7.2f} Hz {sound.note(frequency):4} {heard:7.2f} Hz {off:+5.1f} cents{verdict}")
    return wrong


def hear_sweep(path: pathlib.Path, picture: pathlib.Path) -> int:
    """Listens to a rising tone, saves the plot of the activation; returns how many frames were heard wrongly."""
    hop = 160
    samples, frequency = sound.sweep(50.0, 1500.0, seconds=5.0)
    activation = listen(path, samples, hop)
    played = frequency[crepe_network.FRAME // 2 :: hop][: len(activation)]
    off = np.abs(sound.cents_between(sound.pitch(activation), played))
    plot.save(picture, activation, played, hop)
    print(f"\nA sweep from 50 to 1500 Hz, {len(off)} frames: off by {np.median(off):.1f} cents (median); {picture}")
    return int((off > 2 * TOLERANCE_CENTS).sum())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=sorted(crepe_network.FILTERS), default="tiny")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/demo"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / f"crepe_{args.size}.tflite"

    export(args.size, path)
    wrong = hear_tones(path)
    wrong_frames = hear_sweep(path, args.out / f"crepe_{args.size}_sweep.png")
    if "tensorflow" in sys.modules:
        print("TensorFlow was imported on the way: that must not happen.", file=sys.stderr)
        return 1
    print(f"\n{len(PLAYED) - wrong} of {len(PLAYED)} tones heard rightly, without TensorFlow.")
    return 1 if wrong or wrong_frames else 0


if __name__ == "__main__":
    sys.exit(main())
