"""Keras' own tests as oracles: `scripts/keras_suites [layers|ops|FILE…]`.

Downloads the source distribution of the installed Keras by its name, unpacks it beside the build, and runs its tests of
layers and ops with a plugin that exports what they call. Prints what fails without a reason (`suites/reasons.py`); each
that failed is in build/results/keras_suites.json.
"""

from __future__ import annotations

import collections
import importlib.metadata
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile

from suites.reasons import REASONS

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = ROOT / "build/keras-sdist"
RESULTS = ROOT / "build/results/keras_suites.json"
OPS = [f"ops/{name}_test.py" for name in ("numpy", "nn", "math", "linalg", "image", "core", "einops")]


def unpacked() -> pathlib.Path:
    """The folder that holds the package `keras` with its tests."""
    version = importlib.metadata.version("keras")
    source = FOLDER / f"keras-{version}"
    if not source.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = ["download", "--quiet", "--no-deps", "--no-binary", "keras", "--dest", FOLDER, f"keras=={version}"]
        subprocess.run([sys.executable, "-m", "pip", *command], check=True)
        with tarfile.open(FOLDER / f"keras-{version}.tar.gz") as archive:
            archive.extractall(FOLDER, filter="data")
    return source


def files_of(source: pathlib.Path, asked: list[str]) -> list[str]:
    tests = source / "keras/src"
    layers = sorted(str(path.relative_to(tests)) for path in (tests / "layers").rglob("*_test.py"))
    groups = {"layers": layers, "ops": OPS}
    return [name for ask in asked or ["layers", "ops"] for name in groups.get(ask, [ask])]


def calls_of(source: pathlib.Path, name: str) -> list[dict]:
    """What the tests of a file call, each compared. In a process a file: one that dies takes no other with it."""
    record = FOLDER / "calls.jsonl"
    record.unlink(missing_ok=True)
    paths = [source, ROOT / "bench", ROOT / "tests", *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "KELT_SUITES_RECORD": str(record)}
    options = [
        "-q",
        "-p",
        "suites.plugin",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        source,
        "-c",
        os.devnull,
        "--no-header",
    ]
    command = [sys.executable, "-m", "pytest", *options, source / "keras/src" / name]
    done = subprocess.run(command, env=environment, cwd=source, capture_output=True, text=True)
    lines = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
    calls = [line for line in lines if "what" in line]
    if done.returncode not in (0, 1, 5):
        last = next((line["running"] for line in reversed(lines) if "running" in line), name)
        says = f"the process died with {done.returncode}: {(done.stdout + done.stderr)[-200:]}"
        calls.append({"suite": name.split("/")[0], "test": last, "what": last, "says": says})
    return calls


def reason_of(call: dict) -> str:
    text = f"{call['suite']}: {call['what']}: {call['says']}"
    return next((pattern for pattern in REASONS if re.search(pattern, text)), "")


def main(asked: list[str]) -> int:
    source = unpacked()
    calls, needed = [], collections.Counter()
    for name in files_of(source, asked):
        found = calls_of(source, name)
        bad = [call for call in found if call["says"]]
        needed.update(filter(None, map(reason_of, bad)))
        print(f"{name:60} {len(found) - len(bad):5} of {len(found):5}", flush=True)
        for call in bad:
            if not reason_of(call):
                print(f"  {call['test']}: {call['what']}: {call['says'].splitlines()[0]}", flush=True)
        calls += found
    failed = [{**call, "reason": REASONS.get(reason_of(call), "")} for call in calls if call["says"]]
    new = [call for call in failed if not call["reason"]]
    totals = collections.Counter(call["suite"] for call in calls)
    good = collections.Counter(call["suite"] for call in calls if not call["says"])
    for suite in totals:
        print(f"{suite}: {good[suite]} of {totals[suite]} calls")
    for pattern in REASONS if not asked else ():
        if not needed[pattern]:
            print(f"no call needs the reason for {pattern!r}")
    print(f"{len(failed) - len(new)} have a reason, {len(new)} have none")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"calls": dict(totals), "equal": dict(good), "failed": failed}, indent=1) + "\n")
    return int(bool(new))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
