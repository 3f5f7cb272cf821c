"""Stable Diffusion 3 as one file: its parts are signatures, and compute what KerasHub's own steps compute."""

import hub_zoo
import keras
import numpy as np
import pytest
from keras import ops
from limits import LIMITS

import kelt
from kelt.hub.diffusion import StableDiffusion3, sigma_of

RNG = np.random.default_rng(4)
PARTS = ["encode_text", "denoise", "decode"]
ENCODERS = ("clip_l", "clip_g", "t5")
TURN = 1000 * 2.0**-24  # of the waves of a timestep of 1,000, by the rounding of sigma
OF_IMAGES = [*PARTS, "encode_image", "add_noise"]


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def prompt(*shape):
    return ops.convert_to_tensor(RNG.integers(0, 50, shape).astype("int32"))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = hub_zoo.build("StableDiffusion3ImageToImage")
    return model, kelt.export(model, tmp_path_factory.mktemp("sd3") / "m.tflite", verify=True)


@pytest.fixture(scope="module")
def parts():
    """The model, and the functions that are exported."""
    model = hub_zoo.build("StableDiffusion3ImageToImage")
    found = StableDiffusion3().get_signatures(model)
    return model.backbone, {name: function for name, (function, _) in found.items()}


def test_the_parts_are_signatures_over_one_table_of_weights(exported):
    model, report = exported
    assert list(report.signatures) == OF_IMAGES
    assert report.notes[0] == "exported as StableDiffusion3: every length and size as declared"
    assert report.constant_bytes < 4.5 * model.count_params()


@pytest.mark.parametrize("name", ["StableDiffusion3Backbone", "StableDiffusion3TextToImage"])
def test_without_an_image_there_are_three(name, tmp_path):
    report = kelt.export(hub_zoo.build(name), tmp_path / "m.tflite", max_sequence_length=7)
    assert list(report.signatures) == PARTS
    assert [kind for _, kind in report.signatures["encode_text"]["inputs"]] == ["i32[n, 7]"] * 2


def close(found, wanted, more=0.0):
    found, wanted = map(ops.convert_to_numpy, (found, wanted))
    np.testing.assert_allclose(found, wanted, atol=(LIMITS["float32"] + more) * np.abs(wanted).max())


@pytest.mark.parametrize(("step", "num_steps"), [(0, 4), (2, 4), (3, 4), (0, 1), (20, 28)])
def test_a_picture_is_made_as_in_keras(step, num_steps, parts):
    backbone, functions = parts
    vars(backbone.scheduler).pop("sigmas", None)  # those of another number of steps
    prompts = [{name: prompt(2, 6) for name in ENCODERS} for _ in range(2)]
    embeddings = backbone.encode_text_step(*prompts)
    texts = [functions["encode_text"](**{f"{name}_token_ids": ids for name, ids in each.items()}) for each in prompts]
    for i, name in ((0, "context"), (2, "pooled_projection")):
        close(texts[0][name], embeddings[i])
        close(texts[1][name], embeddings[i + 1])
    latents = normal(2, *backbone.latent_shape[1:])
    given = {**texts[0], **{f"negative_{name}": array for name, array in texts[1].items()}}
    counts = {"step": np.int32(step), "num_steps": np.int32(num_steps), "guidance_scale": np.float32(5.0)}
    counts = {name: ops.convert_to_tensor(number) for name, number in counts.items()}
    found = functions["denoise"](latents, **given, **counts)
    close(found["latents"], backbone.denoise_step(latents, embeddings, step, num_steps, 5.0), TURN)
    close(functions["decode"](latents)["images"], backbone.decode_step(latents))


def test_an_image_is_encoded_and_noise_added_as_in_keras(parts):
    backbone, functions = parts
    vars(backbone.scheduler).pop("sigmas", None)
    images, shape = normal(3, *backbone.image_shape), (3, *backbone.latent_shape[1:])
    drawn_by = keras.random.SeedGenerator(0)
    drawn_by.state.assign(backbone.vae.distribution_sampler.seed_generator.state)
    noise = keras.random.normal(shape, seed=drawn_by)  # what the backbone draws next
    close(functions["encode_image"](images, noise)["latents"], backbone.encode_image_step(images))
    latents, steps = normal(*shape), [ops.convert_to_tensor(np.int32(number)) for number in (1, 5)]
    noisy = functions["add_noise"](latents, noise, *steps)["latents"]
    close(noisy, backbone.add_noise_step(latents, noise, *steps))


def test_the_noise_of_each_step_is_that_of_the_scheduler():
    scheduler = hub_zoo.build("StableDiffusion3Backbone").scheduler
    for num_steps in (1, 2, 5, 28):
        scheduler.set_sigmas(num_steps)
        found = [float(sigma_of(scheduler, step, num_steps)) for step in range(num_steps + 1)]
        np.testing.assert_allclose(found, np.asarray(scheduler.sigmas), atol=LIMITS["constants of a backend"])
