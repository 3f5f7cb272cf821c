"""What the configuration of a kind of task says: which inputs a file has, and which of their axes are fixed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, ClassVar


@dataclasses.dataclass(frozen=True, slots=True)
class Default:
    """What a parameter is where the user gives none, and where that comes from: `preprocessor.sequence_length`."""

    value: Any
    source: str


@dataclasses.dataclass(frozen=True, slots=True)
class Bound:
    """What a parameter may be at most, or must be if `exact`, and what of the model says so."""

    value: Any
    source: str
    exact: bool = False


class ExportConfig:
    """How one kind of task is exported: a base class for `kelt.hub.register`.

    Attributes:
        kinds: Names of classes of `keras_hub.models`, or classes: a model that is an instance of one is exported so.
        parameters: Keyword arguments that `kelt.export` takes for such a model, each with what it is, for messages.

    Example:
        >>> class Regressor(kelt.hub.ExportConfig):
        ...     kinds = (MyRegressor,)
        ...     parameters = {"window": "how many samples"}
        ...
        ...     def get_input_signature(self, model, window=None):
        ...         return keras.InputSpec(shape=(None, window, 6), dtype="float32")
        >>> kelt.hub.register(Regressor())
        >>> kelt.export(model, "model.tflite", window=200)
    """

    kinds: ClassVar[tuple[str | type, ...]] = ()
    parameters: ClassVar[Mapping[str, str]] = {}

    def parameters_of(self, model: Any) -> Mapping[str, str]:
        """Those of `parameters` that this model has: all, unless its inputs tell otherwise."""
        del model
        return self.parameters

    def get_input_signature(self, model: Any, **parameters: Any) -> Any:
        """The structure of `keras.InputSpec` that the model is captured with.

        Args:
            model: The task or backbone.
            **parameters: Those of `parameters` that the user gave, or that have a default.
        """
        raise NotImplementedError

    def get_signatures(self, model: Any, **parameters: Any) -> Mapping[str, tuple[Callable[..., Any], Any]] | None:
        """Several functions for one file instead, as for `kelt.export(signatures=…)`; None: the model alone."""
        del model, parameters
        return None

    def defaults(self, model: Any) -> Mapping[str, Default]:
        """Values for parameters that the user did not give, as far as the model or its preprocessor tells."""
        del model
        return {}

    def bounds(self, model: Any) -> Mapping[str, Bound]:
        """What the model was built for, by parameter."""
        del model
        return {}
