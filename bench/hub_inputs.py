"""What the inputs of a KerasHub model hold: found by their names."""

from __future__ import annotations

import dataclasses

import numpy as np

# Sounds are samples: so many for each step of a sequence.
SOUND, SAMPLES = "encoder_input_values", 200


@dataclasses.dataclass(frozen=True)
class Input:
    """An input to draw: its name, dtype and shape, and the sizes of all."""

    name: str
    dtype: str
    shape: list[int]
    sizes: dict[str, int]
    vocabulary: int
    least: int = 1  # a padding mask keeps at least so many

    def padded(self, rng):
        """A sequence, then padding."""
        lengths = rng.integers(self.least, self.shape[-1] + 1, (*self.shape[:-1], 1))
        return np.arange(self.shape[-1]) < lengths

    def places(self, rng):
        """Of what stands in a sequence instead of tokens: each place once."""
        rows = [rng.permutation(self.sizes["s"])[: self.shape[1]] for _ in range(self.shape[0])]
        return np.sort(np.stack(rows), axis=1)

    def grid(self, rng):
        """Of patches in rows and columns of an image."""
        side = round(self.shape[2] ** 0.5)
        return np.broadcast_to(
            np.stack([np.arange(self.shape[2]) % side, np.arange(self.shape[2]) // side], -1), self.shape
        )


def _boxes(of, rng):
    """The row of the batch, the middle, width and height: parts of the image."""
    rows = np.broadcast_to(np.arange(of.shape[0])[:, None, None], (*of.shape[:2], 1))
    return np.concatenate(
        [rows, rng.uniform(0.2, 0.8, (*of.shape[:2], 2)), rng.uniform(0.1, 0.4, (*of.shape[:2], 2))], -1
    )


# The first entry that holds tells what the input is.
DRAWN = (
    (lambda of: of.name == "boxes" and of.shape[-1] == 5, _boxes),
    (lambda of: of.name == "box_labels", lambda of, rng: np.where(of.padded(rng), rng.integers(0, 2, of.shape), -10)),
    (lambda of: of.name == "labels", lambda of, rng: rng.integers(-1, 2, of.shape)),  # no point, behind, before
    (lambda of: of.name in ("points", "boxes"), lambda of, rng: rng.uniform(0, 32, of.shape)),
    (lambda of: len(of.shape) == 5, lambda of, rng: rng.normal(size=of.shape)),
    (lambda of: of.name == "mask_positions", lambda of, rng: rng.integers(0, of.sizes["s"], of.shape)),
    (lambda of: of.name in ("vision_indices", "audio_indices"), lambda of, rng: of.places(rng)),
    (lambda of: of.name == "pixel_position_ids", lambda of, rng: of.grid(rng)),
    (lambda of: of.name == "position_ids", lambda of, rng: np.broadcast_to(np.arange(of.shape[1]), of.shape)),
    (lambda of: "mask" in of.name, lambda of, rng: of.padded(rng)),
    (lambda of: "segment" in of.name, lambda of, rng: rng.integers(0, 2, of.shape)),
    (lambda of: of.dtype.startswith("int"), lambda of, rng: rng.integers(0, of.vocabulary, of.shape)),
    # Flux takes parts of a thousand steps.
    (lambda of: of.name in ("timesteps", "guidance"), lambda of, rng: rng.uniform(0, 1, of.shape)),
    (lambda of: "timestep" in of.name, lambda of, rng: rng.uniform(0, 1000, of.shape)),
    (lambda of: len(of.shape) == 4 and of.shape[-1] == 3, lambda of, rng: rng.uniform(0, 1, of.shape)),
    (lambda of: True, lambda of, rng: rng.normal(size=of.shape)),
)


# The open axes of inputs that are no text nor one image: images (i) of patches (x) or sounds (a) of frames (f), and the
# places (v, u) that they take in the text.
AXES = {
    "boxes": "ns",
    "images": "ni",
    "pixel_values": "nix",
    "pixel_position_ids": "nix",
    "vision_indices": "nv",
    "audio_mel": "naf",
    "audio_mel_mask": "naf",
    "input_features": "naf",
    "input_features_mask": "naf",
    "audio_indices": "nu",
}


def symbol_of(name: str, axis: int, rank: int = 2) -> str:
    """The open axis of an input: inputs of one sequence share theirs, and so do images."""
    if axis == 0:
        return "n"
    if name in AXES and (name, rank) != ("images", 4) and axis < len(AXES[name]):
        return AXES[name][axis]
    if rank == 4:
        return "hwc"[axis - 1]
    sequence = "t" if name.startswith("decoder") else "p" if name == "mask_positions" else "s"
    return sequence if axis == 1 else f"{sequence}{axis}"


def draw(model, vocabulary: int, sizes: dict[str, int], seed: int = 0, shapes=None) -> dict[str, np.ndarray]:
    """Arrays for a model's inputs by name, at sizes of their open axes. `shapes` of some, if not their own."""
    rng = np.random.default_rng(seed)
    sound = any(tensor.name == SOUND for tensor in model.inputs)
    if sound:
        sizes = {**sizes, "s": SAMPLES * sizes["s"]}
    arrays = {}
    for tensor in model.inputs:
        own = (shapes or {}).get(tensor.name, tensor.shape)
        symbols = [symbol_of(tensor.name, axis, len(own)) for axis in range(len(own))]
        shape = [sizes[symbol] if dim is None else dim for symbol, dim in zip(symbols, own)]
        least = shape[1] // 2 if sound and tensor.name.startswith("encoder") else 1
        given = Input(tensor.name, str(tensor.dtype), shape, sizes, vocabulary, least)
        values = next(values for holds, values in DRAWN if holds(given))
        arrays[tensor.name] = values(given, rng).astype(tensor.dtype)
    return arrays
