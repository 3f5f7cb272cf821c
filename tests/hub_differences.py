"""Where the families of KerasHub differ between backends, and why: each must differ, and show what stands here."""

from __future__ import annotations

# What is not what Keras computes on a backend, most of it because Keras can't: a pattern of the error, and the reason.
NOT_RUN: dict[str, dict[str, tuple[str, str]]] = {
    "numpy": {
        "DepthAnythingBackbone": ("Unsupported backend: numpy", "KerasHub has no interpolation for numpy"),
        "MobileNetV5Backbone": ("", "Keras takes 20 GB to infer its shapes by running it: not tried"),
        "RoformerV2Backbone": ("only integers, slices", "KerasHub indexes arrays with a list of slices"),
    },
    "tensorflow": {
        "MobileNetV5Backbone": (
            "'NoneType' and 'int'",
            "KerasHub reads a number of channels that TensorFlow's shape inference has lost",
        ),
    },
}

# Keras' own float32 is further from float64 than the limit, and the file within twice that.
BY_FLOAT64 = {
    "numpy": {
        "FluxBackbone": "numpy is 1.9e-5 from float64, the file 2.8e-5",
        "SAMBackbone": "numpy is 1.2e-4 from float64, the file 1.5e-6",
    },
    "tensorflow": {"FluxBackbone": "TensorFlow is 1.5e-5 from float64, the file 2.8e-5"},
}

GRAPH, NAMES = "what is computed", "names of layers"
POSITIONS = ("embeddings/interpolated_position_embeddings", "Keras resizes the positions when the model is built")
WAVES = ("constant", "the waves of the timestep are computed on the backend")
# Other numbers, too: Qwen's window is left out of the one op, and where all keys of a query are masked, the parts give
# zeros.
FUSED = (GRAPH, "KerasHub calls one op for attention on jax and torch, and computes it in parts elsewhere")
PARTS = ("GPTNeoXBackbone", "Llama3Backbone", "LlamaBackbone", "MistralBackbone", "Phi3Backbone", "SmolLM3Backbone")
PARTS += ("Qwen2Backbone", "Qwen3Backbone", "Qwen3MoeBackbone", "Qwen3_5Backbone", "Qwen3_5MoeBackbone")
PARTS += ("StableDiffusion3Backbone",)
INT64 = (GRAPH, "KerasHub's positions are integers of 64 bits here")
MASKS = (GRAPH, "Keras aligns the masks of an attention on jax, where they have three axes")
# Where the file is another than that of jax: in what (constants by name), and why.
OTHER_FILES: dict[str, dict[str, tuple[str, str]]] = {
    "numpy": {
        "DINOV2Backbone": POSITIONS,
        "FluxBackbone": (NAMES, "KerasHub makes layers in each call, and Keras calls them more often on numpy"),
        "SAM3PromptableConceptBackbone": MASKS,
        **dict.fromkeys(PARTS, FUSED),
    },
    "tensorflow": {
        "CLIPBackbone": INT64,
        "DINOV2Backbone": POSITIONS,
        "DebertaV3Backbone": (GRAPH, "Keras' dtype 'int' is of 64 bits here"),
        "MetaCLIP2Backbone": INT64,
        "SAM3PromptableConceptBackbone": MASKS,
        "SigLIPBackbone": INT64,
        **dict.fromkeys(PARTS, FUSED),
    },
    "torch": {
        "DINOV2Backbone": POSITIONS,
        "ESM2Backbone": (GRAPH, "KerasHub masks keys on torch, and queries elsewhere"),
        "FluxBackbone": (NAMES, "KerasHub makes layers in each call, and Keras calls them more often on torch"),
        "RoformerV2Backbone": (GRAPH, "KerasHub masks keys on torch, and queries elsewhere"),
        "SAM3PromptableConceptBackbone": MASKS,
        "SAMBackbone": (GRAPH, "Keras sorts a dictionary of outputs on torch"),
        "StableDiffusion3Backbone": WAVES,
    },
}


def without_padded_boxes(arrays):
    """KerasHub's SAM3 hands the labels of boxes on as their masks: only jax takes the index that -10 then makes."""
    labels = arrays.get("box_labels")
    return arrays if labels is None else {**arrays, "box_labels": labels % 10}
