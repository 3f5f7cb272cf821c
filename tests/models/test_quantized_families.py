"""KerasHub's families, tiny, in integers: each runs, in no more partitions than in float, near to its floats."""

import os

import families
import hub_inputs
import hub_zoo
import keras
import numpy as np
import pytest
from models.test_families import CASES, SIZES, shapes_of
from noise import decibels

import kelt
from kelt import runtime

# dB of an output, at least. Random networks of a few channels amplify what is rounded.
LEAST = {"int8-dynamic": 20, "int4-block32": 0}
LESS = {"MetaCLIP2Backbone": "logits are cosines of eight channels, scaled by 14: -4 dB at 4 bits"}
LONG = bool(os.environ.get("KELT_LONG"))
SAMPLE = CASES if LONG else CASES[::6]


def outputs_of(path, arrays):
    return runtime.Model(path)(arrays)


@pytest.mark.parametrize("name", SAMPLE)
def test_a_family_runs_in_integers(name, tmp_path):
    keras.utils.set_random_seed(1)
    model = hub_zoo.build(name)
    report = kelt.export(model, tmp_path / "floats.tflite")
    shapes = shapes_of(report.signatures["serving_default"]["inputs"])
    drawn = hub_inputs.draw(model, hub_zoo.VOCABULARY, SIZES[0], 0, shapes)
    arrays = drawn if len(drawn) > 1 else dict(zip(shapes, drawn.values(), strict=True))
    wanted = outputs_of(report.path, arrays)
    sizes = {port: array.shape for port, array in arrays.items()}
    partitions = kelt.delegation(report.path, sizes=sizes)["partitions"]
    for form, least in LEAST.items():
        path = tmp_path / f"{form}.tflite"
        quantized = kelt.quantize(report.path, {"form": form, "min_elements": 1}, path)
        assert any(operator.form != "float" for operator in quantized.operators)
        found = outputs_of(path, arrays)
        errors = {port: decibels(wanted[port], found[port]) for port in wanted if wanted[port].dtype.kind == "f"}
        assert np.min(list(errors.values())) >= (least if name not in LESS or form == "int8-dynamic" else -6), errors
        assert kelt.delegation(path, sizes=sizes)["partitions"] <= max(partitions, 1)


def test_every_family_is_among_the_cases():
    assert set(CASES) <= set(families.CASES)
