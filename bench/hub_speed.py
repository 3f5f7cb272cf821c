"""KerasHub's models: kelt's files beside the other roads' and beside the model's matrix products alone, with goals.

`scripts/hub_speed [--only NAME…] [--rounds N] [--fresh]`. Times are those of the processor, which what else runs on the
machine changes least: the least of a run on one thread, over rounds in which all files of a model take turns. The
other roads' files are made once and kept in build/bench/hub. The exit code is 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

import hub_sizes
import numpy as np
import products
from hub_sizes import CASES, FIXED
from run import HERE, MIB, ROADS, ROOT, python_of

import kelt
from kelt.runtime import Model

FOLDER = ROOT / "build" / "bench" / "hub"
RIVALS = {"Keras' exporter": "keras+tensorflow", "jax.export": "jax.export+litert-converter"}
NAMES = {"products": "× products", "rival": "× the better rival", "dynamic": "dynamic × fixed"}
RIGHT = 1e-4  # of the largest output
SECONDS = 0.1  # of a file's turn
EXPORTED = "GPT-2 124M"  # of which the export itself is measured


def stem(name: str) -> str:
    return name.replace(" ", "").replace(",", "_").replace("×", "x")


def run_road(script: str, environment: str, name: str, path: Path) -> dict:
    """What a road's script prints, kept beside what it writes: `error` where it failed."""
    known = path.with_suffix(".json")
    if known.exists():
        return json.loads(known.read_text())
    packages = f"{ROOT / 'build' / 'bench' / 'hub_packages'}" if environment != "jax" else ""
    done = subprocess.run(
        [python_of(environment), str(HERE / "roads" / script), name, str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": packages},
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0:
        found = {"error": done.stderr.strip().splitlines()[-1][:200]}
    else:
        found = json.loads(lines[-1]) if lines else {}
    known.write_text(json.dumps(found))
    return found


def files_of(name: str, fresh: bool) -> tuple[dict[str, Path], dict[str, dict]]:
    """The file of each road that converts the model, and what each road says."""
    paths = {"kelt": "kelt", "dynamic": "dynamic"} | {label: road.split("+")[0] for label, road in RIVALS.items()}
    files = {label: FOLDER / f"{stem(name)}.{end}.tflite" for label, end in paths.items()}
    said = {}
    for label, path in files.items():
        if fresh or label not in RIVALS:
            path.with_suffix(".json").unlink(missing_ok=True)
        model = name if label == "dynamic" else name + FIXED
        said[label] = run_road(*ROADS[RIVALS.get(label, "kelt")], model, path)
    files["products"] = FOLDER / f"{stem(name)}.products.tflite"
    if "error" not in said["kelt"]:
        products.write(files["kelt"], files["products"])
    return {label: path for label, path in files.items() if "error" not in said.get(label, {})}, said


def reference_of(name: str) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    path = FOLDER / f"{stem(name)}.npz"
    if not path.exists() and "error" in (said := run_road("reference.py", "jax", name + FIXED, path)):
        raise RuntimeError(f"Keras failed on {name}: {said['error']}")
    with np.load(path) as arrays:
        outputs = [arrays[f"output_{index}"] for index in range(sum(key.startswith("output_") for key in arrays))]
        return {key: arrays[key] for key in arrays if not key.startswith("output_")}, outputs


def error_of(outputs: dict[str, np.ndarray], references: list[np.ndarray]) -> float:
    """The largest relative error, each reference beside what is closest: roads name outputs as they like."""

    def apart(reference, value):
        return np.max(np.abs(value - reference)) / max(np.max(np.abs(reference)), 1e-30)

    alike = [[v for v in outputs.values() if v.shape == reference.shape] for reference in references]
    return max(min((apart(r, v) for v in values), default=np.inf) for r, values in zip(references, alike))


def given(model: Model, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays that a file takes, where it is open by another name, too; zeros where it has inputs of its own."""
    ports = next(iter(model.signatures.values()))[0]
    rest = [array for name, array in arrays.items() if name not in {port.name for port in ports}]
    inputs = {}
    for port in ports:
        array = arrays.get(port.name)
        if array is None:
            array = rest.pop(0) if -1 in port.shape else np.zeros(port.shape)
        inputs[port.name] = array.astype(port.dtype)
    return inputs


def seconds_of(model: Model, runs: int) -> float:
    """Of the processor, a run: one thread does all the work."""
    start = time.thread_time()
    model.time_runs(runs)
    return (time.thread_time() - start) / runs


def measure(name: str, rounds: int, fresh: bool) -> dict:
    files, said = files_of(name, fresh)
    arrays, references = reference_of(name)
    models, errors, parts = {}, {}, {}
    for label, path in files.items():
        try:
            models[label] = Model(path, threads=1)
            inputs = given(models[label], arrays)
            outputs = models[label](inputs)
            if label != "products":
                errors[label] = float(error_of(outputs, references))
            parts[label] = kelt.delegation(path, sizes={key: value.shape for key, value in inputs.items()})
        except (RuntimeError, ValueError) as error:
            models.pop(label, None)
            said[label]["error"] = str(error).splitlines()[0]
    for label in RIVALS:
        if errors.get(label, 0) > RIGHT or not np.isfinite(errors.get(label, 0)):
            said[label]["error"] = f"wrong by {errors[label]:.1e}"
            models.pop(label, None)
    best = dict.fromkeys(models, float("inf"))
    for turn in range(rounds + 1):
        for label, model in models.items():
            best[label] = min(best[label], seconds_of(model, 1 if not turn else max(1, round(SECONDS / best[label]))))
    return {
        "ms": {label: 1000 * seconds for label, seconds in best.items()},
        "partitions": {label: parts[label]["partitions"] for label in models},
        "outside": sorted(set(parts["dynamic"]["outside"])) if "dynamic" in parts else [],
        "errors": errors,
        "roads": said,
    }


def ratios(found: dict) -> dict[str, float]:
    """The file over the products alone and over the better of the other roads; the dynamic file over the fixed one."""
    ms = found["ms"]
    rivals = [ms[label] for label in RIVALS if label in ms]
    both = {"products": ms.get("products"), "rival": min(rivals, default=None)}
    over = {label: ms["kelt"] / other for label, other in both.items() if other}
    return over | ({"dynamic": ms["dynamic"] / ms["kelt"]} if "dynamic" in ms else {})


def goals(results: dict[str, dict]) -> list[tuple[str, str, float, float]]:
    """(model, what, measured, at most)."""
    rows = []
    for name, found in results.items():
        over, kind = ratios(found), CASES[name].kind
        limits = {"wide": {"products": 1.08, "rival": 1.0, "dynamic": 1.03}}.get(kind, {"rival": 1.0})
        rows += [(name, NAMES[what], over[what], limit) for what, limit in limits.items() if what in over]
        if kind != "other":
            rows.append((name, "partitions, dynamic", found["partitions"].get("dynamic", np.inf), 1))
    narrow = [ratios(found)["rival"] for name, found in results.items() if CASES[name].kind == "narrow"]
    if len(narrow) > 1:
        rows.append(("6 × 192", "× rival, geometric mean", statistics.geometric_mean(narrow), 0.9))
    if EXPORTED in results:
        roads, largest = results[EXPORTED]["roads"], 50257 * 768 * 4
        if "seconds" in roads["Keras' exporter"]:
            share = roads["kelt"]["cpu"] / roads["Keras' exporter"]["cpu"]
            rows.append((EXPORTED, "export × Keras' exporter, CPU", share, 1 / 20))
        peak = max(roads[label]["peak"] for label in ("kelt", "dynamic"))
        rows.append((EXPORTED, "export, peak in MiB", peak / MIB, 64 + 2 * largest / MIB))
    return rows


def print_times(results: dict[str, dict]) -> None:
    labels = ["kelt", "dynamic", "products", *RIVALS]
    print(f"| model | {' | '.join(f'{label}, ms' for label in labels)} | × rival | × products | partitions |")
    print("|---" * (len(labels) + 4) + "|")
    for name, found in results.items():
        cells = []
        for label in labels:
            failed = "fails" if "error" in found["roads"].get(label, {}) else "–"
            cells.append(f"{found['ms'][label]:.3f}" if label in found["ms"] else failed)
        over = ratios(found)
        cells += [f"{over[what]:.3f}" if what in over else "–" for what in ("rival", "products")]
        shown = [found["partitions"].get(label, "–") for label in ("kelt", "dynamic", *RIVALS)]
        print(f"| {name} | {' | '.join(cells)} | {' · '.join(map(str, shown))} |")
    for name, found in results.items():
        for label, said in found["roads"].items():
            if "error" in said:
                print(f"{name}, {label}: {said['error']}")


def print_goals(results: dict[str, dict]) -> bool:
    """Whether all are met."""
    print("\n| model | what | goal | measured | |\n|---|---|---|---|---|")
    rows = goals(results)
    for name, what, value, limit in rows:
        print(f"| {name} | {what} | ≤ {limit:.4g} | {value:.4g} | {'yes' if value <= limit else 'no'} |")
    return all(value <= limit for *_, value, limit in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[""], help="models whose names contain one of these")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--fresh", action="store_true", help="make the other roads' files anew")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    FOLDER.mkdir(parents=True, exist_ok=True)
    results = {}
    for name in hub_sizes.CASES:
        if any(part in name for part in options.only):
            results[name] = measure(name, options.rounds, options.fresh)
            print(f"{name}: {json.dumps(results[name]['ms'])}", file=sys.stderr)
    print_times(results)
    met = print_goals(results)
    (FOLDER / "results.json").write_text(json.dumps(results, indent=1))
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
