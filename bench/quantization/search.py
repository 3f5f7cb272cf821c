"""Recipes that are searched for a goal, beside the single ones: targets midway between neighbours of these."""

from __future__ import annotations

import itertools
import math
import os
import pathlib
import time

import numpy as np
from noise import decibels

import kelt
from quantization import goals, models, outputs

NAMES = ("mobilenet_v2", "transformer")
SINGLE = ("fp16", "int8-dynamic", "int8-weights", "int8-static", "int4", "int4-block32", "int4-block64", "int2")
FORMS = ("float", "fp16", "int8-weights", "int8-dynamic", "int4-block32", "int4", "int2")
TARGETS = 3
SHARE = 0.9  # of the size of the best single recipe that reaches the target
DIGITS = 256  # samples, which cost little


def samples_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """For the search, and those of the test."""
    given, test = models.samples(name)
    if name == "transformer":
        images, _, order = models.digits()
        given = images[order[:DIGITS], None]
    return given, test


def snr(reference: np.ndarray, path: pathlib.Path, samples: np.ndarray) -> float:
    return decibels(reference, outputs.outputs_of(path, samples))


def front(single: dict[str, dict]) -> list[dict]:
    """Those that no other beats in size and SNR, the smallest first."""
    rows = sorted(single.values(), key=lambda row: (row["bytes"], -row["snr"]))
    return [row for index, row in enumerate(rows) if all(row["snr"] > other["snr"] for other in rows[:index])]


def targets_of(single: dict[str, dict]) -> list[float]:
    """In the middle of the widest gaps between neighbours."""
    levels = [row["snr"] for row in front(single)]
    gaps = sorted(itertools.pairwise(levels), key=lambda gap: gap[0] - gap[1])[:TARGETS]
    return sorted(round((low + high) / 2, 1) for low, high in gaps)


def run(name: str) -> dict:
    """What the single recipes and the searched ones give."""
    source = models.float_file(name)
    given, test = samples_of(name)
    reference, unseen = outputs.outputs_of(source, given), outputs.outputs_of(source, test)
    path = models.FOLDER / f"{name}.kelt.search.tflite"
    single = {}
    for form in SINGLE:
        calibration = given if form == "int8-static" else None
        made = kelt.quantize(source, form, path, calibration=calibration, verbose=False)
        single[form] = {"bytes": made.file_bytes, "snr": snr(reference, path, given)}
    found = []
    for target in targets_of(single):
        start = time.process_time()
        recipe = {"target_snr": target, "forms": FORMS}
        made = kelt.quantize(source, recipe, path, calibration=given, verbose=False)
        row = {"target": target, "bytes": made.file_bytes, "cpu": time.process_time() - start}
        row |= {"snr": snr(reference, path, given), "unseen": snr(unseen, path, test)}
        row["single"] = min(one["bytes"] for one in single.values() if one["snr"] >= target)
        kelt.quantize(source, made.recipe, path, verbose=False)
        row["same"] = os.path.getsize(path) == made.file_bytes
        found.append(row | {"partitions": kelt.delegation(path)["partitions"], "recipe": made.recipe})
    return {"float": source.stat().st_size, "single": single, "found": found}


def table(name: str, made: dict) -> str:
    lines = [
        f"\n## {name}: recipes that are searched\n",
        "| recipe | SNR | of others | size | CPU |",
        "|---|---|---|---|---|",
    ]
    for form, row in sorted(made["single"].items(), key=lambda item: item[1]["bytes"]):
        lines.append(f"| {form} | {row['snr']:.2f} dB | | {row['bytes'] / made['float']:.2%} | |")
    for row in made["found"]:
        size = f"{row['bytes'] / made['float']:.2%}, {row['bytes'] / row['single']:.3f} × the best single"
        levels = f"{row['snr']:.2f} dB | {row['unseen']:.2f} dB"
        lines.append(f"| target {row['target']} dB | {levels} | {size} | {row['cpu']:.1f} s |")
    return "\n".join(lines)


def measure(names: list[str]) -> tuple[list[goals.Goal], dict]:
    """The goals, and all that was found."""
    made, rows = {}, []
    for name in names:
        made[name] = run(name)
        print(table(name, made[name]))
        for row in made[name]["found"]:
            what = f"{name}, {row['target']} dB"
            rows.append(goals.Goal(f"{what}: SNR of the recipe found", row["target"], "dB", row["snr"], least=True))
            share = row["bytes"] / row["single"] if row["same"] else math.nan
            rows.append(goals.Goal(f"{what}: size of the best single recipe", SHARE, "%", share))
    return rows, made
