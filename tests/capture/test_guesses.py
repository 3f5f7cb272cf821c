"""What a model does not say of its inputs: what is chosen, and what the report says of it."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt
from kelt.tracing.capture import capture_graph


class Sentence(keras.Model):
    """Means of embedded ids where a mask says so."""

    def __init__(self):
        super().__init__()
        self.table = layers.Embedding(9, 4)

    def call(self, inputs):
        seen = ops.cast(inputs["mask"], "float32")[..., None]
        return ops.sum(self.table(inputs["ids"]) * seen, axis=1)


class Gated(keras.Model):
    def __init__(self):
        super().__init__()
        self.cell = layers.GRU(8)

    def call(self, x, hidden):
        return self.cell(x, initial_state=hidden)


class Optional(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, x, scale=None, training=False):
        return self.dense(x) if scale is None else self.dense(x) * scale


class BuiltByItself(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)

    def build(self):
        self.dense.build((None, 8))

    def call(self, x):
        return self.dense(x)


def called(model, *args):
    model(*args)
    return model


def captured(model, **kwargs):
    (function,) = capture_graph(model, **kwargs).functions
    return [(value.dtype, *map(str, value.dims)) for _, value in function.inputs], function.notes


def fitted():
    model = keras.Sequential([layers.Flatten(), layers.Dense(3)])
    model.compile("sgd", "mse")
    model.fit(np.zeros((8, 4, 4, 1)), np.zeros((8, 3)), batch_size=4, verbose=0)
    return model


def test_a_batch_that_came_with_the_data_is_not_kept(tmp_path):
    report = kelt.export(fitted(), tmp_path / "m.tflite", verify=True)
    ((name, kind),) = report.signatures["serving_default"]["inputs"]
    assert kind == "f32[n, 4, 4, 1]"
    assert report.notes == [
        "serving_default: its shapes are those that the model was built on, with any batch; the dtype of "
        f"{name!r} is float32, a guess. "
        "To choose: input_signature=[keras.InputSpec(shape=(None, 4, 4, 1), dtype='float32')]"
    ]
    assert f"\n  note: {report.notes[0]}" in str(report)


@pytest.mark.parametrize("batch", [{"shape": (4,), "batch_size": 2}, {"batch_shape": (2, 4)}])
def test_a_batch_that_the_user_gave_is_kept(batch):
    inputs, notes = captured(keras.Sequential([keras.Input(**batch), layers.Dense(3)]))
    assert inputs == [("float32", "2", "4")]
    assert "its batch is 2, as its Input has it" in notes[0] and "shape=(2, 4)" in notes[0]


def test_a_batch_without_which_the_model_does_not_work_is_kept(replay):
    model = keras.Sequential([layers.LSTM(3, stateful=True)])
    model.build((4, 5, 2))
    inputs, notes = captured(model)
    assert inputs == [("float32", "4", "5", "2")]
    assert notes[0].startswith("serving_default: its shapes are those that the model was built on; the dtype")


def test_the_length_of_ids_is_not_that_of_the_call(replay):
    ids = np.ones((1, 8), "int32")
    model = called(Sentence(), {"ids": ids, "mask": ids})
    inputs, notes = captured(model)
    assert inputs == [("int32", "n", "s"), ("float32", "n", "s")]
    assert notes == [
        "serving_default: its shapes are those that the model was built on, with any batch; 'ids' and 'mask' may be of "
        "any length; the dtype of 'ids' is int32, since it indexes; the dtype of 'mask' is float32, a guess. To "
        "choose: input_signature=[{'ids': keras.InputSpec(shape=(None, None), dtype='int32'), "
        "'mask': keras.InputSpec(shape=(None, None), dtype='float32')}]"
    ]
    replay(model, {"ids": replay.integers(9, 2, 5), "mask": replay.random(2, 5)})


def test_the_signature_that_a_note_gives_can_be_given():
    ids = np.ones((1, 8), "int32")
    model = called(Sentence(), {"ids": ids, "mask": ids})
    text = captured(model)[1][0].partition("input_signature=")[2].replace("float32", "int32")
    specs = eval(text, {"keras": keras})  # what one would paste
    assert captured(model, input_signature=specs) == ([("int32", "n", "s"), ("int32", "n", "s")], [])


def test_the_length_of_ids_is_that_of_the_call_where_no_other_works():
    class Placed(keras.Model):
        def __init__(self):
            super().__init__()
            self.table, self.places = layers.Embedding(9, 4), layers.Embedding(8, 4)

        def call(self, ids):
            return self.table(ids) + self.places(ops.arange(8))

    inputs, notes = captured(called(Placed(), np.ones((1, 8), "int32")))
    assert inputs == [("int32", "n", "8")]
    assert notes[0] == "axis 1 of 'ids' is 8: the model takes no other length there"


def test_features_are_as_many_as_in_the_call():
    inputs, notes = captured(called(Optional(), np.ones((1, 8), "float32")))
    assert inputs == [("float32", "n", "8")]
    assert "'scale' of its call() are left as by default" in notes[0]


def test_an_argument_of_which_no_shape_is_known_is_named():
    model = called(Gated(), np.zeros((2, 5, 4), "float32"), np.zeros((2, 8), "float32"))
    with pytest.raises(
        ValueError, match=r"Gated.call\(\) takes 'hidden' too, of which no shape is known; give input_si"
    ):
        kelt.capture(model)
    with pytest.raises(ValueError, match="a spec for each of x, hidden"):
        kelt.capture(model)


def test_a_model_that_was_called_is_not_said_to_be_unbuilt():
    model = BuiltByItself()
    model.build()
    model(np.ones((1, 8), "float32"))
    with pytest.raises(
        ValueError, match=r"shapes that BuiltByItself was called on are not known.*give input_signature="
    ):
        kelt.capture(model)
    with pytest.raises(ValueError, match=r"Optional: the model is not built. Call it once"):
        kelt.capture(Optional())


def test_a_call_that_keras_could_not_trace_asks_for_a_signature():
    class Framed(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, wave):
            return self.dense(ops.reshape(wave, (-1, 400)) * ops.hanning(400))

    model = called(Framed(), np.zeros(1600, "float32"))
    model._build_shapes_dict = None  # as it is where Keras fails to trace the call: torch follows this one
    with pytest.raises(ValueError, match="Keras keeps them only where it builds the model by tracing its call"):
        kelt.capture(model)


def test_a_bound_call_of_a_model_has_the_models_names():
    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model(image, layers.Conv2D(2, 3, name="edges")(image))
    graph = capture_graph(model, signatures={"f": (model.__call__, [keras.InputSpec(shape=(None, 8, 8, 3))])})
    (function,) = graph.functions
    assert ([name for name, _ in function.inputs], [name for name, _ in function.outputs]) == (["image"], ["edges"])


def test_shapes_go_to_the_arguments_that_they_were_given_for(replay):
    class Skips(keras.Model):
        def build(self, x_shape, z_shape):
            self.first, self.last = layers.Dense(3), layers.Dense(3)
            self.first.build(x_shape)
            self.last.build(z_shape)

        def call(self, x, y=None, z=None):
            return self.first(x) * self.last(z) if y is None else self.first(x) - y

    model = Skips()
    model(np.ones((1, 8), "float32"), z=np.ones((1, 5), "float32"))
    inputs, notes = captured(model)
    assert inputs == [("float32", "n", "8"), ("float32", "n", "5")]
    assert "'y' of its call() are left as by default" in notes[0]
