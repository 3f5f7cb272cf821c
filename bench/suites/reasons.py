"""Calls of Keras' own tests whose file is not what the call gives, and why: what is not kelt's to mend.

A pattern of `suite: what: says`, and the reason. The command fails on anything else, and names what no call needs.
"""

VALUES = "the length of the result depends on values: LiteRT's compiled models can't return such a tensor"
COMPLEX = "complex numbers, for which LiteRT has next to no operator"
RANDOM = "random numbers at inference, which would be the same in each run of a file"
SIGNS = "vectors whose signs no rule settles"
LINES = "corners are drawn anew, some all but on a line; over many draws kelt is as exact (ops/test_images.py)"
WIDE = "LiteRT has no such operator in 64 bits, nor in 32 without a sign"

REASONS: dict[str, str] = {
    # LiteRT
    r"rejected: (.|\n)*the length of its result depends on values": VALUES,
    r"rejected: (.|\n)*(complex numbers|a complex tensor|complex eigenvalues)": COMPLEX,
    r"ops: (eigh|svd)\((.|\n)*whose signs no rule settles": SIGNS,
    r"ops: \w+\((.|\n)*(compares|computes in|works on the bits of) u?int\d+, which": WIDE,
    r"does not run: K301: the runtime does not take the memory of a tensor": "LiteRT's runtime has no empty tensors",
    r"ops: nextafter\((.|\n)*steps through b?float16": "not written: it needs the bits of a half",
    r"ops: round\((.|\n)*rounds integers to tens": "LiteRT rounds floats, and float32 does not hold every int32",
    r"ops: view\((.|\n)*as ones of another size": "not written: as elements of another size",
    r"layers: \w+\(.*float8_from(.|\n)*other values": "LiteRT has no float8: numbers keep their precision",
    # No part of a model that infers
    r"ops: ctc_loss\((.|\n)*is a loss": "a loss of training",
    r"ops: ctc_decode\((.|\n)*a search over beams": "a search whose steps and results depend on values",
    r"(layers|ops): (.|\n)*(random numbers|draws random|is random)": RANDOM,
    # Keras
    r"ops: empty(_like)?\(.*: (\d+ of \d+ values|other values|NaN|inf)": "what is empty may hold anything",
    r"ops: (deg2rad|rad2deg|hypot)\((bool|u?int8).*other values": "numpy computes 8 bits in half precision",
    r"ops: sinc\(\w+\[1\].*other values": "of one it is zero, but for the rounding of pi",
    r"ops: trapezoid\(bool.*other values": "numpy's sum of flags is a flag",
    r"ops: sobel_edges\(.*other values": "numpy goes on beyond the border in another way",
    r"ops: perspective_transform\(b?float16.*other values": "Keras solves for the transform in half precision",
    r"ops: perspective_transform\(float32\[10, 10, 3.*other values": LINES,
    r"ops: top_k\(.*, False\).*other values": "not sorted: the order is any",
    r"ops: argsort\(\w+\[\]": "of a number Keras gives a vector of one, where its rule says a number",
    r"ops: unique\((.|\n)*compares slices along an axis": "it compares rows as wholes, and LiteRT has no such operator",
}
