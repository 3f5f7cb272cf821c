"""Fourier transforms and complex numbers as pairs."""

from __future__ import annotations

from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import spec_rules as specs
from kelt.tracing.ops import window_rules as windows
from kelt.tracing.ops.definition import FLOAT, op

OPS = (
    op("fft fft2 ifft2", lists="x", lengths=lengths.like_first),
    op("irfft", lists="x", lengths=windows.irfft),
    op("istft", lists="x", lengths=windows.istft),
    op("rfft", dtypes=FLOAT, lengths=windows.rfft),
    op("stft", dtypes=FLOAT, spec=specs.stft, lengths=windows.stft),
    op("extract_sequences", spec=specs.extract_sequences, lengths=windows.extract_sequences),
    op("view_as_complex view_as_real"),
)
