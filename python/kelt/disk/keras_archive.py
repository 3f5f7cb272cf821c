"""`.keras` archives, and their weights alone: `.weights.h5`."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import zipfile
from collections.abc import Iterator
from typing import Any

from kelt.disk.archive import Archive
from kelt.disk.dtypes import with_dtype
from kelt.disk.errors import quoted, unreadable
from kelt.disk.reading import Reader, reading
from kelt.disk.text import LONGEST_CONFIG, json_file, json_object

CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def load_archive(path: str | os.PathLike[str], reader: Reader, safe_mode: bool, dtype: Any) -> Any:
    """The model of a `.keras` archive, its weights views of it. Nothing of it is executed with `safe_mode`."""
    from keras.src.saving import saving_lib

    archive = Archive(path)
    reader.files[os.path.realpath(path)] = archive.mapped
    with contextlib.closing(archive):
        for name in (CONFIG, WEIGHTS):
            if name not in archive.names():
                raise unreadable(path, f"it has no {name}: it is no archive of Keras 3")
        text = archive.read(CONFIG, LONGEST_CONFIG)
        tree = json_object(text, path, f"its {CONFIG}")
        config = text.decode() if dtype is None else json.dumps(with_dtype(tree, dtype))
        place = archive.place(WEIGHTS, reader.spill)
        with reading(reader):
            model = saving_lib._model_from_config(config, None, compile=False, safe_mode=safe_mode)
            with _stores(archive, place) as (weights, assets):
                failed: set[int] = set()
                messages: dict[int, Any] = {}
                saving_lib._load_state(
                    model, weights_store=weights, assets_store=assets, inner_path="",
                    visited_saveables=set(), failed_saveables=failed, error_msgs=messages,
                )  # fmt: skip
                if failed:
                    saving_lib._raise_loading_failure(messages)
    return model


class _Opener:
    """An archive to Keras: it has one member."""

    def __init__(self, place):
        self._place = place

    def open(self, _name, _mode):
        return self._place.file()


@contextlib.contextmanager
def _stores(archive, place) -> Iterator[tuple[Any, Any]]:
    from keras.src.saving import saving_lib

    with contextlib.ExitStack() as stack:
        weights = saving_lib.H5IOStore(WEIGHTS, archive=_Opener(place), mode="r")
        stack.callback(weights.close)
        assets = None
        if any(name.startswith("assets/") for name in archive.names()):
            alone = stack.enter_context(_Assets(archive.opened()))
            assets = saving_lib.DiskIOStore("assets", archive=alone, mode="r")
            stack.callback(assets.close)
        yield weights, assets


class _Assets(zipfile.ZipFile):
    """The archive without its weights: Keras unpacks all that it has."""

    def infolist(self):
        return [info for info in super().infolist() if info.filename.startswith("assets/")]

    def namelist(self):
        return [info.filename for info in self.infolist()]


def load_weights(model: Any, path: str | os.PathLike[str], reader: Reader) -> None:
    """Makes the weights of a model those of a `.weights.h5`, or of the shards of a `.weights.json`, as views."""
    if not str(path).endswith(("weights.h5", "weights.json")):
        raise unreadable(
            path, "it is no file of weights", remedy="The name of one ends in .weights.h5 or .weights.json."
        )
    if str(path).endswith(".json"):
        check_shards(pathlib.Path(path))
    else:
        reader.mapped(path)
    with reading(reader):
        model.load_weights(path)


def check_shards(index: pathlib.Path) -> None:
    """Raises unless the shards that an index names are files beside it."""
    weights = json_file(index).get("weight_map")
    if not isinstance(weights, dict):
        raise unreadable(index, "it is no index of shards: it has no weight_map")
    shards = []
    for entry in weights.values():
        shards += entry if isinstance(entry, list) else [entry]
    for name in {repr(name): name for name in shards}.values():
        if not isinstance(name, str) or pathlib.PurePath(name).name != name or name in ("", ".", ".."):
            raise unreadable(index, f"it names a shard {quoted(name)}, which is not beside it")
        if not os.path.isfile(index.parent / name):
            raise unreadable(index, f"its shard {quoted(name)} is missing")
