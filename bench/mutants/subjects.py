"""The right models, with inputs on which a change is looked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

LENGTHS = ({"n": 3, "s": 9, "t": 4}, {"n": 1, "s": 17, "t": 6}, {"n": 2, "s": 64, "t": 30})
# Float inputs of each round: what verify draws is its own affair.
STYLES = (
    lambda array: array,
    lambda array: 3 + array,
    lambda array: (0.5 + 0.1 * array).astype(array.dtype),
)


@dataclasses.dataclass(frozen=True)
class Subject:
    """`draws(names)` gives inputs by name, for inputs of these names."""

    name: str
    model: Any
    draws: Callable[[Sequence[str]], list[dict[str, np.ndarray]]]


def names() -> list[str]:
    return list(_builders())


def build(name: str) -> Subject:
    import keras

    builders = _builders()  # imports that draw numbers come before the seed
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(3)
    model, draws = builders[name]()
    return Subject(name, model, draws)


def _drawn_from(specs, sizes=LENGTHS):
    """By the harness of the tests: the specs stand in the order of the inputs."""

    def draws(inputs):
        found = []
        for number, at in enumerate(sizes):
            rng = np.random.default_rng(100 + number)
            arrays = [spec.draw(rng, at) for spec in specs]
            ranged = [spec.low is not None or spec.dtype != "float32" for spec in specs]
            style = STYLES[number % len(STYLES)]
            arrays = [array if keep else style(array) for keep, array in zip(ranged, arrays)]
            found.append(dict(zip(inputs, arrays)))
        return found

    return draws


def _of_hub(name):
    import hub_inputs
    import hub_zoo

    model = hub_zoo.build(name)

    def draws(_):
        return [hub_inputs.draw(model, hub_zoo.VOCABULARY, at, seed) for seed, at in enumerate(LENGTHS)]

    return model, draws


def _of_readme():
    """As a new user writes it: with no weights but the initial ones."""
    import keras
    from harness import f32

    return keras.applications.MobileNetV2(weights=None), _drawn_from([f32("n", 224, 224, 3)], ({"n": 1},) * 3)


def _give_varied_outputs(model):
    """Kernels as large as their sums are long: with small ones a deep network gives the same whatever it is given."""
    from zoo import as_trained

    as_trained(model)
    rng = np.random.default_rng(1)
    for variable in model.weights:
        if variable.path.endswith("kernel"):
            terms = np.prod(variable.shape[:-1]) if variable.shape[-1] > 1 else np.prod(variable.shape[:-2])
            variable.assign(rng.normal(0, np.sqrt(2 / terms), variable.shape).astype("float32"))


def _detector():
    """Whose queries are chosen among scores that tie: what follows a choice must not hide what is wrong."""
    from harness import f32
    from test_proof_choices import ROWS, detector

    return detector(), _drawn_from([f32("n", ROWS, 16)])


def _builders() -> dict[str, Callable[[], tuple[Any, Callable]]]:
    import digests
    import odd_models
    import same_bytes
    from harness import f32, i32

    image, sizes = f32("n", 96, 96, 3), ({"n": 2}, {"n": 1}, {"n": 1})
    ids = {high: i32("n", "s", high=high) for high in (20, 50, 100)}
    drawn = {
        **{name: [image] for name in same_bytes.APPLICATIONS},
        "ResNet50": [image],
        "encoder": [ids[100]],
        "recurrent": [ids[20]],
        "iterated": [f32("n", 5, 6)],
        "positions": [f32("n", 10, 8)],
        "nested": [f32("n", 8)],
        "shared": [f32("n", 6)] * 2,
        "dictionaries": [f32("n", 6)] * 2,
        "dynamic_text": [f32("n", "s", 8)],
        "dynamic_image": [f32("n", "s", "t", 3)],
        "convolutions": [f32("n", 16, 16, 4)],
        "attention": [f32("n", 12, 16)],
        "several_outputs": [f32("n", 6)],
    }
    own = {
        "quantized: int8": [ids[50]],
        "quantized: int4": [ids[50]],
        "text": [ids[50]],
        "recurrent, masked": [f32("n", "s", 6)],
        "temporal": [f32("n", "s", 4)],
        "normalised": [f32("n", "s", "s", 12)],
    }

    def drawn_model(name):
        make = same_bytes.MODELS.get(name) or same_bytes.application(name)
        model = same_bytes.drawn(make)
        if drawn[name] == [image]:
            _give_varied_outputs(model)
        return model, _drawn_from(drawn[name], sizes if drawn[name] == [image] else LENGTHS)

    def odd(name):
        from zoo import as_trained

        model, specs, at = odd_models.MODELS[name]()
        as_trained(model)
        return model, _drawn_from(specs, at)

    found: dict[str, Callable] = {"README": _of_readme, "detector": _detector}
    found |= {name: lambda name=name: drawn_model(name) for name in drawn}
    found |= {name: lambda name=name: (digests.OWN[name](), _drawn_from(own[name])) for name in own}
    found |= {name: lambda name=name: odd(name) for name in odd_models.MODELS}
    found |= {
        f"hub: {name}": lambda name=name: _of_hub(name) for name in ("Bert", "Gemma", "T5", "Whisper", "ViT", "Swin")
    }
    return found
