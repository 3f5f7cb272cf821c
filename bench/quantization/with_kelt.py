"""kelt: python -m quantization.with_kelt MODEL RECIPE OUT.tflite; the recipe as JSON, of `kelt.quantize`.

With `"from": "keras"` beside the rest the live model is exported and quantized in one call, else kelt's float file is.
"""

import json
import os
import sys
import tempfile

os.environ["KERAS_BACKEND"] = "jax"

import measure

import kelt
from quantization import models

NEEDS_SAMPLES = ("int8-static", "int8-full", "int16x8", "int4-static")


def needs_samples(recipe: dict) -> bool:
    forms = [recipe["form"], *(rule["form"] for rule in recipe.get("rules", []))]
    return any(form.startswith(NEEDS_SAMPLES) for form in forms) or recipe.get("weights") == "gptq"


def quantize(source: str, recipe: dict, path: str, calibration) -> None:
    """A float file, with the samples where the recipe needs them."""
    if not needs_samples(recipe):
        kelt.quantize(source, recipe, path)
        return
    with tempfile.NamedTemporaryFile(suffix=".json") as statistics:
        kelt.calibrate(source, list(calibration)).save(statistics.name)
        kelt.quantize(source, recipe, path, statistics=statistics.name)


def export(model, recipe: dict, path: str, calibration) -> None:
    """A live model."""
    if not needs_samples(recipe):
        kelt.export(model, path, quantize=recipe)
        return
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "float.tflite")
        kelt.export(model, source)
        quantize(source, recipe, path, calibration)


if __name__ == "__main__":
    name, written, path = sys.argv[1:]
    recipe = json.loads(written)
    live = recipe.pop("from", "") == "keras"
    samples = models.samples(name)[0] if needs_samples(recipe) else ()
    if live:
        model = measure.settled(models.load(name))
        measure.export("kelt", name, path, lambda: export(model, recipe, path, samples))
    else:
        source = str(models.float_file(name))
        measure.export("kelt", name, path, lambda: quantize(source, recipe, path, samples))
