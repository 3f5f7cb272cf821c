"""What `jnp.*`, `jax.nn.*`, `jax.lax.*` and the methods of a jax array stand for in `keras.ops`.

A key is the public name of a function; its twin has the function's own parameters, in its order.
"""

from __future__ import annotations

from keras import ops

from kelt.tracing.foreign import jax_image, jax_lax
from kelt.tracing.foreign.indexing import At
from kelt.tracing.foreign.twins import (
    at_axis,
    clip,
    cumulative,
    pad,
    same,
    size_list,
    slice_in,
    standardize,
    std,
    typed,
    var,
)

JNP, NN, LAX = "jax.numpy.", "jax.nn.", "jax.lax."

RENAMED = {}
IGNORED = ("out", "precision", "preferred_element_type", "out_sharding", "device", "optimize", "_dot_general")
RANDOM = ()  # of keys: the same numbers in every run

# Made of numbers alone: recorded also where no tensor is among the arguments, for a number may be a size.
CREATION = {
    JNP + "arange": lambda start, stop=None, step=None, dtype=None: ops.arange(start, stop, step, dtype),
    JNP + "eye": lambda N, M=None, k=0, dtype="float32": ops.eye(N, M, k, dtype),  # noqa: N803
    JNP + "full": lambda shape, fill_value, dtype=None: ops.full(size_list(shape), fill_value, dtype),
    JNP + "linspace": lambda start, stop, num=50, endpoint=True, *, dtype=None: ops.linspace(
        start, stop, num, endpoint, dtype=dtype
    ),
    JNP + "ones": lambda shape, dtype=None: ops.ones(size_list(shape), dtype),
    JNP + "tri": lambda N, M=None, k=0, dtype=None: ops.tri(N, M, k, dtype),  # noqa: N803
    JNP + "zeros": lambda shape, dtype=None: ops.zeros(size_list(shape), dtype),
    LAX + "full": lambda shape, fill_value, dtype=None: ops.full(size_list(shape), fill_value, dtype),
}

