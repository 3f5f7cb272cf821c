"""Makes wrong files of a right one, and asks kelt.verify about those whose outputs differ."""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
from typing import Any

import numpy as np

from mutants import changes, subjects, tflite, weights, worker

ROUNDING = 2e-6  # of float32, between kernels
MOST_TRIES = 5  # files made for each that counts


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What became of a wrong file."""

    subject: str
    class_: str  # "weights", "numbers" or "others"
    kind: str
    place: str
    effect: float
    caught: bool
    says: str


def effect(right, wrong, floor: float = 0.0) -> float:
    """The largest change of an output, over what the output varies by among its elements and the draws.

    A network without training gives nearly the same everywhere: over the largest value nothing would count. Less than
    `floor` times the largest value is the rounding of kernels.
    """
    worst = 0.0
    if any(draw.keys() != other.keys() for draw, other in zip(right, wrong)):
        return np.inf
    for name in right[0]:
        pairs = [(draw[name], other[name]) for draw, other in zip(right, wrong)]
        if any(a.shape != b.shape or a.dtype != b.dtype or (np.isfinite(a) != np.isfinite(b)).any() for a, b in pairs):
            return np.inf
        a, b = (np.concatenate([pair[i].astype("float64").ravel() for pair in pairs]) for i in (0, 1))
        a, b = a[np.isfinite(a)], b[np.isfinite(a)]
        change, largest = np.abs(a - b).max(initial=0.0), np.abs(a).max(initial=0.0)
        if change > floor * largest:
            worst = max(worst, float(change / (np.ptp(a) or largest or 1.0)))
    return worst


def limit_of(model: Any) -> float:
    """What a change must exceed to count."""
    from limits import LIMITS

    rounded = any("int8" in str(variable.dtype) or "int4" in str(variable.dtype) for variable in model.weights)
    return LIMITS["int8 activations"] if rounded else LIMITS["float32"]


class Trial:
    """A right model, its file, and what its outputs are."""

    def __init__(self, name: str, folder: pathlib.Path, runner: worker.Worker, verifier: worker.Worker):
        import kelt
        from kelt.runtime import Model

        self.subject = subjects.build(name)
        self.runner, self.verifier = runner, verifier
        self.folder, self.file = folder, folder / "right.tflite"
        kelt.export(self.subject.model, self.file)
        self.weights_file = folder / "weights.npz"
        np.savez(
            self.weights_file, **{str(at): np.array(weight) for at, weight in enumerate(self.subject.model.weights)}
        )
        ((inputs, _),) = Model(self.file).signatures.values()
        self.draws = self.subject.draws([tensor.name for tensor in inputs])
        self.right = runner.outputs_of(self.file, self.draws)
        assert self.right is not None, f"the right file of {name} doesn't run"
        self.limit = limit_of(self.subject.model)

    def false_alarm(self) -> str:
        """What is said against the right file, with its fingerprints and without."""
        plain = self.folder / "plain.tflite"
        tflite.without_fingerprints(self.file, plain)
        for file in (self.file, plain):
            found = self.verifier.verdict(self.subject.name, self.weights_file, file)
            if found is None or found[0]:
                return found[1] if found else "the process that verifies it dies"
        return ""

    def weights(self, number: int, rng) -> list[Verdict]:
        """Files of other weights, with their fingerprints ("weights") and without ("numbers")."""
        import kelt

        found: list[Verdict] = []
        wrong, plain = self.folder / "wrong.tflite", self.folder / "wrong_plain.tflite"
        tries = itertools.islice(in_turn(weights.of_weights(self.subject.model), rng), MOST_TRIES * number)
        for change in tries:
            with weights.changed(self.subject.model, change):
                kelt.export(self.subject.model, wrong)
            size = self._effect(wrong)
            if size is not None:
                tflite.without_fingerprints(wrong, plain)
                found += self._verdicts("weights", change, wrong, size) + self._verdicts("numbers", change, plain, size)
            if len(found) >= 2 * number:
                break
        return found

    def file_changes(self, class_: str, number: int, rng) -> list[Verdict]:
        """Files changed themselves: their constants ("numbers") or what computes ("others")."""
        found: list[Verdict] = []
        wrong = self.folder / "wrong.tflite"
        model = tflite.read(self.file)
        places = changes.of_constants(model) if class_ == "numbers" else changes.of_operators(model)
        for change in itertools.islice(in_turn(places, rng), MOST_TRIES * number):
            changed = tflite.read(self.file)
            change.apply(changed)
            tflite.write(changed, wrong)
            size = self._effect(wrong)
            if size is not None:
                found += self._verdicts(class_, change, wrong, size)
            if len(found) >= number:
                break
        return found

    def _effect(self, wrong) -> float | None:
        """Of a file that counts."""
        outputs = self.runner.outputs_of(wrong, self.draws)
        size = effect(self.right, outputs, ROUNDING) if outputs is not None else 0.0
        return size if size > self.limit else None

    def _verdicts(self, class_, change, path, size) -> list[Verdict]:
        """One, or none of a file that brings the runtime down."""
        found = self.verifier.verdict(self.subject.name, self.weights_file, path)
        return [] if found is None else [Verdict(self.subject.name, class_, change.kind, change.place, size, *found)]


def in_turn(found, rng):
    """Shuffled, and one of each kind after the other."""
    by_kind: dict[str, list] = {}
    for change in found:
        by_kind.setdefault(change.kind, []).append(change)
    kinds = sorted(by_kind)
    rng.shuffle(kinds)
    for mine in by_kind.values():
        rng.shuffle(mine)
    while kinds:
        for kind in list(kinds):
            yield by_kind[kind].pop()
            if not by_kind[kind]:
                kinds.remove(kind)


def subject_verdicts(
    name: str, folder: pathlib.Path, workers: tuple[worker.Worker, worker.Worker], weights: int, others: int
) -> tuple[list[Verdict], str]:
    """All of a subject, and what is said against the right file (nothing, if all is well).

    Of the workers one runs wrong files, which may damage it, and one verifies them.
    """
    rng = np.random.default_rng(len(name))
    trial = Trial(name, folder, *workers)
    alarm = trial.false_alarm()
    if alarm:
        return [], alarm
    found = trial.weights(weights, rng) + trial.file_changes("numbers", weights, rng)
    return found + trial.file_changes("others", others, rng), ""
