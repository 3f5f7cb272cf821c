"""Writes checkpoints.json: the configuration, names and shapes of tiny checkpoints as their own packages write them.

    pip install torch transformers timm
    python tests/hugging_face/describe_checkpoints.py

It is run by hand, when a kind is added; the tests need neither of the packages. A `*` in a name stands for each of the
numbers beside its shape.
"""

import json
import pathlib
import re
import tempfile

import safetensors
import timm
import torch
import transformers

TABLE = pathlib.Path(__file__).with_name("checkpoints.json")

# No two sizes are alike, so that a transposition shows.
BERT = {
    "vocab_size": 47, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40,
    "max_position_embeddings": 34, "type_vocab_size": 2,
}  # fmt: skip
LLAMA = {
    "vocab_size": 47, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "intermediate_size": 40, "head_dim": 6, "max_position_embeddings": 64, "pad_token_id": 0, "bos_token_id": 1,
    "eos_token_id": 2,
}  # fmt: skip
GEMMA2 = LLAMA | {"query_pre_attn_scalar": 6, "sliding_window": 16}
MOE = LLAMA | {"num_experts": 3, "num_experts_per_tok": 2, "moe_intermediate_size": 10}
VIT = {
    "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40, "image_size": 28,
    "patch_size": 7,
}  # fmt: skip
LABELS = {"id2label": {0: "a", 1: "b", 2: "c", 3: "d", 4: "e"}, "label2id": {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4}}
SIGLIP = VIT | {"num_attention_heads": 4, "image_size": 56}

HYBRID = LLAMA | {
    "head_dim": 8, "num_hidden_layers": 4, "linear_num_key_heads": 2, "linear_num_value_heads": 4,
    "linear_key_head_dim": 6, "linear_value_head_dim": 7,
}  # fmt: skip
TOWER = {
    "depth": 2, "hidden_size": 20, "num_heads": 2, "intermediate_size": 36, "patch_size": 4, "temporal_patch_size": 2,
    "spatial_merge_size": 2, "out_hidden_size": 24, "num_position_embeddings": 16,
}  # fmt: skip
CLIP = VIT | {"num_attention_heads": 4, "projection_dim": 10}

# Kind → class, configuration. The class is the one whose file is published.
TRANSFORMERS = {
    "albert": ("AlbertForSequenceClassification", BERT | {"embedding_size": 14, "num_hidden_groups": 1}),
    "bart": ("BartModel", {
        "vocab_size": 47, "d_model": 24, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 3,
        "decoder_attention_heads": 3, "encoder_ffn_dim": 40, "decoder_ffn_dim": 40, "max_position_embeddings": 34,
    }),
    "bert": ("BertForPreTraining", BERT),
    "bert classifier": ("BertForSequenceClassification", BERT),
    "deit": ("DeiTForImageClassificationWithTeacher", VIT | LABELS),
    "dinov2": ("Dinov2Model", VIT | {"mlp_ratio": 2}),
    "dinov2_with_registers": ("Dinov2WithRegistersModel", VIT | {"mlp_ratio": 2}),
    "dinov3_vit": ("DINOv3ViTModel", VIT | {"num_register_tokens": 3}),
    "distilbert": ("DistilBertForMaskedLM", {
        "vocab_size": 47, "dim": 24, "n_layers": 2, "n_heads": 3, "hidden_dim": 40, "max_position_embeddings": 34,
    }),
    "esm": ("EsmForMaskedLM", BERT | {"position_embedding_type": "rotary", "pad_token_id": 1}),
    "gemma": ("GemmaForCausalLM", LLAMA),
    "gemma2": ("Gemma2ForCausalLM", GEMMA2),
    "gemma3_text": ("Gemma3ForCausalLM", GEMMA2),
    "gemma3": ("Gemma3ForConditionalGeneration", {
        "text_config": GEMMA2, "vision_config": SIGLIP, "mm_tokens_per_image": 4, "image_token_index": 46,
        "boi_token_index": 44, "eoi_token_index": 45,
    }),
    "gpt2": ("GPT2LMHeadModel", {"vocab_size": 47, "n_embd": 24, "n_layer": 2, "n_head": 3, "n_positions": 34}),
    "gpt_oss": ("GptOssForCausalLM", LLAMA | {
        "hidden_size": 32, "intermediate_size": 64, "num_local_experts": 3, "num_experts_per_tok": 2,
    }),
    "llama": ("LlamaForCausalLM", LLAMA),
    "llama tied": ("LlamaForCausalLM", LLAMA | {"tie_word_embeddings": True}),
    "metaclip_2": ("MetaClip2Model", {
        "vision_config": CLIP, "projection_dim": 10,
        "text_config": CLIP | {"vocab_size": 47, "max_position_embeddings": 34, "eos_token_id": 2},
    }),
    "mistral": ("MistralForCausalLM", LLAMA),
    "mixtral": ("MixtralForCausalLM", LLAMA | {"num_local_experts": 3, "num_experts_per_tok": 2}),
    "paligemma": ("PaliGemmaForConditionalGeneration", {
        # KerasHub takes the number of patches for the size of a head: they are alike in what is published.
        "text_config": LLAMA | {"model_type": "gemma", "head_dim": 16}, "projection_dim": 24,
        "vision_config": SIGLIP | {
            "image_size": 28, "model_type": "siglip_vision_model", "projection_dim": 24, "vision_use_head": False,
        },
        "image_token_index": 46,
    }),
    "qwen2": ("Qwen2ForCausalLM", LLAMA),
    "qwen3": ("Qwen3ForCausalLM", LLAMA),
    "qwen2_moe": ("Qwen2MoeForCausalLM", MOE | {"shared_expert_intermediate_size": 14}),
    "qwen3_moe": ("Qwen3MoeForCausalLM", MOE),
    "qwen3_5": ("Qwen3_5ForConditionalGeneration", {"text_config": HYBRID, "vision_config": TOWER}),
    "qwen3_5_moe": ("Qwen3_5MoeForConditionalGeneration", {
        "text_config": MOE | HYBRID | {"num_hidden_layers": 4, "shared_expert_intermediate_size": 14},
        "vision_config": TOWER,
    }),
    "roberta": ("RobertaForMaskedLM", BERT | {"pad_token_id": 1}),
    "smollm3": ("SmolLM3ForCausalLM", LLAMA | {"num_hidden_layers": 4}),
    "swin": ("SwinForImageClassification", LABELS | {
        "image_size": 56, "patch_size": 7, "embed_dim": 12, "depths": [2, 2], "num_heads": [2, 3], "window_size": 4,
    }),
    "gemma4_text": ("Gemma4ForCausalLM", GEMMA2 | {
        "global_head_dim": 6, "hidden_size_per_layer_input": 5, "vocab_size_per_layer_input": 47,
        "num_kv_shared_layers": 0,
    }),
    "t5gemma2": ("T5Gemma2ForConditionalGeneration", {
        "encoder": {"text_config": GEMMA2, "vision_config": SIGLIP, "mm_tokens_per_image": 4}, "decoder": GEMMA2,
        "eoi_token_index": 45, "image_token_index": 46,
    }),
    "t5gemma": ("T5GemmaForConditionalGeneration", {"encoder": GEMMA2, "decoder": GEMMA2}),
    "vit": ("ViTForImageClassification", VIT | LABELS),
    "xlm-roberta": ("XLMRobertaForMaskedLM", BERT | {"pad_token_id": 1}),
}  # fmt: skip

