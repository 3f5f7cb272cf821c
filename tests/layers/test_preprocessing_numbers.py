"""Preprocessing of numbers: statistics, bins, categories, spectra."""

import numpy as np
import pytest
from harness import f32, i32
from keras import layers
from layer_cases import cases, check_layer

RANDOM = np.random.default_rng(4)
DATA = RANDOM.normal(2.0, 3.0, (40, 5)).astype("float32")
IMAGES = RANDOM.normal(2.0, 3.0, (6, 4, 5, 3)).astype("float32")
ROW, ROWS = f32("n", 5), f32("n", "s", 5)
IDS = i32("n", "s", high=6)
SOUND = f32("n", 64)


def adapted(layer, data):
    layer.adapt(data)
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
        "several axes, adapted": (lambda x: adapted(layers.Normalization(axis=(1, 3)), IMAGES)(x), [f32("n", 4, "t", 3)]),
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
        "adapted": (lambda x: adapted(layers.Discretization(num_bins=4), DATA)(x), [ROWS]),
        "integers": (lambda x: layers.Discretization([1, 3])(x), [i32("n", 5)]),
        **encodings(lambda mode: layers.Discretization(BINS, output_mode=mode), ROW),
        "one_hot of a column": (lambda x: layers.Discretization(BINS, output_mode="one_hot")(x), [f32("n", 1)]),
    },
    "CategoryEncoding": {
        **encodings(lambda mode: layers.CategoryEncoding(6, output_mode=mode), IDS),
        "one_hot of a row": (lambda x: layers.CategoryEncoding(6, "one_hot")(x), [i32("n", high=6)]),
        "one_hot of a column": (lambda x: layers.CategoryEncoding(6, "one_hot")(x), [i32("n", 1, high=6)]),
        "multi_hot of known length": (lambda x: layers.CategoryEncoding(6)(x), [i32("n", 3, high=6)]),
        "count_weights": (scaled_counts, [IDS, f32("n", "s")]),
        "floats": (lambda x: layers.CategoryEncoding(6, "one_hot")(x), [f32("n", 3, low=0, high=5.9)]),
    },
    "STFTSpectrogram": {
        "log": (spectrogram(), [SOUND]),
        "magnitude": (spectrogram(mode="magnitude"), [SOUND]),
        "psd": (spectrogram(mode="psd"), [SOUND]),
        "real": (spectrogram(mode="real"), [SOUND]),
        "imag": (spectrogram(mode="imag"), [SOUND]),
        "stft": (spectrogram(mode="stft"), [SOUND]),
        "padding same": (spectrogram(mode="magnitude", padding="same"), [SOUND]),
        "scaling spectrum": (spectrogram(mode="psd", scaling="spectrum"), [SOUND]),
        "periodic window hamming": (spectrogram(mode="magnitude", window="hamming", periodic=True), [SOUND]),
        "without window": (spectrogram(mode="magnitude", window=None), [SOUND]),
        "fft_length": (spectrogram(mode="magnitude", fft_length=32), [SOUND]),
        "expand_dims": (spectrogram(mode="magnitude", expand_dims=True), [SOUND]),
        "channels": (spectrogram(mode="magnitude"), [f32("n", 64, 2)]),
        "channels_first": (spectrogram(mode="magnitude", data_format="channels_first"), [f32("n", 2, 64)]),
    },
    "MelSpectrogram": {
        "plain": (mel(), [SOUND]),
        "without decibels": (mel(power_to_db=False), [SOUND]),
        "mag_exp 1": (mel(power_to_db=False, mag_exp=1.0), [SOUND]),
        "min_freq and max_freq": (mel(min_freq=50.0, max_freq=300.0), [SOUND]),
        "sequence_length": (mel(sequence_length=24), [SOUND]),
        "top_db and ref_power": (mel(top_db=20.0, ref_power=2.0), [SOUND]),
        "window hamming": (mel(window="hamming"), [SOUND]),
    },
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_preprocessed_numbers_are_those_of_keras(layer, option, tmp_path):
    check_layer(*LAYERS[layer][option], tmp_path)
