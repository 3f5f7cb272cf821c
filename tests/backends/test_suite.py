"""The tables of tests/ops and tests/layers on a backend that is not jax, compared with Keras on this backend.

Of each function of `keras.ops` and of each class of `keras.layers` the first case. All cases: `scripts/test suite`.
On jax all of them run where they stand. What a backend fails is listed in tests/differences.py, with the reason.
"""

import keras
import layer_cases
import pytest
from ops import cases, test_cases, test_control_flow

if keras.backend.backend() == "jax":
    pytest.skip("all cases run on jax where they stand", allow_module_level=True)


def first_of_each(names, key):
    """The first name of each key."""
    found = {}
    for name in names:
        found.setdefault(key(name), name)
    return list(found.values())


OPS = first_of_each(cases.tables(), lambda name: name.partition(":")[0])
LAYERS = layer_cases.tests()
CHOSEN = first_of_each(LAYERS, lambda case: case[0])


@pytest.mark.parametrize("name", OPS)
def test_an_op_is_what_keras_computes_here(name, tmp_path):
    test_cases.test_an_op_is_what_keras_computes(name, tmp_path)


@pytest.mark.parametrize("case", test_control_flow.CASES)
def test_control_flow_is_what_keras_computes_here(case, tmp_path):
    test_control_flow.test_a_function_of_control_flow(case, tmp_path)


@pytest.mark.parametrize(("layer", "option"), CHOSEN)
def test_a_layer_is_what_keras_computes_here(layer, option, tmp_path):
    LAYERS[layer, option](tmp_path)


def test_there_are_enough_of_them():
    assert len(OPS) > 200
    assert len(CHOSEN) > 125
    assert len(test_control_flow.CASES) >= 18
