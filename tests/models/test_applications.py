"""One network of each family of keras.applications, with logits and statistics as if trained, against Keras."""

import keras
import numpy as np
import pytest
from harness import InOne, open_file, run, through_text
from limits import LIMITS

import kelt

# Input sizes are small where the family allows; the pixels' range is what the family expects.
SIZES = {
    "ConvNeXtTiny": 64,
    "DenseNet121": 64,
    "EfficientNetB0": 64,
    "EfficientNetV2B0": 64,
    "InceptionResNetV2": 96,
    "InceptionV3": 96,
    "MobileNet": 64,
    "MobileNetV2": 64,
    "MobileNetV3Large": 64,
    "MobileNetV3Small": 64,
    "NASNetMobile": 64,
    "ResNet50": 64,
    "ResNet50V2": 64,
    "VGG16": 32,
    "VGG19": 32,
    "Xception": 96,
}
OF_PIXELS = ("ConvNeXt", "EfficientNet", "MobileNetV3")  # scale their inputs themselves


def build(name):
    keras.utils.set_random_seed(1)
    size = SIZES[name]
    network = getattr(keras.applications, name)
    model = network(weights=None, input_shape=(size, size, 3), classifier_activation=None)
    rng = np.random.default_rng(2)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            channels = layer.moving_mean.shape
            layer.moving_mean.assign(rng.normal(0, 0.1, channels))
            layer.moving_variance.assign(rng.uniform(0.5, 1.5, channels))
            layer.beta.assign(rng.normal(0, 0.1, channels))
            if layer.scale:
                layer.gamma.assign(rng.uniform(0.8, 1.2, channels))
    return model


@pytest.mark.parametrize("name", SIZES)
def test_a_network_is_what_keras_computes(name, tmp_path):
    model = build(name)
    file = str(tmp_path / "model.tflite")
    report = kelt.export(model, file)
    # Counted within the model, however many Keras has named before it.
    assert [port for port, _ in report.signatures["serving_default"]["inputs"]] == ["keras_tensor"]
    assert [port for port, _ in report.signatures["serving_default"]["outputs"]] == model.output_names
    assert "CUSTOM" not in report.operators
    interpreter, whole = open_file(file), InOne(lambda image: model(image, training=False), model)
    assert list(interpreter.get_input_details()[0]["shape_signature"]) == [-1, SIZES[name], SIZES[name], 3]
    images = np.random.default_rng(3).uniform(-1, 1, (3, SIZES[name], SIZES[name], 3)).astype("float32")
    if name.startswith(OF_PIXELS):
        images = (images + 1) * 127.5
    references = keras.ops.convert_to_numpy(whole(images)[0])
    for batch in (1, 3):
        output, reference = run(interpreter, [images[:batch]])[0], references[:batch]
        assert output.shape == reference.shape
        assert np.abs(output - reference).max() <= LIMITS["float32"] * np.abs(reference).max()
    found = kelt.delegation(file)
    assert (found["partitions"], found["outside"]) == (1, [])
    through_text(model, file, tmp_path)
