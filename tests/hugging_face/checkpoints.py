"""Tiny checkpoints of Hugging Face with random weights, in the names and layouts that checkpoints.json has."""

import json
import pathlib

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

TABLE = json.loads(pathlib.Path(__file__).with_name("checkpoints.json").read_text())
TIMM = tuple(kind for kind, entry in TABLE.items() if "architecture" in entry["config"])
STORED = {"": np.float32, "BF16": ml_dtypes.bfloat16, "F16": np.float16, "I64": np.int64, "U8": np.uint8}


def tensors(kind, seed=0, dtype=np.float32):
    """Name → values; `dtype` instead of float32."""
    random = np.random.default_rng(seed)
    found = {}
    for pattern, stored, shape, *numbers in TABLE[kind]["tensors"]:
        for number in numbers[0] if numbers else [None]:
            name = pattern.replace("*", str(number), 1)
            if stored in ("I64", "U8"):  # exponents of MXFP4 have their zero at 127
                values = random.integers(120, 130, shape)
            else:
                values = random.normal(0.5 if name.endswith("running_var") else 0, 0.1, shape)
            found[name] = values.astype(dtype if stored == "" else STORED[stored])
    return found


def write(kind, folder, *, dtype=np.float32, shards=1, without=(), **config):
    """A checkpoint in `folder`; `config` replaces what its configuration says, `without` are names it lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(TABLE[kind]["config"] | config))
    values = {name: array for name, array in tensors(kind, dtype=dtype).items() if name not in without}
    if shards == 1:
        save_file(values, folder / "model.safetensors", {"format": "pt"})
        return folder
    placed = {name: f"model-{index % shards + 1:05}-of-{shards:05}.safetensors" for index, name in enumerate(values)}
    for shard in set(placed.values()):
        save_file({name: array for name, array in values.items() if placed[name] == shard}, folder / shard)
    index = {"metadata": {}, "weight_map": placed}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder
