"""Weights of torch's files as an .npz, in their order: python -m real_weights.torch_weights IN.pth OUT.npz PICTURES.npy

In the environment `torch`. Of torchvision's MobileNetV2 also what it makes of the pictures.
"""

from __future__ import annotations

import sys

import numpy as np
import torch


def logits(weights: dict, pictures: np.ndarray) -> np.ndarray:
    import torchvision

    network = torchvision.models.mobilenet_v2()
    network.load_state_dict(weights)
    with torch.no_grad():
        return network.eval()(torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy())).numpy()


if __name__ == "__main__":
    source, path, pictures = sys.argv[1:]
    weights = torch.load(source, map_location="cpu", weights_only=True)
    arrays = [value.numpy() for name, value in weights.items() if not name.endswith("num_batches_tracked")]
    more = {"logits": logits(weights, np.load(pictures))} if "classifier.1.weight" in weights else {}
    np.savez(path, *arrays, **more)
