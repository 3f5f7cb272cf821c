"""Exports presets in the shape of well-known models and prints what they took: `python -m disk.run`.

Each export is the `kelt` command in a process of its own, whose memory is looked at every 10 ms: what it has to itself
(anonymous pages), and all that is resident, of which pages of files are the system's to take. Results lie in
build/bench/disk.json; a row that is there is not measured again without `--fresh`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).parent.parent.parent
FOLDER = ROOT / "build/bench/disk"
RESULTS = ROOT / "build/bench/disk.json"
MB, MIB = 1e6, 1 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One export: of which preset, with which options, and what it must not exceed."""

    name: str
    model: str
    dtype: str
    options: tuple[str, ...] = ()
    sparse: bool = True
    anonymous: float = 250 * MB  # bytes, to which twice the largest tensor is added where `largest` is given
    largest: float = 0
    seconds: float = float("inf")


EMBEDDING_8B = 128256 * 4096 * 2
ROWS = (
    Row("Gemma 3 1B float32", "gemma3-1b", "float32", (), False, 400 * MB, 0, 25),
    Row("Gemma 3 1B bfloat16 → float32", "gemma3-1b", "bfloat16", (), False, 400 * MB, 0, 25),
    Row("Gemma 3 1B float32 → int8-dynamic", "gemma3-1b", "float32", ("-q", "int8-dynamic"), False, 600 * MB, 0, 60),
    Row("Llama 3 0.1B float32", "llama3-0.1b", "float32"),
    Row("Llama 3 1B float32", "llama3-1b", "float32"),
    Row("Llama 3 3B float32", "llama3-3b", "float32"),
    Row("Llama 3 8B float16", "llama3-8b", "float16", ("--dtype", "float16"), True, 250 * MB, EMBEDDING_8B),
    Row(
        "Llama 3 8B float16 → int4-block32", "llama3-8b", "float16", ("--dtype", "float16", "-q", "int4-block32"),
        True, 250 * MB, EMBEDDING_8B,
    ),
)  # fmt: skip


def main() -> None:
    """Measures what is asked for, and prints all that is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[row.name for row in ROWS], help="names of rows")
    parser.add_argument("--fresh", action="store_true", help="measure again what is known")
    asked = parser.parse_args()
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for row in ROWS:
        if row.name in asked.only and (asked.fresh or row.name not in known):
            known[row.name] = measured(row)
            RESULTS.write_text(json.dumps(known, indent=1))
    if asked.fresh or "throughput" not in known:
        known["throughput"] = throughput()
        RESULTS.write_text(json.dumps(known, indent=1))
    show(known)


def preset(row: Row) -> pathlib.Path:
    """The directory of a preset, written once; others, which are as large, are removed."""
    folder = FOLDER / f"{row.model}-{row.dtype}{'-sparse' if row.sparse else ''}"
    if not folder.exists():
        for other in FOLDER.iterdir():
            shutil.rmtree(other)
        words = [sys.executable, "-m", "disk.shapes", str(folder), row.model, row.dtype, *(["--sparse"] * row.sparse)]
        subprocess.run(words, check=True)
    return folder


def measured(row: Row) -> dict[str, float]:
    """Seconds, the most memory, and the size of the file; the source is in the system's cache."""
    source = preset(row)
    with open(source / "model.weights.h5", "rb") as file:
        while file.read(64 * MIB):
            pass
    output = FOLDER.parent / "disk.tflite"
    started = time.monotonic()
    words = [sys.executable, "-m", "kelt.command.main", "export", str(source), "-o", str(output), *row.options]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    memory = Memory(process.pid)
    code = process.wait()
    seconds = time.monotonic() - started
    memory.stop()
    if code != 0:
        raise SystemExit(f"{row.name}: the export failed")
    size = output.stat().st_size
    output.unlink()
    return {"seconds": seconds, "anonymous": memory.anonymous, "resident": memory.resident, "size": size}


class Memory(threading.Thread):
    """Looks at a process and its children."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self.pid, self.anonymous, self.resident, self._ended = pid, 0, 0, threading.Event()
        self.start()

    def run(self) -> None:
        """Until it is stopped."""
        while not self._ended.wait(0.01):
            found = [_memory_of(pid) for pid in _tree(self.pid)]
            self.anonymous = max(self.anonymous, sum(anonymous for anonymous, _ in found))
            self.resident = max(self.resident, sum(resident for _, resident in found))

    def stop(self) -> None:
        """What was found stays."""
        self._ended.set()
        self.join()


def _tree(pid: int) -> list[int]:
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _tree(int(child)))]


def _memory_of(pid: int) -> tuple[int, int]:
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0, 0
    fields = {
        name: int(rest.split()[0]) * 1024
        for name, _, rest in (line.partition(":") for line in lines)
        if "rss" in name.lower()
    }
    return fields.get("RssAnon", 0), fields.get("VmRSS", 0)


def throughput(rounds: int = 5) -> dict[str, float]:
    """Bytes a second of a float32 export, whose kernels are transposed and hashed, beside `cp`: the best of both.

    The export's are counted from the call that writes; both are on disk at their end. A virtual machine gives free
    memory back to its host, and is slow to get it again: before each of the two a file of that size is written and
    removed.
    """
    row = ROWS[0]
    source, output, copy = preset(row), FOLDER.parent / "disk.tflite", FOLDER.parent / "disk.copy"
    exports, copies = [], []
    for _ in range(rounds):
        output.unlink(missing_ok=True)
        words = [sys.executable, "-m", "disk.written", str(source), str(output)]
        seconds, size = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        exports.append(size / seconds)
        output.unlink()
        _copied(source / "model.weights.h5", copy)
        copies.append(_copied(source / "model.weights.h5", copy))
    return {"export": max(exports), "cp": max(copies)}


def _copied(source: pathlib.Path, copy: pathlib.Path) -> float:
    """Bytes a second of `cp`."""
    started = time.monotonic()
    subprocess.run(["cp", "--reflink=never", str(source), str(copy)], check=True)
    with open(copy, "rb") as file:
        os.fsync(file.fileno())
    speed = source.stat().st_size / (time.monotonic() - started)
    copy.unlink()
    return speed


def show(known: dict[str, dict[str, float]]) -> None:
    """The table, with the goals."""
    print(f"| {'export':36} | seconds | anonymous, MB | must | resident, MB | file, MB |\n|---|---|---|---|---|---|")
    for row in ROWS:
        if row.name not in known:
            continue
        found = known[row.name]
        limit = row.anonymous + 2 * row.largest
        must = f"≤ {limit / MB:.0f}" + (f", ≤ {row.seconds:.0f} s" if row.seconds < float("inf") else "")
        must += "" if found["anonymous"] <= limit and found["seconds"] <= row.seconds else " MISSED"
        anonymous, resident, size = (f"{found[name] / MB:.0f}" for name in ("anonymous", "resident", "size"))
        print(f"| {row.name:36} | {found['seconds']:.1f} | {anonymous} | {must} | {resident} | {size} |")
    speeds = known["throughput"]
    ratio = speeds["export"] / speeds["cp"]
    print(f"\nwriting {speeds['export'] / MB:.0f} MB/s, cp {speeds['cp'] / MB:.0f} MB/s: {ratio:.2f} × (must: ≥ 0.5)")


if __name__ == "__main__":
    main()
