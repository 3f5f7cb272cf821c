"""Quantized files of models with real weights, kelt's beside litert-quantizer's: `scripts/bench_real_weights`.

Both start from the same float file and have the same samples. Of litert-quantizer the recipe counts that scores best,
of kelt its default: a file of at most the rival's size. All of it stands in build/bench/real_weights.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings

from quantization import files, models

from real_weights import scoring, tasks, verdict
from real_weights.task import FORMS, ROWS, Task, float_file

RESULTS = models.ROOT / "build" / "bench" / "real_weights.json"


def rivals(task: Task, form: str) -> list[str]:
    """The recipes of litert-quantizer for a form."""
    forms = [form, f"{form}-conv8"] if form == "int4" and task.convolutions else [form]
    return [base + algorithm for base in forms for algorithm in (("",) if form == "fp16" else task.algorithms)]


def ours(task: Task, form: str) -> dict[str, dict]:
    """The recipes of kelt for a form: its default, and where a rival leaves tables in floats one that does so too."""
    default = files.recipe_of(form) if form == "fp16" else files.recipe_of(form) | {"samples": True}
    without_tables = default | {"rules": [{"ops": "GATHER", "form": "float"}]}
    return {form: default} | ({f"{form}-but-tables": without_tables} if task.tables else {})


def wanted(task: Task, asked: list[str]) -> list[str]:
    """Those of a task's forms that are asked for; all where none is."""
    return [form for form in task.forms if form in asked or not asked]


def measured(task: Task, tool: str, form: str, what: str, fresh: bool) -> dict:
    """What is known of a file, its score with it; `error` where there is none."""
    found = files.make(task.model, tool, form, what, fresh)
    if "size" not in found:
        return found
    path = files.file_of(task.model, tool, form)
    if found.get("judge") != scoring.judge(task):
        kept = {key: value for key, value in found.items() if key not in ("error", "figures", "lost")}
        found = kept | scoring.scored(task, path) | {"judge": scoring.judge(task)}
        path.with_suffix(".json").write_text(json.dumps(found))
    return found


def measure(task: Task, forms: list[str], fresh: bool) -> dict[str, dict]:
    """By form: kelt's file, and those of the rival by its recipes."""
    source = float_file(task, fresh)
    task.score(source, source)  # whatever the float file computes is kept for the processes of others
    found: dict = {"float": {"size": source.stat().st_size}, "forms": {}}
    for form in wanted(task, forms):
        kelt = {name: measured(task, "kelt", name, json.dumps(one), True) for name, one in ours(task, form).items()}
        theirs = {recipe: measured(task, "LQ", recipe, recipe, fresh) for recipe in rivals(task, form)}
        found["forms"][form] = {"kelt": kelt, "LQ": theirs}
        print(verdict.progress(task, form, found["forms"][form]), file=sys.stderr)
    return found


def known() -> dict[str, dict]:
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def keep(task: Task, found: dict) -> None:
    """Beside what is known of other tasks, and of other forms of this one."""
    found["forms"] = known().get(task.name, {}).get("forms", {}) | found["forms"]
    RESULTS.write_text(json.dumps(known() | {task.name: found}, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", default=list(tasks.NAMES), choices=tasks.NAMES)
    parser.add_argument("--forms", nargs="+", default=[], choices=(*FORMS, *ROWS))
    parser.add_argument("--fresh", action="store_true", help="make the float files and the rival's anew")
    parser.add_argument("--kept", action="store_true", help="measure nothing: print what former runs have found")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    cells = []
    for task in map(tasks.load, options.tasks):
        if not options.kept:
            keep(task, measure(task, options.forms, options.fresh))
        cells += verdict.cells(task, known().get(task.name, {"forms": {}}))
    print(verdict.table(cells))
    print(verdict.summary(cells))
    sys.exit(0 if verdict.met(cells) else 1)


if __name__ == "__main__":
    main()
