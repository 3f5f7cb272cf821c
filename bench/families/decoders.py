"""Decoders of text: their backbones and causal language models."""

from __future__ import annotations

from families.tiny import DECODER, ENCODER, HIDDEN, LENGTH, SHALLOW, VOCABULARY, WIDTH, Builder, task

WINDOW = 4  # shorter than the sequences
EXPERTS = {"num_experts": 4, "top_k": 2}
# The first layer is linear attention.
LINEAR = {
    "layer_types": ["linear_attention", "full_attention"],
    "head_dim": 8,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 6,
    "linear_conv_kernel_dim": 4,
}


def bloom(hub):
    # Three heads: the slopes of a number that is no power of two.
    return hub.models.BloomBackbone(**{**SHALLOW, "num_heads": 3, "hidden_dim": 12})


def falcon(hub):
    sizes = {**SHALLOW, "num_attention_heads": 4}
    del sizes["num_heads"]
    return hub.models.FalconBackbone(**sizes)


def gemma(hub):
    return hub.models.GemmaBackbone(**DECODER, head_dim=8)


def gemma2(hub):
    return hub.models.GemmaBackbone(
        **DECODER,
        head_dim=8,
        query_head_dim_normalize=False,
        use_post_ffw_norm=True,
        use_post_attention_norm=True,
        attention_logit_soft_cap=5,
        final_logit_soft_cap=3,
        use_sliding_window_attention=True,
        sliding_window_size=WINDOW,
    )


def gpt2(hub):
    return hub.models.GPT2Backbone(**ENCODER, max_sequence_length=LENGTH)


def gpt_neo_x(hub):
    return hub.models.GPTNeoXBackbone(**ENCODER, rotary_percentage=0.5, max_sequence_length=LENGTH)


def gpt_oss(hub):
    return hub.models.GptOssBackbone(**DECODER, **EXPERTS, head_dim=8, sliding_window=WINDOW)


def llama(hub):
    return hub.models.LlamaBackbone(**DECODER)


def llama3(hub):
    """Frequencies adjusted by their wavelength."""
    return hub.models.Llama3Backbone(
        **DECODER,
        rope_frequency_adjustment_factor=8.0,
        rope_low_freq_factor=1.0,
        rope_high_freq_factor=4.0,
        rope_pretraining_sequence_length=32,
        tie_word_embeddings=True,
    )


def mistral(hub):
    return hub.models.MistralBackbone(**DECODER, head_dim=8, sliding_window=WINDOW)


def mixtral(hub):
    return hub.models.MixtralBackbone(**DECODER, **EXPERTS, sliding_window=8)


def opt(hub):
    return hub.models.OPTBackbone(**ENCODER, max_sequence_length=LENGTH)


def phi3(hub):
    return hub.models.Phi3Backbone(**DECODER)


def phi3_long(hub):
    """Rotary factors of their own from some length on."""
    return hub.models.Phi3Backbone(
        **DECODER,
        max_sequence_length=LENGTH,
        pretraining_sequence_length=12,
        rope_scaling_type="su",
        rope_scaling_short_factor=[1.2, 1.4],
        rope_scaling_long_factor=[0.8, 0.6],
    )


def qwen(hub):
    # From the second layer on, a window.
    return hub.models.Qwen2Backbone(**DECODER, use_sliding_window_attention=True, sliding_window_size=WINDOW)


def qwen3(hub):
    return hub.models.Qwen3Backbone(**DECODER, head_dim=8, sliding_window_size=WINDOW)


def qwen3_moe(hub):
    return hub.models.Qwen3MoeBackbone(
        **DECODER,
        **EXPERTS,
        head_dim=8,
        moe_intermediate_dim=12,
        norm_top_k_prob=True,
        sliding_window_size=WINDOW,
        mlp_only_layers=[1],
    )


def qwen_moe(hub):
    return hub.models.QwenMoeBackbone(
        **DECODER,
        **EXPERTS,
        moe_intermediate_dim=12,
        shared_expert_intermediate_dim=20,
        use_sliding_window_attention=True,
        sliding_window_size=WINDOW,
    )


