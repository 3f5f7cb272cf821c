"""The sizes that the tiny models of KerasHub share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

VOCABULARY, LENGTH, WIDTH, HIDDEN = 50, 64, 16, 32
ENCODER = {
    "vocabulary_size": VOCABULARY,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": WIDTH,
    "intermediate_dim": HIDDEN,
}
SHALLOW = {**ENCODER, "num_layers": 1}
DECODER = {
    "vocabulary_size": VOCABULARY,
    "num_layers": 2,
    "num_query_heads": 4,
    "num_key_value_heads": 2,
    "hidden_dim": WIDTH,
    "intermediate_dim": HIDDEN,
}
VISION = {"num_layers": 2, "num_heads": 2, "hidden_dim": WIDTH, "image_shape": (32, 32, 3)}

Builder = Callable[[Any], Any]  # from the module keras_hub to a model


def task(name: str, backbone: Builder, **options: Any) -> Builder:
    """A task around a backbone, without a preprocessor."""
    return lambda hub: getattr(hub.models, name)(backbone=backbone(hub), preprocessor=None, **options)


def classifier(name: str, backbone: Builder, **options: Any) -> Builder:
    """A classifier that gives logits: those of a softmax hide what differs."""
    return task(name, backbone, num_classes=4, activation=None, **options)
