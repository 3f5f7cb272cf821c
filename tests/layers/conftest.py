"""What the tests of layers share."""

import keras
import pytest


@pytest.fixture(autouse=True, scope="module")
def compiled_code_is_given_back():
    """Keras on jax compiles each op at each size: thousands of cases would hold gigabytes."""
    yield
    if keras.backend.backend() == "jax":
        import jax

        jax.clear_caches()