TABLE = {
    # jax.numpy: of one tensor
    **same(JNP, "abs absolute arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil conj cos cosh deg2rad exp exp2"),
    **same(JNP, "expm1 fabs floor isfinite isinf isnan log log10 log1p log2 logical_not negative rad2deg reciprocal"),
    **same(JNP, "sign signbit sin sinc sinh sqrt square tan tanh trunc ravel fliplr flipud bitwise_not"),
    # of two
    **same(JNP, "add arctan2 bitwise_and bitwise_or bitwise_xor divide equal floor_divide fmod greater greater_equal"),
    **same(JNP, "heaviside hypot inner kron left_shift less less_equal logaddexp logaddexp2 logical_and logical_or"),
    **same(JNP, "logical_xor maximum minimum mod multiply not_equal outer power remainder=mod right_shift subtract"),
    **same(JNP, "true_divide=divide vdot matmul dot fmin fmax pow=power cross"),
    # reductions
    JNP + "all": lambda a, axis=None, keepdims=False: ops.all(a, axis, keepdims),
    JNP + "any": lambda a, axis=None, keepdims=False: ops.any(a, axis, keepdims),
    JNP + "amax": lambda a, axis=None, keepdims=False, initial=None: ops.max(a, axis, keepdims, initial),
    JNP + "amin": lambda a, axis=None, keepdims=False, initial=None: ops.min(a, axis, keepdims, initial),
    JNP + "argmax": lambda a, axis=None, keepdims=False: ops.argmax(a, axis, keepdims),
    JNP + "argmin": lambda a, axis=None, keepdims=False: ops.argmin(a, axis, keepdims),
    JNP + "average": lambda a, axis=None, weights=None: ops.average(a, axis, weights),
    JNP + "count_nonzero": lambda a, axis=None: ops.count_nonzero(a, axis),
    JNP + "cumprod": lambda a, axis=None, dtype=None: ops.cumprod(a, axis, dtype),
    JNP + "cumsum": lambda a, axis=None, dtype=None: ops.cumsum(a, axis, dtype),
    JNP + "max": lambda a, axis=None, keepdims=False, initial=None: ops.max(a, axis, keepdims, initial),
    JNP + "mean": lambda a, axis=None, dtype=None, keepdims=False: typed(ops.mean(a, axis, keepdims), dtype),
    JNP + "median": lambda a, axis=None, keepdims=False: ops.median(a, axis, keepdims),
    JNP + "min": lambda a, axis=None, keepdims=False, initial=None: ops.min(a, axis, keepdims, initial),
    JNP + "prod": lambda a, axis=None, dtype=None, keepdims=False: ops.prod(a, axis, keepdims, dtype),
    JNP + "ptp": lambda a, axis=None, keepdims=False: ops.ptp(a, axis, keepdims),
    JNP + "std": lambda a, axis=None, dtype=None, *, ddof=0, keepdims=False: typed(std(a, axis, ddof, keepdims), dtype),
    JNP + "sum": lambda a, axis=None, dtype=None, keepdims=False: typed(ops.sum(a, axis, keepdims), dtype),
    JNP + "trace": lambda a, offset=0, axis1=0, axis2=1: ops.trace(a, offset, axis1, axis2),
    JNP + "var": lambda a, axis=None, dtype=None, *, ddof=0, keepdims=False: typed(var(a, axis, ddof, keepdims), dtype),
    # shapes
    JNP + "append": lambda arr, values, axis=None: ops.append(arr, values, axis),
    JNP + "array_split": lambda ary, indices_or_sections, axis=0: ops.array_split(ary, indices_or_sections, axis),
    JNP + "atleast_1d": lambda x: x if len(x.shape) else ops.reshape(x, (1,)),
    JNP + "broadcast_to": lambda array, shape: ops.broadcast_to(array, shape),
    JNP + "concatenate": lambda arrays, axis=0: ops.concatenate(list(arrays), axis),
    JNP + "concat": lambda arrays, /, *, axis=0: ops.concatenate(list(arrays), axis),
    JNP + "diagonal": lambda a, offset=0, axis1=0, axis2=1: ops.diagonal(a, offset, axis1, axis2),
    JNP + "diff": lambda a, n=1, axis=-1: ops.diff(a, n, axis),
    JNP + "dstack": lambda tup: ops.dstack(list(tup)),
    JNP + "expand_dims": lambda a, axis: ops.expand_dims(a, axis),
    JNP + "flip": lambda m, axis=None: ops.flip(m, axis),
    JNP + "hstack": lambda tup: ops.hstack(list(tup)),
    JNP + "matrix_transpose": lambda x, /: ops.swapaxes(x, -1, -2),
    JNP + "meshgrid": lambda *xi, indexing="xy": ops.meshgrid(*xi, indexing=indexing),
    JNP + "moveaxis": lambda a, source, destination: ops.moveaxis(a, source, destination),
    JNP + "ndim": lambda a: len(a.shape),
    JNP + "pad": lambda array, pad_width, mode="constant", *, constant_values=None: pad(
        array, pad_width, mode, constant_values
    ),
    JNP + "permute_dims": lambda a, /, axes: ops.transpose(a, axes),
    JNP + "repeat": lambda a, repeats, axis=None: ops.repeat(a, repeats, axis),
    JNP + "reshape": lambda a, shape, order="C": ops.reshape(a, size_list(shape)),
    JNP + "roll": lambda a, shift, axis=None: ops.roll(a, shift, axis),
    JNP + "rot90": lambda m, k=1, axes=(0, 1): ops.rot90(m, k, axes),
    JNP + "rollaxis": lambda a, axis, start=0: ops.moveaxis(a, axis, start - (start > axis)),
    JNP + "shape": lambda a: a.shape,
    JNP + "size": lambda a, axis=None: ops.size(a) if axis is None else a.shape[axis],
    JNP + "split": lambda ary, indices_or_sections, axis=0: ops.split(ary, indices_or_sections, axis),
    JNP + "squeeze": lambda a, axis=None: ops.squeeze(a, axis),
    JNP + "stack": lambda arrays, axis=0: ops.stack(list(arrays), axis),
    JNP + "swapaxes": lambda a, axis1, axis2: ops.swapaxes(a, axis1, axis2),
    JNP + "tile": lambda A, reps: ops.tile(A, reps),  # noqa: N803
    JNP + "transpose": lambda a, axes=None: ops.transpose(a, axes),
    JNP + "tril": lambda m, k=0: ops.tril(m, k),
    JNP + "triu": lambda m, k=0: ops.triu(m, k),
    JNP + "unstack": lambda x, /, *, axis=0: tuple(ops.unstack(x, axis=axis)),
    JNP + "vstack": lambda tup: ops.vstack(list(tup)),
    # values
    JNP + "array": lambda object, dtype=None, copy=True: ops.convert_to_tensor(object, dtype),
    JNP + "asarray": lambda a, dtype=None: ops.convert_to_tensor(a, dtype),
    JNP + "astype": lambda x, dtype, /: ops.cast(x, dtype),
    JNP + "argsort": lambda a, axis=-1, *, stable=True, descending=False: ops.argsort(-a if descending else a, axis),
    JNP + "clip": lambda arr, /, min=None, max=None: clip(arr, min, max),
    JNP + "copy": lambda a: a,
    JNP + "einsum": lambda subscripts, /, *operands, optimize="auto": ops.einsum(subscripts, *operands),
    JNP + "digitize": lambda x, bins, right=False: ops.digitize(x, bins),
    JNP + "full_like": lambda a, fill_value, dtype=None: ops.full_like(a, fill_value, dtype),
    JNP + "iscomplexobj": lambda x: "complex" in str(x.dtype),
    JNP + "isclose": lambda a, b, rtol=1e-5, atol=1e-8, equal_nan=False: ops.isclose(a, b, rtol, atol, equal_nan),
    "jax.numpy.linalg.norm": lambda x, ord=None, axis=None, keepdims=False: ops.norm(x, ord, axis, keepdims),
    JNP + "nan_to_num": lambda x, copy=True, nan=0.0, posinf=None, neginf=None: ops.nan_to_num(x, nan, posinf, neginf),
    JNP + "ones_like": lambda a, dtype=None: ops.ones_like(a, dtype),
    JNP + "result_type": lambda *args: _result_type(args),
    JNP + "round": lambda a, decimals=0: ops.round(a, decimals),
    JNP + "searchsorted": lambda a, v, side="left": ops.searchsorted(a, v, side),
    JNP + "select": lambda condlist, choicelist, default=0: ops.select(condlist, choicelist, default),
    JNP + "sort": lambda a, axis=-1: ops.sort(a, axis),
    JNP + "take": lambda a, indices, axis=None, mode=None: ops.take(a, indices, axis),
    JNP + "take_along_axis": lambda arr, indices, axis=-1, mode=None: ops.take_along_axis(arr, indices, axis),
    JNP + "tensordot": lambda a, b, axes=2: ops.tensordot(a, b, axes),
    JNP + "where": lambda condition, x, y: ops.where(condition, x, y),
    JNP + "zeros_like": lambda a, dtype=None: ops.zeros_like(a, dtype),
    # jax.nn
    **same(NN, "relu relu6 sigmoid soft_sign=softsign softplus silu swish=silu log_sigmoid selu hard_sigmoid"),
    **same(NN, "hard_silu hard_swish=hard_silu hard_tanh squareplus sparse_plus sparse_sigmoid"),
    NN + "celu": lambda x, alpha=1.0: ops.celu(x, alpha),
    NN + "elu": lambda x, alpha=1.0: ops.elu(x, alpha),
    NN + "gelu": lambda x, approximate=True: ops.gelu(x, approximate),
    NN + "glu": lambda x, axis=-1: ops.glu(x, axis),
    NN + "leaky_relu": lambda x, negative_slope=0.01: ops.leaky_relu(x, negative_slope),
    NN + "log_softmax": lambda x, axis=-1: ops.log_softmax(x, axis),
    NN + "logsumexp": lambda a, axis=None, keepdims=False: ops.logsumexp(a, axis, keepdims),
    NN + "mish": lambda x: x * ops.tanh(ops.softplus(x)),
    NN + "one_hot": lambda x, num_classes, *, dtype="float32", axis=-1: ops.one_hot(x, num_classes, axis, dtype),
    NN + "softmax": lambda x, axis=-1: ops.softmax(x, axis),
    NN + "standardize": lambda x, axis=-1, epsilon=1e-5: standardize(x, axis, epsilon),
    NN + "dot_product_attention": lambda query, key, value, bias=None, mask=None, *, scale=None, is_causal=False: (
        ops.dot_product_attention(query, key, value, bias, mask, scale, is_causal)
    ),
    # jax.lax
    **same(LAX, "abs acos=arccos acosh=arccosh asin=arcsin asinh=arcsinh atan=arctan atanh=arctanh cbrt ceil cos cosh"),
    **same(
        LAX, "erf erfc exp exp2 expm1 floor log log1p logistic=sigmoid neg=negative rsqrt sign sin sinh sqrt square"
    ),
    **same(LAX, "tan tanh is_finite=isfinite bitwise_not stop_gradient add atan2=arctan2 eq=equal ge=greater_equal"),
    **same(LAX, "gt=greater le=less_equal lt=less max=maximum min=minimum mul=multiply ne=not_equal pow=power"),
    **same(LAX, "rem=fmod sub=subtract bitwise_and bitwise_or bitwise_xor"),
    LAX + "clamp": lambda min, x, max: clip(x, min, max),
    LAX + "concatenate": lambda operands, dimension: ops.concatenate(list(operands), dimension),
    LAX + "cond": lambda pred, true_fun, false_fun, *operands: ops.cond(
        pred, lambda: true_fun(*operands), lambda: false_fun(*operands)
    ),
    LAX + "convert_element_type": lambda operand, new_dtype: ops.cast(operand, new_dtype),
    LAX + "cumsum": lambda operand, axis=0, reverse=False: cumulative(ops.cumsum, operand, axis, reverse),
    LAX + "cumprod": lambda operand, axis=0, reverse=False: cumulative(ops.cumprod, operand, axis, reverse),
    LAX + "div": lambda x, y: ops.floor_divide(x, y) if "int" in str(x.dtype) else ops.divide(x, y),
    LAX + "dynamic_slice": lambda operand, start_indices, slice_sizes: ops.slice(operand, start_indices, slice_sizes),
    LAX + "dynamic_slice_in_dim": lambda operand, start_index, slice_size, axis=0: slice_in(
        operand, start_index, slice_size, axis
    ),
    LAX + "dynamic_update_slice": lambda operand, update, start_indices: ops.slice_update(
        operand, start_indices, update
    ),
    LAX + "expand_dims": lambda array, dimensions: ops.expand_dims(array, tuple(dimensions)),
    LAX + "fori_loop": lambda lower, upper, body_fun, init_val: ops.fori_loop(lower, upper, body_fun, init_val),
    LAX + "integer_pow": lambda x, y: ops.power(x, y),
    LAX + "map": lambda f, xs: ops.map(f, xs),
    LAX + "reduce_max": lambda operand, axes: ops.max(operand, tuple(axes)),
    LAX + "reduce_min": lambda operand, axes: ops.min(operand, tuple(axes)),
    LAX + "reduce_sum": lambda operand, axes: ops.sum(operand, tuple(axes)),
    LAX + "reshape": lambda operand, new_sizes: ops.reshape(operand, size_list(new_sizes)),
    LAX + "rev": lambda operand, dimensions: ops.flip(operand, tuple(dimensions)),
    LAX + "scan": lambda f, init, xs=None, length=None, reverse=False, unroll=1: ops.scan(
        f, init, xs, length, reverse, unroll
    ),
    LAX + "select": lambda pred, on_true, on_false: ops.where(pred, on_true, on_false),
    LAX + "slice_in_dim": lambda operand, start_index, limit_index, stride=1, axis=0: operand[
        at_axis(len(operand.shape), axis, slice(start_index, limit_index, stride))
    ],
    LAX + "squeeze": lambda array, dimensions: ops.squeeze(array, tuple(dimensions)),
    LAX + "top_k": lambda operand, k: list(ops.top_k(operand, k)),
    LAX + "transpose": lambda operand, permutation: ops.transpose(operand, tuple(permutation)),
    LAX + "while_loop": lambda cond_fun, body_fun, init_val: ops.while_loop(
        lambda value: cond_fun(value), lambda value: (body_fun(value),), (init_val,)
    )[0],
    # the rest
    "jax.image.resize": jax_image.resize,
    "jax.image.scale_and_translate": jax_image.scale_and_translate,
    "jax.scipy.special.erf": ops.erf,
    "jax.scipy.special.expit": ops.sigmoid,
    "jax.scipy.special.logsumexp": lambda a, axis=None, keepdims=False: ops.logsumexp(a, axis, keepdims),
    "jax.vmap": lambda fun: (
        lambda *args: ops.vectorized_map(
            lambda one: fun(*one) if len(args) > 1 else fun(one), args if len(args) > 1 else args[0]
        )
    ),
    **jax_lax.TABLE,
    **CREATION,
}

