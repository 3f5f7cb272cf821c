"""What `tf.*`, `tf.math.*`, `tf.nn.*`, `tf.image.*` and the methods of a tensor stand for in `keras.ops`.

A key is a public name of a function; its twin has the function's own parameters, in its order. Functions are known by
identity, so `tf.reduce_sum` and `tf.math.reduce_sum` are one entry; their code is exchanged while a capture runs. A
`tf.function` is followed as the function of Python that it is made from.
"""

from __future__ import annotations

import functools

from keras import ops

from kelt.tracing.foreign import call
from kelt.tracing.foreign import tensorflow_nn as nn
from kelt.tracing.foreign.shapes import Shape, Sizes
from kelt.tracing.foreign.tensorflow_nn import NN
from kelt.tracing.foreign.twins import TopK, cumulative, l2_normalize, same, size_list, split_points
from kelt.tracing.symbols.symbol import OpenShape, Symbol

RENAMED = {}
IGNORED = ("name", "out", "parallel_iterations", "swap_memory", "back_prop", "validate_shape", "optimize", "grad_a")
IGNORED += ("grad_b", "output_shape_hint", "validate_indices", "stable", "bad_indices_policy")
RANDOM = {f"tf.random.{name}" for name in ("categorical", "normal", "shuffle", "truncated_normal", "uniform", "gamma")}
CHECKS = ("Assert", "assert_all_finite", "assert_equal", "assert_greater", "assert_greater_equal", "assert_less")
CHECKS += ("assert_less_equal", "assert_near", "assert_rank", "assert_rank_at_least", "assert_shapes", "check_numerics")
M, L = "tf.math.", "tf.linalg."

# Made of numbers alone: recorded also where no tensor is among the arguments, for a number may be a size.
CREATION = {
    "tf.constant": lambda value, dtype=None, shape=None: _constant(value, dtype, shape),
    "tf.convert_to_tensor": lambda value, dtype=None, dtype_hint=None: _constant(value, dtype, None),
    "tf.eye": lambda num_rows, num_columns=None, batch_shape=None, dtype="float32": _eye(
        num_rows, num_columns, batch_shape, dtype
    ),
    "tf.fill": lambda dims, value: ops.full(size_list(dims), value, getattr(value, "dtype", None) or _dtype_of(value)),
    "tf.linspace": lambda start, stop, num, axis=0: ops.linspace(start, stop, int(num), axis=axis),
    "tf.ones": lambda shape, dtype="float32", layout=None: ops.ones(size_list(shape), dtype),
    "tf.range": lambda start, limit=None, delta=1, dtype=None: ops.arange(
        _number(start), _number(limit), _number(delta), dtype
    ),
    "tf.zeros": lambda shape, dtype="float32", layout=None: ops.zeros(size_list(shape), dtype),
}

