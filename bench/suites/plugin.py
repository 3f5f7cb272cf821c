"""A plugin of pytest that listens to Keras' own tests; it writes the file that KELT_SUITES_RECORD names."""

from __future__ import annotations

import json
import os
import pathlib
import tempfile

import pytest

from suites import layers, ops


class Listener:
    """Writes a line of JSON for each call that was compared."""

    def __init__(self, path: pathlib.Path):
        self.file = path.open("a")
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.test = ""
        self.seen: set[str] = set()
        self.asked: set[str] = set()

    def record(self, suite: str, what: str, says: str) -> None:
        line = {"suite": suite, "test": self.test, "what": what, "says": says}
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        self.test = item.nodeid.rsplit("/", 1)[-1]
        self.file.write(json.dumps({"running": self.test}) + "\n")
        self.file.flush()
        if item.module.__name__ not in self.asked:
            self.asked.add(item.module.__name__)
            ops.ask(item.module, self.record, self.folder, self.seen)
        try:
            return (yield)
        except Exception:  # what Keras' test finds wrong with Keras is not asked here
            return None


def pytest_configure(config):
    from keras.src.testing import test_case

    listener = Listener(pathlib.Path(os.environ["KELT_SUITES_RECORD"]))
    config.pluginmanager.register(listener)

    def run_layer_test(self, layer_cls, init_kwargs=None, *args, **kwargs):
        names = ("input_shape", "input_dtype", "input_sparse", "input_ragged", "input_data", "call_kwargs")
        layers.run(listener.record, listener.folder, layer_cls, init_kwargs, **dict(zip(names, args)), **kwargs)

    test_case.TestCase.run_layer_test = run_layer_test
