"""A plugin of pytest that listens to Keras' own tests; it writes the file that KELT_SUITES_RECORD names."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import json
import os
import pathlib
import sys
import tempfile
import types
from collections.abc import Callable

import keras
import pytest

from suites import layers, ops

CALLED = "run_layer_test"


class Listener:
    """Writes a line of JSON for each test and call that starts, and for each call that was compared.

    Tests that the file names already are left out: one of them was the end of its process.
    """

    def __init__(self, path: pathlib.Path):
        lines = map(json.loads, path.read_text().splitlines())
        self.done = {line.get("running") or line.get("test") for line in lines}
        self.lines = path.open("a")
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.file = self.test = ""
        self.seen: set[str] = set()
        self.asked: set[str] = set()

    def record(self, suite: str, what: str, compared: Callable[[], str]) -> None:
        self._write(running=self.test, calls=what)
        self._write(suite=suite, test=self.test, what=what, says=compared())

    def _write(self, **line: str) -> None:
        self.lines.write(json.dumps({"file": self.file, **line}) + "\n")
        self.lines.flush()

    def pytest_collectreport(self, report):
        if report.failed:
            self.file = report.nodeid.removeprefix("keras/src/")
            self.test = report.nodeid
            if self.test not in self.done:
                self.record(self.file.split("/")[0], self.file, lambda: f"can't be read: {report.longreprtext[-200:]}")

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        with _what_tests_import() if isinstance(collector, pytest.Module) else contextlib.nullcontext():
            return (yield)

    def pytest_collection_modifyitems(self, items):
        """Of the tests of layers those that say which layer and what it is called on; others train and save."""
        items[:] = [
            item
            for item in items
            if ("/layers/" not in item.nodeid or CALLED in inspect.getsource(item.function))
            and item.nodeid not in self.done
        ]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        self.file = item.nodeid.split("::")[0].removeprefix("keras/src/")
        self.test = item.nodeid
        self._write(running=self.test)
        if item.module.__name__ not in self.asked:
            self.asked.add(item.module.__name__)
            ops.ask(item.module, self.record, self.folder, self.seen)
        keras.utils.set_random_seed(0)
        try:
            return (yield)
        except Exception:  # what Keras' test finds wrong with Keras is not asked here
            return None


class _Missing(types.ModuleType):
    """A module that is not there: whatever is asked of it is another."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Missing(f"{self.__name__}.{name}")


@contextlib.contextmanager
def _what_tests_import():
    """Packages for a few tests of a file that the others can do without, and the conftest.py of Keras' repository."""
    conftest = types.ModuleType("conftest")
    conftest.skip_if_backend = lambda name, reason: lambda test: test
    absent = [name for name in ("tensorflow", "grain") if importlib.util.find_spec(name) is None]
    modules = {"conftest": conftest, **{name: _Missing(name) for name in absent}}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            sys.modules.pop(name, None)


def pytest_configure(config):
    from keras.src.testing import test_case
    from keras.src.utils import module_utils

    for module in vars(module_utils).values():  # Keras looks for a package once; before any stands in for it
        if isinstance(module, module_utils.LazyModule):
            _ = module.available
    listener = Listener(pathlib.Path(os.environ["KELT_SUITES_RECORD"]))
    config.pluginmanager.register(listener)

    def run_layer_test(self, layer_cls, init_kwargs=None, *args, **kwargs):
        names = ("input_shape", "input_dtype", "input_sparse", "input_ragged", "input_data", "call_kwargs")
        layers.run(listener.record, listener.folder, layer_cls, init_kwargs, **dict(zip(names, args)), **kwargs)

    setattr(test_case.TestCase, CALLED, run_layer_test)
