"""Text with images, sound or video."""

from __future__ import annotations

import types

from families.tiny import DECODER, ENCODER, HIDDEN, LENGTH, VISION, VOCABULARY, WIDTH, Builder, task

PATCHES = {**VISION, "patch_size": 8, "intermediate_dim": HIDDEN}
TEXTS = {**ENCODER, "embedding_dim": WIDTH, "max_sequence_length": LENGTH}
LAYERS = {"num_layers": 2, "num_heads": 2, "hidden_dim": WIDTH, "intermediate_dim": HIDDEN}


# --- two towers


def clip_vision(hub):
    return hub.models.CLIPVisionEncoder(**PATCHES)


def clip_text(hub):
    return hub.models.CLIPTextEncoder(**TEXTS)


def clip(hub):
    return hub.models.CLIPBackbone(vision_encoder=clip_vision(hub), text_encoder=clip_text(hub), projection_dim=12)


def metaclip_vision(hub):
    return hub.models.MetaCLIP2VisionEncoder(**PATCHES)


def metaclip_text(hub):
    return hub.models.MetaCLIP2TextEncoder(**TEXTS)


def metaclip(hub):
    return hub.models.MetaCLIP2Backbone(
        vision_encoder=metaclip_vision(hub), text_encoder=metaclip_text(hub), projection_dim=12
    )


def siglip_vision(hub):
    return hub.models.SigLIPVisionEncoder(**PATCHES)


def siglip_text(hub):
    return hub.models.SigLIPTextEncoder(**TEXTS, projection_dim=WIDTH)


def siglip(hub):
    return hub.models.SigLIPBackbone(vision_encoder=siglip_vision(hub), text_encoder=siglip_text(hub))


# --- BLIP2

QUERIES = 3


def blip2_vision(hub):
    return hub.models.BLIP2VisionEncoder(
        **LAYERS,
        image_size=32,
        patch_size=8,
        use_patch_bias=True,
        use_class_token=True,
        use_mha_bias=True,
        use_mlp_bias=True,
        dropout_rate=0.0,
        layer_norm_epsilon=1e-6,
        initializer_range=0.02,
    )


def blip2_qformer(hub):
    """The second layer does not look at the image."""
    return hub.models.BLIP2QFormer(
        **LAYERS,
        num_query_tokens=QUERIES,
        vision_dim=WIDTH,
        cross_attention_frequency=2,
        dropout=0.0,
        layer_norm_epsilon=1e-6,
    )


def blip2_opt(hub):
    return hub.models.BLIP2CustomOPT(
        **ENCODER, num_query_tokens=QUERIES, dropout=0.0, max_sequence_length=LENGTH, qformer_hidden_dim=WIDTH
    )


def blip2_flan_t5(hub):
    return hub.models.BLIP2FlanT5(
        **ENCODER, num_query_tokens=QUERIES, qformer_hidden_dim=WIDTH, key_value_dim=8, dropout=0.0
    )


def _blip2(language: Builder) -> Builder:
    return lambda hub: hub.models.BLIP2Backbone(
        vision_encoder=blip2_vision(hub), qformer=blip2_qformer(hub), language_model=language(hub)
    )


# --- Gemma

WINDOWED = {**DECODER, "head_dim": 8, "use_sliding_window_attention": True, "sliding_window_size": 4}


def gemma3_vision(hub):
    return hub.models.Gemma3VisionEncoder(**LAYERS, image_size=16, patch_size=4, pool_size=2, output_dim=WIDTH)


def _gemma3(vision: bool, **options) -> Builder:
    return lambda hub: hub.models.Gemma3Backbone(
        **{**WINDOWED, "num_layers": 6},  # the sixth sees all
        image_size=16,
        use_post_ffw_norm=True,
        use_post_attention_norm=True,
        vision_encoder=gemma3_vision(hub) if vision else None,
        **options,
    )


gemma3_text, gemma3 = _gemma3(vision=False), _gemma3(vision=True)
gemma3_embedding = _gemma3(
    vision=False,
    is_embedding_model=True,
    use_bidirectional_attention=True,
    pooling_intermediate_dim=24,
    embedding_dim=8,
)


def _gemma3n(**options) -> Builder:
    """A layer of a window, one of all, and one that shares their keys."""
    return lambda hub: hub.models.Gemma3nBackbone(
        text_vocab_size=VOCABULARY,
        text_hidden_size=WIDTH,
        num_hidden_layers=3,
        pad_token_id=0,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        intermediate_size=[HIDDEN] * 3,
        hidden_activation="gelu_approximate",
        layer_types=["sliding_attention", "full_attention", "full_attention"],
        sliding_window=4,
        rope_theta=10000.0,
        max_position_embeddings=LENGTH,
        vocab_size_per_layer_input=VOCABULARY,
        hidden_size_per_layer_input=4,
        altup_num_inputs=2,
        laurel_rank=4,
        activation_sparsity_pattern=[0.5, 0.0, 0.0],
        num_kv_shared_layers=1,
        image_token_id=7,
        audio_token_id=9,
        vision_vocab_offset=30,
        vision_vocab_size=10,
        audio_vocab_offset=40,
        audio_vocab_size=10,
        **options,
    )


