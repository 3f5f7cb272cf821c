"""What other threads see of Keras while a model is built without its weights: nothing."""

import threading

import keras
import numpy as np
import pytest
from keras import layers

import kelt
from kelt.disk import exchange
from kelt.disk.exchange import exchanged
from kelt.disk.reading import Reader, reading
from kelt.disk.weightless import has_value
from kelt.tracing import patch


def in_another_thread(function):
    """What it gives there."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    (result,) = found
    return result


def dense():
    """A model with a weight that is not small."""
    return keras.Sequential([keras.Input((200,)), layers.Dense(200, kernel_initializer="ones")])


def test_variables_of_another_thread_have_values(tmp_path):
    with reading(Reader(tmp_path)):
        assert not has_value(dense().weights[0])
        other = in_another_thread(dense)
    assert np.all(np.array(other.weights[0]) == 1)
    other.weights[0].assign(np.zeros((200, 200)))
    assert np.all(np.array(other.weights[0]) == 0)


def test_keras_is_what_it_was_after_an_error(tmp_path):
    variable = type(dense().weights[0])
    methods = "_initialize_with_initializer", "_deferred_initialize", "assign"
    before = [(getattr(variable, name), name in vars(variable)) for name in methods]
    with pytest.raises(RuntimeError, match="in between"), reading(Reader(tmp_path)):
        raise RuntimeError("in between")
    assert [(getattr(variable, name), name in vars(variable)) for name in methods] == before
    assert not exchange._exchanged


class Base:
    """With a method that a subclass inherits."""

    def there(self):
        return "original"


class Derived(Base):
    pass


def quietly(original, *args):
    return f"quiet {original(*args)}"


def loudly(original, *args):
    return f"loud {original(*args)}"


@pytest.mark.parametrize("first_ends_first", [True, False])
def test_who_needs_more_than_another_gets_it(first_ends_first):
    first = exchanged({(Base, "there"): quietly})
    second = exchanged({(Base, "there"): quietly, (Derived, "there"): loudly})
    first.__enter__()
    second.__enter__()
    assert Base().there() == "quiet original" and Derived().there() == "loud quiet original"
    (first if first_ends_first else second).__exit__(None, None, None)
    assert Base().there() == "quiet original"
    assert Derived().there() == ("loud quiet original" if first_ends_first else "quiet original")
    (second if first_ends_first else first).__exit__(None, None, None)
    assert Base().there() == Derived().there() == "original" and "there" not in vars(Derived)


def test_all_who_hold_a_function_hold_one_stand_in():
    """So that a thread that comes later finds them by what they hold."""
    one, two = type("One", (), {"held": quietly}), type("Two", (), {"held": quietly})
    with exchanged({(one, "held"): loudly, (two, "held"): loudly}):
        assert one.held is two.held is not quietly


def test_the_first_capture_may_be_made_while_a_model_is_read(tmp_path, monkeypatch):
    """It changes Keras' own functions, which later captures find changed as well."""
    counter = keras.Sequential([keras.Input((3,)), Counting()])
    patch._sites.cache_clear()
    with reading(Reader(tmp_path)):
        in_another_thread(lambda: kelt.capture(counter))
    assert "write_state" in str(kelt.capture(counter))


class Counting(layers.Layer):
    """Assigns a variable when it is called."""

    def build(self, shape):
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

    def call(self, x):
        self.count.assign(self.count + 1)
        return x + self.count