TIMM = (
    "cspresnet50", "densenet121", "efficientnet_b0", "hgnetv2_b0", "mobilenetv3_small_050", "resnet18", "resnetv2_50",
    "vgg11",
)  # fmt: skip


# What transformers 5 says otherwise than the files that earlier releases published, and that KerasHub reads.
NAMES = (
    (r"LayerNorm\.gamma$", "LayerNorm.weight"), (r"LayerNorm\.beta$", "LayerNorm.bias"),
    (r"(?<![^.])vision_tower\.", "vision_tower.vision_model."),
)  # fmt: skip
KEYS = {"bart": {"num_hidden_layers": "encoder_layers"}, "qwen3_moe": {"num_experts": "num_local_experts"}}


def of_transformers(name, settings):
    """What `save_pretrained` writes."""
    cls = getattr(transformers, name)
    model = cls(cls.config_class(**settings))
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        config = json.loads((pathlib.Path(folder) / "config.json").read_text())
        with safetensors.safe_open(pathlib.Path(folder) / "model.safetensors", "pt") as file:
            slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118 - it is no mapping
            config |= {key: config[now] for key, now in KEYS.get(config["model_type"], {}).items()}
            if config["model_type"].startswith("qwen3_5"):  # kelt can't export how KerasHub embeds its images
                del config["vision_config"]
            return config, {_published(key): (each.get_dtype(), each.get_shape()) for key, each in slices.items()}


def _published(name):
    for now, before in NAMES:
        name = re.sub(now, before, name)
    return name


def in_mxfp4(tensors):
    """GPT-OSS as it is distributed: its experts in 4 bits, in blocks of 32, which need a GPU to be written."""
    packed = {}
    for name, (dtype, shape) in tensors.items():
        if re.search(r"experts\.(gate_up|down)_proj$", name):
            count, inner, outer = shape
            packed[f"{name}_blocks"] = ("U8", [count, outer, inner // 32, 16])
            packed[f"{name}_scales"] = ("U8", [count, outer, inner // 32])
        else:
            packed[name] = (dtype, shape)
    return packed


def of_timm(name):
    """What `timm.models.save_for_hf` writes."""
    with torch.device("meta"):
        model = timm.create_model(name, num_classes=5)
    features = getattr(model, "head_hidden_size", model.num_features)  # as earlier releases of timm counted
    config = {
        "architecture": name, "num_classes": 5, "num_features": features, "pretrained_cfg": model.pretrained_cfg,
    }  # fmt: skip
    tensors = {
        key: ("I64" if value.dtype == torch.int64 else "F32", list(value.shape))
        for key, value in model.state_dict().items()
    }
    return json.loads(json.dumps(config, default=str)), tensors


def described(config, tensors):
    """An entry of the table: names that differ in their first number alone, and are alike, stand once."""
    alike = {}
    for name, (dtype, shape) in tensors.items():
        number = re.search(r"(?<=\.)\d+(?=\.)", name)
        pattern = name[: number.start()] + "*" + name[number.end() :] if number else name
        alike.setdefault((pattern, dtype, tuple(shape)), []).append(int(number[0]) if number else None)
    rows = [
        [pattern, "" if dtype == "F32" else dtype, list(shape), *([] if numbers == [None] else [numbers])]
        for (pattern, dtype, shape), numbers in alike.items()
    ]
    return {"config": config, "tensors": rows}


def main():
    """Writes the table, a line a row."""
    table = {}
    for kind, (name, settings) in TRANSFORMERS.items():
        config, tensors = of_transformers(name, settings)
        table[kind] = described(config, in_mxfp4(tensors) if kind == "gpt_oss" else tensors)
    for name in TIMM:
        table[name] = described(*of_timm(name))
    text = json.dumps(table, indent=0, separators=(",", ":"))
    text = re.sub(r"\n(?=[\]\d])", "", re.sub(r"(?<=[\[,\d])\n(?=[\[\d\"\]])", "", text))
    TABLE.write_text(text + "\n")


if __name__ == "__main__":
    main()