TABLE = {
    # of one tensor
    **same(M, "abs acos=arccos acosh=arccosh asin=arcsin asinh=arcsinh atan=arctan atanh=arctanh ceil cos cosh erf"),
    **same(M, "erfinv exp expm1 floor is_finite=isfinite is_inf=isinf is_nan=isnan log log1p log_sigmoid logical_not"),
    **same(
        M, "negative reciprocal rint=round round rsqrt sigmoid sign sin sinh softplus softsign sqrt square tan tanh"
    ),
    # of two
    **same(M, "add atan2=arctan2 divide divide_no_nan equal floordiv=floor_divide floormod=mod greater greater_equal"),
    **same(
        M, "less less_equal logical_and logical_or logical_xor maximum minimum multiply not_equal pow=power subtract"
    ),
    **same("tf.", "truediv=divide stop_gradient searchsorted"),
    **same("tf.bitwise.", "bitwise_and bitwise_or bitwise_xor invert=bitwise_invert left_shift=bitwise_left_shift"),
    **same("tf.bitwise.", "right_shift=bitwise_right_shift"),
    M + "mod": lambda x, y: ops.mod(x, y),
    M + "squared_difference": lambda x, y: ops.square(x - y),
    M + "truediv": lambda x, y: ops.divide(x, y),
    M + "add_n": lambda inputs: functools.reduce(ops.add, inputs),
    M + "xlogy": lambda x, y: ops.where(ops.equal(x, 0), 0.0, x * ops.log(ops.where(ops.equal(x, 0), 1.0, y))),
    # reductions
    M + "argmax": lambda input, axis=0, output_type="int64": ops.cast(ops.argmax(input, axis or 0), output_type),
    M + "argmin": lambda input, axis=0, output_type="int64": ops.cast(ops.argmin(input, axis or 0), output_type),
    M + "count_nonzero": lambda input, axis=None, keepdims=None, dtype="int64": ops.sum(
        ops.cast(ops.not_equal(input, 0), dtype), axis, bool(keepdims)
    ),
    M + "cumprod": lambda x, axis=0, exclusive=False, reverse=False: cumulative(
        ops.cumprod, x, axis, exclusive, reverse
    ),
    M + "cumsum": lambda x, axis=0, exclusive=False, reverse=False: cumulative(ops.cumsum, x, axis, exclusive, reverse),
    M + "reduce_all": lambda input_tensor, axis=None, keepdims=False: ops.all(input_tensor, axis, keepdims),
    M + "reduce_any": lambda input_tensor, axis=None, keepdims=False: ops.any(input_tensor, axis, keepdims),
    M + "reduce_euclidean_norm": lambda input_tensor, axis=None, keepdims=False: nn.norm(
        input_tensor, "euclidean", axis, keepdims
    ),
    M + "reduce_logsumexp": lambda input_tensor, axis=None, keepdims=False: ops.logsumexp(input_tensor, axis, keepdims),
    M + "reduce_max": lambda input_tensor, axis=None, keepdims=False: ops.max(input_tensor, axis, keepdims),
    M + "reduce_mean": lambda input_tensor, axis=None, keepdims=False: _mean(input_tensor, axis, keepdims),
    M + "reduce_min": lambda input_tensor, axis=None, keepdims=False: ops.min(input_tensor, axis, keepdims),
    M + "reduce_prod": lambda input_tensor, axis=None, keepdims=False: ops.prod(input_tensor, axis, keepdims),
    M + "reduce_std": lambda input_tensor, axis=None, keepdims=False: ops.std(input_tensor, axis, keepdims),
    M + "reduce_sum": lambda input_tensor, axis=None, keepdims=False: ops.sum(input_tensor, axis, keepdims),
    M + "reduce_variance": lambda input_tensor, axis=None, keepdims=False: ops.var(input_tensor, axis, keepdims),
    M + "segment_max": lambda data, segment_ids: ops.segment_max(data, segment_ids, sorted=True),
    M + "segment_sum": lambda data, segment_ids: ops.segment_sum(data, segment_ids, sorted=True),
    M + "top_k": lambda input, k=1, sorted=True, index_type="int32": _top_k(input, k, index_type),
    M + "unsorted_segment_max": lambda data, segment_ids, num_segments: ops.segment_max(
        data, segment_ids, num_segments
    ),
    M + "unsorted_segment_sum": lambda data, segment_ids, num_segments: ops.segment_sum(
        data, segment_ids, num_segments
    ),
    # linear algebra
    L + "band_part": lambda input, num_lower, num_upper: _band(input, num_lower, num_upper),
    L + "matmul": lambda a, b, transpose_a=False, transpose_b=False: ops.matmul(
        ops.swapaxes(a, -1, -2) if transpose_a else a, ops.swapaxes(b, -1, -2) if transpose_b else b
    ),
    L + "matrix_transpose": lambda a: ops.swapaxes(a, -1, -2),
    L + "matvec": lambda a, b: ops.squeeze(ops.matmul(a, ops.expand_dims(b, -1)), -1),
    L + "trace": lambda x: ops.trace(x, axis1=-2, axis2=-1),
    "tf.einsum": lambda equation, *inputs: ops.einsum(equation, *inputs),
    "tf.math.l2_normalize": lambda x, axis=None, epsilon=1e-12: l2_normalize(x, axis, epsilon),
    "tf.norm": lambda tensor, ord="euclidean", axis=None, keepdims=None: nn.norm(tensor, ord, axis, bool(keepdims)),
    "tf.tensordot": lambda a, b, axes: ops.tensordot(a, b, axes),
    # shapes
    "tf.broadcast_to": lambda input, shape: ops.broadcast_to(input, size_list(shape)),
    "tf.concat": lambda values, axis: ops.concatenate(list(values), int(axis)),
    "tf.ensure_shape": lambda x, shape: x,
    "tf.expand_dims": lambda input, axis: ops.expand_dims(input, axis),
    "tf.meshgrid": lambda *args, indexing="xy": ops.meshgrid(*args, indexing=indexing),
    "tf.pad": lambda tensor, paddings, mode="CONSTANT", constant_values=0: nn.padded(
        tensor, paddings, mode, constant_values
    ),
    "tf.rank": lambda input: len(input.shape),
    "tf.repeat": lambda input, repeats, axis=None: ops.repeat(input, repeats, axis),
    "tf.reshape": lambda tensor, shape: ops.reshape(tensor, size_list(shape)),
    "tf.reverse": lambda tensor, axis: ops.flip(tensor, tuple(axis)),
    "tf.roll": lambda input, shift, axis: ops.roll(input, shift, axis),
    "tf.shape": lambda input, out_type=None: Sizes(tuple.__iter__(input.shape)),
    "tf.size": lambda input, out_type=None: ops.size(input),
    "tf.slice": lambda input_, begin, size: _slice(input_, size_list(begin), size_list(size)),
    "tf.split": lambda value, num_or_size_splits, axis=0, num=None: _split(value, num_or_size_splits, axis),
    "tf.squeeze": lambda input, axis=None: ops.squeeze(input, tuple(axis) if isinstance(axis, (list, tuple)) else axis),
    "tf.stack": lambda values, axis=0: ops.stack(list(values), axis),
    "tf.tile": lambda input, multiples: ops.tile(input, size_list(multiples)),
    "tf.transpose": lambda a, perm=None, conjugate=False: ops.transpose(a, None if perm is None else size_list(perm)),
    "tf.unstack": lambda value, num=None, axis=0: ops.unstack(value, num, axis),
    # values
    "tf.argsort": lambda values, axis=-1, direction="ASCENDING": ops.argsort(
        -values if direction == "DESCENDING" else values, axis
    ),
    "tf.cast": lambda x, dtype: ops.cast(x, dtype),
    "tf.clip_by_value": lambda t, clip_value_min, clip_value_max: ops.minimum(
        ops.maximum(t, clip_value_min), clip_value_max
    ),
    "tf.gather": lambda params, indices, axis=None, batch_dims=0: _gather(params, indices, axis, batch_dims),
    "tf.gather_nd": lambda params, indices, batch_dims=0: _gather_nd(params, indices, batch_dims),
    "tf.identity": lambda input: ops.convert_to_tensor(input),
    "tf.one_hot": lambda indices, depth, on_value=None, off_value=None, axis=None, dtype=None: _one_hot(
        indices, depth, on_value, off_value, axis, dtype
    ),
    "tf.ones_like": lambda input, dtype=None: ops.ones_like(input, dtype),
    "tf.saturate_cast": lambda value, dtype: ops.saturate_cast(value, dtype),
    "tf.scatter_nd": lambda indices, updates, shape: ops.scatter(indices, updates, size_list(shape)),
    "tf.sequence_mask": lambda lengths, maxlen, dtype="bool": ops.cast(
        ops.less(ops.arange(_number(maxlen)), ops.expand_dims(lengths, -1)), dtype
    ),
    "tf.sort": lambda values, axis=-1, direction="ASCENDING": (
        ops.flip(ops.sort(values, axis), axis) if direction == "DESCENDING" else ops.sort(values, axis)
    ),
    "tf.tensor_scatter_nd_add": lambda tensor, indices, updates: ops.scatter_update(tensor, indices, updates, "add"),
    "tf.tensor_scatter_nd_update": lambda tensor, indices, updates: ops.scatter_update(tensor, indices, updates),
    "tf.where": lambda condition, x, y: ops.where(condition, x, y),
    "tf.zeros_like": lambda input, dtype=None: ops.zeros_like(input, dtype),
    "tf.is_tensor": lambda x: isinstance(x, Symbol),
    # control flow
    "tf.cond": lambda pred, true_fn, false_fn: ops.cond(pred, true_fn, false_fn),
    "tf.map_fn": lambda fn, elems, fn_output_signature=None: ops.map(fn, elems),
    "tf.switch_case": lambda branch_index, branch_fns: ops.switch(branch_index, list(branch_fns)),
    "tf.vectorized_map": lambda fn, elems: ops.vectorized_map(fn, elems),
    "tf.while_loop": lambda cond, body, loop_vars, shape_invariants=None, maximum_iterations=None: ops.while_loop(
        cond, body, loop_vars, maximum_iterations
    ),
    # that compute nothing
    "tf.print": lambda *inputs, output_stream=None, summarize=None, sep=None, end=None: None,
    **{f"tf.debugging.{name}": lambda *args, **kwargs: None for name in CHECKS if name != "check_numerics"},
    "tf.debugging.check_numerics": lambda tensor, message: tensor,
    **NN,
    **CREATION,
}
METHODS = {
    "get_shape": lambda x: x.shape if isinstance(x.shape, Shape) else Shape(tuple.__iter__(x.shape)),
    "set_shape": lambda x, shape: None,
}
PROPERTIES = {"device": lambda x: ""}


