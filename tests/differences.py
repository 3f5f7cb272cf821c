"""Cases that a backend fails, and why. Each must fail, and show what stands here: none is left out.

A file computes what the functions of `keras.ops` mean, the same on every backend. Where Keras itself computes something
else on one of them, or can't compute it at all, there is nothing to compare with.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Difference:
    """`shows`: a pattern of the error's text. `cases`: the parameters of tests, as pytest prints them."""

    why: str
    shows: str
    cases: tuple[str, ...]


def differs(why: str, shows: str, *cases: str) -> Difference:
    """A line of the table."""
    return Difference(why, shows, cases)


ERROR = r"^error \d"  # the file's numbers are others than those of Keras on this backend
SHAPES = r"^assert \([\d, ]*\) == \([\d, ]*\)"
INTEGERS = "Arrays are not equal"
NO_SCIPY = differs("Keras takes windows from scipy, which is not installed here", "scipy", "STFTSpectrogram-log")
NEXTAFTER = differs(
    "Keras looks for the neighbour in float64, and rounds it to float32 again: to the number itself",
    INTEGERS,
    "nextafter",
)
ARGPARTITION = differs("Keras sorts integers, which it makes of the floats first", ERROR, "argpartition")
ONE_HOT = differs("Keras takes no negative axis but -1 here", "axis must be -1", "one_hot: of a negative axis")

RELU6 = differs("Keras keeps integers where its rule says float32", r"== dtype\('int32'\)", "relu6: of integers")
SOBEL = differs("Keras goes on beyond the border in another way", ERROR, "image.sobel_edges")

BY_BACKEND: dict[str, list[Difference]] = {
    "numpy": [
        *(RELU6, SOBEL, ONE_HOT),
        differs("Keras gives float64", "float64", "sparsemax", "associative_scan"),
        differs("Keras gives counts where its rule says float32", "int64", "histogram: of flags as numbers"),
        differs("Keras gives float64 where its rule says int32", "float64", "segment_max: of integers"),
    ],
    "tensorflow": [
        *(NO_SCIPY, NEXTAFTER, ARGPARTITION, RELU6, SOBEL, ONE_HOT),
        differs("Keras adds floats to integers", "Cannot convert", "hard_tanh: of integers"),
        differs("TensorFlow has the least number for an empty segment", "inf", "segment_max: the first of the most"),
        differs("Keras takes a factor of Cholesky's, which holds for some matrices", ERROR, "logdet"),
        differs("Keras inverts the exchanges of one matrix, not of several", "expects a 1D vector", "lu_factor"),
        differs(
            "Keras calls TensorFlow's own transform, which meets the border otherwise", ERROR, "image.affine_transform"
        ),
        differs("Keras divides by the sum of windows over whole strides, also at the ends", ERROR, "istft"),
        differs(
            "TensorFlow has no bitwise functions of booleans",
            "bool is not in the list of allowed values",
            *("bitwise_xor: of booleans", "bitwise_or: of booleans", "bitwise_not: of booleans"),
        ),
        differs("Keras takes sizes in the wrong order, but for vectors", INTEGERS, "unravel_index"),
        differs(
            "Keras wants as many rows of values as of what it searches",
            "must match",
            "searchsorted: of a matrix of values",
        ),
        differs("Keras takes no number of sorted segments", "num_segments", "segment_sum: sorted"),
        differs("Keras joins vectors end to end", SHAPES, "vstack: of vectors"),
        differs("Keras turns a matrix that is not square by a wrong reshape", ERROR, "rot90: twice"),
        differs("Keras takes no single number", "must be the rank of inputs|The first dimension", "pad: by a number"),
        differs("Keras divides no float32 by the int32 of a size", "same dtype", "size"),
        differs("Keras makes tuples of lists in a loop", "same nested structure", "scan of structures"),
        differs("Keras has no vectorize here", "Not supported", "vectorize", "vectorize with a choice"),
    ],
    "torch": [
        *(NO_SCIPY, NEXTAFTER, ARGPARTITION, RELU6),
        differs("torch takes vectors alone", "1D tensors expected", "vdot"),
        differs("Keras takes complex numbers alone", "non-complex", "imag"),
        differs("without an axis torch takes the first that is three long", ERROR, "cross"),
        differs("Keras gives a number where its rule says a vector of one", SHAPES, "correlate"),
        differs(
            "Keras drops the axes that keepdims shall keep, if all are reduced",
            SHAPES,
            *("sum: of all, kept", "max: of all, kept", "min: of all, kept", "prod: of all, kept"),
        ),
        differs("Keras puts the classes elsewhere than its rule says", SHAPES, "one_hot: of a negative axis"),
        differs("Keras pads the last axis alone", SHAPES, "pad: by a number"),
        differs("torch.vmap takes no branch", "data-dependent control flow", "vectorize with a choice"),
        differs(
            "Keras repeats the edge where symmetry is asked for",
            ERROR,
            "ContrastLimitedAdaptiveHistogramEqualization-plain",
        ),
    ],
}


def of_backend(name: str) -> dict[str, Difference]:
    """The differences of a backend by case."""
    found: dict[str, Difference] = {}
    for difference in BY_BACKEND.get(name, []):
        for case in difference.cases:
            assert case not in found, f"{case} stands here twice"
            found[case] = difference
    return found
