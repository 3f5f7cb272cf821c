"""The results of all readers as a table: `python table.py FOLDER`. Fails where one is not explained.

Writes build/results/readers.json, with every figure, and docs/readers.md, in which nothing changes from run to run.
"""

import json
import pathlib
import re
import subprocess
import sys

import integer_table

ROOT = pathlib.Path(__file__).resolve().parents[2]
KELT = pathlib.Path(sys.executable).with_name("kelt")

COLUMNS = {
    "tflite-runtime": "tflite-runtime 2.14",
    "litert": "LiteRT's Interpreter",
    "liblitert": "libLiteRt",
    "tensorflow": "TensorFlow's interpreter",
    "analyzer": "TensorFlow's analyzer",
    "micro": "tflite-micro",
    "micro-int8": "tflite-micro, int8",
    "quantizer": "litert-quantizer, int8 weights",
    "quantizer-static": "litert-quantizer, int8",
    "tflite": "package tflite",
    "netron": "Netron",
}
# What litert-quantizer makes of these is tried on tflite-micro; of the others nothing would be learnt.
SMALL = ("mlp", "convnet", "crepe", "mobilenet_v2")

# Why something is not right: the reader, the files, what it says, the reason.
LOOPS = "conv_lstm|iterated|lstm|masked_gru|stateful"
LACKS = "it lacks what the file's operators need: {0}"
REASONS = [
    ("micro", "", r"builtin opcode '(\w+)'", LACKS),
    ("micro", "", r"Input type: (.+) not supported", LACKS),
    ("micro", "", r"Output type (FLOAT16)", LACKS),
    ("micro", "", r"fill.cc (Non-constant >dims<)", LACKS),
    ("micro", "temporal|iterated|unet", r"Dimension mismatch|expected_dim", "it knows no unknown sizes"),
    ("micro", "half", r"dequantize.*was not true", "its DEQUANTIZE takes integers, and no weights in half precision"),
    (
        "quantizer-static",
        "half",
        r"zero_point.*!= 0",
        "it takes weights in half precision for activations, and gives them a zero point",
    ),
    ("micro|analyzer|tflite", "mlp_outside", "", "it looks for constants inside of the flatbuffer only"),
    (
        "micro-int8",
        "crepe",
        "",
        "litert-quantizer keeps large constants outside of the flatbuffer, where it takes other bytes for them",
    ),
    (
        "micro-int8",
        "mobilenet_v2",
        "",
        "the weights are random: RELU6's 6 over the quantizer's scale of 4e-10 is no int32",
    ),
    ("quantizer.*", "mlp_int4", r"cannot reshape", "the weights are integers of four bits already"),
    ("quantizer-static", LOOPS, r"Tensor data is null|signal|PyBytes", "its calibration does not look into loops"),
    ("quantizer-static", "bert|gpt2", r"signal", "LiteRT's interpreter aborts when it runs what was made of it"),
    ("quantizer-static", "unet", r"failed to reshape", "its calibration keeps one size for all"),
    (
        "quantizer-static",
        "encoder|bert|gpt2|mobilenet_v3",
        r"^\de",
        "its int8 arithmetic differs by more than 30 % (the weights are random)",
    ),
]


def version(text):
    return tuple(int(part) for part in text.split("."))


def needs(path):
    """The first runtime that reads the file, as the file says."""
    said = subprocess.run([str(KELT), "inspect", str(path), "--json"], capture_output=True, text=True, check=True)
    (text,) = [entry["text"] for entry in json.loads(said.stdout)["metadata"] if entry["name"] == "min_runtime_version"]
    return text


def reason_of(row, oldest):
    """Why the outcome is as it is; None if nothing explains it."""
    if row["reader"] == "tflite-runtime" and version(oldest) > (2, 14, 0):
        return f"the file says that it needs {oldest}"
    for reader, files, says, reason in REASONS:
        found = re.search(says, row["detail"])
        if re.fullmatch(reader, row["reader"]) and (not files or re.fullmatch(files, row["file"])) and found:
            return reason.format(*found.groups())
    return None


def page(rows, oldest, integers):
    notes: list[str] = []

    def cell(row):
        if row is None:
            return "–"
        if row["result"] == "right":
            return "✓"
        why = row["reason"] or "unexplained"
        if why not in notes:
            notes.append(why)
        return str(notes.index(why) + 1)

    lines = [
        "# What reads kelt's files",
        "",
        "Made by `scripts/readers`, a stage of `make nightly`; versions stand in requirements/readers.txt and",
        "requirements/tflite-runtime.txt, figures in build/results/readers.json. ✓: it is read, in its own process,",
        "and gives Keras' numbers on two runs (what a quantizer made: within 30 %); analyzers and viewers find",
        "every name and constant. A number: not so, and why. –: not tried.",
        "",
        "| file | needs | " + " | ".join(COLUMNS.values()) + " |",
        "|---|---|" + "---|" * len(COLUMNS),
    ]
    for file, first in oldest.items():
        cells = [cell(rows.get((reader, file))) for reader in COLUMNS]
        lines.append(f"| {file} | {first} | " + " | ".join(cells) + " |")
    notes = [f"{i}. {note}" for i, note in enumerate(notes, 1)]
    return "\n".join([*lines, "", *notes, "", *integer_table.section(integers)])


def main():
    folder = pathlib.Path(sys.argv[1])
    oldest = {path.stem: needs(path.with_suffix(".tflite")) for path in sorted(folder.glob("*.npz"))}
    rows = {}
    for reader in COLUMNS:
        for line in (folder / f"{reader}.jsonl").read_text().splitlines():
            row = json.loads(line)
            if reader == "micro-int8" and row["file"] not in SMALL:
                continue
            row["reason"] = None if row["result"] == "right" else reason_of(row, oldest[row["file"]])
            rows[reader, row["file"]] = row
    written = [json.loads(line) for line in (folder / "integers.jsonl").read_text().splitlines()]
    made = [path.stem.split(".") for path in sorted((folder / "integers").glob("*.tflite"))]
    integers = {(model, tool): {"error": "nothing was said of it"} for model, tool in made}
    integers |= {(row["model"], row["tool"]): row for row in written}
    (ROOT / "build/results").mkdir(parents=True, exist_ok=True)
    (ROOT / "build/results/readers.json").write_text(json.dumps([*rows.values(), *written], indent=1) + "\n")
    (ROOT / "docs/readers.md").write_text(page(rows, oldest, integers))
    missing = [(reader, file) for reader in COLUMNS for file in oldest if (reader, file) not in rows]
    missing = [(reader, file) for reader, file in missing if reader != "micro-int8"]
    bad = [row for row in rows.values() if row["result"] != "right" and row["reason"] is None]
    for row in bad:
        print(f"{row['reader']}: {row['file']}: {row['result']}: {row['detail']}")
    for reader, file in missing:
        print(f"{reader}: {file}: said nothing")
    faults = integer_table.faults(integers)
    for fault in faults:
        print(f"full integers: {fault}")
    right = sum(row["result"] == "right" for row in rows.values())
    explained = len(rows) - right - len(bad)
    failed = len(bad) + len(missing) + len(faults)
    right += max(len(integers) - len(faults), 0)
    print(f"{right} passed, {explained} explained, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
