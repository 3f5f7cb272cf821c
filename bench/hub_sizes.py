"""KerasHub's models in the sizes of presets, built by hand, with weights that numpy draws: the same on every backend.

Each stands twice in `builders()`: as KerasHub builds it, with its open sizes, and as `NAME, fixed`, where every input
has one size, which is what the other roads convert best.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

VOCABULARY = 1000  # of the narrow ones
FIXED = ", fixed"


@dataclasses.dataclass(frozen=True)
class Sized:
    """A model, and the sizes of its open axes that are measured (`hub_inputs.symbol_of` has the letters)."""

    kind: str  # which goals it has: wide, narrow or other
    build: Callable[[Any], Any]  # from the module keras_hub
    sizes: dict[str, int]
    vocabulary: int = VOCABULARY


def _with_positions(hub, name, vocabulary, layers, heads, width, longest):
    """A backbone whose positions are learned."""
    return getattr(hub.models, name)(
        vocabulary_size=vocabulary,
        num_layers=layers,
        num_heads=heads,
        hidden_dim=width,
        intermediate_dim=4 * width,
        max_sequence_length=longest,
    )


def _gpt2(hub, *sizes):
    return _with_positions(hub, "GPT2Backbone", *sizes)


def _bert(hub, *sizes):
    return _with_positions(hub, "BertBackbone", *sizes)


def _llama(hub, vocabulary, layers, width, inner):
    return hub.models.LlamaBackbone(
        vocabulary_size=vocabulary,
        num_layers=layers,
        num_query_heads=12,
        num_key_value_heads=4,
        hidden_dim=width,
        intermediate_dim=inner,
    )


def _vit(hub):
    return hub.models.ViTBackbone(
        image_shape=(224, 224, 3), patch_size=16, num_layers=12, num_heads=12, hidden_dim=768, mlp_dim=3072
    )


def _whisper(hub):
    return hub.models.WhisperBackbone(
        vocabulary_size=51864,
        num_layers=4,
        num_heads=6,
        hidden_dim=384,
        intermediate_dim=1536,
        num_mels=80,
        max_encoder_sequence_length=3000,
        max_decoder_sequence_length=448,
    )


def _whisper_encoder(hub):
    import keras

    whole = _whisper(hub)
    return keras.Model(
        {"encoder_features": whole.input["encoder_features"]}, whole.output["encoder_sequence_output"], name="encoder"
    )


def _whisper_decoder(hub):
    import keras

    whole = _whisper(hub)
    inputs = {
        "encoded": whole.output["encoder_sequence_output"],
        "decoder_token_ids": whole.input["decoder_token_ids"],
        "decoder_padding_mask": whole.input["decoder_padding_mask"],
    }
    return keras.Model(inputs, whole.output["decoder_sequence_output"], name="decoder")


def _mobilenetv5(hub):
    """Gemma 3n's image encoder in its own widths, with fewer blocks of each stage."""
    from keras_hub.src.models.mobilenetv5.mobilenetv5_builder import convert_arch_def_to_stackwise

    attention = ["mqa_r1_k3_h12_v2_s1_d64_c640", "uir_r1_a0_k0_s1_e2_c640"]
    last = ["mqa_r1_k3_h16_s1_d96_c1280", "uir_r1_a0_k0_s1_e2_c1280"]
    stages = [
        ["er_r1_k3_s2_e4_c128", "er_r1_k3_s1_e4_c128"],
        ["uir_r1_a3_k5_s2_e6_c256", "uir_r1_a5_k0_s1_e4_c256"],
        ["uir_r1_a5_k5_s2_e6_c640", "uir_r1_a5_k0_s1_e4_c640", *2 * attention],
        ["uir_r1_a5_k5_s2_e6_c1280", *2 * last],
    ]
    return hub.models.MobileNetV5Backbone(
        **convert_arch_def_to_stackwise(stages),
        stem_size=64,
        num_features=2048,
        norm_layer="rms_norm",
        act_layer="gelu",
        use_msfa=True,
        layer_scale_init_value=1e-5,
        image_shape=(256, 256, 3),
    )


def _segformer(hub):
    encoder = hub.models.MiTBackbone(
        layerwise_depths=(2, 2, 2, 2),
        num_layers=4,
        layerwise_num_heads=(1, 2, 5, 8),
        layerwise_sr_ratios=(8, 4, 2, 1),
        max_drop_path_rate=0.1,
        layerwise_patch_sizes=(7, 3, 3, 3),
        layerwise_strides=(4, 2, 2, 2),
        hidden_dims=(32, 64, 160, 256),
        image_shape=(512, 512, 3),
    )
    backbone = hub.models.SegFormerBackbone(image_encoder=encoder, projection_filters=256)
    return hub.models.SegFormerImageSegmenter(backbone=backbone, num_classes=150, preprocessor=None)


