"""The KerasHub models that tests and benchmarks share: each family from its constructor, tiny, with random weights.

A builder returns a model. What its inputs hold follows from their names (`hub_inputs.py`).
"""

from __future__ import annotations

from families import CASES
from families.tiny import VOCABULARY

BACKBONES = {
    "Bert": "BertBackbone",
    "Gemma": "GemmaBackbone",
    "Llama": "LlamaBackbone",
    "Mixtral": "MixtralBackbone",
    "GPT2": "GPT2Backbone",
    "T5": "T5Backbone",
    "Whisper": "WhisperBackbone",
    "ViT": "ViTBackbone",
    "Swin": "SwinTransformerBackbone",
    "SegFormer": "SegFormerImageSegmenter",
    "CLIP": "CLIPBackbone",
    "StableDiffusion3": "MMDiT",
    "Bloom": "BloomBackbone",
    "DebertaV3": "DebertaV3Backbone",
    "FNet": "FNetBackbone",
    "XLNet": "XLNetBackbone",
}

__all__ = ["BACKBONES", "VOCABULARY", "as_trained", "build"]


def build(name: str):
    """A model of the families, with weights as training would leave them."""
    import keras
    import keras_hub

    keras.utils.set_random_seed(7)
    model = CASES[BACKBONES.get(name, name)](keras_hub)
    as_trained(model)
    return model


def as_trained(model, seed: int = 3) -> None:
    """Seeded values for what is constant (scales, biases, tables of zeros), and matrices that make real logits.

    Initialisers are made for wide models: a standard deviation of 0.02 at a width of 16 leaves attention uniform.
    """
    import math

    import keras
    import numpy as np
    import zoo

    zoo.as_trained(model, seed)
    random = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        shape, values = tuple(variable.shape), keras.ops.convert_to_numpy(variable.value)
        wanted = 0.1 if len(shape) < 2 else 1 / math.sqrt(max(math.prod(shape[:-1]), 4)) if len(shape) > 2 else 0.3
        spread = values.std()
        if spread < 1e-6:
            around = float(values.flat[0]) if values.size else 0.0
            variable.assign(random.normal(around, max(wanted, 0.1), shape).astype("float32"))
        elif spread < wanted and len(shape) > 1:
            variable.assign(values * (wanted / spread))
