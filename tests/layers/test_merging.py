"""Layers of several inputs."""

import pytest
from harness import f32, i32
from keras import layers
from layer_cases import cases, check_layer

A, ROW, COLUMN = f32("n", "s", 4), f32("n", 1, 4), f32("n", "s", 1)


def elementwise(cls):
    return {
        "two": (lambda a, b: cls()([a, b]), [A, A]),
        "three": (lambda a, b, c: cls()([a, b, c]), [A, A, A]),
        "broadcast": (lambda a, b: cls()([a, b]), [A, ROW]),
        "both broadcast": (lambda a, b: cls()([a, b]), [COLUMN, ROW]),
        "ranks that differ": (lambda a, b: cls()([a, b]), [f32("n", 5, 4), f32("n", 4)]),
    }


def masked(cls, **options):
    """Each input has its mask: what comes out has one of both."""

    def build(a, b):
        x, y = [layers.Embedding(5, 4, mask_zero=True)(ids) for ids in (a, b)]
        return layers.GlobalAveragePooling1D()(cls(**options)([x, y]))

    return build, [i32("n", "s", high=3), i32("n", "s", high=3)]


LAYERS = {
    "Add": {
        **elementwise(layers.Add),
        "masks": masked(layers.Add),
        "integers": (lambda a, b: layers.Add()([a, b]), [i32("n", 4), i32("n", 4)]),
    },
    "Average": {**elementwise(layers.Average), "masks": masked(layers.Average)},
    "Maximum": {**elementwise(layers.Maximum), "masks": masked(layers.Maximum)},
    "Minimum": elementwise(layers.Minimum),
    "Multiply": {**elementwise(layers.Multiply), "masks": masked(layers.Multiply)},
    "Subtract": {name: case for name, case in elementwise(layers.Subtract).items() if name != "three"},
    "Concatenate": {
        "last axis": (lambda a, b: layers.Concatenate()([a, b]), [A, f32("n", "s", 3)]),
        "axis 1": (lambda a, b: layers.Concatenate(axis=1)([a, b]), [A, f32("n", "t", 4)]),
        "masks": masked(layers.Concatenate),
        "of masked inputs": (
            lambda a, b: layers.GlobalAveragePooling1D()(
                layers.Concatenate(axis=1)([layers.Embedding(6, 4, mask_zero=True)(a), b])
            ),
            [i32("n", "s", high=6), f32("n", "t", 4)],
        ),
    },
    "Dot": {
        "axes of rows": (lambda a, b: layers.Dot(axes=1)([a, b]), [f32("n", 4), f32("n", 4)]),
        "axes of unknown length": (lambda a, b: layers.Dot(axes=1)([a, b]), [A, f32("n", "s", 3)]),
        "normalize": (lambda a, b: layers.Dot(axes=1, normalize=True)([a, b]), [f32("n", 4), f32("n", 4)]),
        "axes 1": (lambda a, b: layers.Dot(axes=1)([a, b]), [f32("n", 4, "s"), f32("n", 4, "t")]),
        "axes 2": (lambda a, b: layers.Dot(axes=2)([a, b]), [A, f32("n", "t", 4)]),
        "axes that differ": (lambda a, b: layers.Dot(axes=(2, 1))([a, b]), [A, f32("n", 4, "t")]),
        "an image and a sequence": (
            lambda a, b: layers.Dot(axes=(3, 1))([a, b]),
            [f32("n", "s", "t", 4), f32("n", 4, "u", 2)],
        ),
        "axes that differ, normalize": (
            lambda a, b: layers.Dot(axes=(2, 1), normalize=True)([a, b]),
            [A, f32("n", 4, "t")],
        ),
    },
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_a_layer_that_merges_is_what_keras_computes(layer, option, tmp_path):
    check_layer(*LAYERS[layer][option], tmp_path)
