"""Quantized files beside float files: `kelt.compare`, `kelt.verify`, `kelt.export(verify=True)`, `kelt verify`."""

import json

import keras
import numpy as np
import pytest
from command import kelt as command

import kelt


@pytest.fixture(scope="module")
def model():
    """A convolution and two dense layers of one shape, with weights that a trained model may have."""
    keras.utils.set_random_seed(3)
    image = keras.Input((8, 8, 3), batch_size=1, name="image")
    x = keras.layers.Conv2D(32, 3, activation="relu", name="stem")(image)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dense(32, activation="relu", name="first")(x)
    x = keras.layers.Dense(32, name="second")(x)
    made = keras.Model(image, keras.layers.Dense(64, name="scores")(x))
    rng = np.random.default_rng(4)
    made.set_weights([w + rng.normal(size=w.shape, scale=0.1).astype(w.dtype) for w in made.get_weights()])
    return made


IMAGES = np.random.default_rng(5).normal(size=(6, 1, 8, 8, 3)).astype("float32")
FORMS = ["fp16", "int8-dynamic", "int8-static", "int4"]


@pytest.fixture(scope="module")
def files(model, tmp_path_factory):
    """The float file, and those of each form, by name."""
    folder = tmp_path_factory.mktemp("compare")
    kelt.export(model, folder / "float.tflite")
    for form in FORMS:
        recipe = {"form": form, "min_elements": 256}
        kelt.quantize(folder / "float.tflite", recipe, folder / f"{form}.tflite", calibration=list(IMAGES[:4]))
    np.savez(folder / "samples.npz", image=IMAGES)
    return folder


@pytest.mark.parametrize("form", FORMS)
def test_a_quantized_file_is_its_float_file_in_fewer_bits(files, form):
    found = kelt.compare(files / "float.tflite", files / f"{form}.tflite", list(IMAGES))
    assert (found.ok, found.faults, found.notes, found.coarsest) == (True, [], [], form)
    assert found.limits["scores"] + 5 < found.snr["scores"] < 90
    by_layer = {layer["layer"].split("/")[0]: layer for layer in found.layers}
    assert {"stem", "first", "second", "scores"} <= set(by_layer)
    assert all(layer["alone"]["snr"] >= layer["limit"] for layer in found.layers)
    assert by_layer["first"]["bytes_after"] < by_layer["first"]["bytes_before"]
    worst = found.layers[found.costliest[0]]
    assert worst["cure"] and worst["layer"] in str(found)
    assert "costs most" in str(found)
    drawn = json.loads(found.to_json())["distributions"]
    assert any("kernel" in one["tensor"] for one in drawn)
    assert all(sum(one["before"]["counts"]) == sum(one["after"]["counts"]) for one in drawn)


@pytest.mark.parametrize("form", FORMS)
def test_a_quantized_file_is_verified_against_the_model(model, files, form):
    errors = kelt.verify(model, files / f"{form}.tflite", inputs={"image": IMAGES[5]})
    assert errors.comparison.ok
    assert 1e-5 < errors["scores"] <= errors.limits["scores"].value
    assert f"{form}, an SNR of " in errors.limits["scores"].why


def test_an_export_is_verified_before_it_is_put_in_its_place(model, tmp_path):
    recipe = {"form": "int8-static", "min_elements": 256}
    report = kelt.export(model, tmp_path / "m.tflite", quantize=recipe, calibration=IMAGES, verify=True)
    assert report.comparison.ok
    assert report.errors["scores"] <= report.limits["scores"][0]
    assert "costs most" in str(report) and "of the largest value" not in str(report)
    assert [path.name for path in tmp_path.iterdir()] == ["m.tflite"]
    generator = (image for image in IMAGES)  # read once: the comparison has random samples, and says so
    report = kelt.export(model, tmp_path / "m.tflite", quantize=recipe, calibration=generator, verify=True)
    assert report.comparison.notes[0] == "the samples were random, which says little of real ones"


def trained_on(model):
    other = keras.models.clone_model(model)
    other.set_weights(model.get_weights())
    return other


def test_weights_of_another_layer_are_rejected(model, files):
    other = trained_on(model)
    first, second = other.get_layer("first"), other.get_layer("second")
    kernel = np.array(first.kernel)
    first.kernel.assign(second.kernel)
    second.kernel.assign(kernel)
    with pytest.raises(kelt.ExportError, match="K401") as error:
        kelt.verify(other, files / "int8-dynamic.tflite", inputs={"image": IMAGES[0]})
    assert (
        "the quantized file is not the model in fewer bits: the constant first/kernel is not the float file's"
        in str(error.value)
    )


def test_a_bias_that_was_trained_on_is_rejected(model, files):
    other = trained_on(model)
    other.get_layer("second").bias.assign_add(np.full(32, 0.01))
    for form in ("int8-static", "fp16"):
        with pytest.raises(kelt.ExportError, match="the constant second/bias"):
            kelt.verify(other, files / f"{form}.tflite", inputs={"image": IMAGES[0]})


def test_an_activation_that_is_left_out_is_rejected(model, files, tmp_path):
    other = trained_on(model)
    other.get_layer("first").activation = keras.activations.linear
    kelt.export(other, tmp_path / "linear.tflite", quantize={"form": "int8-dynamic", "min_elements": 256})
    found = kelt.compare(files / "float.tflite", tmp_path / "linear.tflite", list(IMAGES))
    assert any(fault.startswith("the layer first/") for fault in found.faults)


def test_the_command_compares_two_files(files):
    done = command("verify", files / "float.tflite", files / "int4.tflite", "--samples", files / "samples.npz")
    assert done.returncode == 0, done.stderr
    first, *lines = done.stdout.splitlines()
    assert first.endswith("float.tflite, samples: 6")
    assert lines[0].split() == ["output", "SNR", "error", "at", "least"]
    assert any(line.split()[-2:] == ["int4", "int4-block32"] for line in lines)
    found = json.loads(command("verify", files / "float.tflite", files / "int4.tflite", "--json").stdout)
    assert found["ok"] and found["notes"][0].startswith("the samples were random")


def test_the_command_fails_where_the_files_differ(model, files, tmp_path):
    other = trained_on(model)
    other.get_layer("stem").kernel.assign(other.get_layer("stem").kernel * 1.1)
    kelt.export(other, tmp_path / "other.tflite", quantize={"form": "int8-dynamic", "min_elements": 256})
    done = command("verify", files / "float.tflite", tmp_path / "other.tflite")
    assert done.returncode == 1
    assert "  wrong: the constant stem/kernel is not the float file's" in done.stdout
    assert "error[K401]" in done.stderr
    assert "in fewer bits: the constant stem/kernel" in done.stderr
    assert command("verify", files / "float.tflite").returncode == 2