def gemma3n_vision():
    """What Gemma 3n takes: the configuration of a MobileNetV5 of one block."""
    return {
        "stackwise_block_types": [["er"]],
        "stackwise_num_blocks": [1],
        "stackwise_num_filters": [[8]],
        "stackwise_strides": [[2]],
        "stackwise_act_layers": [["gelu"]],
        "stackwise_exp_ratios": [[2.0]],
        "stackwise_se_ratios": [[0.0]],
        "stackwise_dw_kernel_sizes": [[0]],
        "stackwise_dw_start_kernel_sizes": [[0]],
        "stackwise_dw_end_kernel_sizes": [[0]],
        "stackwise_exp_kernel_sizes": [[3]],
        "stackwise_pw_kernel_sizes": [[1]],
        **dict.fromkeys(("stackwise_num_heads", "stackwise_key_dims", "stackwise_value_dims"), ((0,),)),
        "stackwise_kv_strides": [[0]],
        "stackwise_use_cpe": [[False]],
        "stem_size": 8,
        "use_msfa": False,
        "image_shape": (16, 16, 3),
    }


def gemma3n_audio():
    return {
        "hidden_size": 8,
        "input_feat_size": 16,
        "sscp_conv_channel_size": [2, 4],
        "sscp_conv_kernel_size": [(3, 3), (3, 3)],
        "sscp_conv_stride_size": [(2, 2), (2, 2)],
        "sscp_conv_group_norm_eps": 1e-5,
        "num_hidden_layers": 1,
        "rms_norm_eps": 1e-6,
        "gradient_clipping": 10.0,
        "residual_weight": 0.5,
        "num_attention_heads": 2,
        "attention_chunk_size": 4,
        "num_attention_context_right": 1,
        "num_attention_context_left": 3,
        "attention_logit_cap": 50.0,
        "conv_kernel_size": 3,
        "reduction_factor": 1,
    }


def gemma3n_seeing(hub):
    config = hub.models.MobileNetV5Backbone(**gemma3n_vision()).get_config()
    return _gemma3n(vision_encoder_config=config, vision_hidden_size=8, vision_soft_tokens_per_image=16)(hub)


def gemma3n_hearing(hub):
    from keras_hub.src.models.gemma3n.gemma3n_audio_encoder import Gemma3nAudioEncoder

    config = Gemma3nAudioEncoder(**gemma3n_audio()).get_config()
    return _gemma3n(audio_encoder_config=config, audio_hidden_size=8, audio_soft_tokens_per_image=4)(hub)


def gemma4_vision(hub):
    return hub.models.Gemma4VisionEncoder(
        **LAYERS, image_size=16, patch_size=4, pool_size=2, head_dim=8, num_key_value_heads=2, output_dim=WIDTH
    )


def gemma4_audio(hub):
    return hub.models.Gemma4AudioEncoder(
        input_feat_size=8,
        hidden_size=8,
        num_heads=2,
        num_layers=1,
        chunk_size=4,
        context_left=3,
        sscp_conv_channels=(4, 2),
        output_proj_dims=12,
        output_dim=WIDTH,
    )


def _gemma4(**options) -> Builder:
    """A layer of a window, and one of all whose heads are wider."""
    given = {"num_layers": 2, "layer_types": ["sliding_attention", "full_attention"], "global_head_dim": 16, **options}
    return lambda hub: hub.models.Gemma4Backbone(
        **{**WINDOWED, **given, **{name: encoder(hub) for name, encoder in options.items() if callable(encoder)}},
        image_size=16,
    )


gemma4_text = _gemma4()
gemma4_mixed = _gemma4(enable_moe_block=True, num_experts=4, num_experts_per_token=2, expert_intermediate_dim=12)
gemma4_per_layer = _gemma4(
    num_layers=3,
    layer_types=["sliding_attention", "full_attention", "full_attention"],
    num_kv_shared_layers=1,
    hidden_size_per_layer_input=4,
    vocab_size_per_layer_input=VOCABULARY,
)
gemma4_seeing = _gemma4(vision_encoder=gemma4_vision)
gemma4_hearing = _gemma4(audio_encoder=gemma4_audio, num_audio_tokens_per_clip=4)


# --- the others


def _pali_gemma(**options) -> Builder:
    return lambda hub: hub.models.PaliGemmaBackbone(
        **DECODER,
        head_dim=8,
        image_size=16,
        vit_patch_size=4,
        vit_num_heads=2,
        vit_hidden_dim=WIDTH,
        vit_num_layers=1,
        vit_intermediate_dim=HIDDEN,
        **options,
    )