def qwen3_5(hub):
    return hub.models.Qwen3_5Backbone(**DECODER, **LINEAR, partial_rotary_factor=0.5)


def qwen3_5_moe(hub):
    sizes = {name: size for name, size in DECODER.items() if name != "intermediate_dim"}
    return hub.models.Qwen3_5MoeBackbone(
        **sizes,
        **LINEAR,
        **EXPERTS,
        moe_intermediate_dim=12,
        shared_expert_intermediate_size=20,
        partial_rotary_factor=0.5,
    )


def smollm3(hub):
    sizes = {**DECODER, "num_attention_heads": 4}
    del sizes["num_query_heads"]
    # Rotary positions in the first layer only.
    return hub.models.SmolLM3Backbone(
        **sizes,
        attention_bias=True,
        attention_dropout=0.0,
        rope_layer_enabled_list=[True, False],
        layer_types=["attention", "attention"],
        mlp_bias=True,
        layer_norm_epsilon=1e-5,
        max_position_embeddings=LENGTH,
        rope_theta=10000.0,
        partial_rotary_factor=1.0,
    )


def rwkv7(hub):
    # The second layer mixes in the values of the first.
    return hub.models.RWKV7Backbone(
        vocabulary_size=VOCABULARY,
        hidden_size=WIDTH,
        head_size=4,
        num_layers=2,
        intermediate_dim=HIDDEN,
        gate_lora=8,
        mv_lora=4,
        aaa_lora=4,
        decay_lora=4,
    )


CASES: dict[str, Builder] = {
    "BloomBackbone": bloom,
    "BloomCausalLM": task("BloomCausalLM", bloom),
    "FalconBackbone": falcon,
    "FalconCausalLM": task("FalconCausalLM", falcon),
    "GemmaBackbone": gemma,
    "GemmaCausalLM": task("GemmaCausalLM", gemma2),
    "GPT2Backbone": gpt2,
    "GPT2CausalLM": task("GPT2CausalLM", gpt2),
    "GPTNeoXBackbone": gpt_neo_x,
    "GPTNeoXCausalLM": task("GPTNeoXCausalLM", gpt_neo_x),
    "GptOssBackbone": gpt_oss,
    "GptOssCausalLM": task("GptOssCausalLM", gpt_oss),
    "LlamaBackbone": llama,
    "LlamaCausalLM": task("LlamaCausalLM", llama),
    "Llama3Backbone": llama3,
    "Llama3CausalLM": task("Llama3CausalLM", llama3),
    "MistralBackbone": mistral,
    "MistralCausalLM": task("MistralCausalLM", mistral),
    "MixtralBackbone": mixtral,
    "MixtralCausalLM": task("MixtralCausalLM", mixtral),
    "OPTBackbone": opt,
    "OPTCausalLM": task("OPTCausalLM", opt),
    "Phi3Backbone": phi3_long,
    "Phi3CausalLM": task("Phi3CausalLM", phi3),
    "Qwen2Backbone": qwen,
    "Qwen2CausalLM": task("Qwen2CausalLM", qwen),
    "Qwen3Backbone": qwen3,
    "Qwen3CausalLM": task("Qwen3CausalLM", qwen3),
    "Qwen3TextEmbedder": task("Qwen3TextEmbedder", qwen3),
    "Qwen3MoeBackbone": qwen3_moe,
    "Qwen3MoeCausalLM": task("Qwen3MoeCausalLM", qwen3_moe),
    "QwenMoeBackbone": qwen_moe,
    "QwenMoeCausalLM": task("QwenMoeCausalLM", qwen_moe),
    "Qwen3_5Backbone": qwen3_5,
    "Qwen3_5CausalLM": task("Qwen3_5CausalLM", qwen3_5),
    "Qwen3_5MoeBackbone": qwen3_5_moe,
    "Qwen3_5MoeCausalLM": task("Qwen3_5MoeCausalLM", qwen3_5_moe),
    "SmolLM3Backbone": smollm3,
    "SmolLM3CausalLM": task("SmolLM3CausalLM", smollm3),
    "RWKV7Backbone": rwkv7,
    "RWKV7CausalLM": task("RWKV7CausalLM", rwkv7),
}
