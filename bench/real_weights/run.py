"""Quantized files of models with real weights, kelt's beside litert-quantizer's: `scripts/bench_real_weights`.

Both start from the same float file and have the same samples. kelt has one recipe a form, its default;
litert-quantizer the one of its recipes that scores best. All of it stands in build/bench/real_weights.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings

from quantization import files, models

from real_weights import scoring, tasks, verdict
from real_weights.task import FORMS, Task, float_file

RESULTS = models.ROOT / "build" / "bench" / "real_weights.json"
# Of litert-quantizer, by form: how its weights are found, min-max where none is named.
ALGORITHMS = ("", "-octav", "-mse", "-gptq")


def rivals(task: Task, form: str) -> list[str]:
    """The recipes of litert-quantizer for a form."""
    forms = [form, f"{form}-conv8"] if form == "int4" and task.convolutions else [form]
    return [base + algorithm for base in forms for algorithm in (("",) if form == "fp16" else ALGORITHMS)]


def kelt_recipe(form: str) -> str:
    return json.dumps({"form": form} if form == "fp16" else {"form": form, "samples": True})


def measured(task: Task, tool: str, form: str, what: str, fresh: bool) -> dict:
    """What is known of a file, its score with it; `error` where there is none."""
    found = files.make(task.model, tool, form, what, fresh)
    if "error" in found:
        return found
    scored = scoring.scored(task, files.file_of(task.model, tool, form))
    return found | scored


def measure(task: Task, forms: list[str], fresh: bool) -> dict[str, dict]:
    """By form: kelt's file, and those of the rival by its recipes."""
    source = float_file(task, fresh)
    task.score(source, source)  # whatever the float file computes is kept for the processes of others
    found: dict = {"float": {"size": source.stat().st_size}, "forms": {}}
    for form in (form for form in task.forms if form in forms):
        ours = measured(task, "kelt", form, kelt_recipe(form), fresh=True)
        theirs = {recipe: measured(task, "LQ", recipe, recipe, fresh) for recipe in rivals(task, form)}
        found["forms"][form] = {"kelt": ours, "LQ": theirs}
        print(verdict.progress(task, form, ours, theirs), file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", default=list(tasks.NAMES), choices=tasks.NAMES)
    parser.add_argument("--forms", nargs="+", default=list(FORMS), choices=FORMS)
    parser.add_argument("--fresh", action="store_true", help="make the float files and the rival's anew")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    results, cells = {}, []
    for task in map(tasks.load, options.tasks):
        results[task.name] = measure(task, options.forms, options.fresh)
        cells += verdict.cells(task, results[task.name])
    print(verdict.table(cells))
    print(verdict.summary(cells))
    RESULTS.write_text(json.dumps(results | {"cells": [vars(cell) for cell in cells]}, indent=1))
    sys.exit(0 if verdict.met(cells) else 1)


if __name__ == "__main__":
    main()
