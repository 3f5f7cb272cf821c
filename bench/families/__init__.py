"""KerasHub, whole: each backbone and each task of each family, tiny, from its constructor, with random weights.

One module for each sort of family; its `CASES` name the class and the function that builds it. `installed()` lists what
the installed keras_hub has, so that a class which no module builds is missing by name.
"""

from __future__ import annotations

import inspect

from families import decoders, detection, diffusion, encoders, multimodal, seq2seq, vision
from families.tiny import Builder

CASES: dict[str, Builder] = {
    **encoders.CASES,
    **decoders.CASES,
    **seq2seq.CASES,
    **vision.CASES,
    **detection.CASES,
    **multimodal.CASES,
    **diffusion.CASES,
}


def installed() -> dict[str, list[str]]:
    """Family → the names of its backbones and tasks, as the installed keras_hub exports them."""
    import keras_hub
    from keras_hub.src.models.backbone import Backbone
    from keras_hub.src.models.task import Task

    found: dict[str, list[str]] = {}
    seen = set()
    for name, cls in vars(keras_hub.models).items():
        if not (inspect.isclass(cls) and issubclass(cls, (Backbone, Task))) or cls in seen:
            continue
        seen.add(cls)  # some have two names: BertClassifier is BertTextClassifier
        package = cls.__module__.split(".")[3:-1]
        if package:  # the kinds of tasks themselves lie above the families
            found.setdefault(package[0], []).append(name)
    return found
