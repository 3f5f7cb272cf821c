"""Presets in the shape of well-known models, written without the models: `python -m disk.shapes FOLDER MODEL`.

The file of weights is laid out as Keras lays it out, and filled with numbers that differ from tensor to tensor. With
`--sparse` only the first and the last pages of a tensor are written, so that a file of 16 GB takes megabytes of disk.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import tempfile
from typing import ClassVar

import numpy as np

GEMMA3_1B = {
    "vocabulary_size": 262144, "image_size": None, "num_layers": 26, "num_query_heads": 4, "num_key_value_heads": 1,
    "hidden_dim": 1152, "intermediate_dim": 6912, "head_dim": 256, "query_head_dim_normalize": True,
    "use_query_key_norm": True, "use_post_ffw_norm": True, "use_post_attention_norm": True,
    "use_sliding_window_attention": True, "sliding_window_size": 512, "vision_encoder": None,
}  # fmt: skip
LLAMA3 = {
    "vocabulary_size": 128256, "num_query_heads": 32, "num_key_value_heads": 8, "rope_max_wavelength": 500000,
    "layer_norm_epsilon": 1e-5,
}  # fmt: skip
MODELS = {
    "gemma3-1b": ("Gemma3Backbone", GEMMA3_1B),
    "llama3-8b": ("Llama3Backbone", {**LLAMA3, "num_layers": 32, "hidden_dim": 4096, "intermediate_dim": 14336}),
    "llama3-3b": ("Llama3Backbone", {**LLAMA3, "num_layers": 28, "hidden_dim": 3072, "intermediate_dim": 8192}),
    "llama3-1b": ("Llama3Backbone", {**LLAMA3, "num_layers": 16, "hidden_dim": 2048, "intermediate_dim": 8192}),
    "llama3-0.1b": (
        "Llama3Backbone",
        {**LLAMA3, "vocabulary_size": 32000, "num_layers": 12, "num_query_heads": 8, "num_key_value_heads": 4,
         "hidden_dim": 512, "intermediate_dim": 2048},
    ),
}  # fmt: skip
PAGE = 4096


def write_preset(folder: pathlib.Path, model: str, dtype: str = "float32", sparse: bool = False) -> None:
    """A directory that KerasHub loads."""
    import keras
    import keras_hub
    from keras.src.saving import saving_lib

    from kelt.disk.reading import Reader, reading

    name, config = MODELS[model]
    folder.mkdir(parents=True)
    with reading(Reader(tempfile.gettempdir())):
        backbone = getattr(keras_hub.models, name)(**config, dtype=dtype)
    (folder / "config.json").write_text(json.dumps(keras.saving.serialize_keras_object(backbone)))
    store = _store()(folder / "model.weights.h5", mode="w")
    saving_lib._save_state(backbone, store, None, "", set())
    places = store.places
    store.close()
    _fill(folder / "model.weights.h5", places, sparse)


def _store():
    import h5py
    from keras.src.saving.saving_lib import H5IOStore

    class Places(H5IOStore):
        """Gives every variable its place in the file, and writes none."""

        places: ClassVar[list[tuple[int, int, str]]] = []  # offset, elements, dtype

        def __setitem__(self, key, variable):
            if not self._h5_entry_initialized:
                self._create_h5_group(self._h5_entry_path)
            halves = variable.dtype == "bfloat16"
            how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            how.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            how.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            kind = h5py.h5t.py_create(np.dtype("V2" if halves else variable.dtype), logical=True)
            space = h5py.h5s.create_simple(tuple(variable.shape))
            group = self._h5_entry_group
            dataset = h5py.Dataset(h5py.h5d.create(group.id, key.encode(), kind, space, how))
            if halves:
                dataset.attrs["dtype"] = "bfloat16"
            self.places.append((dataset.id.get_offset(), int(np.prod(variable.shape)), variable.dtype))

    Places.places = []
    return Places


def _fill(path, places, sparse):
    """Numbers as weights have them, from one block that begins elsewhere in each tensor."""
    import ml_dtypes

    block = np.random.default_rng(0).normal(0, 0.05, 1 << 22).astype("float32")
    for seed, (offset, count, dtype) in enumerate(places):
        kind = np.dtype(getattr(ml_dtypes, dtype, None) or dtype)
        values = np.roll(block, 977 * seed + 1).astype(kind)
        tensor = np.memmap(path, np.uint8, "r+", offset, (count * kind.itemsize,))
        ends = PAGE // kind.itemsize
        pieces = (
            [(0, ends), (max(0, count - ends), count)]
            if sparse
            else [(i, i + len(values)) for i in range(0, count, len(values))]
        )
        for begin, end in pieces:
            end = min(end, count)
            tensor[begin * kind.itemsize : end * kind.itemsize] = values[: end - begin].view(np.uint8)
        tensor.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("dtype", nargs="?", default="float32")
    parser.add_argument("--sparse", action="store_true")
    asked = parser.parse_args()
    write_preset(asked.folder, asked.model, asked.dtype, asked.sparse)
