"""kelt: python -m quantization.with_kelt MODEL RECIPE OUT.tflite; the recipe as JSON, of `kelt.quantize`.

With `"from": "keras"` beside the rest the live model is exported and quantized in one call, else kelt's float file is.
"""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"

import measure

import kelt
from quantization import models

NEEDS_SAMPLES = ("int8-static", "int16x8")


def samples_of(name: str, recipe: dict) -> list[dict] | None:
    """Those of the calibration, by the name of the input, where a form needs them."""
    forms = [recipe["form"], *(rule["form"] for rule in recipe.get("rules", []))]
    if not any(form.startswith(NEEDS_SAMPLES) for form in forms) and recipe.get("weights") != "gptq":
        return None
    (detail,) = kelt.runtime.Model(models.float_file(name)).signatures["serving_default"][0]
    return [{detail.name: sample} for sample in models.samples(name)[0]]


def from_keras(name: str, recipe: dict, path: str) -> None:
    model = measure.settled(models.load(name))
    calibration = samples_of(name, recipe)
    measure.export("kelt", name, path, lambda: kelt.export(model, path, quantize=recipe, calibration=calibration))


def from_file(name: str, recipe: dict, path: str) -> None:
    source, calibration = models.float_file(name), samples_of(name, recipe)
    measure.export("kelt", name, path, lambda: kelt.quantize(source, recipe, path, calibration=calibration))


if __name__ == "__main__":
    name, written, path = sys.argv[1:]
    recipe = json.loads(written)
    (from_keras if recipe.pop("from", "") == "keras" else from_file)(name, recipe, path)
