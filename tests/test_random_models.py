"""A hundred random models of `scripts/random_models`, which makes as many as one asks for."""

import keras
import pytest
import random_models
from generated.program import Program, drawn, shrunk

# In processes of its own on each backend, so that one that dies is a fault too; numpy compiles nothing.
ON_NUMPY = pytest.mark.skipif(
    keras.backend.backend() != "numpy", reason="a hundred models, compiled by another backend"
)


@ON_NUMPY
def test_a_hundred_random_models_are_what_keras_computes():
    found = [fault for fault in random_models.run(0, 100, 100) if not random_models.known(fault)]
    assert not found, random_models.told(found)


def test_a_program_is_the_same_from_the_same_seed():
    assert drawn(5) == drawn(5)
    assert drawn(5) != drawn(6)


def test_a_fault_is_shrunk_to_what_makes_it():
    guilty = drawn(11).steps[3]
    smaller = shrunk(drawn(11), lambda program: any(row[:1] == guilty[:1] for row in program.steps))
    assert smaller == Program((), (drawn(11).inputs[0][:0],), (guilty[:1],), ()) or len(smaller.steps) == 1
    assert smaller.steps[0][0] == guilty[0]
