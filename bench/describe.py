"""Writes what `make test` compares kelt's files with: python describe.py DIR, the files of Keras' own exporter in DIR.

For each MODEL.tflite: its size, its operators by name, and how XNNPACK divides it (partitions, nodes left
outside), with the versions of what made it. The result is committed as data/tensorflow.json: the tests need no
TensorFlow.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path


def main() -> None:
    from kelt import delegation  # partitions as kelt counts them

    directory = Path(sys.argv[1])
    models = {}
    for path in sorted(directory.glob("*.tflite")):
        models[path.stem] = {"size": path.stat().st_size, **delegation(str(path))}
    made_by = {"tensorflow": sys.argv[2], "keras": version("keras"), "ai-edge-litert": version("ai-edge-litert")}
    data = Path(__file__).parent / "data" / "tensorflow.json"
    data.write_text(json.dumps({"made_by": made_by, "models": models}, indent=1) + "\n")


if __name__ == "__main__":
    main()
