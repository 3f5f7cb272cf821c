"""Whisper tiny.en (examples/speech.py) hears what espeak-ng speaks: the words that the float file hears?"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from quantization import models

from real_weights.likelihood import log_softmax
from real_weights.task import Samples, Task

sys.path.append(str(models.ROOT / "examples"))

import speech

LENGTH = 48  # tokens: what follows the last that was said is not looked at
METRIC = "words unlike the float file's, % of all"
VOICES = {"calibration": ("en-us+f3", 165), "test": ("en-gb", 155)}  # and words a minute
SENTENCES = {
    "calibration": (
        "We walked along the river until the lamps of the village came into view.",
        "Please send the second report to the office before noon on Friday.",
        "The museum opens at nine, but the garden behind it is never closed.",
        "Her brother repairs old clocks and sells them at the market.",
        "A strong wind from the north brought rain during the night.",
        "Nobody expected the smallest team to win the final match.",
        "The recipe needs two eggs, a cup of milk and some sugar.",
        "They painted the kitchen yellow and the hall a pale blue.",
    ),
    "test": (
        "The old lighthouse keeper climbed the stairs every evening.",
        "Small models run on small devices without a connection.",
        "My neighbour bought three kilos of apples and a bottle of milk.",
        "The train to the airport leaves from the second platform at seven.",
        "Scientists discovered a new kind of fish in the deep ocean.",
        "Could you please close the window before you leave the room?",
        "The children played football in the park until it was dark.",
        "He wrote a long letter to his sister, who lives in Canada.",
        "The doctor said that he should drink more water and sleep longer.",
        "After the storm, the streets were covered with leaves and branches.",
    ),
}


def spoken(text: str, voice: str, speed: int) -> np.ndarray:
    """The mel spectrogram of a sentence."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "sentence.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-w", path, text], check=True)
        return speech.features_of(path)


@functools.cache
def features(part: str) -> list[np.ndarray]:
    return [spoken(text, *VOICES[part]) for text in SENTENCES[part]]


@functools.cache
def tokenizer():
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(speech.MODEL / "tokenizer.json"))


def export(path: pathlib.Path) -> None:
    """As in the example, but `decode` gives what follows each of so many tokens."""
    import keras

    import kelt

    backbone = speech.build(speech.MODEL)
    signatures = speech.signatures_of(backbone)
    spec = signatures["decode"][1] | {"token_ids": keras.InputSpec(shape=(1, LENGTH), dtype="int32")}

    def decode(sound, token_ids):
        hidden = backbone.decoder_embeddings(token_ids)
        for layer in backbone.decoder_transformer_layers:
            hidden = layer(hidden, sound)
        return {"logits": backbone.token_embedding(backbone.decoder_layer_norm(hidden), reverse=True)}

    kelt.export(backbone, path, signatures={"encode": signatures["encode"], "decode": (decode, spec)})


class Hearing:
    """One sentence, as a file hears it: `model` is called with the inputs of a signature."""

    def __init__(self, model, heard: np.ndarray, start: list[int], end: int):
        self.model, self.start, self.end = model, start, end
        self.sound = model({"encoder_features": heard}, "encode")["sound"]

    def inputs(self, tokens: list[int]) -> dict[str, np.ndarray]:
        padded = [*tokens, *[self.end] * LENGTH][:LENGTH]
        return {"sound": self.sound, "token_ids": np.array([padded], "int32")}

    def logits(self, tokens: list[int]) -> np.ndarray:
        """What follows each token, from the last of the start on."""
        return self.model(self.inputs(tokens), "decode")["logits"][0, len(self.start) - 1 :]

    def tokens(self, guess: list[int]) -> list[int]:
        """The likeliest token at each step: as far as a guess is right, one run tells all."""
        said = [*self.start]
        while len(said) < LENGTH and said[-1] != self.end:
            tried = [*said, *guess[len(said) :], *[self.end] * LENGTH][:LENGTH]
            likeliest = self.logits(tried).argmax(-1).tolist()
            for place in range(len(said), LENGTH):
                said.append(likeliest[place - len(self.start)])
                if said[-1] != tried[place] or said[-1] == self.end:
                    break
        return said


def hearing(model, heard: np.ndarray) -> Hearing:
    start = [tokenizer().token_to_id(token) for token in speech.START]
    return Hearing(model, heard, start, tokenizer().token_to_id(speech.END))


def words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter == "'" else " " for letter in text.lower()).split()


def edits(before: list[str], now: list[str]) -> int:
    """The fewest words that are changed, left out and put in."""
    row = list(range(len(now) + 1))
    for index, word in enumerate(before):
        corner, row[0] = row[0], index + 1
        for place, other in enumerate(now):
            corner, row[place + 1] = row[place + 1], min(corner + (word != other), row[place] + 1, row[place + 1] + 1)
    return row[-1]


def samples() -> Samples:
    """What both signatures of the float file are given."""
    from kelt.runtime import Model

    found: Samples = {"encode": [{"encoder_features": heard} for heard in features("calibration")], "decode": []}
    with tempfile.TemporaryDirectory() as folder:
        export(pathlib.Path(folder) / "whisper.tflite")
        model = Model(pathlib.Path(folder) / "whisper.tflite", threads=1)
        for heard in features("calibration"):
            of_file = hearing(model, heard)
            found["decode"].append(of_file.inputs(of_file.tokens([])))
    return found


@dataclasses.dataclass(frozen=True)
class Sentence:
    tokens: list[int]  # that the file hears
    forced: np.ndarray  # logarithms of the probabilities of what follows each of those that the float file hears

    @property
    def words(self) -> list[str]:
        return words(tokenizer().decode(self.tokens))


def heard_by(path: pathlib.Path, guesses: list[list[int]]) -> list[Sentence]:
    """The sentences of the test, given what the float file hears; nothing if it is that."""
    from kelt.runtime import Model

    model, found = Model(path, threads=1), []
    for heard, guess in zip(features("test"), guesses):
        of_file = hearing(model, heard)
        tokens = of_file.tokens(guess)
        forced = guess or tokens
        found.append(
            Sentence(tokens, log_softmax(of_file.logits(forced)[: len(forced) - len(of_file.start)].astype("float64")))
        )
    return found


@functools.cache
def of_float(path: pathlib.Path) -> list[Sentence]:
    return heard_by(path, [[] for _ in SENTENCES["test"]])


def figures(before: list[Sentence], now: list[Sentence]) -> dict[str, float]:
    """A sentence loses all its words at most, however much is heard in their place."""
    total = sum(len(one.words) for one in before)
    changed = sum(min(edits(one.words, other.words), len(one.words)) for one, other in zip(before, now))
    divergences = [(np.exp(one.forced) * (one.forced - other.forced)).sum(-1) for one, other in zip(before, now)]
    wrong = sum(edits(words(text), one.words) for text, one in zip(SENTENCES["test"], before))
    return {
        METRIC: 100 * changed / total,
        "KL of the next token, mean": float(np.mean(np.concatenate(divergences))),
        "of the float file: words unlike those that were spoken, %": 100 * wrong / total,
    }


def score(path: pathlib.Path, float_path: pathlib.Path) -> dict[str, float]:
    before = of_float(float_path)
    return figures(before, heard_by(path, [one.tokens for one in before]))


TASK = Task("whisper", METRIC, export, samples, score, tables=True)
