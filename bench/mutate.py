"""Of the wrong files made out of right ones, how many kelt.verify catches: `scripts/mutate [MODEL…]`.

Prints a line a model and every survivor; all of it stands in build/results/mutations.json. Fails where a class of
mutations is caught less often than it must be, or a right file is rejected.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import pathlib
import sys
import tempfile
import time

from mutants import judge, subjects, worker

MUST = {"weights": 1.0, "numbers": 0.97, "others": 0.99}
MEANING = {
    "weights": "other weights",
    "numbers": "other weights, by numbers alone",
    "others": "another computation",
}
RESULTS = pathlib.Path(__file__).parents[1] / "build/results/mutations.json"


def run(names, weights: int, others: int):
    """The verdicts, and what is said against right files."""
    verdicts, alarms, workers = [], {}, (worker.Worker(), worker.Worker())
    for name in names:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            found, alarm = judge.subject_verdicts(name, pathlib.Path(folder), workers, weights, others)
        verdicts += found
        if alarm:
            alarms[name] = alarm
        caught = collections.Counter(verdict.class_ for verdict in found if verdict.caught)
        made = collections.Counter(verdict.class_ for verdict in found)
        cells = [f"{caught[class_]:3}/{made[class_]:<3}" for class_ in MUST]
        print(f"{name:24} {'  '.join(cells)} {time.perf_counter() - start:6.1f} s  {alarm}", flush=True)
        for verdict in found:
            if not verdict.caught:
                what = f"{verdict.class_}: {verdict.kind}, {verdict.place}"
                print(f"    survived: {what} (changes {verdict.effect:.1e})", flush=True)
    for each in workers:
        each.close()
    return verdicts, alarms


def figures(verdicts) -> dict:
    """How many of each class were made and caught."""
    found = {}
    for class_ in MUST:
        mine = [verdict for verdict in verdicts if verdict.class_ == class_]
        caught = sum(verdict.caught for verdict in mine)
        found[class_] = {"made": len(mine), "caught": caught, "must": MUST[class_]}
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", help="names of models; all, if none")
    parser.add_argument("--weights", type=int, default=4, help="of each model, of each way")
    parser.add_argument("--others", type=int, default=8, help="of each model")
    parser.add_argument("--list", action="store_true", help="only names the models")
    given = parser.parse_args(arguments)
    if given.list:
        print("\n".join(subjects.names()))
        return 0
    print(f"{'caught':24} {'  '.join(f'{name:7}' for name in MUST)}")
    verdicts, alarms = run(given.models or subjects.names(), given.weights, given.others)
    untold = {verdict.says for verdict in verdicts if verdict.says.startswith(worker.UNTOLD)}
    print("\n".join(sorted(untold)))
    found = figures(verdicts)
    for class_, figure in found.items():
        print(f"{MEANING[class_]:32} {figure['caught']:4} of {figure['made']:4}, must {figure['must']:.0%}")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    record = {
        "classes": found,
        "false alarms": alarms,
        "verdicts": [dataclasses.asdict(verdict) for verdict in verdicts],
    }
    RESULTS.write_text(json.dumps(record, indent=1) + "\n")
    enough = all(figure["caught"] >= figure["must"] * figure["made"] for figure in found.values())
    return int(not enough or bool(alarms))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
