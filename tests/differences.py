"""Cases that a backend fails, and why. Each must fail, and show what stands here: none is left out.

A file computes what the functions of `keras.ops` mean, the same on every backend. Where Keras itself computes something
else on one of them, or can't compute it at all, there is nothing to compare with.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Difference:
    """`shows`: a pattern of the error's text. `cases`: parameters or names of tests, as pytest prints them."""

    why: str
    shows: str
    cases: tuple[str, ...]


def differs(why: str, shows: str, *cases: str) -> Difference:
    """A line of the table."""
    return Difference(why, shows, cases)


ERROR = r"^error \d"  # the file's numbers are others than those of Keras on this backend
SHAPES = r"^assert \([\d, ]*\) == \([\d, ]*\)"
INTEGERS = "Arrays are not equal"
BICUBIC = [f"Resizing-{option}" for option in ("bicubic", "bicubic, larger", "bicubic, unknown size")]
NEXTAFTER = differs(
    "Keras looks for the neighbour in float64, and rounds it to float32 again: to the number itself",
    INTEGERS,
    "nextafter",
)
ARGPARTITION = differs("Keras sorts integers, which it makes of the floats first", ERROR, "argpartition")
OUTSIDE = ("one_hot", "one_hot: of half a length")  # of classes that there are not
ONE_HOT = differs("Keras takes no negative axis but -1 here", "axis must be -1", "one_hot: of a negative axis")
POWER = differs(
    "Keras keeps integers of 64 bits, which LiteRT's POW lacks",
    "int64, which POW lacks",
    "power: of two inputs of int64",
)

RELU6 = differs("Keras keeps integers where its rule says float32", r"== dtype\('int32'\)", "relu6: of integers")
SOBEL = differs("Keras goes on beyond the border in another way", ERROR, "image.sobel_edges")

WIDE = r"== dtype\('int64'\)"
UNIQUE = [f"unique: {option}" for option in ("with all else", "with a fill", "of a matrix")]
TOP_K = [
    "top_k",
    *(f"top_k: {option}" for option in ("of one", "of all", "of integers", "of int8", "of float16", "of a vector")),
]
OTHER_PARTITIONS = ("argpartition: of an inner axis", "argpartition: of all")
BACKWARDS = ("get_item: a slice with a step from the end", "get_item: backwards, of an unknown axis")
EMPTY = [
    f"segment_{each}"
    for each in ("max: empty ones, of int8", "min: empty ones, of uint8", "max: empty ones, of booleans")
]
COMPARED = [f"{name}: of booleans" for name in ("less", "less_equal", "greater", "greater_equal")]
NAN = ("nanquantile", "nanpercentile", "nanmedian")

LOGARITHMS = ("log", "log10", "log1p", "log2", "arccosh", "arcsinh")
ENTROPIES = ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")

REFLECTED = ("pad: by reflection of one", "pad: by reflection beyond the other end")