def _number(x):
    """A size that TensorFlow has made a tensor of."""
    return x.numpy().item() if hasattr(x, "numpy") and not call.symbolic(x) else x


def _dtype_of(value):
    return "int32" if isinstance(value, int) and not isinstance(value, bool) else None


def _constant(value, dtype, shape):
    if not call.symbolic(value) and hasattr(value, "shape") and not isinstance(value, OpenShape):
        import tensorflow as tf

        return tf.convert_to_tensor(value, dtype) if shape is None else tf.constant(value, dtype, shape)
    x = ops.convert_to_tensor(list(value) if isinstance(value, OpenShape) else value, dtype)
    return x if shape is None else ops.broadcast_to(x, size_list(shape)) if not x.shape else ops.reshape(x, shape)


def _eye(rows, columns, batch_shape, dtype):
    x = ops.eye(_number(rows), _number(columns), dtype=dtype)
    return x if batch_shape is None else ops.broadcast_to(x, (*size_list(batch_shape), *x.shape))


def _mean(x, axis, keepdims):
    if "int" in x._dtype if hasattr(x, "_dtype") else False:
        raise ValueError("tf.reduce_mean of integers rounds; cast them to float32 first")
    return ops.mean(x, axis, keepdims)


def _top_k(x, k, dtype):
    values, indices = ops.top_k(x, _number(k))
    return TopK(values, ops.cast(indices, dtype))


