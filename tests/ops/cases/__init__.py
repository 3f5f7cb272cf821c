"""Tables of cases: `op` or `op: what is special` → a function of tensors, and its inputs.

A module a family, each with CASES.
"""

from __future__ import annotations

import importlib
import pkgutil


def tables() -> dict[str, tuple]:
    """All cases of all modules here."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        for name, case in importlib.import_module(f"{__name__}.{module.name}").CASES.items():
            assert name not in found, f"two cases are called {name}"
            found[name] = case
    return found
