"""A case that stands in differences.py for the backend at hand must fail as it says there."""

import gc
import itertools

import differences
import keras
import pytest

if keras.backend.backend() == "jax":
    import cheap_jax

    cheap_jax.install()
# What the imports made stays: collections, of which Keras asks for one at each weight that it quantizes, pass over it.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 10, 50)  # an eighth of the time is spent in collections with Python's own thresholds
pytest.register_assert_rewrite("harness")  # so that what it finds stands in the error
TABLES = ("test_cases", "test_control_flow")  # and tests/layers: their parameters are names of cases
EXPECTED = differences.of_backend(keras.backend.backend())


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Around the call of a test."""
    of_table = pyfuncitem.path.parent.name == "layers" or pyfuncitem.path.stem in TABLES
    case = pyfuncitem.callspec.id if of_table and hasattr(pyfuncitem, "callspec") else ""
    difference = EXPECTED.get(case) or EXPECTED.get(pyfuncitem.name)
    if difference is None:
        return (yield)
    with pytest.raises(Exception, match=difference.shows):
        yield
    return pytest.xfail(difference.why)


# Keras on jax compiles each op at each size: thousands of cases would hold gigabytes.
CASES_BETWEEN_CLEARINGS = 300
cases = itertools.count(1)


@pytest.fixture(autouse=True)
def compiled_code_is_given_back():
    yield
    if keras.backend.backend() == "jax" and next(cases) % CASES_BETWEEN_CLEARINGS == 0:
        import jax

        jax.clear_caches()


@pytest.fixture
def enabled():
    """Keras' own model.export goes by kelt."""
    import kelt

    kelt.enable()
    yield
    kelt.disable()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.tflite"