BY_BACKEND: dict[str, list[Difference]] = {
    "numpy": [
        *(RELU6, SOBEL),
        differs("Keras gives float64 where its rule says int32", "float64", "segment_max: of integers"),
        differs("Keras makes shares of logits first, and clips these", ERROR, "binary_crossentropy: of logits"),
        differs(
            "Keras gives float64",
            "float64",
            *("sparsemax", "sparsemax: of another axis", "Activation-sparsemax", *EMPTY, "associative_scan"),
            *("test_associative_scan[False]", "test_associative_scan[True]"),
        ),
        differs("numpy takes no floats as places", "must be of integer", "CategoryEncoding-floats"),
        differs(
            "numpy takes no place outside",
            "out of bounds",
            *("sparse_categorical_crossentropy: of classes outside", "slice_update: at a start past the end"),
            *("unravel_index: negative", "unravel_index: outside", "multi_hot: as integers", *OUTSIDE),
            *("segment_sum: as many as an unknown length", "segment_sum: ids outside"),
        ),
        differs("Keras gives int64 where its rule says int32", WIDE, *UNIQUE, *TOP_K),
        differs("jax alone fills up with the least", ERROR, "unique: of floats"),
        differs(
            "numpy's order of equal numbers is any",
            INTEGERS,
            *("argsort: with infinities", "argsort: of the ends of int32", "argsort: with ties"),
        ),
        differs(
            "Keras gives counts where its rule says float32",
            "int64",
            *("histogram", "histogram: of an unknown length", "histogram: in a range", "histogram: of one bin"),
            *("histogram: of equal numbers", "histogram: of flags as numbers"),
        ),
    ],
    "tensorflow": [
        *(NEXTAFTER, ARGPARTITION, RELU6, SOBEL, ONE_HOT, POWER),
        differs("TensorFlow computes it in bfloat16, 1.8e-2 off float64", ERROR, "softplus: of bfloat16"),
        differs("Keras adds floats to integers", "Cannot convert", "hard_tanh: of integers"),
        differs(
            "TensorFlow mirrors no more than the axis",
            "paddings must be",
            *(*REFLECTED, "pad: by symmetry beyond the other end"),
        ),
        differs("Keras takes a factor of Cholesky's, which holds for some matrices", ERROR, "logdet"),
        differs("Keras inverts the exchanges of one matrix, not of several", "expects a 1D vector", "lu_factor"),
        differs(
            "Keras calls TensorFlow's own transform, which meets the border otherwise", ERROR, "image.affine_transform"
        ),
        differs("Keras divides by the sum of windows over whole strides, also at the ends", ERROR, "istft"),
        differs(
            "TensorFlow has no such convolution on a CPU",
            "only supports|support dilation rates",
            *("Conv1D-channels_first", "Conv1D-causal, channels_first", "Conv2D-channels_first"),
            *(f"Conv{rank}DTranspose-{option}" for rank in (1, 2, 3) for option in ("dilation", "channels_first")),
            *("DepthwiseConv2D-strides that differ", "STFTSpectrogram-channels_first"),
        ),
        differs(
            "TensorFlow rounds the places of its coefficients to 1/1024",
            ERROR,
            *(*BICUBIC, "UpSampling2D-bicubic"),
        ),
        differs(
            "TensorFlow has no bitwise functions of booleans",
            "bool is not in the list",
            *(f"bitwise_{name}: of booleans" for name in ("and", "or", "xor", "not")),
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
        differs(
            "Keras makes tuples of lists in a loop",
            "same nested structure",
            *("scan of structures", "scan of a dict, its keys in no order"),
        ),
        differs("Keras has no vectorize here", "Not supported", "vectorize", "vectorize with a choice"),
        differs(
            "TensorFlow's nan and infinities are never close",
            INTEGERS,
            "isclose: of odd numbers",
            "isclose: with equal nan",
        ),
        differs(
            "TensorFlow takes no class outside",
            "SparseSoftmaxCrossEntropy",
            "sparse_categorical_crossentropy: of classes outside",
        ),
        differs(
            "Keras sorts integers, by indices of the first axis",
            "TensorScatterUpdate",
            "argpartition: of an inner axis",
        ),
        differs("Keras sorts integers, which it makes of the floats", ERROR, "argpartition: of all"),
        differs("TensorFlow writes to no negative place", "TensorScatterUpdate", "scatter_update: negative places"),
        differs("Keras takes no other axis", "Incompatible", "geomspace: of negative tensors"),
        differs("Keras takes a column for a bias where the lengths agree", SHAPES, "add: both broadcast"),
        differs("LiteRT divides no int64, which jax has not", "K204", "floor_divide: of int64"),
        differs("TensorFlow compares no booleans", "of bool is not in the list", *COMPARED, EMPTY[2]),
        differs("TensorFlow takes no places of uint8", "of uint8 is not in the list", "take: of uint8 places"),
        differs(
            "TensorFlow takes no tensors as keys",
            "Only integers, slices",
            *("get_item: a tensor and a slice", "get_item: a slice and a tensor"),
        ),
        differs("TensorFlow takes no tensors as keys", "StridedSlice", "get_item: a matrix of places"),
        differs("Keras takes no lists as keys", "Unsupported key type", "get_item: a list"),
        differs("Keras never exchanges the operands", "Computed output size", "correlate: the longer second"),
        differs("Keras never exchanges the operands", ERROR, "correlate: same, the longer second"),
        differs("Keras wraps what lies outside", INTEGERS, "unravel_index: outside"),
        differs("jax alone fills up with the least", INTEGERS, "unique: of a matrix"),
        differs("jax alone fills up with the least", ERROR, "unique: of floats"),
        differs("Keras counts none of equal numbers", ERROR, "histogram: of equal numbers"),
        differs("Keras overflows in the power", INTEGERS, "ldexp: by large powers"),
        differs("the neighbour is rounded to float32", INTEGERS, "nextafter: of zero and equals"),
        differs(
            "TensorFlow takes no segment outside",
            "UnsortedSegmentSum",
            *("segment_sum: as many as an unknown length", "segment_sum: ids outside"),
        ),
        differs("Keras' loop takes no nan", "Incompatible shape", *(f"{name}: of rows of nan" for name in NAN[:2])),
        differs("Keras' loop takes no integers", "TensorArray dtype", *(f"{name}: of integers" for name in NAN)),
        differs("Keras multiplies matrices alone", "MatMul", "corrcoef: of one row"),
        differs("Keras takes vectors of places alone", "out of bounds", "trapezoid: at places of an inner axis"),
        differs(
            "TensorFlow has an end of the range for an empty segment",
            "inf",
            *("segment_max", "segment_max: empty ones", "segment_max: the first of the most", "segment_min"),
            *(f"segment_{which}: as many as an unknown length" for which in ("max", "min")),
        ),
        differs(
            "Keras runs no lambda on a size that it does not know",
            "could not automatically infer",
            "CategoryEncoding-one_hot, before one that reads a size",
        ),
    ],
    "torch": [
        *(NEXTAFTER, ARGPARTITION, RELU6, POWER),
        differs("torch takes vectors alone", "1D tensors expected", "vdot"),
        differs("Keras takes complex numbers alone", "non-complex", "imag", "imag: of integers"),
        differs("without an axis torch takes the first that is three long", ERROR, "cross"),
        differs("Keras gives a number where its rule says a vector of one", SHAPES, "correlate"),
        differs(
            "Keras drops the axes that keepdims shall keep, if all are reduced",
            SHAPES,
            *("sum: of all, kept", "max: of all, kept", "min: of all, kept", "prod: of all, kept"),
        ),
        differs("Keras puts the classes elsewhere than its rule says", SHAPES, "one_hot: of a negative axis"),
        differs("Keras pads the last axis alone", SHAPES, "pad: by a number"),
        differs("torch reflects no more than the axis", "should be less than", *REFLECTED),
        differs("torch.vmap takes no branch", "data-dependent control flow", "vectorize with a choice"),
        differs(
            "Keras repeats the edge where symmetry is asked for",
            ERROR,
            "pad: by symmetry beyond the other end",
            *(
                f"ContrastLimitedAdaptiveHistogramEqualization-{option}"
                for option in (
                    "default",
                    "value_range",
                    "channels_first",
                    "unknown size",
                    "unknown size, channels_first",
                )
            ),
            "pad: by symmetry",
        ),
        differs(
            "Keras normalises the last axes, whichever are asked for", "normalized_shape", "LayerNormalization-axis 1"
        ),
        differs(
            "Keras repeats the border and divides by the whole window where it is padded",
            ERROR,
            *(f"AveragePooling{rank}D-{option}" for rank in (1, 2, 3) for option in ("padding same", "channels_first")),
        ),
        differs(
            "torch has other coefficients (a = -0.75 in place of -0.5)",
            ERROR,
            *(*BICUBIC, "UpSampling2D-bicubic", "UpSampling2D-bicubic, unknown size"),
        ),
        differs(
            "torch has no such filter",
            "Lanczos interpolation is not supported",
            *("Resizing-lanczos3", "Resizing-lanczos5", "Resizing-lanczos3, antialias"),
            *("UpSampling2D-lanczos3", "UpSampling2D-lanczos5"),
        ),
        differs("torch takes no class outside", "out of bounds", "sparse_categorical_crossentropy: of classes outside"),
        differs("Keras sorts integers, which it makes of the floats", ERROR, *OTHER_PARTITIONS),
        differs(
            "Keras spaces numbers along the first axis alone",
            "`axis` argument",
            *("logspace: of tensors", "linspace: along an inner axis", "linspace: along the last axis"),
            *("linspace: of an unknown length, without its end", "geomspace: of negative tensors"),
        ),
        differs("Keras mixes no number and tensor", "0-dimensional", "linspace: of a number and a tensor"),
        differs("Keras divides by zero", INTEGERS, "linspace: of one point"),
        differs("without an axis torch takes the first that is three long", INTEGERS, "cross: of integers"),
        differs("torch broadcasts no vectors", "same number of dimensions", "cross: broadcasts"),
        differs("Keras has one axis for all", "does not support `axisa`", "cross: along axes of their own"),
        differs("torch takes vectors of three alone", SHAPES, "cross: of the plane"),
        differs("torch takes vectors of three alone", "must match", "cross: of the plane and space"),
        differs("torch promotes nothing", "expected scalar type", "einsum: of differing types"),
        differs("Keras takes other places of a flat tensor", ERROR, "take: negative, of a flat tensor"),
        differs(
            "torch writes nothing that lies outside in part", "out of bounds", "slice_update: at a start past the end"
        ),
        differs("torch takes no step backwards", "step must be greater", *BACKWARDS),
        differs("Keras takes the first length from another operand", SHAPES, "correlate: same, the longer second"),
        differs("Keras wraps what lies outside", INTEGERS, "unravel_index: outside"),
        differs("Keras gives int64 where its rule says int32", WIDE, *UNIQUE, *TOP_K),
        differs("jax alone fills up with the least", ERROR, "unique: of floats"),
        differs("the neighbour is rounded to float32", INTEGERS, "nextafter: of zero and equals"),
        differs("torch takes no class outside", "must be smaller", "multi_hot: as integers", *OUTSIDE),
        differs("Keras broadcasts no weights of an inner axis", "must match", "average: by weights of its shape"),
        differs("Keras sums the weights of the last axis alone", SHAPES, "average: of all by weights"),
        differs("torch has no uint16", "int32", "saturate_cast: of signed to unsigned"),
        differs("Keras gives zero for what is empty", INTEGERS, *EMPTY),
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


# On every backend, of what tests/special_values.py tries; `shows` are patterns of its lines. LiteRT's kernels set most.
LOST = "nan in input 0: nan became a number"
SPECIAL_VALUES = [
    differs(
        "LiteRT's maxima and minima pass over nan where it is the first operand, or one of many",
        LOST,
        *("amax", "amin", "max", "min", "maximum", "minimum", "ptp", "clip", "max_pool", "adaptive_max_pool"),
        *("corrcoef", "erf", "erfc", "i0", "normalize"),  # which are clipped, on builtin kernels
    ),
    differs("likewise, where probabilities are clipped", "builtin: nan in input 1: nan became", *ENTROPIES),
    differs("likewise, in the condition of the loop", "nan in input 0: 0 became 7", "while_loop"),
    differs("likewise, of what is sorted", "nan in input 0: a number became inf", "sparsemax"),
    differs(
        "ARG_MAX passes over nan",
        r"nan in input 0: (-?\d became \d|nan became a number)",
        "argmax",
        "argmin",
        "ctc_decode",
    ),
    differs("XNNPACK's EXP makes a number of nan", f"delegate: {LOST}", "exp", "cosh", "logsumexp"),
    differs("XNNPACK clips averages, nan to the end", "nan became -inf", "average_pool", "adaptive_average_pool"),
    differs("XNNPACK's LOG ends at 1.4 × 2^127", r"e\+38 in input 0: a number became -?inf", *LOGARITHMS),
    differs("XNNPACK's SIN and COS hold up to 1e7", r"e\+38 in input 0: a number became nan", "cos", "sin", "tan"),
    differs("what has no integer is any", "nan in input 0: 0 became", "cast", "saturate_cast"),
    differs("TRANSPOSE_CONV multiplies the zeros in between too", "a number became nan", "conv_transpose"),
    differs("XNNPACK adds and multiplies in another order", "a number became -?inf", "cumprod"),
    differs(
        "elimination meets infinities in another order than LAPACK",
        "became (nan|inf)",
        *("det", "inv", "logdet", "lu_factor", "pinv", "qr", "slogdet", "solve"),
    ),
    differs(
        "the file multiplies by a matrix, in which every element meets every other, and Keras in halves of halves",
        "became",
        *("fft", "fft2", "ifft2", "irfft", "istft", "rfft", "stft"),
    ),
    differs(
        "Keras moves elements by products with zeros, which spreads nan and infinities; the file copies them",
        "input 0: nan became a number",
        *("extract_sequences", "fold", "unfold", "image.extract_patches", "image.resize", "image.elastic_transform"),
    ),
    differs("neighbours of weight zero are multiplied too", "number became nan", "image.perspective_transform"),
    differs("Keras leaves out places that are none", "number became nan", "image.scale_and_translate"),
    differs("the ends of the bins are no numbers", "became (a number|nan)", "histogram"),
    differs(
        "XNNPACK's RELU loses the sign of zeros, builtin DIV by zero is finite", "1 became 0", "isposinf", "isneginf"
    ),
    differs(
        "an infinity less the infinite mean is left out as nan", "-inf in input 0: nan became inf", "nanstd", "nanvar"
    ),
    differs("on builtin kernels the bits of zeros and nan are others", "builtin", "nextafter"),
    differs("Keras makes 0 of nan", "a number became nan", "soft_shrink"),
    differs(
        "the file scales before the product, which overflows later", "nan became a number", "dot_product_attention"
    ),
]
