"""Crops of photographs that packages carry: python -m real_weights.pictures OUT.npz (in the environment `quantizer`).

Tools are calibrated on pictures that are not in the test.
"""

from __future__ import annotations

import importlib.metadata
import sys

import numpy as np
from PIL import Image

SIZE, SEED = 224, 7
FOLDERS = {"sklearn/datasets/images": "scikit-learn", "skimage/data": "scikit-image"}
CALIBRATION = ("flower.jpg", "rocket.jpg", "motorcycle_left.png", "camera.png", "coins.png", "grass.png", "color.png")
TEST = (
    *("china.jpg", "astronaut.png", "chelsea.png", "coffee.png", "hubble_deep_field.jpg", "ihc.png", "retina.jpg"),
    *("brick.png", "gravel.png", "moon.png", "page.png", "clock_motion.png", "cell.png", "horse.png"),
)


def photograph(name: str) -> Image.Image:
    paths = [importlib.metadata.distribution(package).locate_file(folder) / name for folder, package in FOLDERS.items()]
    (path,) = (path for path in paths if path.exists())
    return Image.open(path).convert("RGB")


def crop(photograph: Image.Image, random: np.random.Generator) -> np.ndarray:
    """A square of a third of the shorter side up to all of it, mirrored every other time."""
    side = min(photograph.size) * random.uniform(1 / 3, 1)
    left, top = (random.uniform(0, length - side) for length in photograph.size)
    square = photograph.resize((SIZE, SIZE), Image.Resampling.BICUBIC, (left, top, left + side, top + side))
    return np.asarray(square)[:, :: random.choice((1, -1))]


def crops(names: tuple[str, ...], count: int, random: np.random.Generator) -> np.ndarray:
    found = [photograph(name) for name in names]
    return np.stack([crop(found[index % len(found)], random) for index in range(count)])


if __name__ == "__main__":
    path, calibration, test = sys.argv[1:]
    random = np.random.default_rng(SEED)
    np.savez(path, calibration=crops(CALIBRATION, int(calibration), random), test=crops(TEST, int(test), random))
