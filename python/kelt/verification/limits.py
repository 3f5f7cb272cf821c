"""How far an output may be from the model's: by where it was computed, and by how far the model itself is off."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import math
import threading

import numpy as np

from kelt.tracing.record.graph import all_nodes, values_in
from kelt.tracing.record.sizes import Size
from kelt.verification.arrays import distance
from kelt.verification.live import is_traced

FARTHER = 2  # times as far from the exact value as the model is: so far a file may be
APART = 1 + FARTHER  # times its own rounding: so far both are from each other, on either side of the exact value
MOST_ROUNDING = 100  # limits; beyond that, and beyond the next, rounding is chaos, which proves nothing
MOST_ROUNDED = 0.1  # of the largest value
SUMS = {
    "sum", "mean", "average", "var", "std", "moments", "logsumexp", "norm", "matmul", "dot", "tensordot", "inner",
    "vdot", "einsum", "cumsum", "dot_product_attention",
}  # fmt: skip
CONFIDENCE = 3  # of the bound on a sum's rounding: 1 - 2 exp(-3**2 / 2) = 98 %
KEPT = ("cast", "reshape", "transpose", "squeeze", "expand_dims")  # integers stay integers
HALF = ("bfloat16", "float16")
_widening = threading.RLock()


@dataclasses.dataclass(frozen=True, slots=True)
class Limit:
    """Of max|a − b| / max|b|, and where it comes from."""

    value: float
    why: str


GIVEN = "as it was given"  # why a limit is the user's own number, which nothing widens
INTEGER_WEIGHTS = Limit(1.5e-2, "integer weights")  # their products round the other operand to 8 bits a row


def is_rounding(own: float, limit: float) -> bool:
    """Whether an error of the model's own is no more than rounding makes; beyond that it is chaos."""
    return own <= min(MOST_ROUNDING * limit, MOST_ROUNDED)


def because_of_rounding(limit: Limit, own: float) -> str:
    """Why a limit is another than its dtype's."""
    return f"{limit.why}; the model itself is {own:.1e} off by rounding alone"


def widened(limit: Limit, own: float) -> Limit:
    """The limit where rounding alone makes more of the model than half of it."""
    if limit.why == GIVEN or own <= limit.value / 2 or not is_rounding(own, limit.value):
        return limit
    return Limit(APART * own, because_of_rounding(limit, own))


def limit_of(value, moved: set[int], tolerance: float | None = None) -> Limit:
    """The limit of an output by what it was computed with: the coarsest counts. `moved`: of `moved_values`."""
    from kelt import _native

    by_dtype = _native.limit_of(value.dtype)
    if not by_dtype:
        return Limit(0.0, "exact")
    if tolerance is not None:
        return Limit(tolerance, GIVEN)
    found = Limit(by_dtype, value.dtype)
    nodes = list(nodes_behind(value))
    for half in HALF:
        # Weights in half precision are numbers like others.
        if any(made.dtype == half and id(made) in moved for node in nodes for made in node.outputs):
            limit = _native.limit_of(half)
            found = Limit(limit, f"{half} inside") if limit > found.value else found
    if any(node.op == "quantized_weight" for node in nodes) and found.value < INTEGER_WEIGHTS.value:
        found = INTEGER_WEIGHTS
    return found


def has_integer_weights(function) -> bool:
    """Whether weights that Keras quantized are read in a function, or in one inside of it."""
    return any(node.op == "quantized_weight" for node in all_nodes(function))


def nodes_behind(value):
    """All nodes that a value is computed by, those of functions inside among them."""
    seen, todo = set(), [value.node]
    while todo:
        node = todo.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        todo += [needed.node for argument in node.args.values() for needed in values_in(argument)]
        for function in node.functions:
            todo += function.nodes


def moved_values(function) -> set[int]:
    """The values that change with the inputs or with states, by id."""
    moved = {id(value) for _, value in function.inputs}
    for node in function.nodes:
        needed = [value for argument in node.args.values() for value in values_in(argument)]
        if node.op == "read_state" or node.functions or any(id(value) in moved for value in needed):
            moved.update(map(id, node.outputs))
        for inner in node.functions:
            moved |= moved_values(inner)
    return moved


def own_errors(function, inputs, exact) -> dict[str, float]:
    """How far each output is off for rounding alone: the record as it is, and what `exact()` gives, in 64 bits.

    Where products round to 8 bits, which is much coarser, the record that does so takes the place of the exact one.
    Only ever the reason for a limit. The record is compared with itself, so one that is wrong gains nothing by it.
    """
    outputs = [value for _, value in function.outputs]
    own = record_values(function, inputs, of=outputs)
    change = rounded_products(function)
    other = exact() if change is None else record_values(function, inputs, change=change, of=outputs)
    return {name: distance(own[value], other[value]) for name, value in function.outputs}


