"""Makes full-integer files of bench/quantization's models, kelt's and TensorFlow's: `integer_files.py FOLDER`.

The environment is jax's, with bench on the path; TensorFlow's files are kept from run to run, as the bench keeps them.
"""

from __future__ import annotations

import json
import pathlib
import shutil
import sys

from quantization import files, models

NAMES, TOOLS, FORM = ("convnet", "mobilenet_v2", "crepe"), ("kelt", "TF"), "int8-static-full"


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files.prepare(list(NAMES), fresh=False)
    recipe = json.dumps(files.recipe_of(FORM) | {"from": "keras"})
    for name in NAMES:
        shutil.copy(models.FOLDER / f"{name}.samples.npz", folder)
        for tool in TOOLS:
            made = files.make(name, tool, FORM, recipe if tool == "kelt" else FORM, fresh=tool == "kelt")
            if "error" in made:
                raise SystemExit(f"{tool} makes no file of {name}: {made['error']}")
            shutil.copy(files.file_of(name, tool, FORM), folder / f"{name}.{tool}.tflite")
            print(f"{name}, {tool}: {made['size']:,} bytes", flush=True)


if __name__ == "__main__":
    main()
