"""The modules of the installed package: each is reached under its dotted name, and none is hidden by a public name."""

import importlib
import pkgutil
import types

import keras
import pytest

import kelt

MODULES = sorted(module.name for module in pkgutil.walk_packages(kelt.__path__, "kelt."))
OTHER_BACKENDS = {"jax", "tensorflow", "torch"} - {keras.backend.backend()}


def test_every_folder_is_in_the_package():
    assert {"kelt.exporting", "kelt.tracing.record.graph", "kelt.verification.verify"} <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_imported_by_its_dotted_name(name):
    if OTHER_BACKENDS & set(name.split(".")[-1].split("_")):
        pytest.skip("of another backend")
    module = importlib.import_module(name)
    assert module.__name__ == name
    parent, _, leaf = name.rpartition(".")
    assert getattr(importlib.import_module(parent), leaf) is module


def test_no_public_name_hides_a_module():
    modules = {module.name for module in pkgutil.iter_modules(kelt.__path__)}
    assert not modules & set(kelt.__all__)
    assert [name for name in modules if not isinstance(getattr(kelt, name, kelt), types.ModuleType)] == []
