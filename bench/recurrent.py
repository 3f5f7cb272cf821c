"""Recurrent layers as loops beside the same unrolled, and beside what TensorFlow's converter makes: size and time.

`python bench/recurrent.py`, with kelt and a backend installed; TensorFlow's files are timed where its environment is
there (`make setup`). One thread, interleaved rounds, minima. kelt's loops have unknown batch and length, the others
fixed ones: with unknown ones, TensorFlow's loops need Flex.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import tempfile

import numpy as np
import zoo
from run import export_once, python_of

import kelt
from kelt.runtime import Model

FORMS = ("loop", "unrolled", "TF loop", "TF unrolled")


def make_files(name: str, every: bool, folder: pathlib.Path) -> dict[str, str]:
    """The file of each form."""
    stem = str(folder / f"{name}{every}")
    files = {"loop": f"{stem}.tflite", "unrolled": f"{stem}.unrolled.tflite"}
    kelt.export(zoo.recurrent(name, return_sequences=every), files["loop"])
    kelt.export(zoo.recurrent(name, steps=zoo.STEPS, return_sequences=every, unroll=True), files["unrolled"])
    if not every and pathlib.Path(python_of("tensorflow")).exists():
        for form, model in (("TF loop", name), ("TF unrolled", f"{name}, unrolled")):
            files[form] = f"{stem}.{form.replace(' ', '_')}.tflite"
            export_once("tensorflow, fixed sizes", model, pathlib.Path(files[form]))
    return files


def times(files: list[str], rounds: int) -> dict[str, float]:
    """The fastest run of each file, in milliseconds."""
    x = np.random.default_rng(0).normal(size=(1, zoo.STEPS, zoo.FEATURES)).astype("float32")
    models = [Model(file, threads=1) for file in files]
    for model in models:
        model({port.name: x for port in next(iter(model.signatures.values()))[0]})
    best = dict.fromkeys(files, float("inf"))
    for _ in range(rounds):
        for file, model in zip(files, models):
            best[file] = min(best[file], *(1e3 * seconds for seconds in model.time_runs(10)))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            (name, every): make_files(name, every, pathlib.Path(folder))
            for name in ("LSTM", "GRU")
            for every in (False, True)
        }
        best = times([file for files in rows.values() for file in files.values()], options.rounds)
        sizes = f"{zoo.UNITS} units, {zoo.STEPS} steps of {zoo.FEATURES}"
        print(f"{sizes}, batch 1, one thread, fastest of {options.rounds} × 10 runs, in ms")
        heads = "".join(f"{form:>13}" for form in FORMS) + f"{'/ unrolled':>12}{'/ TF unrolled':>15}{'/ weights':>11}"
        print(f"{'':20}{heads}{'operators':>11}")
        for (name, every), files in rows.items():
            found = {form: best[file] for form, file in files.items()}
            shown = "".join(f"{found[form]:13.3f}" if form in found else f"{'–':>13}" for form in FORMS)
            weights = 4 * sum(int(np.prod(weight.shape)) for weight in zoo.recurrent(name).trainable_weights)
            size = os.path.getsize(files["loop"]) / weights
            count = sum(kelt.delegation(files["loop"])["operators"].values())
            ratio = f"{found['loop'] / found['unrolled']:12.2f}"
            beside = f"{found['loop'] / found['TF unrolled']:15.2f}" if "TF unrolled" in found else f"{'–':>15}"
            print(f"{name + (', every output' if every else ''):20}{shown}{ratio}{beside}{size:11.3f}{count:11}")


if __name__ == "__main__":
    main()
