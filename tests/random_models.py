"""Random models, exported and compared with Keras: `scripts/random_models [--count N] [--seed S]`.

Each fault is shrunk and printed with its seed. What is known stands in KNOWN, with the reason.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]
RESULTS = ROOT / "build/results/random_models.json"
# What is rejected with a reason: a pattern of the message, and why it is no fault of the file.
KNOWN = {
    r"K205.*: a number is \[": "Python computes with a size, and no formula is found: rejected, with the remedy",
}


def faults(first: int, count: int, shrink: bool = True):
    """The seeds at fault, each with what is wrong with the smallest program of that kind."""
    from generated.check import fault_of
    from generated.program import drawn, shrunk

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for seed in range(first, first + count):
            print(f"seed {seed}", file=sys.stderr, flush=True)  # for who must find what brought the process down
            program = drawn(seed)
            found = fault_of(program, folder)
            if found is None:
                continue
            if shrink:
                program = shrunk(program, lambda p, found=found: found.like(fault_of(p, folder)))
                found = fault_of(program, folder) or found
            yield seed, found


def known(fault: dict) -> str:
    """The reason, if there is one."""
    return next((why for pattern, why in KNOWN.items() if re.search(pattern, fault["says"])), "")


def told(found: list[dict]) -> str:
    return "\n".join(f"seed {fault['seed']}: {fault['kind']}: {fault['says']}\n{fault['model']}\n" for fault in found)


def run(seed: int, count: int, each: int) -> list[dict]:
    """The faults of `count` models."""
    found = []
    for first in range(seed, seed + count, each):
        found += _in_process(first, min(each, seed + count - first))
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--each", type=int, default=100, help="models that a process makes")
    parser.add_argument("--inside", action="store_true", help="in this process, and a line of JSON for each fault")
    given = parser.parse_args(arguments)
    if given.inside:
        for seed, found in faults(given.seed, given.count):
            print(json.dumps({"seed": seed, "kind": found.kind, "says": found.says, "model": found.text}), flush=True)
        return 0
    found = run(given.seed, given.count, given.each)
    print(told(found))
    new = [fault for fault in found if not known(fault)]
    kinds = dict(collections.Counter(fault["kind"] for fault in new))
    counted = f"{len(new)} at fault {kinds}, {len(found) - len(new)} known"
    print(f"{given.count} random models from seed {given.seed}: {counted}")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    record = {"models": given.count, "seed": given.seed, "known": len(found) - len(new), "faults": new}
    RESULTS.write_text(json.dumps(record, indent=1) + "\n")
    return int(bool(new))


def _in_process(first: int, count: int) -> list[dict]:
    """Faults of some seeds; where the process dies, its last seed is one, and the rest goes on in another."""
    command = [sys.executable, __file__, "--inside", "--seed", str(first), "--count", str(count)]
    paths = [str(ROOT / "tests"), str(ROOT / "bench"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode == 0:
        return found
    seeds = [int(line.split()[1]) for line in done.stderr.splitlines() if line.startswith("seed ")]
    died = seeds[-1] if seeds else first
    says = f"the process died with {done.returncode}: {_last_of(done.stderr)}"
    found.append({"seed": died, "kind": "runtime", "says": says, "model": ""})
    rest = first + count - died - 1
    return found + (_in_process(died + 1, rest) if rest > 0 else [])


def _last_of(errors: str) -> str:
    return "\n".join([line for line in errors.splitlines() if not line.startswith("seed ")][-3:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
