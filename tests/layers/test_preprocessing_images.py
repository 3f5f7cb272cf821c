"""Preprocessing of images: what is done at inference, and augmentation, which then does nothing."""

import keras
import pytest
from harness import Spec, f32, i32
from keras import layers
from layer_cases import cases, check_layer

import kelt

IMAGE = f32("n", "s", "t", 3, low=0, high=255)
KNOWN = f32("n", 12, 9, 3, low=0, high=255)
FIRST = f32("n", 3, 12, 9, low=0, high=255)


def augmentation(make, *specs):
    """At inference: the image as it came. What follows shows that the layer is there."""
    return lambda x: layers.Conv2D(2, 1)(make()(x)), list(specs or [IMAGE])


def of_dict(make):
    """Images with their boxes."""

    def build(images, boxes, labels):
        out = make()({"images": images, "bounding_boxes": {"boxes": boxes, "labels": labels}})
        return [out["images"], out["bounding_boxes"]["boxes"], out["bounding_boxes"]["labels"]]

    return build, [f32("n", 6, 7, 3), f32("n", 4, 4), i32("n", 4)]


RANDOM_LAYERS = {
    "AugMix": lambda: layers.AugMix(),
    "CutMix": lambda: layers.CutMix(),
    "Equalization": lambda: layers.Equalization(),
    "MixUp": lambda: layers.MixUp(),
    "RandAugment": lambda: layers.RandAugment(),
    "RandomBrightness": lambda: layers.RandomBrightness(0.3),
    "RandomColorDegeneration": lambda: layers.RandomColorDegeneration(0.3),
    "RandomColorJitter": lambda: layers.RandomColorJitter(brightness_factor=0.2, hue_factor=0.1),
    "RandomContrast": lambda: layers.RandomContrast(0.3),
    "RandomElasticTransform": lambda: layers.RandomElasticTransform(),
    "RandomErasing": lambda: layers.RandomErasing(),
    "RandomFlip": lambda: layers.RandomFlip(),
    "RandomGaussianBlur": lambda: layers.RandomGaussianBlur(),
    "RandomGrayscale": lambda: layers.RandomGrayscale(),
    "RandomHue": lambda: layers.RandomHue(0.3),
    "RandomInvert": lambda: layers.RandomInvert(),
    "RandomPerspective": lambda: layers.RandomPerspective(),
    "RandomPosterization": lambda: layers.RandomPosterization(4),
    "RandomRotation": lambda: layers.RandomRotation(0.3),
    "RandomSaturation": lambda: layers.RandomSaturation(0.3),
    "RandomSharpness": lambda: layers.RandomSharpness(0.3),
    "RandomShear": lambda: layers.RandomShear(0.2, 0.2),
    "RandomTranslation": lambda: layers.RandomTranslation(0.2, 0.2),
    "RandomZoom": lambda: layers.RandomZoom(0.2),
    "Solarization": lambda: layers.Solarization(0.3, 0.4),
}

