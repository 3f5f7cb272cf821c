"""Writes what `make test` compares kelt's files with: python describe.py DIR VERSION

DIR holds MODEL.tflite files of Keras' own exporter, made by TensorFlow VERSION. For each: its size, its operators, and
how XNNPACK divides it. The result is committed as data/tensorflow.json, so that the tests need no TensorFlow.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path


def interpreter_partitions(path: Path) -> int | None:
    """The delegate's nodes in the Interpreter, at the shapes that the file gives; None if that rejects the file too."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    try:
        interpreter.allocate_tensors()
    except RuntimeError:
        return None
    return sum(node["op_name"] == "DELEGATE" for node in interpreter._get_ops_details())


ASK = """
import json, sys, kelt
from kelt.runtime import Model
inputs = next(iter(Model(sys.argv[1]).signatures.values()))[0]
sizes = {port.name: [(64 if axis else 1) if dim < 0 else dim for axis, dim in enumerate(port.shape)] for port in inputs}
print(json.dumps(kelt.delegation(sys.argv[1], sizes=sizes)))
"""


def describe(path: Path) -> dict:
    """Size, operators and partitions of a file, at batch 1 where the batch is dynamic."""
    # In a process of its own: libLiteRt rejects some of TensorFlow's files, and crashes on others.
    asked = subprocess.run([sys.executable, "-c", ASK, str(path)], capture_output=True, text=True, check=False)
    found = {"size": path.stat().st_size}
    if asked.returncode == 0:
        return {**found, **json.loads(asked.stdout.strip().splitlines()[-1])}
    # The Interpreter tells the partitions at least.
    return {**found, "partitions": interpreter_partitions(path), "outside": None}


def main(directory: Path, tensorflow: str) -> None:
    models = {path.stem: describe(path) for path in sorted(directory.glob("*.tflite"))}
    made_by = {"tensorflow": tensorflow, "keras": version("keras"), "ai-edge-litert": version("ai-edge-litert")}
    data = Path(__file__).parent / "data" / "tensorflow.json"
    data.parent.mkdir(exist_ok=True)
    data.write_text(json.dumps({"made_by": made_by, "models": models}, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
