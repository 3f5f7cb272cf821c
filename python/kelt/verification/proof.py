"""One signature of a file on trial: it runs, and every output is compared with the live model's."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from kelt.errors import ExportError, bad_argument, failure, first_line
from kelt.verification import choices, in_parts
from kelt.verification import draws as draws_module
from kelt.verification.arrays import compared, distance, magnitude, variation
from kelt.verification.channels import wrong_channel
from kelt.verification.limits import (
    APART,
    GIVEN,
    HALF,
    Limit,
    because_of_rounding,
    has_integer_weights,
    is_rounding,
    limit_of,
    moved_values,
    record_values,
    rounding_of_sum,
    terms_summed,
    widened,
)
from kelt.verification.live import LeakedError, live_outputs
from kelt.verification.mismatch import mismatch, mismatch_unseen
from kelt.verification.sizes import first_sizes, size_draws

DRAWS = 4  # of random inputs, before a model that only gives zeros is given up
RUNS = 2  # of a model with states: the second starts from what the first has assigned
LEAST_VARIATION = 100  # limits: what varies by less than that over its largest value is hardly compared
MOST_VARIATION = 0.1
STEPS = 8  # of the dtype's precision that a value may be off by, whatever it is computed by
SHARP = 1e-2  # a change of what varies by that must be seen


@dataclasses.dataclass(slots=True)
class Draw:
    """Inputs, and what the model and the file make of them in one call after the other."""

    kind: str
    inputs: list[np.ndarray]
    live: list[list[np.ndarray]]  # by call and output
    found: dict[str, list[list[np.ndarray]]]  # by kernels
    sizes: dict[str, int]
    own: dict[str, float] | None = None  # once it was asked for


class Proof:
    """The trial of one signature."""

    def __init__(self, emitted, path, index, tolerance=None):
        self.emitted, self.path, self.index = emitted, path, index
        self.function = emitted.graph.functions[index]
        self.kernels = ["delegate"]
        if has_integer_weights(self.function):
            self.kernels.append("builtin")  # their kernels for integers are others
        self.models: dict[str, Any] = {}
        self.parts = in_parts.opened(path, self.function.name)
        self.prefix = f"{self.function.name}/" if len(emitted.graph.functions) > 1 else ""
        self.draws: list[Draw] = []
        self.choices, self.tied = {}, {}  # by draw, kernels and call, the file's choices; those of them that tie
        moved = moved_values(self.function)
        self.moved = [id(value) in moved for _, value in self.function.outputs]
        self.limits = [limit_of(value, moved, tolerance) for _, value in self.function.outputs]
        self.errors, self.applied = [0.0 for _ in self.limits], list(self.limits)  # the largest, and its limit

    # --- draws

    def draw(self, seed: int) -> None:
        """Inputs of all kinds, at sizes that the model and the file take."""
        sizes = self._first(seed)
        for number, kind in enumerate(draws_module.KINDS[1:], start=1):
            self._try(kind, sizes, seed + number)
        for number in range(1, DRAWS):
            if not self.silent():
                break
            self._try("random", sizes, seed + number)
        for candidates in size_draws(self.function, sizes):
            self._one_of(candidates, seed)

    def _one_of(self, candidates, seed):
        """A draw at the first of these sizes that the model and the file take."""
        rejected = None
        for sizes in candidates:
            if any(draw.sizes == sizes for draw in self.draws):
                return
            inputs = draws_module.drawn(self.function, "random", sizes, seed)
            try:
                live = self._live(inputs)
            except Exception:  # the model has its reasons
                continue
            try:
                self._add("size", inputs, live)
            except Exception as error:
                rejected = rejected or error
                continue
            return
        if rejected is not None:
            raise rejected

    def _first(self, seed):
        rejected = None
        for sizes in first_sizes(self.function):
            inputs = draws_module.drawn(self.function, "random", sizes, seed)
            try:
                live = self._live(inputs)
            except ExportError:
                raise
            except Exception as error:  # too small or too large for the model
                rejected = rejected or _by_model(error, inputs)
                continue
            try:
                self._add("random", inputs, live)
            except Exception as error:  # for the file alone: perhaps another size tells more
                rejected = error
                continue
            return sizes
        raise rejected

    def _try(self, kind, sizes, seed):
        """A draw that the model may reject."""
        inputs = draws_module.drawn(self.function, kind, sizes, seed)
        try:
            live = self._live(inputs)
        except Exception:
            return
        self._add(kind, inputs, live)

    def given(self, given) -> None:
        """The user's own inputs, by name."""
        names = [name for name, _ in self.function.inputs]
        if set(given) != set(names):
            raise bad_argument(f"inputs are given for {sorted(given)}; the signature {self.function.name} has {names}")
        inputs = [np.asarray(given[name]).astype(value.dtype) for name, value in self.function.inputs]
        self._add("given", inputs, self._live(inputs))

    def _live(self, inputs):
        emitted, runs = self.emitted, RUNS if self.emitted.graph.states else 1
        try:
            return live_outputs(emitted.sigs[self.index], emitted.graph, self.function, inputs, runs)
        except LeakedError:
            values = record_values(self.function, inputs)
            return [[values[value] for _, value in self.function.outputs]]

    def _add(self, kind, inputs, live):
        from kelt.tracing.replay.replay import sizes_of  # imports Keras

        named = {name: array for (name, _), array in zip(self.function.inputs, inputs)}
        found = {}
        for kernels in self.kernels:
            runs = self._runs(kernels, named, len(live))
            missing = [name for name, _ in self.function.outputs if name not in runs[0]]
            if missing:
                what = (
                    f"the file has no output {missing[0]}; the outputs of {self.function.name} are {', '.join(runs[0])}"
                )
                raise failure("K401", what, remedy="Verify the file with the model that it was made of.")
            found[kernels] = [[run[name] for name, _ in self.function.outputs] for run in runs]
        self.draws.append(Draw(kind, inputs, live, found, sizes_of(self.function, inputs)))

    def _runs(self, kernels, named, count) -> list[dict[str, np.ndarray]]:
        """What the file gives in so many calls."""
        from kelt.runtime import Model

        if self.parts is not None:  # there are no states in it: each call gives the same
            return [self.parts(named, kernels)] * count
        model = self.models.pop(kernels, None) or Model(self.path, kernels=kernels)
        runs = [model(named, self.function.name) for _ in range(count)]
        if not self.emitted.graph.states:  # else a run must start from the initial states
            self.models[kernels] = model
        return runs

    # --- comparisons

    def compare(self) -> None:
        """Each output of each draw; raises where one differs."""
        for draw in self.draws:
            for call, live in enumerate(draw.live):
                for i, wanted in enumerate(live):
                    for kernels in self.kernels:
                        self._compare(draw, call, i, wanted, kernels)

    def _compare(self, draw, call, i, wanted, kernels):
        name, limit, found = self.function.outputs[i][0], self.limits[i], draw.found[kernels][call][i]
        comparison = compared(found, wanted, limit.value)
        error, why = comparison.error, comparison.why
        if why and limit.value and comparison.difference and np.isfinite(error):
            # Of inputs at an edge of what the model takes, what counts is the scale of others.
            at_edge = draw.kind in draws_module.EDGES
            scale = max(comparison.magnitude, self._magnitude(i) if at_edge else 0)
            if scale:
                error = comparison.difference / scale
                if error > limit.value:
                    error, limit = self._judged(draw, i, error, scale, found if call == 0 else None)
            why = why if error > limit.value else ""
        if not why and limit.why == "float32" and draw.kind in ("random", "given") and call == 0:
            why = wrong_channel(self.function, self.function.outputs[i][1], draw.inputs, found, wanted, limit.value)
        if why and self.parts is None:
            on_choices = choices.judged(self, draw, call, i, kernels)
            if on_choices is not None:
                (error, limit), why = on_choices, ""
        if why:
            where = f"the output {self.prefix}{name}" + (" of a second run" if call else "")
            where += f" with {kernels} kernels" if kernels != "delegate" else ""
            where += f" on {draw.kind} inputs" if draw.kind in draws_module.EDGES else ""
            where += f" at {_text(draw.sizes)}" if draw.kind == "size" else ""
            tied = self.choices.get((id(draw), kernels, 0))
            what = f"{where}: {why}"
            if self.parts is not None:
                raise mismatch_unseen(self.emitted, self.path, what)
            raise mismatch(self.emitted, self.path, self.index, draw.inputs, what, limit.value, choices=tied)
        if error > self.errors[i]:
            self.errors[i], self.applied[i] = error, limit

    def _magnitude(self, i) -> float:
        return magnitude(draw.live[0][i] for draw in self.draws if draw.kind in ("random", "given"))

    def _own(self, draw) -> dict[str, float]:
        if draw.own is None:
            draw.own = choices.own_errors(self.function, draw.inputs)
        return draw.own

    def _judged(self, draw, i, error, scale, found) -> tuple[float, Limit]:
        """The error and its limit, where rounding alone makes more of the model than half of what the limit is."""
        value, limit = self.function.outputs[i][1], self.limits[i]
        if limit.why == GIVEN:
            return error, limit
        own = self._rounding(draw, i, error, scale)
        if is_rounding(own, limit.value):
            terms = terms_summed(value, draw.sizes)
            if rounding_of_sum(terms) > max(limit.value, APART * own):
                return error, Limit(rounding_of_sum(terms), f"{limit.why}; sums of {terms} elements")
            return error, widened(limit, own)
        if draw.kind in draws_module.EDGES and any(half in limit.why for half in HALF) and found is not None:
            # A file in float32 is nearer to the exact value than the model in halves is: it must be right about that.
            exact = choices.exact_values(self.function, draw.inputs, [value])[value]
            why = f"{because_of_rounding(limit, own)}, the file is compared in 64 bits"
            return distance(found, exact) / scale, Limit(limit.value, why)
        return error, limit

    def _rounding(self, draw, i, error, scale) -> float:
        """How far the model is off by rounding alone at a draw, or where one rounds well by chance, at others.

        A draw is measured by running the record twice: where what is known of others explains the error, it is not.
        """
        name, limit = self.function.outputs[i][0], self.limits[i].value

        def own_of(other) -> float:
            size = scale if other is draw else magnitude([other.live[0][i]])
            return self._own(other)[name] / size if size else 0.0

        def explains(own) -> bool:
            return own > limit / 2 and error <= APART * own

        others = [other for other in self.draws if other.kind != "size" and other is not draw]
        for own in (own_of(other) for other in others if other.own is not None and draw.own is None):
            if explains(own) and is_rounding(own, limit):
                return own
        own = own_of(draw)
        for other in others:
            if explains(own):
                break
            own = max(own, own_of(other))
        return own

    # --- what is proven

    def notes(self) -> list[str]:
        """What is to be said of how the file was run."""
        file = f"the signature {self.function.name} of the file" if self.prefix else "the file"
        return [self.parts.words(file)] if self.parts is not None else []

    def silent(self) -> list[int]:
        """Outputs that are nothing but zeros (or NaN), where they may be something else."""
        return [
            i
            for i, moved in enumerate(self.moved)
            if moved
            and self.limits[i].value
            and any(draw.live[0][i].size for draw in self.draws)
            and not any(magnitude(call[i] for call in draw.live) for draw in self.draws)
        ]

    def flat(self) -> list[int]:
        """Outputs that vary so little over elements and draws that other numbers would have passed as well."""
        if not self.function.inputs or any(draw.kind == "given" for draw in self.draws):
            return []
        return [i for i, moved in enumerate(self.moved) if moved and self._is_flat(i)]

    def _is_flat(self, i) -> bool:
        alike = [draw for draw in self.draws if draw.kind != "size"]
        arrays = [draw.live[0][i] for draw in alike]
        if not arrays[0].size or any(array.shape != arrays[0].shape for array in arrays):
            return False
        largest, varies, limit = magnitude(arrays), variation(arrays), self.limits[i].value
        if varies >= least_variation(limit) * largest and varies > 0:
            return False
        if not limit or not varies:
            return True
        steps = STEPS * float(np.finfo(np.float32).eps) * largest
        allowed = max(steps, APART * max(self._own(draw)[self.function.outputs[i][0]] for draw in alike))
        worst = max(distance(draw.found[kernels][0][i], draw.live[0][i]) for draw in alike for kernels in self.kernels)
        return worst > allowed or allowed > SHARP * varies


def _text(sizes) -> str:
    return ", ".join(f"{name} = {size}" for name, size in sizes.items())


def least_variation(limit: float) -> float:
    """Over the largest value: what varies by less is flat."""
    return min(LEAST_VARIATION * limit, MOST_VARIATION)


def _by_model(error, inputs) -> ExportError:
    """What the model itself says of inputs that were drawn."""
    shapes = " and ".join(str(tuple(array.shape)) for array in inputs)
    said = f"to those of shape {shapes} it says {first_line(error)}"
    what = f"nothing is proven: the model takes no inputs that were tried; {said}"
    made = failure(
        "K401", what, remedy="Give inputs= that it takes, or the input signature with lengths that it takes."
    )
    made.__cause__ = error
    return made
