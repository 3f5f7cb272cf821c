"""What a user reads where the code of a model can't be followed: where it is, why, and what to do."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt
from kelt.tracing.capture import capture_graph


def spec(*shape):
    return keras.InputSpec(shape=shape, dtype="float32")


def rejection(model, *args):
    with pytest.raises(kelt.ExportError) as caught:
        capture_graph(model, *args)
    return caught.value


def line_after(function):
    """The first line inside of a function, as a rejection says it."""
    code = function.__code__
    return f"{code.co_filename}:{code.co_firstlineno + 1}"


class Scaled(layers.Layer):
    def call(self, x):
        return x * float(ops.sum(x))

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


def test_all_layers_that_cant_be_followed_are_listed_each_with_its_line():
    x = keras.Input((3,), name="x")
    y = x
    for name in ("first", "second", "third"):
        y = Scaled(name=name)(y)
    found = rejection(keras.Model(x, y))
    assert [(part.path, part.line) for part in found.parts] == [
        (name, line_after(Scaled.call)) for name in ("first", "second", "third")
    ]
    assert str(found).count(f"depends on an input ({line_after(Scaled.call)})") == 3


def test_a_function_that_cant_be_followed_names_its_line():
    def call(x):
        return x if ops.sum(x) > 0 else -x

    found = rejection(call, [spec(2, 3)])
    assert found.line == line_after(call) and found.line in str(found)


def test_the_line_is_the_users_where_keras_raises():
    def call(x):
        return ops.reshape(x, (5, 7))

    assert rejection(call, [spec(2, 3)]).line == line_after(call)


def test_a_lambda_that_lost_its_globals_says_which(tmp_path):
    x = keras.Input((4,), name="x")
    model = keras.Model(x, layers.Lambda(lambda t: ops.relu(t), output_shape=(4,), name="lambda")(x))
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras", safe_mode=False)
    (found,) = rejection(loaded).parts
    assert "name 'ops' is not defined: a Lambda that was loaded from a file has lost what stood around" in found.what
    assert found.remedy == "Import ops inside of it, or make it a class of its own."


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="jax's")
def test_a_derivative_of_the_backend_has_a_remedy():
    import jax

    weights = keras.Variable(np.ones((4, 3), "float32"))

    def call(x):
        return jax.grad(lambda w: ops.sum(ops.matmul(x, w)))(weights.value)

    found = rejection(call, [spec(1, 4)])
    assert "a transformation of the backend (grad, vjp, vmap, jit, …) is applied to the model's tensors" in found.what
    assert found.remedy.startswith("Write the derivative with keras.ops, or compute it outside of the model")


@pytest.mark.parametrize("name", ["bartlett", "blackman", "hamming", "hanning", "kaiser"])
def test_a_window_whose_length_is_a_tensor_is_rejected_with_a_remedy(name):
    options = {"beta": 8.0} if name == "kaiser" else {}
    error = rejection(lambda n: getattr(ops, name)(n, **options), [keras.InputSpec(shape=(), dtype="int32")])
    assert "the length of the window is the value of a tensor" in str(error)
    assert "Give the length as a number." in str(error)


def test_a_signature_that_lacks_an_argument_says_so():
    found = rejection(lambda x, y: x + y, [spec(2, 3)])
    assert "missing 1 required positional argument: 'y'" in found.what
    assert found.remedy == "The signature has a spec for each argument of the call: give one for this as well."


def test_a_weight_that_training_has_taken_is_said_to_be_away(monkeypatch):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="dense")])
    monkeypatch.setattr(model.weights[0], "_value", None)
    monkeypatch.setattr("kelt.tracing.in_training.PAUSE", 0)
    with pytest.raises(
        kelt.ExportError, match=r"the weight .*kernel is away: the model is in fit, evaluate or"
    ) as caught:
        capture_graph(model)
    assert caught.value.remedy == "Export when that has ended; in a callback, call model.jax_state_sync() first."


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="the others leave the weights where they are")
def test_a_model_is_exported_in_the_midst_of_its_training(tmp_path):
    """In a callback, in which Keras has the weights elsewhere: the same holds for another thread."""
    model = keras.Sequential([keras.Input((4,), name="x"), layers.Dense(3, name="dense")])
    model.compile("sgd", "mse")

    class Exports(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            found.append(model.weights[0]._value is None)
            kelt.export(model, tmp_path / "m.tflite")
            found.append([np.array(value) for value in model._jax_state["trainable_variables"]])

    found = []
    model.fit(np.ones((8, 4)), np.ones((8, 3)), batch_size=8, verbose=0, callbacks=[Exports()])
    away, (kernel, bias) = found
    assert away
    x = np.ones((2, 4), "float32")
    got = kelt.runtime.Model(tmp_path / "m.tflite")({"x": x})["dense"]
    np.testing.assert_allclose(got, x @ kernel + bias, rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "dtype", "op"),
    [
        (lambda x: ops.cast(x, "float8_e5m2"), "float8_e5m2", "keras.ops.cast"),
        (lambda x: ops.reshape(ops.cast(x, "float8_e4m3fn"), (-1,)), "float8_e4m3fn", "keras.ops.cast"),
    ],
)
def test_floats_of_8_bits_that_are_more_than_a_rounding_are_rejected(call, dtype, op):
    (part,) = rejection(call, [spec(2, 3)]).parts[:1]
    assert (part.op, part.what) == (op, f"computes with {dtype}, which LiteRT lacks")


def test_inputs_of_8_bits_are_rejected():
    found = rejection(lambda x: ops.cast(x, "float32"), [keras.InputSpec(shape=(2,), dtype="float8_e4m3fn")])
    assert "computes with float8_e4m3fn, which LiteRT lacks" in str(found)
    assert "Cast to float8 and back at once" in str(found)
