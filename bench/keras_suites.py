"""Keras' own tests as oracles: `scripts/keras_suites [layers|ops|FILE…]`; `--recorded` judges the last run anew.

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
RECORD = FOLDER / "calls.jsonl"
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


def calls_of(source: pathlib.Path, names: list[str]) -> dict[str, list[dict]]:
    """What the tests of each file call, each compared. Where the process dies, another goes on with the next test."""
    RECORD.write_text("")
    while died := _listen(source, names):
        *_, last = [line for line in _lines() if "running" in line] or [{"file": names[0], "running": names[0]}]
        says = f"the process died with {died}"
        call = {"file": last["file"], "suite": last["file"].split("/")[0], "test": last["running"], "says": says}
        with RECORD.open("a") as lines:
            lines.write(json.dumps({**call, "what": last.get("calls", last["running"])}) + "\n")
        if last["running"] in names:
            break
    return recorded(names)


def recorded(names: list[str]) -> dict[str, list[dict]]:
    calls: dict[str, list[dict]] = {name: [] for name in names}
    for line in _lines():
        if "what" in line:
            calls.setdefault(line["file"], []).append(line)
    return calls


def _lines() -> list[dict]:
    return [json.loads(line) for line in RECORD.read_text().splitlines()]


def _listen(source: pathlib.Path, names: list[str]) -> str:
    """Runs the tests of these files that the record does not name yet; with what the process died, if it did."""
    paths = [source, ROOT / "bench", ROOT / "tests", *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "KELT_SUITES_RECORD": str(RECORD)}
    options = ["-q", "-p", "suites.plugin", "-p", "no:cacheprovider", "--no-header", "--rootdir", source]
    options += ["--continue-on-collection-errors"]
    command = [sys.executable, "-m", "pytest", *options, "-c", os.devnull]
    command += [source / "keras/src" / name for name in names]
    done = subprocess.run(command, env=environment, cwd=source, capture_output=True, text=True)
    good = done.returncode in (0, 1, 5)
    return "" if good else f"{done.returncode}: {(done.stdout + done.stderr)[-200:]!r}"


def reason_of(call: dict) -> str:
    text = f"{call['suite']}: {call['what']}: {call['says']}"
    return next((pattern for pattern in REASONS if re.search(pattern, text)), "")


def main(asked: list[str]) -> int:
    source = unpacked()
    calls, needed = [], collections.Counter()
    compared = recorded([]) if "--recorded" in asked else calls_of(source, files_of(source, asked))
    for name, found in compared.items():
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