METHODS = {
    "all": TABLE[JNP + "all"],
    "any": TABLE[JNP + "any"],
    "argmax": TABLE[JNP + "argmax"],
    "argmin": TABLE[JNP + "argmin"],
    "argsort": TABLE[JNP + "argsort"],
    "astype": lambda x, dtype, copy=False: ops.cast(x, dtype),
    "clip": TABLE[JNP + "clip"],
    "copy": TABLE[JNP + "copy"],
    "cumprod": TABLE[JNP + "cumprod"],
    "cumsum": TABLE[JNP + "cumsum"],
    "diagonal": TABLE[JNP + "diagonal"],
    "dot": TABLE[JNP + "dot"],
    "flatten": lambda a, order="C": ops.reshape(a, (-1,)),
    "max": TABLE[JNP + "max"],
    "mean": TABLE[JNP + "mean"],
    "min": TABLE[JNP + "min"],
    "prod": TABLE[JNP + "prod"],
    "ravel": lambda a, order="C": ops.reshape(a, (-1,)),
    "repeat": TABLE[JNP + "repeat"],
    "reshape": lambda a, *shape, order="C": ops.reshape(a, size_list(shape[0] if len(shape) == 1 else shape)),
    "round": TABLE[JNP + "round"],
    "sort": TABLE[JNP + "sort"],
    "squeeze": TABLE[JNP + "squeeze"],
    "std": TABLE[JNP + "std"],
    "sum": TABLE[JNP + "sum"],
    "swapaxes": TABLE[JNP + "swapaxes"],
    "take": TABLE[JNP + "take"],
    "trace": TABLE[JNP + "trace"],
    "transpose": lambda a, *axes: ops.transpose(a, (axes[0] if len(axes) == 1 else axes) or None),
    "var": TABLE[JNP + "var"],
}
PROPERTIES = {
    "T": lambda x: ops.transpose(x),
    "at": At,
    "mT": lambda x: ops.swapaxes(x, -1, -2),
    "size": lambda x: ops.size(x),
}


def _result_type(args):
    """A symbol counts as its dtype; Python's numbers are weak, as for jax."""
    import jax.numpy as jnp

    return jnp.result_type(*(arg.dtype if hasattr(arg, "dtype") else arg for arg in args))


# --- what a tensor is


def native_dtype(name):
    """What `x.dtype` is in jax."""
    import jax.numpy as jnp

    return jnp.dtype(name)


def tensor_name():
    """How messages call a tensor."""
    return "jax.Array"


def tensor_type():
    """The class whose attributes user code may ask for."""
    import jax

    return jax.Array
