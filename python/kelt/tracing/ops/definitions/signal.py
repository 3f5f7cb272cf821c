"""Fourier transforms and complex numbers as pairs."""

from __future__ import annotations

from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops.definition import FLOAT, op

OPS = (
    op("fft fft2 ifft2 irfft istft", lists="x"),
    op("rfft stft", dtypes=FLOAT, lengths=lengths.broadcast),
    op("extract_sequences view_as_complex view_as_real"),
)
