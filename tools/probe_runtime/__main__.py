"""Writes the table of what the runtime can do: `python tools/probe_runtime`, with kelt and ai-edge-litert installed.

Takes about half a minute. `--only ADD` probes one operator and prints its lines; `--check 200` probes that many cases
of the table and fails if one comes out otherwise.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import sys

import page
import probe
import table
import versions


def check(count: int, workers: int) -> int:
    """How many things are not as they are committed; says which."""
    cases = probe.all_cases()
    committed = table.read()
    if {table.line_of(case)[0] for case in cases} != set(committed):
        print(f"{table.PATH.name} has not the lines of the specs: run `python tools/probe_runtime`")
        return 1
    numbers = list(range(0, len(cases), max(1, len(cases) // count)))
    wrong = 0
    for number, verdict in probe.run_all(numbers, workers).items():
        line, rank = table.line_of(cases[number])
        for runtime, letters in committed[line].items():
            if table.LETTERS[verdict[runtime]] != letters[rank]:
                wrong += 1
                print(*line, f"rank {rank} in {runtime}: {verdict[runtime]}, the table says {letters[rank]}")
    if versions.highest_versions() != versions.read():
        wrong += 1
        print(f"{versions.PATH.name} is of another runtime")
    if page.PATH.read_text() != page_text():
        wrong += 1
        print(f"{page.PATH.name} does not follow from the table")
    return wrong


def page_text() -> str:
    return page.make(table.read(), versions.read(), importlib.metadata.version("ai-edge-litert"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="OP", help="probe this operator and write nothing")
    parser.add_argument("--check", metavar="COUNT", type=int, help="compare a sample with the table and write nothing")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if options.check:
        return 1 if check(options.check, options.workers) else 0

    cases = probe.all_cases()
    numbers = [number for number, case in enumerate(cases) if options.only in (None, case.op)]
    print(f"{len(numbers)} cases in libLiteRt and in the Interpreter")
    lines = table.fill(cases, probe.run_all(numbers, options.workers))
    if options.only:
        for line, columns in lines.items():
            print(*line, *columns.values(), sep=", ")
        return 0
    table.write(lines)
    versions.write(versions.highest_versions())
    page.PATH.write_text(page_text())
    print(f"wrote {table.PATH.name} ({len(lines)} lines), {versions.PATH.name} and {page.PATH.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
