"""Files of safetensors that are broken or meant to harm: how each is made, and what is said of it."""

from __future__ import annotations

import json
import os
import socket

import numpy as np

WORD, POSITION = "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"
# A checkpoint of Hugging Face without layers of attention: its first tensor is large enough to stay in the file.
CONFIG = {
    "model_type": "bert", "architectures": ["BertModel"], "vocab_size": 2100, "num_hidden_layers": 0,
    "num_attention_heads": 2, "hidden_size": 8, "intermediate_size": 16, "max_position_embeddings": 6,
}  # fmt: skip
SHAPES = {
    WORD: [2100, 8], POSITION: [6, 8], "embeddings.token_type_embeddings.weight": [2, 8],
    "embeddings.LayerNorm.weight": [8], "embeddings.LayerNorm.bias": [8], "pooler.dense.weight": [8, 8],
    "pooler.dense.bias": [8],
}  # fmt: skip


def right():
    """The tree of a header that is right, and the bytes of its tensors."""
    tree, at = {}, 0
    for name, shape in SHAPES.items():
        size = 4 * int(np.prod(shape))
        tree[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    return tree, np.random.default_rng(0).normal(size=at // 4).astype("<f4").tobytes()


def packed(tree, data, size=None):
    """The file of a header, which is a tree or text."""
    text = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return (len(text) if size is None else size).to_bytes(8, "little") + text + data


def raw(data):
    """A file of these bytes."""
    return lambda path: path.write_bytes(data)


def header(text):
    """A file with this text for a header."""
    return lambda path: path.write_bytes(packed(text, right()[1]))


def entry(name=WORD, data=None, **changes):
    """A file whose tensor has other entries; one that is None is not there."""

    def make(path):
        tree, bytes_ = right()
        tree[name] = {key: value for key, value in {**tree[name], **changes}.items() if value is not None}
        path.write_bytes(packed(tree, bytes_ if data is None else data))

    return make


def tree(change, more=b""):
    """A file whose header is changed."""

    def make(path):
        found, data = right()
        path.write_bytes(packed(change(found), data + more))

    return make


def hollow(size, begin):
    """A file of this size that takes no room on the disk."""

    def make(path):
        with open(path, "wb") as file:
            file.write(begin)
            file.truncate(size)

    return make


def _shifted(found):
    for each in found.values():
        each["data_offsets"] = [offset + 4 for offset in each["data_offsets"]]
    return found


def _cut(path):
    path.write_bytes(packed(*right())[:-1])


def _twice(found):
    pair = json.dumps({WORD: found[WORD]})[1:-1]
    return b"{" + pair.encode() + b"," + json.dumps(found).encode()[1:]


def _without(name):
    def change(found):
        end = found[POSITION]["data_offsets"][1]
        found["spare"] = {"dtype": "U8", "shape": [end], "data_offsets": [0, end]}
        del found[WORD], found[POSITION]
        return {**found, **({WORD: found.pop("spare")} if name != WORD else {})}

    return change


def socket_at(path):
    """A socket, whatever the length of its path."""
    with socket.socket(socket.AF_UNIX) as end:
        here = os.open(path.parent, os.O_RDONLY)
        end.bind(f"/proc/self/fd/{here}/{path.name}")
        os.close(here)


NUMBERS = f"the tensor '{WORD}' has sizes or offsets that are no numbers"
END = right()[0][WORD]["data_offsets"][1]
CASES = {
    "an empty file": (raw(b""), "it is empty"),
    "fewer bytes than the length of a header": (raw(b"1234567"), "is no safetensors header in 7 bytes"),
    "a header without bytes": (raw(bytes(100)), "its header of 0 bytes is no safetensors header"),
    "a header of all bytes that there are": (raw(b"\xff" * 8 + b"{}"), "its header of 18446744073709551615 bytes"),
    "a header that is longer than the file": (raw(packed(b"{}", b"", 3)), "its header of 3 bytes .* in 10 bytes"),
    "a header that is longer than any": (
        hollow(200 << 20, packed(b"{}", b"", 100 << 20)),
        "its header of 104857600 bytes",
    ),
    "a header that is not UTF-8": (header(b'{"\xff\xfe": 1}'), "its header is no JSON"),
    "a header that is no JSON": (header(b"{'a': 1}"), "its header is no JSON"),
    "a header that is cut": (header(b'{"a": {"dtype": "F32"'), "its header is no JSON"),
    "a header that is a list": (header(b"[1, 2]"), "its header is no JSON object"),
    "a header that is a number": (header(b"12"), "its header is no JSON object"),
    "a header that is nested deeply": (header(b'{"a":' * 200_000), "its header is nested too deeply"),
    "a header of millions of lists": (header(b"[" + b"[]," * 3_000_000 + b"1]"), "its header has more values than"),
    "a number of a million digits": (header(b'{"a": ' + b"9" * 1_000_000 + b"}"), "its header is no JSON"),
    "a tensor that stands twice": (tree(_twice), "its header is no JSON: a name stands twice"),
    "half of a character": (header(rb'{"\ud800": {}}'), "its header is no JSON: .*surrogates"),
    "metadata that is a list": (tree(lambda found: {**found, "__metadata__": [1]}), "its metadata is no JSON object"),
    "an entry that is a list": (tree(lambda found: {**found, WORD: [1]}), f"the tensor '{WORD}' has no shape"),
    "an entry that is nothing": (tree(lambda found: {**found, WORD: None}), f"the tensor '{WORD}' has no shape"),
    "no shape": (entry(shape=None), f"the tensor '{WORD}' has no shape"),
    "a shape that is a number": (entry(shape=16800), f"the tensor '{WORD}' has no shape"),
    "a negative length": (entry(shape=[-2100, -8]), NUMBERS),
    "a length that is a fraction": (entry(shape=[2100.0, 8]), NUMBERS),
    "a length that is true": (entry(shape=[True, 16800]), NUMBERS),
    "a length that is text": (entry(shape=["2100", 8]), NUMBERS),
    "a length that is no number": (entry(shape=[float("nan"), 8]), "its header is no JSON: NaN is no number"),
    "a length that is infinite": (entry(shape=[1e999, 8]), "its header is no JSON: Infinity is no number"),
    "a number that is too large for floats": (header(b'{"a": 1e999}'), "its header is no JSON: 1e999 is no number"),
    "a length beyond 64 bits": (entry(shape=[1 << 64, 8]), NUMBERS),
    "a length of hundreds of digits": (entry(shape=[10**400, 8]), "its header is no JSON: 10"),
    "a number of hundreds of digits that nobody reads": (entry(more=10**400), "its header is no JSON: 10"),
    "a size that wraps": (
        entry(shape=[1 << 32, 1 << 32, 1 << 32]),
        f"the tensor '{WORD}' takes .* bytes, its place has",
    ),
    "a thousand lengths": (entry(shape=[1] * 1000), f"the tensor '{WORD}' has 1000 dims"),
    "no elements of a huge shape": (
        lambda path: path.write_bytes(
            packed({WORD: {"dtype": "U8", "shape": [0, 1 << 62, 1 << 62], "data_offsets": [0, 0]}}, b"")
        ),
        f"the tensor '{WORD}' has the shape .* which no tensor has",
    ),
    "no offsets": (entry(data_offsets=None), NUMBERS),
    "offsets that are an object": (entry(data_offsets={"0": 1}), NUMBERS),
    "one offset": (entry(data_offsets=[0]), NUMBERS),
    "three offsets": (entry(data_offsets=[0, END, END]), NUMBERS),
    "a negative offset": (entry(data_offsets=[-4, END - 4]), NUMBERS),
    "an offset that is a fraction": (entry(data_offsets=[0.0, END]), NUMBERS),
    "an offset beyond 64 bits": (entry(data_offsets=[1 << 64, (1 << 64) + END]), NUMBERS),
    "offsets the wrong way": (entry(data_offsets=[END, 0]), f"the tensor '{WORD}' lies at bytes {END} to 0"),
    "an offset beyond the end": (
        entry(data_offsets=[0, 1 << 40], shape=[1 << 38]),
        f"the tensor '{WORD}' lies at bytes",
    ),
    "tensors over one another": (entry(POSITION, data_offsets=[0, 192]), "the tensors .* overlap"),
    "a gap between tensors": (
        entry(POSITION, data_offsets=[END + 4, END + 192], shape=[47]),
        f"before the tensor '{POSITION}' lie 4 bytes of none",
    ),
    "bytes before the first tensor": (tree(_shifted, bytes(4)), "before its first tensor or behind its last"),
    "bytes behind the last tensor": (tree(lambda found: found, b"more"), "before its first tensor or behind its last"),
    "no tensors, but bytes": (tree(lambda found: {}), "before its first tensor or behind its last"),
    "no dtype": (entry(dtype=None), f"the tensor '{WORD}' has the dtype None, which is unknown"),
    "an unknown dtype": (entry(dtype="F4"), f"the tensor '{WORD}' has the dtype 'F4', which is unknown"),
    "a dtype in small letters": (entry(dtype="f32"), f"the tensor '{WORD}' has the dtype 'f32', which is unknown"),
    "a dtype that is a list": (entry(dtype=["F32"]), f"the tensor '{WORD}' has the dtype .*, which is unknown"),
    "a dtype of a megabyte": (entry(dtype="F" * 1_000_000), f"the tensor '{WORD}' has the dtype 'FFF.* …, which"),
    "a name of a megabyte": (
        tree(lambda found: {"w" * 1_000_000: {}, **found}),
        "the tensor 'www.* … has no shape",
    ),
    "a dtype that does not fit the bytes": (
        entry(dtype="F64"),
        f"the tensor '{WORD}' takes 134400 bytes, its place has 67200",
    ),
    "a shape that does not fit the bytes": (entry(shape=[2101, 8]), f"the tensor '{WORD}' takes 67232 bytes"),
    "a file that is cut": (_cut, "the tensor 'pooler.dense.bias' lies at bytes"),
    "a shape that is not the model's": (
        entry(shape=[8, 2100]),
        r"the weight of \S*embeddings has the shape \[8, 2100\]",
    ),
    "a tensor that is missing": (tree(_without(WORD)), "behind its last|there is no tensor"),
    "a directory": (lambda path: path.mkdir(), "it is no regular file|is a directory|Is a directory"),
    "a pipe": (os.mkfifo, "it is no regular file"),
    "a socket": (socket_at, "it is no regular file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "it is no regular file"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links"),
    "a link to nothing": (lambda path: path.symlink_to("none"), None),
}


def written(make, folder):
    """The checkpoint with a file that is made so."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG))
    make(folder / "model.safetensors")
    return folder
