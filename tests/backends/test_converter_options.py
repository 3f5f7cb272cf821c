"""The converter of the TensorFlow that is installed has no option without a verdict."""

import keras
import pytest

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


def test_members_of_its_enumerations_are_read():
    import tensorflow as tf

    taken = {
        "optimizations": [tf.lite.Optimize.EXPERIMENTAL_SPARSITY],
        "inference_input_type": tf.float32,
        "target_spec": {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]},
    }
    assert without_converter_options(taken) == {}
    for name, value in (("optimizations", [tf.lite.Optimize.DEFAULT]), ("inference_output_type", tf.int8)):
        with pytest.raises(ValueError, match=name):
            without_converter_options({name: value})
