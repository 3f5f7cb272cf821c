"""`kelt.capture`: from a live model to a module. Imports Keras, and with it a backend, only when it is used."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from kelt.packages import import_keras

if TYPE_CHECKING:
    from kelt._native import Module

Signatures = Mapping[str, tuple[Callable[..., Any], Any]]


def capture(
    model: Any,
    input_signature: Any = None,
    *,
    signatures: Signatures | Callable[[Any], Signatures] | None = None,
    states: Literal["variables", "ports"] = "variables",
    weights: str | os.PathLike[str] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
    dtype: Any = None,
    task: str | None = None,
    **configuration: Any,
) -> Module:
    """Captures `model` as a module: what Keras computes, before anything is decided about LiteRT.

    Args:
        model: A built `keras.Model`, a layer, or any callable of one; or a model on disk, as `kelt.export` takes it.
        input_signature: Structure of `keras.InputSpec` like the model's inputs. `None` dims stay dynamic. Defaults to
            the model's own inputs. Arrays, `KerasTensor`s, shapes and pairs (shape, dtype) will do as well.
        signatures: Instead of `input_signature`, several functions over one table of weights:
            `{name: (callable, specs)}`, with a spec for each positional argument, or a dict for keyword arguments; or a
            function that gives these for the model.
        states: What becomes of variables that the model assigns: `"variables"` or `"ports"`, as for `kelt.export`.
        weights: Of a model on disk: as `kelt.export` takes it.
        custom_objects: Likewise.
        safe_mode: Likewise.
        dtype: Likewise.
        task: Likewise.
        **configuration: `max_sequence_length` and its like, as for `kelt.export`.

    Returns:
        `kelt.Module`: `module.save(directory)` writes it as text with its weights beside it, `str(module)` shows it.

    Raises:
        kelt.ExportError: The model can't be expressed; names the layer.
        ValueError: The model is not built, or a signature does not fit.

    Example:
        >>> module = kelt.capture(model)
        >>> module.save("model.kelt")
    """
    import_keras()
    from kelt.disk.source import Options, opened
    from kelt.hub.registry import configured
    from kelt.tracing.capture import capture_graph
    from kelt.tracing.record.emit import emit

    with opened(model, Options(weights, custom_objects, safe_mode, dtype, task)) as source:
        choice = configured(source.model, input_signature, signatures, configuration)
        return emit(capture_graph(choice.model, choice.input_signature, choice.signatures, states))
