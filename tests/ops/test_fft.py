"""Fourier transforms and windows of signals: of any length, known or not."""

import numpy as np
import pytest
from harness import check, f32
from keras import ops

LENGTHS = [1, 2, 5, 16, 30, 97]
LONG = [600, 1009, 1024]  # in steps; with matrices that are computed, for a prime


@pytest.mark.parametrize("length", LENGTHS + LONG)
def test_a_transform_is_what_keras_computes(length, tmp_path):
    check(lambda re, im: ops.fft((re, im)), *[f32("n", length)] * 2, path=tmp_path)
    check(lambda x: ops.rfft(x), f32("n", length), path=tmp_path, zeros=length < 3)
    check(lambda re, im: ops.irfft((re, im), 2 * length - 1), *[f32("n", length)] * 2, path=tmp_path)
    if length > 2:
        check(lambda re, im: ops.irfft((re, im)), *[f32("n", length)] * 2, path=tmp_path)


def test_the_length_may_be_unknown(tmp_path):
    pair = [f32("n", "s")] * 2
    check(lambda re, im: ops.fft((re, im)), *pair, path=tmp_path)
    check(lambda x: ops.rfft(x), *pair[:1], path=tmp_path)
    check(lambda re, im: ops.irfft((re, im)), *pair, path=tmp_path)


@pytest.mark.parametrize("shape", [(8,), ("n", "s", 8), ("n", "s", 600)])
def test_every_leading_axis_is_a_batch(shape, tmp_path):
    check(lambda re, im: ops.fft((re, im)), *[f32(*shape)] * 2, path=tmp_path)
    check(lambda x: ops.rfft(x), f32(*shape), path=tmp_path)


@pytest.mark.parametrize("dims", [(6, 8), ("s", "t")])
def test_a_transform_of_two_axes_is_what_keras_computes(dims, tmp_path):
    pair = [f32("n", *dims)] * 2
    check(lambda re, im: ops.fft2((re, im)), *pair, path=tmp_path)
    check(lambda re, im: ops.ifft2((re, im)), *pair, path=tmp_path)


@pytest.mark.parametrize("dims", [("n", 7), ("n", "s")])
@pytest.mark.parametrize("length", [4, 5, 9, 20, 1024])
def test_a_signal_is_cut_or_padded_to_the_length(length, dims, tmp_path):
    check(lambda x: ops.rfft(x, length), f32(*dims), path=tmp_path)
    check(lambda re, im: ops.irfft((re, im), length), *[f32(*dims)] * 2, path=tmp_path)


WINDOWS = [(16, 4, 16), (10, 5, 16), (12, 5, 13)]  # sequence_length, sequence_stride, fft_length


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("window", ["hann", "hamming", None])
@pytest.mark.parametrize("lengths", WINDOWS)
def test_windows_are_transformed_as_keras_does(lengths, window, center, tmp_path):
    options = {"window": window, "center": center}
    check(lambda x: ops.stft(x, *lengths, **options), f32("n", 60), path=tmp_path)
    # Of fewer windows than cover each other jax cuts the end off.
    sizes = ({"n": 3, "s": 5}, {"n": 1, "s": 7}, {"n": 4, "s": 6})
    pair = [f32("n", "s", lengths[2] // 2 + 1)] * 2
    check(lambda re, im: ops.istft((re, im), *lengths, **options), *pair, path=tmp_path, sizes=sizes)
    pair = [f32("n", 9, lengths[2] // 2 + 1)] * 2
    check(lambda re, im: ops.istft((re, im), *lengths, length=20, **options), *pair, path=tmp_path)


def test_a_signal_of_unknown_length_is_transformed(tmp_path):
    sizes = ({"n": 3, "s": 45}, {"n": 1, "s": 61}, {"n": 4, "s": 30})
    check(lambda x: ops.stft(x, 10, 5, 16), f32("n", "s"), path=tmp_path, sizes=sizes)
    check(lambda x: ops.stft(x, 10, 5, 16, center=False), f32("n", "s"), path=tmp_path, sizes=sizes)


def test_a_window_may_be_given_and_long(tmp_path):
    window = np.linspace(0.1, 1, 8).astype("float32")
    check(lambda x: ops.stft(x, 8, 4, 8, window), f32("n", 60), path=tmp_path)
    check(lambda x: ops.stft(x, 1024, 256, 1024), f32("n", 4000), path=tmp_path)
    check(lambda re, im: ops.istft((re, im), 1024, 256, 1024), *[f32("n", 9, 513)] * 2, path=tmp_path)


@pytest.mark.parametrize("dims", [(60,), ("n", "s", 60)])
def test_windows_may_have_any_batch(dims, tmp_path):
    check(lambda x: ops.stft(x, 16, 4, 16), f32(*dims), path=tmp_path)
    check(lambda x: ops.extract_sequences(x, 5, 2), f32(*dims), path=tmp_path)


def test_sequences_are_what_keras_extracts(tmp_path):
    check(lambda x: ops.extract_sequences(x, 3, 2), f32("n", "s"), path=tmp_path)
