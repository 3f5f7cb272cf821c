"""A float file of 1 GiB, quantized: memory, and weights a second. `python -m quantization.large` makes the file."""

from __future__ import annotations

import json

from quantization import files, goals, models

NAME, WIDTH, LAYERS = "large", 4096, 16  # each layer's weights: 64 MiB
LARGEST = 4 * WIDTH * WIDTH
# By min-max, so that what is measured is the way of the weights through the tool.
RECIPES = {
    "fp16": {"form": "fp16"},
    "int8-dynamic": {"form": "int8-dynamic", "weights": "min-max"},
    "int8-weights": {"form": "int8-weights", "weights": "min-max"},
    "int4": {"form": "int4", "weights": "min-max"},
    "int4-block32": {"form": "int4-block32", "weights": "min-max"},
}
CLIPPED = {"int4, clip": {"form": "int4", "weights": "clip"}}  # of which nothing is demanded


def build() -> None:
    import keras
    import numpy as np

    import kelt

    layers = [keras.layers.Dense(WIDTH, kernel_initializer="zeros", name=f"layer_{index}") for index in range(LAYERS)]
    model = keras.Sequential([keras.Input((WIDTH,), batch_size=1), *layers])
    random = np.random.default_rng(models.SEED)
    for layer in layers:
        layer.kernel.assign(random.standard_normal((WIDTH, WIDTH), "float32") / WIDTH**0.5)
    kelt.export(model, models.float_file(NAME))


def run(fresh: bool) -> dict[str, dict[str, dict]]:
    """What the tools' scripts print, by tool and form."""
    if fresh or not models.float_file(NAME).exists():
        done = files.run_script("large", "jax", [])
        if done.returncode:
            raise SystemExit(f"large.py failed:\n{done.stderr[-2000:]}")
    made: dict = {"kelt": {}, "LQ": {}}
    for form, recipe in (RECIPES | CLIPPED).items():
        made["kelt"][form] = files.make(NAME, "kelt", form, json.dumps(recipe), fresh=True)
        files.file_of(NAME, "kelt", form).unlink(missing_ok=True)
    for form in RECIPES:
        made["LQ"][form] = files.make(NAME, "LQ", form, form, fresh)
        files.file_of(NAME, "LQ", form).unlink(missing_ok=True)
    return made


def rate(row: dict) -> float | None:
    """MB of float weights in a second of the processor."""
    return LAYERS * LARGEST / 1e6 / row["cpu"] if "cpu" in row else None


def peak(row: dict) -> float | None:
    return row["peak"] / goals.MIB if "peak" in row else None


def goals_of(made: dict[str, dict[str, dict]]) -> list[goals.Goal]:
    rows = []
    for form in RECIPES:
        ours, theirs = made["kelt"][form], made["LQ"][form]
        for what, read, limit, unit, least in (
            ("peak", peak, 64 + 2 * LARGEST / goals.MIB, "MiB", False),
            ("weights a second", rate, 200, "MB", True),
        ):
            rival = f"LQ {goals.written(read(theirs), unit)}"
            rows.append(goals.Goal(f"1 GiB, {form}: {what}", limit, unit, read(ours), rival, least))
    return rows


if __name__ == "__main__":
    build()
