"""Preprocessing of numbers: statistics, bins, categories, spectra."""

import numpy as np
import pytest
from harness import f32, i32
from keras import layers, ops
from layer_cases import cases, check_layer

RANDOM = np.random.default_rng(4)
DATA = RANDOM.normal(2.0, 3.0, (40, 5)).astype("float32")
IMAGES = RANDOM.normal(2.0, 3.0, (6, 4, 5, 3)).astype("float32")
ROW, ROWS = f32("n", 5), f32("n", "s", 5)
IDS = i32("n", "s", high=6)
SOUND, SAMPLES = f32("n", 64), f32("n", 64, 1)


def adapted(layer, data):
    layer.adapt(data)
    return layer


def binned(layer):
    """What `adapt` does; that itself asks whether the data is TensorFlow's, and can't without it."""
    layer.update_state(DATA)
    layer.finalize_state()
    return layer


def scaled_counts(ids, weights, **options):
    return layers.CategoryEncoding(6, output_mode="count", **options)(ids, count_weights=weights)


def spectrogram(**options):
    return lambda x: layers.STFTSpectrogram(**{"frame_length": 16, "frame_step": 8, **options})(x)


def mel(**options):
    options = {"fft_length": 32, "sequence_stride": 16, "num_mel_bins": 8, "sampling_rate": 800, **options}
    return lambda x: layers.MelSpectrogram(**options)(x)


def encodings(make, spec):
    """The output modes of the layers that number categories."""
    return {
        "output_mode one_hot": (lambda x: make("one_hot")(x), [spec]),
        "output_mode multi_hot": (lambda x: make("multi_hot")(x), [spec]),
        "output_mode count": (lambda x: make("count")(x), [spec]),
    }


BINS = [-1.0, 0.0, 0.3, 2.0]