LAYERS = {
    **{name: {"at inference": augmentation(make)} for name, make in RANDOM_LAYERS.items()},
    "AutoContrast": {
        "default": (lambda x: layers.AutoContrast()(x), [KNOWN]),
        "value_range": (lambda x: layers.AutoContrast(value_range=(0, 1))(x), [f32("n", 6, 7, 3, low=0.2, high=0.9)]),
        "unknown size": (lambda x: layers.AutoContrast()(x), [IMAGE]),
    },
    "ContrastLimitedAdaptiveHistogramEqualization": {
        "default": (lambda x: layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(3, 2))(x), [KNOWN]),
        "value_range": (
            lambda x: layers.ContrastLimitedAdaptiveHistogramEqualization((0, 1), 2.0, (2, 2))(x),
            [f32("n", 12, 9, 3, low=0, high=1)],
        ),
        "channels_first": (
            lambda x: layers.ContrastLimitedAdaptiveHistogramEqualization(
                tile_grid_size=(3, 3), data_format="channels_first"
            )(x),
            [FIRST],
        ),
        "unknown size": (
            lambda x: layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(3, 2))(x),
            [IMAGE],
        ),
        "unknown size, channels_first": (
            lambda x: layers.ContrastLimitedAdaptiveHistogramEqualization(
                tile_grid_size=(2, 5), data_format="channels_first"
            )(x),
            [f32("n", 3, "s", "t", low=0, high=255)],
        ),
    },
    "CenterCrop": {
        "known size": (lambda x: layers.CenterCrop(5, 4)(x), [KNOWN]),
        "larger than the image": (lambda x: layers.CenterCrop(20, 21)(x), [KNOWN]),
        "channels_first": (lambda x: layers.CenterCrop(5, 4, data_format="channels_first")(x), [FIRST]),
        "unknown size": (lambda x: layers.CenterCrop(5, 4)(x), [IMAGE]),
        "unknown size, sometimes larger": (lambda x: layers.CenterCrop(9, 7)(x), [IMAGE]),
        "unknown size, larger": (lambda x: layers.CenterCrop(13, 20)(x), [IMAGE]),
        "unknown height": (lambda x: layers.CenterCrop(10, 6)(x), [f32("n", "s", 8, 3)]),
        "unknown size, channels_first": (
            lambda x: layers.CenterCrop(9, 7, data_format="channels_first")(x),
            [f32("n", 3, "s", "t")],
        ),
        "unknown size of one image": (lambda x: layers.CenterCrop(9, 7)(x), [f32("s", "t", 3)]),
    },
    "RandomCrop": {
        "at inference": (lambda x: layers.RandomCrop(5, 4)(x), [KNOWN]),
        "at inference, unknown size": (lambda x: layers.RandomCrop(5, 4)(x), [IMAGE]),
        "at inference, channels_first": (lambda x: layers.RandomCrop(5, 4, data_format="channels_first")(x), [FIRST]),
    },
    "Resizing": {
        "bilinear": (lambda x: layers.Resizing(5, 7)(x), [KNOWN]),
        "larger": (lambda x: layers.Resizing(24, 27)(x), [KNOWN]),
        "unknown size": (lambda x: layers.Resizing(5, 7)(x), [IMAGE]),
        "nearest": (lambda x: layers.Resizing(5, 7, interpolation="nearest")(x), [KNOWN]),
        "channels_first": (lambda x: layers.Resizing(5, 7, data_format="channels_first")(x), [FIRST]),
        "crop_to_aspect_ratio": (lambda x: layers.Resizing(5, 7, crop_to_aspect_ratio=True)(x), [KNOWN]),
        "pad_to_aspect_ratio": (lambda x: layers.Resizing(5, 7, pad_to_aspect_ratio=True, fill_value=3.0)(x), [KNOWN]),
        "bicubic": (lambda x: layers.Resizing(5, 7, interpolation="bicubic")(x), [KNOWN]),
        "bicubic, larger": (lambda x: layers.Resizing(24, 27, interpolation="bicubic")(x), [KNOWN]),
        "lanczos3": (lambda x: layers.Resizing(5, 7, interpolation="lanczos3")(x), [KNOWN]),
        "lanczos5": (lambda x: layers.Resizing(24, 7, interpolation="lanczos5")(x), [KNOWN]),
        "antialias": (lambda x: layers.Resizing(5, 7, antialias=True)(x), [KNOWN]),
        "bicubic, antialias": (lambda x: layers.Resizing(5, 7, "bicubic", antialias=True)(x), [KNOWN]),
        "lanczos3, antialias": (lambda x: layers.Resizing(5, 7, "lanczos3", antialias=True)(x), [KNOWN]),
        "nearest, unknown size": (lambda x: layers.Resizing(5, 7, "nearest")(x), [IMAGE]),
        "bicubic, unknown size": (lambda x: layers.Resizing(5, 7, "bicubic")(x), [IMAGE]),
        "antialias, unknown size": (lambda x: layers.Resizing(5, 7, antialias=True)(x), [IMAGE]),
        "integers": (lambda x: layers.Resizing(6, 3, dtype="uint8")(x), [Spec(("n", 12, 9, 3), "uint8", 0, 255)]),
        "crop_to_aspect_ratio, unknown size": (lambda x: layers.Resizing(5, 7, crop_to_aspect_ratio=True)(x), [IMAGE]),
        "pad_to_aspect_ratio, unknown size": (lambda x: layers.Resizing(5, 7, pad_to_aspect_ratio=True)(x), [IMAGE]),
        "one image": (lambda x: layers.Resizing(5, 7)(x), [f32(12, 9, 3)]),
        "before a rescaling": (lambda x: layers.Rescaling(1 / 255)(layers.Resizing(5, 7)(x)), [KNOWN]),
    },
    "MaxNumBoundingBoxes": {
        "fewer": of_dict(lambda: layers.MaxNumBoundingBoxes(3, bounding_box_format="xyxy")),
        "more": of_dict(lambda: layers.MaxNumBoundingBoxes(6, bounding_box_format="xyxy")),
    },
    "Pipeline": {
        "of three layers": (
            lambda x: layers.Pipeline([layers.Rescaling(1 / 255), layers.RandomFlip(), layers.CenterCrop(5, 4)])(x),
            [KNOWN],
        ),
    },
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_preprocessed_images_are_those_of_keras(layer, option, tmp_path):
    check_layer(*LAYERS[layer][option], tmp_path)


def test_augmentation_hands_on_the_image_alone(tmp_path):
    """An augmentation that stays in the file would be an operation."""
    x = keras.Input((8, 8, 3))
    model = keras.Model(x, layers.RandomRotation(0.2)(layers.RandomFlip()(layers.ReLU()(x))))
    assert kelt.export(model, tmp_path / "model.tflite").operators == {"RELU": 1}
