"""Presets of KerasHub that are broken or meant to harm: what is done to one that is right, and what is said of it."""

from __future__ import annotations

import json
import os

from hostile.tensors import socket_at

CONFIG, TASK, WEIGHTS, INDEX = "config.json", "task.json", "model.weights.h5", "model.weights.json"


def text(name, data):
    """Another file."""

    def change(folder):
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())

    return change


def config(**changes):
    """Another configuration."""

    def change(folder):
        tree = json.loads((folder / CONFIG).read_text())
        for key, value in changes.items():
            (tree if key in tree else tree["config"])[key] = value
        (folder / CONFIG).write_text(json.dumps(tree))

    return change


def other(name, make):
    """Something else in the place of a file."""

    def change(folder):
        (folder / name).unlink(missing_ok=True)
        make(folder / name)

    return change


def shards(names):
    """An index that names these, instead of the weights; one of them is there."""

    def change(folder):
        (folder / WEIGHTS).rename(folder / "model_00000.weights.h5")
        text(INDEX, {"metadata": {"total_size": 1}, "weight_map": {f"/{i}": name for i, name in enumerate(names)}})(
            folder
        )

    return change


def _index(data):
    def change(folder):
        (folder / WEIGHTS).rename(folder / "model_00000.weights.h5")
        text(INDEX, data)(folder)

    return change


def _class(name, registered, module="keras_hub.src.models.bert.bert_backbone"):
    return config(module=module, class_name=name, registered_name=registered)


OTHER = {"module": "os", "class_name": "system", "config": {"command": "mkdir harm"}, "registered_name": "system"}
CASES = {
    "no configuration": (lambda folder: (folder / CONFIG).unlink(), r"it has no config\.json"),
    "a configuration that is a list": (text(CONFIG, []), r"config\.json: it is no JSON object"),
    "a configuration that is no JSON": (text(CONFIG, b"{'a': 1}"), r"config\.json: it is no JSON"),
    "a configuration that is empty": (text(CONFIG, b""), r"config\.json: it is empty"),
    "a configuration that is not UTF-8": (text(CONFIG, b'{"a": "\xff"}'), r"config\.json: it is no JSON"),
    "a configuration that is nested deeply": (
        text(CONFIG, b'{"a":' * 200_000),
        r"config\.json: it is nested too deeply",
    ),
    "a configuration of millions of lists": (
        text(CONFIG, b"[" + b"[]," * 3_000_000 + b"1]"),
        r"config\.json: .* values",
    ),
    "a configuration of 70 MB": (text(CONFIG, b" " * (70 << 20)), r"config\.json: it is longer than any"),
    "a configuration of no class": (text(CONFIG, {}), "can't load the preset"),
    "a class that nobody knows": (_class("Nobody", "keras_hub>Nobody"), "can't load the preset '.*': .*Nobody"),
    "a class of the system's": (text(CONFIG, OTHER), "can't load the preset '.*': .*system"),
    "a registered class of another module": (_class("system", "system", "os"), "can't load the preset"),
    "a class that is a number": (config(registered_name=7), "can't load the preset"),
    "a class that is no backbone": (_class("Dense", "Dense", "keras.layers"), "can't load the preset"),
    "a model that is too large": (config(hidden_dim=1 << 40), r"the weight of \S* has the shape|can't load"),
    "a size that is text": (config(vocabulary_size="many"), "can't load the preset"),
    "a configuration that is a pipe": (other(CONFIG, os.mkfifo), r"it has no config\.json|no regular file"),
    "a configuration that links to itself": (other(CONFIG, lambda path: path.symlink_to(path.name)), "config.json"),
    "a task that is no JSON": (text(TASK, b"{"), r"task\.json: it is no JSON"),
    "a task that is a list": (text(TASK, []), r"task\.json: it is no JSON object"),
    "a task of the system's": (text(TASK, OTHER), "can't load the preset '.*': .*system"),
    "a task of another class": (
        text(TASK, {**OTHER, "module": "keras.layers", "class_name": "Dense", "registered_name": "Dense"}),
        "can't load the preset",
    ),
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), r"can't load the preset.*weights|model\.weights"),
    "weights that are no HDF5": (text(WEIGHTS, b"weights" * 100), r"model\.weights\.h5: it is (no file of HDF5|empty)"),
    "weights that are empty": (text(WEIGHTS, b""), r"model\.weights\.h5: it is (no file of HDF5|empty)"),
    "weights that are a pipe": (other(WEIGHTS, os.mkfifo), r"model\.weights\.h5: it is no regular file"),
    "weights that are a socket": (other(WEIGHTS, socket_at), r"model\.weights\.h5: it is no regular file"),
    "weights that are a device": (
        other(WEIGHTS, lambda path: path.symlink_to("/dev/zero")),
        r"model\.weights\.h5: it is no regular file",
    ),
    "weights that link to themselves": (
        other(WEIGHTS, lambda path: path.symlink_to(path.name)),
        r"model\.weights\.h5: Too many levels",
    ),
    "an asset that is a pipe": (
        lambda folder: ((folder / "assets").mkdir(exist_ok=True), os.mkfifo(folder / "assets" / "vocabulary.txt")),
        r"vocabulary\.txt: it is no regular file",
    ),
    "an index that is no JSON": (_index(b"{"), r"model\.weights\.json: it is no JSON"),
    "an index that is a list": (_index(b"[]"), r"model\.weights\.json: it is no JSON object"),
    "an index without a map": (_index({}), r"model\.weights\.json: .* it has no weight_map"),
    "an index whose map is a list": (_index({"weight_map": ["a"]}), r"model\.weights\.json: .* it has no weight_map"),
    "an index that is nested deeply": (_index(b'{"weight_map":' * 200_000), r"model\.weights\.json: it is nested"),
    "a shard that is missing": (shards(["model_00000.weights.h5", "model_00001.weights.h5"]), "its shard 'model_00001"),
    "a shard above": (shards(["../secret.h5"]), "it names a shard '../secret.h5', which is not beside it"),
    "a shard elsewhere": (shards(["/etc/passwd"]), "it names a shard '/etc/passwd', which is not beside it"),
    "a shard below": (shards(["assets/m.h5"]), "it names a shard 'assets/m.h5', which is not beside it"),
    "a shard that is the folder": (shards([".."]), r"it names a shard '\.\.', which is not beside it"),
    "a shard with a zero byte": (shards(["a\0b"]), r"its shard 'a\\x00b' is missing"),
    "a shard that is a number": (shards([7]), "it names a shard 7, which is not beside it"),
    "a shard that is an object": (shards([{}]), "it names a shard {}, which is not beside it"),
    "a shard whose name is a megabyte": (shards(["x" * 1_000_000]), "its shard 'xxx.* … is missing"),
    "a shard that is no HDF5": (
        lambda folder: (shards(["model_00000.weights.h5"])(folder), text("model_00000.weights.h5", b"x" * 999)(folder)),
        r"model_00000.weights.h5: it is no file of HDF5",
    ),
}
HUGGING_FACE = {
    "a checkpoint of an unknown model": ({"model_type": "nobody"}, "can't load the preset '.*': .*nobody"),
    "a checkpoint of a type that is a list": ({"model_type": ["bert"]}, "can't load the preset"),
    "a checkpoint without sizes": ({"model_type": "bert"}, "can't load the preset '.*': .*vocab_size"),
    "a picture model that nobody knows": ({"architecture": "nobody"}, "can't load the preset"),
    "a checkpoint without a type": ({"vocab_size": 3}, "can't load the preset|config"),
}
