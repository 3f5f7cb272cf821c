"""Packages that kelt needs and does not bring, a backend of Keras and KerasHub: what to do where one is missing."""

from __future__ import annotations

import os

BACKENDS = {"jax": "jax", "jaxlib": "jax", "torch": "torch", "tensorflow": "tensorflow", "scipy": "numpy"}
HUB = "pip install 'kelt[hub]' && pip install --no-deps keras-hub"


def import_keras() -> None:
    """Imports Keras and its backend, or says how to install one and how to name it."""
    try:
        import keras  # noqa: F401
    except (ImportError, ValueError) as error:  # of a backend that is not there, and of one that Keras does not know
        named = os.environ.get("KERAS_BACKEND")
        which = named or "tensorflow, which it takes where KERAS_BACKEND is not set"
        raise ImportError(
            f"K102 Keras can't be imported on {which}: {error}. "
            "Install a backend, pip install 'kelt[jax]' (or torch, tensorflow, numpy), and name it before Keras is "
            "imported: export KERAS_BACKEND=jax",
            name=getattr(error, "name", None),
        ) from error


def remedy(error: BaseException) -> str:
    """The line that installs what an import inside of a model did not find, if it is one of these packages."""
    package = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if package == "keras_hub":
        return f"Install KerasHub: {HUB}"
    if package in BACKENDS:
        return f"Install it: pip install 'kelt[{BACKENDS[package]}]'"
    return ""