def terms_summed(value, sizes: dict[str, int]) -> int:
    """The most elements of axes of unknown length that a value behind this one is the sum of."""
    most = 1
    for node in nodes_behind(value):
        if node.op not in SUMS or not sizes:
            continue
        kept = _lengths(node.outputs[0], sizes)
        for operand in (operand for argument in node.args.values() for operand in values_in(argument)):
            lengths = _lengths(operand, sizes)
            for length in kept if node.op != "cumsum" else ():
                if length in lengths:
                    lengths.remove(length)
            if node.op == "dot_product_attention":
                lengths = _lengths(node.args["key"], sizes)[1:]
            most = max(most, math.prod(lengths))
    return most


def _lengths(value, sizes) -> list[int]:
    return [dim.at(sizes) for dim in value.dims or () if isinstance(dim, Size)]


def rounding_of_sum(terms: int) -> float:
    """What float32 may make of a sum, over the sum of the magnitudes, where one term is added after the other.

    λ √n u, with u = 2⁻²⁴: Higham and Mary, A New Approach to Probabilistic Rounding Error Analysis, SIAM Journal on
    Scientific Computing 41 (2019). The runtime's products are such sums.
    """
    return CONFIDENCE * math.sqrt(terms) * 2.0**-24


def rounded_products(function):
    """A `change` for `run_node`: products with integers as Keras and the runtime round them; None if there are none."""
    products = products_of_integers(function.nodes, set())
    return functools.partial(_rounded, products) if products else None


def products_of_integers(nodes, integers: set[int]) -> dict[int, str]:
    """Products with weights that Keras quantized: the parameter of the other operand, by the id of the node."""
    found = {}
    for node in nodes:
        needed = {name: [*values_in(argument)] for name, argument in node.args.items()}
        ours = {name for name, values in needed.items() if any(id(value) in integers for value in values)}
        if node.op == "quantized_weight" or (ours and node.op in KEPT):
            integers.update(map(id, node.outputs))
        elif ours and node.op in ("matmul", "dot"):
            found[id(node)] = "x1" if "x2" in ours else "x2"
        elif ours and node.op == "einsum":
            found[id(node)] = "operands"
        for function in node.functions:
            found |= products_of_integers(function.nodes, integers)
    return found


def _rounded(products, node, args):
    """The arguments of such a product with the other operand in 8 bits a row, as Keras and the runtime round it."""
    from keras import ops

    def in_eight_bits(x, of=np):
        if of is np and is_traced(x):  # in a loop of jax
            return in_eight_bits(x, ops)
        x = x if of is ops else ops.convert_to_numpy(x)  # which compiles nothing
        step = of.max(of.abs(x), axis=-1, keepdims=True) / 127.0
        rounded = of.where(step > 0, of.round(x / of.where(step > 0, step, 1.0)) * step, x)
        return rounded if of is ops else ops.convert_to_tensor(rounded.astype(x.dtype))

    name = products.get(id(node))
    if name is None:
        return args
    if name != "operands":
        return {**args, name: in_eight_bits(args[name])}
    first, *others = args[name]
    return {**args, name: [in_eight_bits(first), *others]}


def record_values(function, inputs, precise: bool = False, change=None, runs: int = 1, of=None) -> dict:
    """Values of the last of `runs` of a record on these inputs, as arrays: those of `of`, or all.

    To make an array waits for the backend, so a few at the end cost less than each in turn. The others: as for
    `run_node`.
    """
    from keras import ops

    from kelt.tracing.replay.replay import assigned, run_function

    with sixty_four_bits() if precise else contextlib.nullcontext():
        states, values = None, run_function(function, inputs, precise, change, keep=of)
        for _ in range(runs - 1):
            states = assigned(function, values, states)
            values = run_function(function, inputs, precise, change, states, of)
        return {
            value: as_recorded(value, np.asarray(ops.convert_to_numpy(values[value])))
            for value in (values if of is None else of)
        }


def as_recorded(value, array: np.ndarray) -> np.ndarray:
    """Integers of the recorded dtype: those of torch are of 64 bits where the record says 32."""
    return array.astype(value.dtype) if array.dtype.kind in "iu" and value.dtype[:3] in ("int", "uin") else array


@contextlib.contextmanager
def sixty_four_bits():
    """Jax has no 64 bits unless it is asked inside of this, and Keras' rule for dtypes makes 32 of 64.

    Keras' numpy backend uses jax for convolutions. The rule is Keras' for all threads: one at a time changes it.
    """
    from keras.src.backend.common import dtypes

    with _widening, contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError):
            import jax

            enable = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
            stack.enter_context(enable(True))
        narrower = dict(dtypes.BIT64_TO_BIT32_DTYPE)
        stack.callback(dtypes.BIT64_TO_BIT32_DTYPE.update, narrower)
        dtypes.BIT64_TO_BIT32_DTYPE.update(float64="float64", complex128="complex128")
        yield
