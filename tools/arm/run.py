"""Every row of the support matrix on 64-bit Arm, under emulation, beside x86-64: `python -m arm.run KIT KELT FOLDER`.

KELT is the command, compiled for 64-bit Arm; that of x86-64 stands beside this Python.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
import sys

import numpy as np
from noise import decibels

from arm import table
from arm.cases import CASES, Case, wanted, write
from arm.compare import Run, difference, faults
from arm.instructions import executed

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(sys.executable).with_name("kelt")
LIBRARIES = "/usr/aarch64-linux-gnu"  # of the cross compiler
# QEMU's names, and the best that XNNPACK finds there.
CPUS = {
    "cortex-a53": "NEON",
    "cortex-a76": "dot products, float16",
    "max": "SME2",
}


@dataclasses.dataclass(frozen=True)
class Kit:
    """What runs a file on Arm."""

    qemu: pathlib.Path
    runtime: pathlib.Path
    kelt: pathlib.Path

    def command(self, cpu: str, log: pathlib.Path) -> list[str]:
        """A `kelt run`, to be followed by its arguments."""
        emulated = [self.qemu, "-cpu", cpu, "-L", LIBRARIES, "-d", "in_asm", "-D", log]
        return [*map(str, emulated), str(self.kelt), "run", "--runtime", str(self.runtime)]


def run(command: list[str], file: pathlib.Path) -> Run:
    """One file, on the inputs that lie beside it."""
    outputs = file.with_suffix(".outputs.npz")
    words = [file, "--inputs", file.with_suffix(".inputs.npz"), "--outputs", outputs, "--runs", "1", "--json"]
    done = subprocess.run([*command, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr.strip()}")
    told = json.loads(done.stdout)
    with np.load(outputs) as arrays:
        (output,) = arrays.values()
    return Run(output, told["partitions"], [node["name"] for node in told["outside"]], told["inside"])


def result(kit: Kit, case: Case, cpu: str, file: pathlib.Path, here: dict[Case, Run]) -> dict:
    """A case on a CPU."""
    found = {**dataclasses.asdict(case), "cpu": cpu}
    log = file.with_suffix(".log")
    try:
        arm = run(kit.command(cpu, log), file)
    except RuntimeError as error:
        return {**found, "faults": [str(error)]}
    others = {other.recipe: ran for other, ran in here.items() if other.model == case.model and other != case}
    instructions = executed(log)
    log.unlink()
    return {
        **found,
        "difference": difference(arm.output, here[case].output),
        "decibels": decibels(wanted(case.model), arm.output),
        "decibels_x86": decibels(wanted(case.model), here[case].output),
        "partitions": arm.partitions,
        "outside": arm.outside,
        "inside": arm.inside,
        "inside_x86": here[case].inside,
        "instructions": instructions,
        "faults": faults(case.recipe, arm, here[case], others),
    }


def main() -> int:
    """Writes, runs, compares."""
    kit, command, folder = (pathlib.Path(word).resolve() for word in sys.argv[1:])
    kit = Kit(kit / "qemu/usr/bin/qemu-aarch64", kit / "ai_edge_litert/libLiteRt.so", command)
    folder.mkdir(parents=True, exist_ok=True)
    files = {case: write(case, folder) for case in CASES}
    here = {case: run([str(HERE), "run"], file) for case, file in files.items()}
    results = [result(kit, case, cpu, file, here) for case, file in files.items() for cpu in CPUS]
    version = subprocess.run([kit.qemu, "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    told = {"qemu": version, "runs": results}
    (ROOT / "build/results").mkdir(parents=True, exist_ok=True)
    (ROOT / "build/results/arm.json").write_text(json.dumps(told, indent=1) + "\n")
    (ROOT / "docs/arm.md").write_text(table.page(CPUS, results))
    failed = [each for each in results if each["faults"]]
    for each in failed:
        print(f"{each['model']}, {each['recipe']}, {each['cpu']}: {'; '.join(each['faults'])}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
