"""Where the families of KerasHub differ between backends, and why: each must differ, and show what stands here."""

from __future__ import annotations

# What is not what Keras computes on a backend, most of it because Keras can't: a pattern of the error, and the reason.
NOT_RUN: dict[str, dict[str, tuple[str, str]]] = {
    "numpy": {
        "DepthAnythingBackbone": ("Unsupported backend: numpy", "KerasHub has no interpolation for numpy"),
        "FluxBackbone": ("^error", "numpy is 1.2e-5 from float64, the file 7e-6"),
        "MobileNetV5Backbone": ("", "Keras takes 20 GB to infer its shapes by running it: not tried"),
        "RoformerV2Backbone": ("only integers, slices", "KerasHub indexes arrays with a list of slices"),
        "SAMBackbone": ("^error", "numpy is 2e-4 from float64, the file 6e-7"),
        "SAM3PromptableConceptBackbone": (
            "out of bounds",
            "the lengths of prompts are counted below zero, which numpy's scatter does not take",
        ),
    },
    "tensorflow": {
        "DepthAnythingBackbone": ("KerasTensor cannot be used", "kelt knows no tf.compat.v1.image.resize"),
        "Gemma4Backbone": ("K205", "kelt finds no formula for the band of its mask"),
        "MobileNetV5Backbone": (
            "'NoneType' and 'int'",
            "KerasHub's attention reads the number of channels that TensorFlow's shape inference has lost",
        ),
        "Qwen3_5Backbone": ("K204", "kelt knows no band of a computed width"),
        "Qwen3_5MoeBackbone": ("K204", "kelt knows no band of a computed width"),
        "RWKV7Backbone": ("KerasTensor cannot be used", "kelt knows no tf.TensorArray"),
        "SAM3PromptableConceptBackbone": (
            "does not index into shape",
            "the lengths of prompts are counted below zero, which TensorFlow's scatter does not take",
        ),
    },
    "torch": {
        "DepthAnythingBackbone": ("align_corners=True", "kelt knows no such interpolation"),
        "SAM3PromptableConceptBackbone": ("boxes is expected to be", "kelt knows no roi_align of torchvision"),
        "RWKV7Backbone": ("does not support item assignment", "kelt knows no assignment to a part of a tensor"),
    },
}

GRAPH, NAMES = "what is computed", "names of layers"
POSITIONS = ("embeddings/interpolated_position_embeddings", "Keras resizes the positions when the model is built")
WAVES = ("constant", "the waves of the timestep are computed on the backend")
# Qwen's has no window in the one op; and where all keys of a query are masked, the parts give zeros.
FUSED = (GRAPH, "KerasHub calls one op for attention on jax and torch, and computes it in parts elsewhere")
PARTS = ("GPTNeoXBackbone", "Llama3Backbone", "LlamaBackbone", "MistralBackbone", "Phi3Backbone", "SmolLM3Backbone")
PARTS += ("Qwen2Backbone", "Qwen3Backbone", "Qwen3MoeBackbone", "StableDiffusion3Backbone")
INT64 = (GRAPH, "KerasHub's positions are integers of 64 bits here")
EMBEDDED = (GRAPH, "positions are read before the table that they look up")
# Where the file is another than that of jax: in what (constants by name), and why.
OTHER_FILES: dict[str, dict[str, tuple[str, str]]] = {
    "numpy": {
        "DINOV2Backbone": POSITIONS,
        "FluxBackbone": (NAMES, "KerasHub makes layers in each call, and Keras calls them more often on numpy"),
        **dict.fromkeys((*PARTS, "Qwen3_5Backbone", "Qwen3_5MoeBackbone"), FUSED),
    },
    "tensorflow": {
        "CLIPBackbone": INT64,
        "DINOV2Backbone": POSITIONS,
        "DebertaV3Backbone": (GRAPH, "Keras' dtype 'int' is of 64 bits here"),
        "Gemma3Backbone": (GRAPH, "KerasHub makes the band of its mask with tf.linalg.band_part"),
        "Gemma3nBackbone": (GRAPH, "KerasHub makes the band of its mask with tf.linalg.band_part"),
        "MetaCLIP2Backbone": INT64,
        "SigLIPBackbone": INT64,
        **dict.fromkeys(PARTS, FUSED),
    },
    "torch": {
        "BLIP2Backbone": EMBEDDED,
        "DINOV2Backbone": POSITIONS,
        "ESM2Backbone": (GRAPH, "KerasHub masks keys on torch, and queries elsewhere"),
        "FluxBackbone": (NAMES, "KerasHub makes layers in each call, and Keras calls them more often on torch"),
        "MetaCLIP2Backbone": EMBEDDED,
        "RoformerV2Backbone": (GRAPH, "KerasHub masks keys on torch, and queries elsewhere"),
        "SAMBackbone": EMBEDDED,
        "StableDiffusion3Backbone": WAVES,
        "ViTBackbone": EMBEDDED,
    },
}
