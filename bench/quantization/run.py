"""kelt's quantized files beside TensorFlow's and litert-quantizer's, with goals: `scripts/bench_quantization`.

Prints a table a model, then what must be reached; all of it stands in build/bench/quantization.json. The rivals' files
are kept in build/bench/quantization (`--fresh` makes them anew). Times are those of the processor, one thread, the
least of rounds in which all files of a model take turns; `--rounds 0` leaves them out. `--ranges all` compares the ways
to ranges and to weights.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import sys
import warnings

from noise import decibels

import kelt
from quantization import files, goals, gpt2, large, models, outputs, ranges, search, weights

PARTS = ("files", "whole", "gpt2", "large", "search")
RESULTS = models.ROOT / "build" / "bench" / "quantization.json"
COLUMNS = ("SNR", "weights", "size", "partitions + outside", "× float time", "CPU", "peak")


def measured(name: str, path: pathlib.Path, source: pathlib.Path, reference, samples) -> dict:
    """What is known of a file by itself. `source` is the float file of its tool."""
    found = {"snr": decibels(reference, outputs.outputs_of(path, samples))}
    found["size_share"] = path.stat().st_size / source.stat().st_size
    found["weights"] = weights.decibels(models.float_file(name), path)
    taken = kelt.delegation(path)
    return found | {"partitions": taken["partitions"], "outside": len(taken["outside"])}


def measure_model(name: str, made: dict[str, dict[str, dict]], rounds: int) -> None:
    """Adds to each row of `made` what is measured of its file."""
    _, samples = models.samples(name)
    reference = outputs.outputs_of(models.float_file(name), samples)
    timed = {("kelt", "float"): models.float_file(name)}
    for tool, rows in made.items():
        source = models.float_file(name) if tool != "TF" else files.file_of(name, tool, "float")
        for form, row in rows.items():
            path = files.file_of(name, tool, form)
            if "error" in row:
                continue
            try:
                row |= measured(name, path, source, reference, samples)
                if (tool, form) == ("kelt", "int4"):
                    row["bound"] = weights.bound(models.float_file(name), path)
                timed[tool, form] = path
            except (RuntimeError, ValueError) as error:
                row["error"] = files.error_of(str(error))
    if rounds:
        times = outputs.milliseconds(timed, samples[0], rounds)
        for (tool, form), milliseconds in times.items():
            if form in made.get(tool, {}):
                made[tool][form] |= {"ms": milliseconds, "time_share": milliseconds / times["kelt", "float"]}


def cells(row: dict) -> list[str]:
    if "error" in row:
        return [row["error"], *[""] * (len(COLUMNS) - 1)]
    by_bits = " · ".join(f"{one['snr']:.2f} ({bits} bits)" for bits, one in row.get("weights", {}).items())
    return [
        f"{row['snr']:.2f} dB",
        by_bits or "–",
        f"{row['size_share']:.1%}",
        f"{row['partitions']} + {row['outside']}",
        f"{row['time_share']:.3f}" if "time_share" in row else "–",
        f"{row['cpu']:.2f} s",
        f"{row['peak'] / goals.MIB:.0f} MiB",
    ]


def print_model(name: str, tools: dict[str, dict[str, dict]]) -> None:
    print(f"\n## {name}\n\n| form | tool | {' | '.join(COLUMNS)} |\n|---|---{'|---' * len(COLUMNS)}|")
    forms = dict.fromkeys(form for tool in ("kelt", "LQ", "TF") for form in tools.get(tool, {}))
    for form in forms:
        for tool, rows in tools.items():
            if form in rows:
                print(f"| {form} | {tool} | {' | '.join(cells(rows[form]))} |")


def measure(options: argparse.Namespace) -> tuple[list[goals.Goal], dict]:
    """The goals, and all that was found."""
    rows, results = [], {}
    if "files" in options.parts:
        made = results["files"] = files.make_all(options.models, options.tools, options.fresh)
        for name, tools in made.items():
            measure_model(name, tools, options.rounds)
            print_model(name, tools)
        rows = goals.of_forms(made) + goals.of_clipping(made) + goals.of_inference(made)
        results["inference"] = ratios = goals.ratios(made)
        slower = [f"{name} × {ratio:.3f}" for name, ratio in ratios.items() if ratio > goals.WORST]
        print("\nSlower than a rival's file: " + ("; ".join(slower) or "none"))
    if "whole" in options.parts:
        recipe = json.dumps({"form": "int8-static", "from": "keras"})
        run = results["whole"] = files.make("mobilenet_v2", "kelt", "whole", recipe, fresh=True)
        rows += goals.of_the_whole_run(run, results.get("files", {}))
    if "gpt2" in options.parts:
        results["gpt2"] = gpt2.run()
        rows += gpt2.goals_of(results["gpt2"])
    if "large" in options.parts:
        results["large"] = large.run(options.fresh)
        rows += large.goals_of(results["large"])
    if "search" in options.parts:
        searched, results["search"] = search.measure([name for name in options.models if name in search.NAMES])
        rows += searched
    return rows, results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=list(models.CASES), choices=list(models.CASES))
    parser.add_argument("--tools", nargs="+", default=list(files.SCRIPTS), choices=list(files.SCRIPTS))
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--fresh", action="store_true", help="make the rivals' files and the models anew")
    parser.add_argument("--ranges", choices=["all"], help="compare the methods instead")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    files.prepare(options.models, options.fresh)
    if options.ranges:
        print(ranges.table(options.models))
        return
    rows, results = measure(options)
    print(f"\n## What must be reached\n\n{goals.table(rows)}")
    RESULTS.write_text(json.dumps(results | {"goals": [dataclasses.asdict(row) for row in rows]}, indent=1))
    sys.exit(0 if all(goal.met for goal in rows) else 1)


if __name__ == "__main__":
    main()
