"""What must hold of full-integer files on microcontrollers and NPUs, and the table that shows it; for table.py."""

from __future__ import annotations

# FULLY_CONNECTED is one step off where what is rounded twice differs from what is rounded once: 1 of 2,000.
ROUNDED_ONCE, OFF = "FULLY_CONNECTED", 0.005
EQUAL = 0.98  # of the outputs, a few of which are one step off for that reason


def share(difference: dict) -> float:
    """Of the integers that are equal."""
    return 1 - difference["differ"] / difference["count"]


def faults_of(row: dict) -> list[str]:
    """What is wrong with a file by itself."""
    if "error" in row:
        return [row["error"]]
    faults = [f"{name} is float32" for name in row["floats"][:3]]
    for name, difference in row["operators"].items():
        steps, least = (1, 1 - OFF) if name == ROUNDED_ONCE else (0, 1)
        if difference["steps"] > steps or share(difference) < least:
            faults.append(f"tflite-micro: {difference['differ']} of {difference['count']} integers of {name} differ")
    outputs = row["outputs"]["reference"]
    if outputs["steps"] > 1 or share(outputs) < EQUAL:
        faults.append(
            f"tflite-micro: {outputs['differ']} of {outputs['count']} outputs differ, by up to {outputs['steps']}"
        )
    return faults


def left_on_cpu(row: dict, other: dict) -> list[str]:
    """Where Vela leaves more operators to the CPU than of the other file."""
    if "error" in row or "error" in other:
        return []
    pairs = [(npu, found, other["vela"][npu]) for npu, found in row["vela"].items()]
    return [
        f"Vela, {npu}: {ours['cpu']} operators on the CPU, {theirs['cpu']} of TensorFlow's: {ours['left']}"
        for npu, ours, theirs in pairs
        if ours["cpu"] > theirs["cpu"] or set(ours["left"]) - set(theirs["left"])
    ]


def faults(rows: dict[tuple[str, str], dict]) -> list[str]:
    """Of all files, which are named by model and tool: kelt's beside TensorFlow's of the same model."""
    found = [f"{model}, {tool}: {fault}" for (model, tool), row in rows.items() for fault in faults_of(row)]
    for model in dict.fromkeys(model for model, _ in rows):
        pair = [rows.get((model, tool)) for tool in ("kelt", "TF")]
        if None in pair:
            found.append(f"{model}: there is no file of {'kelt' if pair[0] is None else 'TensorFlow'}")
        else:
            found += [f"{model}: {fault}" for fault in left_on_cpu(*pair)]
    return found


def apart(difference: dict) -> str:
    steps = difference["steps"]
    return f"within {steps} step{'s' * (steps > 1)}" if steps else "equal"


def cells(row: dict) -> list[str]:
    """Without shares, which stand in build/results/readers.json: the page is to change only with what it says."""
    if "error" in row:
        return [row["error"], "", "", ""]
    operators = [f"{name}: {apart(one)}" for name, one in row["operators"].items() if one["differ"]]
    outputs = [apart(row["outputs"][kernels]) for kernels in ("reference", "xnnpack")]
    placed = " · ".join(
        f"{found['npu']:,}" + (f" ({' '.join(found['left'])} on the CPU)" if found["cpu"] else "")
        for found in row["vela"].values()
    )
    return [", ".join(operators) or "none", *outputs, placed]


def section(rows: dict[tuple[str, str], dict]) -> list[str]:
    """The lines of docs/readers.md."""
    npus = next((list(row["vela"]) for row in rows.values() if "vela" in row), [])
    columns = ["operators that differ", "outputs", "outputs, beside XNNPACK", f"on the NPU ({' · '.join(npus)})"]
    lines = [
        "## Full integers",
        "",
        "The recipe `int8-full` with int8 inputs and outputs, beside TensorFlow's full-integer file of the same model",
        "(`bench/quantization`). tflite-micro's integers are compared with those of the reference kernels of LiteRT's",
        "interpreter, of each operator where both have the same operands, and of the outputs; the outputs also with",
        "XNNPACK's. Vela is Arm's compiler for Ethos-U; so many operators are on the NPU by its own report. Of kelt's",
        "file no more may be on the CPU than of TensorFlow's.",
        "",
        f"| model | by | {' | '.join(columns)} |",
        f"|---|---|{'---|' * len(columns)}",
    ]
    for (model, tool), row in sorted(rows.items(), key=lambda item: (item[0][0], item[0][1] == "TF")):
        lines.append(f"| {model} | {tool.replace('TF', 'TensorFlow')} | {' | '.join(cells(row))} |")
    return [
        *lines,
        "",
        "An integer is a sum times a multiplier of 31 bits, shifted. tflite-micro rounds twice, the product and what",
        "is shifted, halves away from 0; so do LiteRT's reference kernels, but for FULLY_CONNECTED, which rounds once.",
        "LiteRT's optimized kernels round twice, halves upwards in products of matrices, and XNNPACK has ways of its",
        "own: what is a step in one operator adds up over the 64 of MobileNetV2, in the files of both tools alike.",
        "",
    ]