def _band(x, lower, upper):
    """A negative count keeps the whole triangle."""
    x = x if lower < 0 else ops.triu(x, -lower)
    return x if upper < 0 else ops.tril(x, upper)


def _slice(x, begin, size):
    """-1 reaches to the end; a start may be a tensor."""
    sizes = [x.shape[i] - start if length == -1 else length for i, (start, length) in enumerate(zip(begin, size))]
    if any(call.symbolic(start) for start in begin):
        return ops.slice(x, begin, sizes)
    return x[tuple(slice(start, None if full == -1 else start + full) for start, full in zip(begin, size))]


def _split(x, parts, axis):
    if not isinstance(parts, (list, tuple)) and hasattr(parts, "numpy"):
        parts = parts.numpy().tolist()
    if isinstance(parts, int):
        return list(ops.split(x, parts, axis))
    parts = [_number(part) for part in parts]
    if -1 in parts:
        parts[parts.index(-1)] = x.shape[axis] - sum(part for part in parts if part != -1)
    return list(ops.split(x, split_points(parts), axis)) if len(parts) > 1 else [x]


def _gather(x, indices, axis, batch_dims):
    axis = batch_dims if axis is None else axis
    if not batch_dims:
        return ops.take(x, indices, axis)
    if axis != batch_dims or len(indices.shape) != batch_dims + 1:
        raise ValueError("tf.gather with batch_dims takes the next axis by one index each; use take_along_axis")
    for _ in range(len(x.shape) - axis - 1):
        indices = ops.expand_dims(indices, -1)
    return ops.take_along_axis(x, indices, axis)


def _gather_nd(x, indices, batch_dims):
    if batch_dims:
        raise ValueError("tf.gather_nd with batch_dims; use keras.ops.take_along_axis")
    return x[tuple(ops.unstack(indices, axis=-1))]


def _one_hot(indices, depth, on, off, axis, dtype):
    hot = ops.one_hot(indices, _number(depth), -1 if axis is None else axis, dtype or "float32")
    if on in (None, 1) and off in (None, 0):
        return hot
    return hot * (on if on is not None else 1) + (1 - hot) * (off if off is not None else 0)


# --- what a tensor is


def native_dtype(name):
    """What `x.dtype` is in TensorFlow."""
    import tensorflow as tf

    return tf.as_dtype(name)


def tensor_name():
    """How messages call a tensor."""
    return "tf.Tensor"


def tensor_type():
    """The class whose attributes user code may ask for."""
    import tensorflow as tf

    return tf.Tensor
