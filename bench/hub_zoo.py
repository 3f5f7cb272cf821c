"""The KerasHub models that tests and benchmarks share: each family from its constructor, tiny, with random weights.

A builder returns a model. What its inputs hold follows from their names (`hub_inputs.py`).
"""

from __future__ import annotations

from collections.abc import Callable

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


def bert(hub):
    return hub.models.BertBackbone(**ENCODER, max_sequence_length=LENGTH)


def gemma(hub):
    return hub.models.GemmaBackbone(**DECODER, head_dim=8)


def llama(hub):
    return hub.models.LlamaBackbone(**DECODER)


def mixtral(hub):
    return hub.models.MixtralBackbone(**DECODER, num_experts=4, top_k=2, sliding_window=8)


def gpt2(hub):
    return hub.models.GPT2Backbone(**ENCODER, max_sequence_length=LENGTH)


def t5(hub):
    return hub.models.T5Backbone(**ENCODER)


def whisper(hub):
    return hub.models.WhisperBackbone(
        **ENCODER, num_mels=8, max_encoder_sequence_length=2 * LENGTH, max_decoder_sequence_length=LENGTH
    )


def vit(hub):
    return hub.models.ViTBackbone(**VISION, patch_size=8, mlp_dim=HIDDEN)


def swin(hub):
    return hub.models.SwinTransformerBackbone(
        image_shape=(32, 32, 3), embed_dim=WIDTH, depths=(2, 2), num_heads=(2, 4), window_size=4, patch_size=2
    )


def segformer(hub):
    encoder = hub.models.MiTBackbone(
        layerwise_depths=(2, 2),
        num_layers=2,
        layerwise_num_heads=(1, 2),
        layerwise_sr_ratios=(4, 2),
        max_drop_path_rate=0.1,
        layerwise_patch_sizes=(7, 3),
        layerwise_strides=(4, 2),
        hidden_dims=(WIDTH, 2 * WIDTH),
        image_shape=(32, 32, 3),
    )
    backbone = hub.models.SegFormerBackbone(image_encoder=encoder, projection_filters=WIDTH)
    return hub.models.SegFormerImageSegmenter(backbone=backbone, num_classes=4)


def clip(hub):
    return hub.models.CLIPBackbone(
        vision_encoder=hub.models.CLIPVisionEncoder(**VISION, patch_size=8, intermediate_dim=HIDDEN),
        text_encoder=hub.models.CLIPTextEncoder(**ENCODER, embedding_dim=WIDTH, max_sequence_length=LENGTH),
        projection_dim=12,
    )


def mmdit(hub):
    """The diffusion transformer of Stable Diffusion 3."""
    from keras_hub.src.models.stable_diffusion_3.mmdit import MMDiT

    return MMDiT(
        patch_size=2,
        hidden_dim=WIDTH,
        num_layers=2,
        num_heads=2,
        position_size=16,
        latent_shape=(16, 16, 4),
        context_shape=(None, 12),
        pooled_projection_shape=(10,),
        qk_norm="rms_norm",
        dual_attention_indices=(0,),
    )


def bloom(hub):
    return hub.models.BloomBackbone(**SHALLOW)


def deberta(hub):
    return hub.models.DebertaV3Backbone(**SHALLOW, max_sequence_length=LENGTH, bucket_size=8)


def fnet(hub):
    return hub.models.FNetBackbone(
        vocabulary_size=VOCABULARY,
        num_layers=1,
        hidden_dim=WIDTH,
        intermediate_dim=HIDDEN,
        max_sequence_length=LENGTH,
    )


def xlnet(hub):
    return hub.models.XLNetBackbone(**SHALLOW)


BACKBONES: dict[str, Callable] = {
    "Bert": bert,
    "Gemma": gemma,
    "Llama": llama,
    "Mixtral": mixtral,
    "GPT2": gpt2,
    "T5": t5,
    "Whisper": whisper,
    "ViT": vit,
    "Swin": swin,
    "SegFormer": segformer,
    "CLIP": clip,
    "StableDiffusion3": mmdit,
    "Bloom": bloom,
    "DebertaV3": deberta,
    "FNet": fnet,
    "XLNet": xlnet,
}


def build(name: str):
    """A model of the table, with weights as training would leave them."""
    import keras
    import keras_hub

    keras.utils.set_random_seed(7)
    model = BACKBONES[name](keras_hub)
    as_trained(model)
    return model


def as_trained(model, seed: int = 3) -> None:
    """Seeded values for what is constant (scales, biases, tables of zeros), and matrices that make real logits.

    Initialisers are made for wide models: a standard deviation of 0.02 at a width of 16 leaves attention uniform.
    """
    import math

    import numpy as np
    import zoo

    zoo.as_trained(model, seed)
    random = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        shape, values = tuple(variable.shape), np.asarray(variable.value)
        wanted = 0.1 if len(shape) < 2 else 1 / math.sqrt(max(math.prod(shape[:-1]), 4)) if len(shape) > 2 else 0.3
        spread = values.std()
        if spread < 1e-6:
            around = float(values.flat[0]) if values.size else 0.0
            variable.assign(random.normal(around, max(wanted, 0.1), shape).astype("float32"))
        elif spread < wanted and len(shape) > 1:
            variable.assign(values * (wanted / spread))
