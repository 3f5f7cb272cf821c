"""KerasHub's own tests of its LiteRT export, as they stand in a checkout: `scripts/hub_suite CHECKOUT [FILE…]`.

kelt is the exporter, and the error allowed is 1e-4 of the largest value (`suites/hub.py`). Prints each test that
failed, and its reason if that is KerasHub's or LiteRT's (`REASONS`); fails where one has none. All verdicts are in
build/results/hub_suite.json.
"""

from __future__ import annotations

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
from xml.etree import ElementTree

ROOT = pathlib.Path(__file__).parents[1]
RESULTS = ROOT / "build/results/hub_suite.json"
CALLS = "run_litert_export_test("
REASONS: dict[str, str] = {}


def files_of(checkout: pathlib.Path) -> list[str]:
    tests = (path for path in checkout.glob("keras_hub/**/*_test.py") if CALLS in path.read_text())
    return sorted(str(path.relative_to(checkout)) for path in tests)


def verdicts_of(checkout: pathlib.Path, names: list[str]) -> list[dict[str, str]]:
    """One for each test. Where a process dies, its worker is another and the test has failed."""
    report = RESULTS.with_suffix(".xml")
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    paths = [checkout, ROOT / "bench", ROOT / "tests", *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    options = ["-q", "-p", "suites.hub", "-p", "no:cacheprovider", "--run_large", f"--junitxml={report}"]
    options += ["-n", str(os.cpu_count()), "--dist", "loadfile"]
    subprocess.run([sys.executable, "-m", "pytest", *options, *names], env=environment, cwd=checkout, check=False)
    return [_verdict(case) for case in ElementTree.parse(report).iter("testcase")]


def _verdict(case: ElementTree.Element) -> dict[str, str]:
    test = f"{case.get('classname', '').rpartition('.models.')[2]}.{case.get('name')}"
    for kind in ("failure", "error", "skipped"):
        if (found := case.find(kind)) is not None:
            return {"test": test, "outcome": kind, "says": found.get("message") or (found.text or "")[-500:]}
    return {"test": test, "outcome": "passed", "says": ""}


def main(asked: list[str]) -> int:
    checkout = pathlib.Path(asked[0]).resolve()
    verdicts = verdicts_of(checkout, asked[1:] or files_of(checkout))
    for each in verdicts:
        text = f"{each['test']}: {each['says']}"
        each["reason"] = next((REASONS[pattern] for pattern in REASONS if re.search(pattern, text)), "")
        if each["outcome"] != "passed":
            print(f"{each['test']}: {each['outcome']}: {' '.join((each['reason'] or each['says']).split())[:400]}")
    counts = collections.Counter(each["outcome"] for each in verdicts)
    RESULTS.write_text(json.dumps(verdicts, indent=1) + "\n")
    new = [each for each in verdicts if each["outcome"] != "passed" and not each["reason"]]
    print(f"{len(new)} have no reason")
    print(f"{counts['passed']} passed, {len(verdicts) - counts['passed']} failed")
    return int(bool(new) or not verdicts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
