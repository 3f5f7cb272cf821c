"""A case that stands in differences.py for the backend at hand must fail as it says there."""

import differences
import keras
import pytest

pytest.register_assert_rewrite("harness")  # so that what it finds stands in the error
EXPECTED = differences.of_backend(keras.backend.backend())


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Around the call of a test."""
    case = pyfuncitem.callspec.id if hasattr(pyfuncitem, "callspec") else ""
    difference = EXPECTED.get(case) or EXPECTED.get(pyfuncitem.name)
    if difference is None:
        return (yield)
    with pytest.raises(Exception, match=difference.shows):
        yield
    return pytest.xfail(difference.why)
