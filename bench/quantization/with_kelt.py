"""kelt: python -m quantization.with_kelt MODEL RECIPE OUT.tflite; the recipe as JSON, of `kelt.quantize`.

With `"from": "keras"` beside the rest the live model is exported and quantized in one call, else kelt's float file is.
With `"samples": true` samples are given also where the form doesn't need them.
"""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"

import measure

import kelt
from quantization import models

NEEDS_SAMPLES = ("int8-static", "int8-full", "int16x8", "int4-static")


def needs_samples(recipe: dict) -> bool:
    forms = [recipe["form"], *(rule["form"] for rule in recipe.get("rules", []))]
    return any(form.startswith(NEEDS_SAMPLES) for form in forms) or recipe.get("weights") == "gptq"


if __name__ == "__main__":
    name, written, path = sys.argv[1:]
    recipe = json.loads(written)
    live = recipe.pop("from", "") == "keras"
    given = recipe.pop("samples", False) or needs_samples(recipe)
    samples = models.calibration(name) if given else None
    if isinstance(samples, dict) and len(samples) == 1:
        (samples,) = samples.values()
    if live:
        model = measure.settled(models.load(name))
        measure.export("kelt", name, path, lambda: kelt.export(model, path, quantize=recipe, calibration=samples))
    else:
        source = models.float_file(name)
        measure.export("kelt", name, path, lambda: kelt.quantize(source, recipe, path, calibration=samples))