LAYERS = {
    "Normalization": {
        "adapted": (lambda x: adapted(layers.Normalization(), DATA)(x), [ROW]),
        "adapted, of rows": (lambda x: adapted(layers.Normalization(), DATA)(x), [ROW]),
        "adapted images": (lambda x: adapted(layers.Normalization(), IMAGES)(x), [f32("n", "s", "t", 3)]),
        "axis None, adapted": (lambda x: adapted(layers.Normalization(axis=None), DATA)(x), [ROW]),
        "several axes, adapted": (
            lambda x: adapted(layers.Normalization(axis=(1, 3)), IMAGES)(x),
            [f32("n", 4, "t", 3)],
        ),
        "mean and variance": (lambda x: layers.Normalization(mean=3.0, variance=2.0)(x), [ROWS]),
        "mean and variance of each": (
            lambda x: layers.Normalization(axis=-1, mean=np.arange(5.0), variance=np.arange(1.0, 6.0))(x),
            [ROWS],
        ),
        "invert": (lambda x: layers.Normalization(mean=3.0, variance=2.0, invert=True)(x), [ROWS]),
        "invert, adapted": (lambda x: adapted(layers.Normalization(invert=True), DATA)(x), [ROW]),
        "integers": (lambda x: layers.Normalization(mean=3.0, variance=2.0)(x), [i32("n", 5)]),
    },
    "Rescaling": {
        "scale and offset": (lambda x: layers.Rescaling(1 / 127.5, offset=-1)(x), [ROWS]),
        "scale of each": (lambda x: layers.Rescaling([1.0, 2.0, 3.0, 4.0, 5.0])(x), [ROWS]),
        "integers": (lambda x: layers.Rescaling(1 / 255)(x), [i32("n", 5, high=255)]),
    },
    "Discretization": {
        "bin_boundaries": (lambda x: layers.Discretization(BINS)(x), [ROWS]),
        "adapted": (lambda x: binned(layers.Discretization(num_bins=4))(x), [ROWS]),
        "integers": (lambda x: layers.Discretization([1, 3])(x), [i32("n", 5)]),
        **encodings(lambda mode: layers.Discretization(BINS, output_mode=mode), ROW),
        "one_hot of a column": (lambda x: layers.Discretization(BINS, output_mode="one_hot")(x), [f32("n", 1)]),
    },
    "CategoryEncoding": {
        **encodings(lambda mode: layers.CategoryEncoding(6, output_mode=mode), IDS),
        "one_hot of a row": (lambda x: layers.CategoryEncoding(6, "one_hot")(x), [i32("n", high=6)]),
        "one_hot of a column": (lambda x: layers.CategoryEncoding(6, "one_hot")(x), [i32("n", 1, high=6)]),
        "one_hot, before one that reads a size": (
            lambda x: layers.Lambda(lambda y: y / ops.shape(y)[1])(layers.CategoryEncoding(6, "one_hot")(x)),
            [IDS],
        ),
        "multi_hot of known length": (lambda x: layers.CategoryEncoding(6)(x), [i32("n", 3, high=6)]),
        "count_weights": (scaled_counts, [IDS, f32("n", "s")]),
        "multi_hot of a row": (lambda x: layers.CategoryEncoding(6)(x), [i32("s", high=6)]),
        "count of three axes": (lambda x: layers.CategoryEncoding(6, "count")(x), [i32("n", "s", 3, high=6)]),
        "floats": (lambda x: layers.CategoryEncoding(6, "one_hot")(ops.floor(x)), [f32("n", 3, low=0, high=6)]),
    },
    "STFTSpectrogram": {
        "log": (spectrogram(), [SAMPLES]),
        "magnitude": (spectrogram(mode="magnitude"), [SAMPLES]),
        "psd": (spectrogram(mode="psd"), [SAMPLES]),
        "real": (spectrogram(mode="real"), [SAMPLES]),
        "imag": (spectrogram(mode="imag"), [SAMPLES]),
        "angle": (spectrogram(mode="angle"), [SAMPLES]),
        "stft": (spectrogram(mode="stft"), [SAMPLES]),
        "unknown length": (spectrogram(mode="magnitude", frame_length=4, frame_step=2), [f32("n", "s", 1)]),
        "padding same": (spectrogram(mode="magnitude", padding="same"), [SAMPLES]),
        "scaling spectrum": (spectrogram(mode="psd", scaling="spectrum"), [SAMPLES]),
        "periodic window hamming": (spectrogram(mode="magnitude", window="hamming", periodic=True), [SAMPLES]),
        "without window": (spectrogram(mode="magnitude", window=None), [SAMPLES]),
        "fft_length": (spectrogram(mode="magnitude", fft_length=32), [SAMPLES]),
        "expand_dims": (spectrogram(mode="magnitude", expand_dims=True), [SAMPLES]),
        "channels": (spectrogram(mode="magnitude"), [f32("n", 64, 2)]),
        "channels_first": (spectrogram(mode="magnitude", data_format="channels_first"), [f32("n", 2, 64)]),
    },
    "MelSpectrogram": {
        "default": (mel(), [SOUND]),
        "without decibels": (mel(power_to_db=False), [SOUND]),
        "mag_exp 1": (mel(power_to_db=False, mag_exp=1.0), [SOUND]),
        "min_freq and max_freq": (mel(min_freq=50.0, max_freq=300.0), [SOUND]),
        "sequence_length": (mel(sequence_length=24), [SOUND]),
        "top_db and ref_power": (mel(top_db=20.0, ref_power=2.0), [SOUND]),
        "window hamming": (mel(window="hamming"), [SOUND]),
        "one sound": (mel(), [f32(64)]),
        "unknown length": (mel(fft_length=8, sequence_stride=4), [f32("n", "s")]),
    },
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_preprocessed_numbers_are_those_of_keras(layer, option, tmp_path):
    # The logarithm of a spectrogram makes the last bits of a reference compiled in one larger than the limit.
    check_layer(*LAYERS[layer][option], tmp_path, whole=False)