pali_gemma = _pali_gemma()
pali_gemma_2 = _pali_gemma(
    query_head_dim_normalize=False,
    use_post_ffw_norm=True,
    use_post_attention_norm=True,
    attention_logit_soft_cap=50.0,
    final_logit_soft_cap=30.0,
    use_sliding_window_attention=True,
    sliding_window_size=4,
)


def parseq(hub):
    encoder = hub.models.ViTBackbone(
        image_shape=(16, 32, 3),
        patch_size=(4, 8),
        num_layers=1,
        num_heads=2,
        hidden_dim=WIDTH,
        mlp_dim=HIDDEN,
        use_class_token=False,
    )
    return hub.models.PARSeqBackbone(
        image_encoder=encoder,
        vocabulary_size=VOCABULARY,
        max_label_length=LENGTH,
        decoder_hidden_dim=WIDTH,
        num_decoder_layers=1,
        num_decoder_heads=2,
        decoder_mlp_dim=HIDDEN,
    )


def parseq_reader(hub):
    """Its loss asks the preprocessor for the tokenizer."""
    tokenizer = types.SimpleNamespace(pad_token_id=0)
    model = hub.models.PARSeqCausalLM(backbone=parseq(hub), preprocessor=types.SimpleNamespace(tokenizer=tokenizer))
    model.preprocessor = None
    return model


def _video_prism(**options) -> Builder:
    return lambda hub: hub.models.VideoPrismBackbone(
        num_frames=3,
        patch_size=8,
        hidden_dim=WIDTH,
        intermediate_dim=HIDDEN,
        num_heads=2,
        num_spatial_layers=1,
        num_temporal_layers=1,
        image_shape=(16, 16, 3),
        **options,
    )


video_prism = _video_prism(num_auxiliary_layers=0)
video_prism_text = _video_prism(
    num_auxiliary_layers=1, vocabulary_size=VOCABULARY, num_text_layers=1, attention_logit_soft_cap=50.0
)


CASES = {
    "CLIPVisionEncoder": clip_vision,
    "CLIPTextEncoder": clip_text,
    "CLIPBackbone": clip,
    "MetaCLIP2VisionEncoder": metaclip_vision,
    "MetaCLIP2TextEncoder": metaclip_text,
    "MetaCLIP2Backbone": metaclip,
    "SigLIPVisionEncoder": siglip_vision,
    "SigLIPTextEncoder": siglip_text,
    "SigLIPBackbone": siglip,
    "BLIP2VisionEncoder": blip2_vision,
    "BLIP2QFormer": blip2_qformer,
    "BLIP2CustomOPT": blip2_opt,
    "BLIP2FlanT5": blip2_flan_t5,
    "BLIP2Backbone": _blip2(blip2_opt),
    "BLIP2CausalLM": task("BLIP2CausalLM", _blip2(blip2_opt)),
    "BLIP2Seq2SeqLM": task("BLIP2Seq2SeqLM", _blip2(blip2_flan_t5)),
    "Gemma3VisionEncoder": gemma3_vision,
    "Gemma3Backbone": gemma3,
    "Gemma3Backbone text": gemma3_text,
    "Gemma3CausalLM": task("Gemma3CausalLM", gemma3),
    "Gemma3TextEmbedder": task("Gemma3TextEmbedder", gemma3_embedding, pooling_mode="mean"),
    "Gemma3nBackbone": _gemma3n(),
    "Gemma3nBackbone vision": gemma3n_seeing,
    "Gemma3nBackbone audio": gemma3n_hearing,
    "Gemma3nCausalLM": task("Gemma3nCausalLM", _gemma3n()),
    "Gemma4VisionEncoder": gemma4_vision,
    "Gemma4Backbone": gemma4_seeing,
    "Gemma4Backbone audio": gemma4_hearing,
    "Gemma4Backbone text": gemma4_text,
    "Gemma4Backbone experts": gemma4_mixed,
    "Gemma4Backbone per layer": gemma4_per_layer,
    "Gemma4CausalLM": task("Gemma4CausalLM", gemma4_seeing),
    "Gemma4AssistantCausalLM": task(
        "Gemma4AssistantCausalLM",
        gemma4_text,
        backbone_hidden_size=WIDTH,
        num_centroids=5,
        centroid_intermediate_top_k=2,
        use_ordered_embeddings=True,
    ),
    "PaliGemmaBackbone": pali_gemma,
    "PaliGemmaBackbone 2": pali_gemma_2,
    "PaliGemmaCausalLM": task("PaliGemmaCausalLM", pali_gemma),
    "PARSeqBackbone": parseq,
    "PARSeqCausalLM": parseq_reader,
    "VideoPrismBackbone": video_prism,
    "VideoPrismBackbone text": video_prism_text,
}
