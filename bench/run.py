"""Compares kelt with the existing roads, side by side in one run: time, peak memory, size and inference.

python bench/run.py [--models NAME…] [--rounds N] [--roads …] [--out DIR]; `make bench` sets up the environments first.
Rounds are interleaved; minima and medians are printed, with ratios to kelt.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MIB = 1024 * 1024

# road → (its script, the virtual environment that it runs in)
ROADS = {
    "kelt": ("kelt_jax.py", "jax"),
    "keras+tensorflow": ("keras_tensorflow.py", "tensorflow"),
    "jax.export+litert-converter": ("jax_litert_converter.py", "converter"),
}
# Beside them, for recurrent.py: without names and without unknown sizes, but with a loop that the runtime can run.
MORE_ROADS = {"tensorflow, fixed sizes": ("tensorflow_fixed.py", "tensorflow")}
MODELS = ("MobileNetV2", "ResNet50", "NASNetMobile", "VGG16")


def python_of(environment: str) -> str:
    return str(ROOT / ".venv" / environment / "bin" / "python")


def export_once(road: str, model: str, path: Path) -> dict:
    script, environment = (ROADS | MORE_ROADS)[road]
    command = [python_of(environment), str(HERE / "roads" / script), model, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    if done.returncode != 0:
        raise SystemExit(f"{road} failed on {model}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure_exports(models, roads, rounds: int, out: Path) -> dict:
    """{model: {road: [measurement of each round]}}; a road that takes over 60 s takes part in one round only."""
    results: dict = {model: {road: [] for road in roads} for model in models}
    for round_ in range(rounds):
        for model in models:
            for road in roads:
                runs = results[model][road]
                if runs and runs[0]["seconds"] > 60:
                    continue
                runs.append(export_once(road, model, out / f"{model}.{road.split('+')[0]}.tflite"))
                seconds, peak = runs[-1]["seconds"], runs[-1]["peak"] / MIB
                print(f"round {round_ + 1}  {model:18} {road:28} {seconds:8.2f} s {peak:8.0f} MiB", file=sys.stderr)
    return results


def measure_inference(models, out: Path, rounds: int) -> dict:
    times = {}
    for model in models:
        paths = [str(out / f"{model}.{road}.tflite") for road in ("kelt", "keras")]
        command = [python_of("jax"), str(HERE / "inference.py"), str(rounds), *paths]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        ours, theirs = json.loads(done.stdout.strip().splitlines()[-1]).values()
        times[model] = {"kelt": ours, "tensorflow": theirs, "ratio": ours / theirs}
    return times


def print_exports(results: dict) -> None:
    print("| model | road | time min | median | × kelt | peak above the model | × kelt | file |")
    print("|---|---|---|---|---|---|---|---|")
    for model, roads in results.items():
        best = min(run["seconds"] for run in roads["kelt"])
        least = min(run["peak"] for run in roads["kelt"])
        for road, runs in roads.items():
            seconds = [run["seconds"] for run in runs]
            peak = min(run["peak"] for run in runs)
            print(
                f"| {model} | {road} "
                f"| {min(seconds):.2f} s | {statistics.median(seconds):.2f} s | {min(seconds) / best:.1f} "
                f"| {peak / MIB:.0f} MiB | {peak / max(least, 1):.1f} | {runs[0]['size'] / MIB:.2f} MiB |"
            )


def print_capture(results: dict) -> None:
    print("\n| model | nodes | capture min | per 1,000 nodes |")
    print("|---|---|---|---|")
    for model, roads in results.items():
        nodes = roads["kelt"][0]["nodes"]
        seconds = min(run["capture_seconds"] for run in roads["kelt"])
        print(f"| {model} | {nodes} | {1e3 * seconds:.0f} ms | {1e6 * seconds / nodes:.0f} ms |")


def print_inference(times: dict) -> None:
    print("\n| model | kelt | TensorFlow's file | ratio |")
    print("|---|---|---|---|")
    for model, row in times.items():
        print(f"| {model} | {row['kelt']:.3f} ms | {row['tensorflow']:.3f} ms | {row['ratio']:.3f} |")
    print(f"| geometric mean | | | {statistics.geometric_mean(row['ratio'] for row in times.values()):.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--roads", nargs="+", default=list(ROADS), choices=list(ROADS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inference-rounds", type=int, default=9)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    results = measure_exports(options.models, options.roads, options.rounds, options.out)
    print_exports(results)
    print_capture(results)
    times = {}
    if "keras+tensorflow" in options.roads:
        times = measure_inference(options.models, options.out, options.inference_rounds)
        print_inference(times)
    (options.out / "results.json").write_text(json.dumps({"exports": results, "inference": times}, indent=1))


if __name__ == "__main__":
    main()
