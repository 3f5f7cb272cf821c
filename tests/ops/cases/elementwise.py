"""Ops that work element by element, in their usual form."""

from harness import f32, flags, i32
from keras import ops

REAL = f32("n", "s", 4)
POSITIVE = f32("n", "s", low=0.1, high=20)
UNIT = f32("n", "s", low=-1, high=1)
WIDE = f32("n", "s", 8, low=-12, high=12)
UNARY = {
    "abs": REAL,
    "arccos": UNIT,
    "arccosh": f32("n", "s", low=1, high=9),
    "arcsin": UNIT,
    "arcsinh": REAL,
    "arctan": REAL,
    "arctanh": f32("n", "s", low=-0.99, high=0.99),
    "cbrt": REAL,
    "ceil": REAL,
    "cos": REAL,
    "cosh": REAL,
    "deg2rad": REAL,
    "erf": REAL,
    "erfc": REAL,
    "erfinv": f32("n", "s", low=-0.999, high=0.999),
    "exp": REAL,
    "exp2": REAL,
    "expm1": REAL,
    "floor": REAL,
    "log": POSITIVE,
    "log10": POSITIVE,
    "log1p": POSITIVE,
    "log2": POSITIVE,
    "negative": REAL,
    "rad2deg": REAL,
    "reciprocal": POSITIVE,
    "round": f32("n", "s", low=-9, high=9),
    "rsqrt": POSITIVE,
    "sign": REAL,
    "sin": REAL,
    "sinc": REAL,
    "sinh": REAL,
    "sqrt": POSITIVE,
    "square": REAL,
    "tan": REAL,
    "tanh": REAL,
    "trunc": f32("n", "s", low=-9, high=9),
    "isnan": REAL,
    "isinf": REAL,
    "isfinite": REAL,
    "signbit": REAL,
    "nan_to_num": REAL,
}


BINARY = {
    "add": [REAL, f32(1, 4)],
    "subtract": [REAL, f32(4)],
    "multiply": [REAL, f32("n", 1, 1)],
    "divide": [REAL, f32(4, low=0.5, high=3)],
    "maximum": [REAL, f32(4)],
    "minimum": [REAL, f32(4)],
    "power": [POSITIVE, f32("s")],
    "floor_divide": [REAL, f32(4, low=1, high=3)],
    "mod": [REAL, f32(4, low=1, high=3)],
    "arctan2": [REAL, f32(1, 4)],
    "hypot": [REAL, f32(4)],
    "logaddexp": [REAL, f32(4)],
    "equal": [i32("n", "s"), i32("s")],
    "not_equal": [i32("n", "s"), i32("s")],
    "greater": [REAL, f32(4)],
    "greater_equal": [i32("n", "s"), i32("s")],
    "less": [REAL, f32(4)],
    "less_equal": [i32("n", "s"), i32("s")],
    "logical_and": [flags("n", "s"), flags("s")],
    "logical_or": [flags("n", "s"), flags("s")],
    "logical_xor": [flags("n", "s"), flags("s")],
    "divide_no_nan": [REAL, f32(4)],
    "heaviside": [REAL, f32(4)],
}


ACTIVATIONS = [
    *["celu", "elu", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu"],
    *["log_sigmoid", "log_softmax", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus"],
    *["softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh", "tanh_shrink"],
]

CASES = {name: (getattr(ops, name), spec) for name, spec in UNARY.items()}
CASES |= {name: (getattr(ops, name), *specs) for name, specs in BINARY.items()}
CASES |= {name: (getattr(ops, name), WIDE) for name in ACTIVATIONS}
CASES |= {
    "gelu: exactly": (lambda x: ops.gelu(x, approximate=False), WIDE),
    "elu: of another alpha": (lambda x: ops.elu(x, alpha=0.3), WIDE),
    "celu: of another alpha": (lambda x: ops.celu(x, alpha=0.3), WIDE),
    "threshold": (lambda x: ops.threshold(x, 1, -2), WIDE),
    "threshold: by fractions": (lambda x: ops.threshold(x, 0.3, -1.5), WIDE),
    "glu: of another axis": (lambda x: ops.glu(x, axis=1), f32("n", 6, 5)),
    "softmax: of another axis": (lambda x: ops.softmax(x, axis=1), WIDE),
    "softmax: of several axes": (lambda x: ops.softmax(x, axis=(1, 2)), f32("n", 5, 8, 2)),
    "softmax: of everything": (lambda x: ops.softmax(x, axis=None), f32(3, 5)),
    "log_softmax: of another axis": (lambda x: ops.log_softmax(x, axis=1), WIDE),
    "sparsemax: of another axis": (lambda x: ops.sparsemax(x, axis=1), f32("n", 6, 5)),
}
