"""Which configuration a model is exported by."""

from __future__ import annotations

import dataclasses
import numbers
import sys
from collections.abc import Mapping
from typing import Any

from kelt.errors import bad_argument
from kelt.hub import diffusion, kinds
from kelt.hub.config import Bound, ExportConfig

# The first whose `kinds` the model is an instance of: what is special before what is general.
BUILT_IN: tuple[ExportConfig, ...] = (
    diffusion.StableDiffusion3(),  # before Backbone, which one of them is
    kinds.SegmentAnything(),  # before ImageSegmenter and Backbone, which they are
    kinds.AudioToText(),  # before Seq2SeqLM, which it is
    kinds.Multimodal(),  # before CausalLM and Seq2SeqLM, which most are
    kinds.Seq2Seq(),  # before CausalLM, which it is
    kinds.Text(),
    kinds.Image(),
    kinds.Backbone(),
)

_registered: list[ExportConfig] = []


def register(config: ExportConfig) -> None:
    """Adds a configuration of your own; it is looked at before kelt's, the last one first.

    Args:
        config: An instance of a subclass of `kelt.hub.ExportConfig`.

    Raises:
        ValueError: It is none, or names no class that it is for.
    """
    if not isinstance(config, ExportConfig) or not config.kinds:
        raise bad_argument("register takes an instance of kelt.hub.ExportConfig that has `kinds`")
    _registered.insert(0, config)


def unregister(config: ExportConfig) -> None:
    """Takes a registered configuration back."""
    _registered.remove(config)


def config_of(model: Any) -> ExportConfig | None:
    """The configuration that a model is exported by, if there is one: of the user's or, for KerasHub, of kelt's."""
    hub = sys.modules.get("keras_hub")
    models = getattr(hub, "models", None)  # no model is one of KerasHub's before that is imported
    for config in (*_registered, *BUILT_IN):
        classes = [kind if isinstance(kind, type) else getattr(models, kind, None) for kind in config.kinds]
        if isinstance(model, tuple(cls for cls in classes if cls is not None)):
            return config
    return None


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """The model, what it is captured with, and what the report says of that."""

    model: Any
    input_signature: Any = None
    signatures: Any = None
    notes: tuple[str, ...] = ()


def configured(model: Any, input_signature: Any, signatures: Any, asked: Mapping[str, Any]) -> Choice:
    """The signature of a call of `kelt.export`: the user's own, or that of the model's configuration.

    Args:
        model: What is exported.
        input_signature: The user's, or None.
        signatures: The user's, or None; or a function that gives them for the model.
        asked: Further keyword arguments: parameters of the configuration.
    """
    config = config_of(model)
    known = config.parameters_of(model) if config else {}
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise bad_argument(_unknown(model, known, unknown))
    if callable(signatures):
        signatures = signatures(model)
    if input_signature is not None or signatures is not None:
        if asked:
            raise bad_argument(f"give either a signature or {', '.join(sorted(asked))}, not both")
        return Choice(model, input_signature, signatures)
    if config is None:
        return Choice(model)
    given = {name: value for name, value in asked.items() if value is not None}
    for name, bound in config.bounds(model).items():
        if name in given:
            _check(name, given[name], bound)
    defaults = {name: default for name, default in config.defaults(model).items() if name not in given}
    values = {**{name: default.value for name, default in defaults.items()}, **given}
    from_where = [f"{name}={value!r}" for name, value in given.items()]
    from_where += [f"{name}={default.value!r} ({default.source})" for name, default in defaults.items()]
    said = f"exported as {type(config).__name__}: " + (", ".join(from_where) or "every length and size as declared")
    several = config.get_signatures(model, **values)
    if several is not None:
        return Choice(model, None, several, (said,))
    return Choice(model, config.get_input_signature(model, **values), None, (said,))


def _unknown(model, known, names):
    which = ", ".join(names)
    if not known:
        return f"there is no argument {which}"
    takes = "; ".join(f"{name}: {what}" for name, what in known.items())
    return f"there is no argument {which} for {type(model).__name__}; what there is: {takes}"


def _check(name: str, value: Any, bound: Bound) -> None:
    """What is no number the configuration rejects."""
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if not all(isinstance(number, numbers.Integral) for number in given if number is not None):
        return
    if bound.exact and given not in (bound.value, bound.value[:1] if len(set(bound.value)) == 1 else bound.value):
        height, width = bound.value
        raise bad_argument(f"{name}={value!r}: the model was built for {height} × {width} ({bound.source})")
    if not bound.exact and any(number > bound.value for number in given if number is not None):
        raise bad_argument(f"{name}={value!r}: the model was built for at most {bound.value} ({bound.source})")