def _d_fine(hub):
    """The nano model."""
    encoder = hub.models.HGNetV2Backbone(
        stem_channels=[3, 16, 16],
        stackwise_stage_filters=[
            [16, 16, 64, 1, 3, 3],
            [64, 32, 256, 1, 3, 3],
            [256, 64, 512, 2, 3, 5],
            [512, 128, 1024, 1, 3, 5],
        ],
        apply_downsample=[False, True, True, True],
        use_lightweight_conv_block=[False, False, True, True],
        depths=[1, 1, 2, 1],
        hidden_sizes=[64, 256, 512, 1024],
        embedding_size=16,
        use_learnable_affine_block=True,
        hidden_act="relu",
        image_shape=(None, None, 3),
        out_features=["stage3", "stage4"],
    )
    return hub.models.DFineBackbone(
        backbone=encoder,
        decoder_in_channels=[128, 128],
        encoder_hidden_dim=128,
        num_denoising=0,
        num_labels=80,
        hidden_dim=128,
        learn_initial_query=False,
        num_queries=300,
        anchor_image_size=(256, 256),
        feat_strides=[16, 32],
        num_feature_levels=2,
        encoder_in_channels=[512, 1024],
        encode_proj_layers=[1],
        num_attention_heads=8,
        encoder_ffn_dim=512,
        num_encoder_layers=1,
        hidden_expansion=0.34,
        depth_multiplier=0.5,
        eval_idx=-1,
        num_decoder_layers=3,
        decoder_attention_heads=8,
        decoder_ffn_dim=512,
        decoder_n_points=[6, 6],
        lqe_hidden_dim=64,
        num_lqe_layers=2,
        out_features=["stage3", "stage4"],
        image_shape=(256, 256, 3),
    )


def _cases() -> dict[str, Sized]:
    narrow = {
        "GPT-2 6 × 192": lambda hub: _gpt2(hub, VOCABULARY, 6, 6, 192, 128),
        "BERT 6 × 192": lambda hub: _bert(hub, VOCABULARY, 6, 6, 192, 128),
        "Llama 6 × 192": lambda hub: _llama(hub, VOCABULARY, 6, 192, 512),
    }
    cases = {
        f"{name}, {tokens} tokens": Sized("narrow", build, {"n": 1, "s": tokens})
        for name, build in narrow.items()
        for tokens in (1, 8, 32)
    }
    cases |= {
        "Whisper tiny, encoder": Sized("other", _whisper_encoder, {"n": 1, "s": 3000, "s1": 3000}),
        "Whisper tiny, decoder, 1 token": Sized("other", _whisper_decoder, {"n": 1, "s": 1500, "t": 1}, 51864),
        "MobileNetV5": Sized("other", _mobilenetv5, {"n": 1}),
        "SegFormer B0": Sized("other", _segformer, {"n": 1}),
        "D-FINE nano": Sized("other", _d_fine, {"n": 1}),
        "GPT-2 124M": Sized("wide", lambda hub: _gpt2(hub, 50257, 12, 12, 768, 1024), {"n": 1, "s": 128}, 50257),
        "BERT base": Sized("wide", lambda hub: _bert(hub, 30522, 12, 12, 768, 512), {"n": 1, "s": 128}, 30522),
        "Llama 12 × 768": Sized("wide", lambda hub: _llama(hub, 32000, 12, 768, 2048), {"n": 1, "s": 128}, 32000),
        "ViT base": Sized("wide", _vit, {"n": 1}),
    }
    return cases


CASES = _cases()


def builders() -> dict[str, Callable[[], Any]]:
    """Each model by its name, and at fixed sizes."""
    open_ones = {name: lambda name=name: _built(name) for name in CASES}
    return open_ones | {name + FIXED: lambda name=name: _at_fixed_sizes(name) for name in CASES}


def shape_of(name: str, port: str, tensor: Any) -> tuple[int, ...]:
    """The shape of an input of a model where it is measured."""
    from hub_inputs import symbol_of

    rank, sizes = len(tensor.shape), CASES[name].sizes
    symbols = [symbol_of(port, axis, rank) for axis in range(rank)]
    return tuple(sizes[symbol] if dim is None else dim for symbol, dim in zip(symbols, tensor.shape))


def _built(name: str):
    import keras
    import keras_hub

    keras.utils.set_random_seed(7)
    model = CASES[name].build(keras_hub)
    _draw_weights(model)
    return model


def _at_fixed_sizes(name: str):
    """A model around it whose inputs have one size each, and whose outputs are a list in the order of their names."""
    import keras

    model = _built(name)
    ports = model.input if isinstance(model.input, dict) else {tensor.name: tensor for tensor in model.inputs}
    inputs = {
        port: keras.Input(batch_shape=shape_of(name, port, tensor), dtype=tensor.dtype, name=port)
        for port, tensor in ports.items()
    }
    outputs = model(inputs if isinstance(model.input, dict) else next(iter(inputs.values())))
    if isinstance(outputs, dict):
        outputs = [value for _, value in sorted(outputs.items())]
    return keras.Model(list(inputs.values()), outputs, name="model")


def _draw_weights(model, seed: int = 3) -> None:
    """Scales around 1, small biases, and matrices that keep the variance of what they multiply."""
    import numpy as np

    random = np.random.default_rng(seed)
    for variable in model.weights:
        shape, kind = tuple(variable.shape), variable.path.rsplit("/", 1)[-1]
        if not str(variable.dtype).startswith("float"):
            continue
        if kind in ("moving_variance", "gamma", "scale"):
            values = random.uniform(0.6, 1.4, shape)
        elif len(shape) < 2:
            values = random.normal(0, 0.1, shape)
        else:
            spread = 0.5 if "embedding" in kind else 1 / math.sqrt(math.prod(shape[:-1]))
            values = spread * random.standard_normal(shape, "float32")
        variable.assign(values.astype("float32"))
