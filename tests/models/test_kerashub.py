"""Backbones of KerasHub, tiny, against Keras, at lengths and batches that were not used to capture."""

import functools
import re

import captures
import hub_inputs
import hub_zoo
import keras
import pytest
from harness import InOne, compare_all, open_file, run

import kelt

SIZES = ({"n": 2, "s": 9, "t": 5}, {"n": 1, "s": 7, "t": 12}, {"n": 3, "s": 16, "t": 1})
# The most partitions that XNNPACK may make of each: a limit to keep, not a wish.
PARTITIONS = {
    "Bert": 1,
    "Gemma": 1,
    "Llama": 1,
    "Mixtral": 7,
    "GPT2": 1,
    "T5": 1,
    "Whisper": 1,
    "ViT": 1,
    "Swin": 1,
    "SegFormer": 1,
    "CLIP": 2,
    "StableDiffusion3": 5,
    "Bloom": 1,
    "DebertaV3": 2,
}


@functools.cache
def exported(name, folder):
    model = hub_zoo.build(name)
    return model, kelt.export(model, folder / f"{name}.tflite")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kerashub")


@pytest.mark.parametrize("name", ["Bert", "Llama", "Whisper", "XLNet"])
def test_a_capture_runs_a_backbone_three_times(name, folder):
    """At open lengths until it reads one, then at two sizes."""
    model, _ = exported(name, folder)
    assert captures.runs(model) <= 3


def names_of(ports):
    return [name for name, _ in ports]


@pytest.mark.parametrize("name", hub_zoo.BACKBONES)
def test_a_backbone_is_what_keras_computes(name, folder):
    model, report = exported(name, folder)
    ports = report.signatures["serving_default"]
    declared = list(model.input) if isinstance(model.input, dict) else [model.inputs[0].name]
    # A name that Keras made up is counted anew.
    assert names_of(ports["inputs"]) == [re.sub(r"^keras_tensor_\d+$", "keras_tensor", given) for given in declared]
    assert not [op for op in report.operators if op in ("CUSTOM", "DELEGATE") or op.startswith("Flex")]
    interpreter, names = open_file(str(report.path)), names_of(ports["outputs"])
    whole = InOne(lambda arrays: in_order(model(given(model, arrays), training=False), names), model)
    for seed, sizes in enumerate(SIZES):
        arrays = hub_inputs.draw(model, hub_zoo.VOCABULARY, sizes, seed)
        references = whole(arrays)
        for _ in range(2):
            compare_all(run(interpreter, [arrays[port] for port in declared]), references)


@pytest.mark.parametrize("name", PARTITIONS)
def test_xnnpack_takes_a_backbone_in_few_partitions(name, folder):
    _, report = exported(name, folder)
    assert kelt.delegation(report.path)["partitions"] <= PARTITIONS[name]


def given(model, arrays):
    """The arrays in the structure of the model's inputs."""
    return arrays if isinstance(model.input, dict) or len(arrays) > 1 else next(iter(arrays.values()))


def in_order(outputs, names):
    """What a model returns, in the order of the file's outputs."""
    if not isinstance(outputs, dict):
        return keras.tree.flatten(outputs)
    of_path = {"/".join(map(str, path)): output for path, output in keras.tree.flatten_with_path(outputs)}
    return [of_path[name] for name in names]
