"""What the captures of one model share: its weights, its states, and arrays as they were when they were met."""

from __future__ import annotations

import numpy as np
from keras.src import backend

from kelt.errors import failure
from kelt.tracing.control_flow.associative_scan import OpenLengths
from kelt.tracing.record import host_arrays
from kelt.tracing.record.by_identity import ByIdentity
from kelt.tracing.record.graph import State, Weight
from kelt.tracing.record.names import Names


class Tables:
    """Weights and states, which all functions of a module share."""

    def __init__(self):
        self.weights: ByIdentity[object, Weight] = ByIdentity()  # by the variable
        self.states: ByIdentity[object, State] = ByIdentity()
        self.held: ByIdentity[object, np.ndarray] = ByIdentity()  # values of variables that a training keeps to itself
        self.snapshots: ByIdentity[object, list[np.ndarray]] = ByIdentity()  # of arrays that the model may write to
        self.versions: ByIdentity[object, int] = ByIdentity()  # of torch's parameters: writes before they were met
        self.open_lengths, self.open = OpenLengths(), False  # of one signature; whether it has open axes
        self.names = Names()
        self.specs: dict[tuple, object] = {}  # shapes and dtypes of results, by what they depend on (`inferred.py`)
        self.asked: dict[tuple, list[str] | None] = {}  # dtypes of results that the backend infers
        self.parameters: ByIdentity[object, tuple] = ByIdentity()  # scales and zeros, by the variable with the integers

    def weight(self, variable) -> Weight:
        weight = self.weights.get(variable)
        if weight is None:
            dtype = backend.standardize_dtype(variable._dtype)
            source = self.held.get(variable, variable)
            weight = self.weights[variable] = Weight(variable.path, source, tuple(variable.shape), dtype)
        return weight

    def variable_paths(self) -> list[str]:
        return [weight.name for weight in self.weights.values()]

    def snapshot(self, array):
        """An array of numpy or of the backend as it is now: the model may write to it later, and use it again."""
        if host_arrays.is_frozen(array):
            return array
        if type(array).__name__ == "Parameter":  # of torch: as large as weights are, so borrowed, and watched
            if self.versions.setdefault(array, array._version) != array._version:
                what = "a parameter of torch is written to while the model runs: what it was before is lost"
                raise failure("K204", what, remedy="Write to a keras.Variable by assign(), or to a tensor of your own.")
            return array
        taken = self.snapshots.setdefault(array, [])
        now = host_arrays.numpy_view(array)
        known = next((copy for copy in taken if host_arrays.same_bytes(copy, now)), None)
        if known is None:
            known = now.copy()
            taken.append(known)
        return known

    def state(self, variable) -> State:
        return self.states.setdefault(variable, State(variable.path, self.weight(variable)))
