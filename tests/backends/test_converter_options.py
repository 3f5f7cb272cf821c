"""The converter of the TensorFlow that is installed: no option is without a verdict, and its forms are kelt's."""

import os

import keras
import numpy as np
import pytest
from converter_facts import FACTS, found_in, model, wanted

from kelt.converter_options import OPTIONS, TARGET_SPEC, without_converter_options

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="reads TensorFlow's own converter")
MAKERS = {"convert", "experimental_from_jax", "from_concrete_functions", "from_keras_model", "from_saved_model"}


def converter():
    import tensorflow as tf

    module = tf.Module()
    module.f = tf.function(lambda x: x + 1.0, input_signature=[tf.TensorSpec([1, 2])])
    return tf.lite.TFLiteConverter.from_concrete_functions([module.f.get_concrete_function()], module)


def test_every_attribute_of_the_converter_is_taken_or_rejected():
    public = {name for name in dir(converter()) if not name.startswith("_")} - MAKERS
    assert len(public) > 20
    assert public <= set(OPTIONS)


def test_every_setting_of_its_target_is_taken_or_rejected():
    assert {name for name in vars(converter().target_spec) if not name.startswith("_")} <= set(TARGET_SPEC)


def members(options):
    """The options with the members of TensorFlow's enumerations and its dtypes."""
    import tensorflow as tf

    spec = dict(options.get("target_spec", {}))
    if "supported_ops" in spec:
        spec["supported_ops"] = [tf.lite.OpsSet[name] for name in spec["supported_ops"]]
    if "supported_types" in spec:
        spec["supported_types"] = [tf.as_dtype(name) for name in spec["supported_types"]]
    if accumulation := spec.get("_experimental_supported_accumulation_type"):
        spec["_experimental_supported_accumulation_type"] = tf.as_dtype(accumulation)
    made = {name: tf.as_dtype(value) for name, value in options.items() if name.startswith("inference_")}
    made["optimizations"] = [tf.lite.Optimize[name] for name in options.get("optimizations", [])]
    return dict(options) | made | {"target_spec": spec}


def test_members_of_its_enumerations_are_read_as_their_names():
    for name, fact in FACTS.items():
        if fact.is_error and not fact.sin:
            with pytest.raises(ValueError, match="K101"):
                without_converter_options(members(fact.options()))
        else:
            assert without_converter_options(members(fact.options()))[1].recipe == translated(fact), name


def translated(fact):
    return without_converter_options(fact.options())[1].recipe


def test_its_target_and_its_representative_dataset_are_read_as_objects():
    import tensorflow as tf

    spec = tf.lite.TargetSpec(supported_types={tf.float16})
    given = {"optimizations": [tf.lite.Optimize.DEFAULT], "target_spec": spec}
    assert without_converter_options(given)[1].recipe["form"] == "fp16"
    data = tf.lite.RepresentativeDataset(lambda: iter([[tf.constant([1.0])]]))
    [[sample]] = without_converter_options({"optimizations": ["DEFAULT"], "representative_dataset": data})[
        1
    ].calibration()
    assert np.asarray(sample) == [1.0]


SAMPLE = ("float16", "data, output int8", "default, input int8", "data, 16-bit operators, a sine")


@pytest.mark.parametrize("name", FACTS if os.environ.get("KELT_LONG") else SAMPLE)
def test_the_converter_gives_what_the_table_says(name, tmp_path):
    fact, path = FACTS[name], tmp_path / "model.tflite"
    if fact.is_error:
        with pytest.raises(Exception, match=r"(?i)float32|must be|should be|quantiz|Expected to be in"):
            model(fact.sin).export(path, format="litert", verbose=False, **members(fact.options()))
        return
    model(fact.sin).export(path, format="litert", verbose=False, **members(fact.options()))
    assert found_in(path) == wanted(fact)
