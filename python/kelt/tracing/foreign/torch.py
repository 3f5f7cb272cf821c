"""What `torch.*`, `torch.nn.functional.*` and the methods of a torch tensor stand for in `keras.ops`.

A key is the public name of a function; its twin has the function's own parameters, in its order (`axis` and `keepdims`
are read as `dim` and `keepdim`). Every call of torch is seen by a `TorchFunctionMode`, also inside a `torch.nn.Module`.
"""

from __future__ import annotations

import math
import sys

from keras import ops

from kelt.tracing.foreign import torch_nn
from kelt.tracing.foreign.torch_nn import NN, as_int64, integer_default
from kelt.tracing.foreign.twins import TopK, at_axis, clip, same, size_list, split_points, std, typed, var
from kelt.tracing.symbols.symbol import OpenShape

T = "torch."
RENAMED = {"axis": "dim", "keepdims": "keepdim"}
IGNORED = ("device", "generator", "inplace", "layout", "memory_format", "non_blocking", "out", "pin_memory")
IGNORED += ("requires_grad", "sparse_grad", "_stacklevel")
RANDOM = ("bernoulli", "multinomial", "normal", "poisson", "rand", "rand_like", "randint", "randint_like", "randn")
RANDOM = {T + name for name in (*RANDOM, "randn_like", "randperm")}

# Made of numbers alone: recorded also where no tensor is among the arguments, for a number may be a size.
CREATION = {
    T + "arange": lambda start, end=None, step=1, *, dtype=None: ops.arange(
        start, end, step, dtype or integer_default((start, end, step))
    ),
    T + "as_tensor": lambda data, dtype=None: _tensor(data, dtype),
    T + "eye": lambda n, m=None, *, dtype="float32": ops.eye(n, m, 0, dtype or "float32"),
    T + "full": lambda size, fill_value, *, dtype=None: ops.full(
        size_list(size), fill_value, dtype or integer_default((fill_value,))
    ),
    T + "linspace": lambda start, end, steps, *, dtype=None: ops.linspace(start, end, steps, dtype=dtype or "float32"),
    T + "ones": lambda *size, dtype=None: ops.ones(_sizes(size), dtype or "float32"),
    T + "tensor": lambda data, *, dtype=None: _tensor(data, dtype),
    T + "zeros": lambda *size, dtype=None: ops.zeros(_sizes(size), dtype or "float32"),
}

# Functions of torch that are methods of a tensor as well.
BOTH = {
    **same("", "abs absolute acos=arccos acosh=arccosh arccos arccosh arcsin arcsinh arctan arctanh asin=arcsin"),
    **same("", "asinh=arcsinh atan=arctan atanh=arctanh bitwise_not ceil cos cosh deg2rad erf erfc erfinv exp exp2"),
    **same("", "expm1 fix=trunc floor isfinite isinf isnan isneginf isposinf log log10 log1p log2 logical_not neg"),
    **same(
        "", "neg=negative negative rad2deg reciprocal relu rsqrt selu sigmoid sign signbit sin sinc sinh sqrt square"
    ),
    **same(
        "", "tan tanh trunc ravel fliplr flipud add arctan2 atan2=arctan2 bitwise_and bitwise_or bitwise_xor div=divide"
    ),
    **same(
        "", "divide eq=equal floor_divide fmod ge=greater_equal greater greater_equal gt=greater hypot le=less_equal"
    ),
    **same(
        "",
        "less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor lt=less maximum minimum mul=multiply",
    ),
    **same("", "multiply ne=not_equal not_equal outer ger=outer pow=power remainder=mod sub=subtract subtract matmul"),
    **same("", "true_divide=divide mm=matmul bmm=matmul mv=matmul dot inner kron fmin fmax"),
    "addmm": lambda input, mat1, mat2, *, beta=1, alpha=1: (
        _scaled(input, beta) + _scaled(ops.matmul(mat1, mat2), alpha)
    ),
    "all": lambda input, dim=None, keepdim=False: ops.all(input, dim, keepdim),
    "amax": lambda input, dim=None, keepdim=False: ops.max(input, _axes(dim), keepdim),
    "amin": lambda input, dim=None, keepdim=False: ops.min(input, _axes(dim), keepdim),
    "any": lambda input, dim=None, keepdim=False: ops.any(input, dim, keepdim),
    "argmax": lambda input, dim=None, keepdim=False: as_int64(ops.argmax(input, dim, keepdim)),
    "argmin": lambda input, dim=None, keepdim=False: as_int64(ops.argmin(input, dim, keepdim)),
    "argsort": lambda input, dim=-1, descending=False, stable=False: as_int64(
        ops.argsort(-input if descending else input, dim)
    ),
    "baddbmm": lambda input, batch1, batch2, *, beta=1, alpha=1: (
        _scaled(input, beta) + _scaled(ops.matmul(batch1, batch2), alpha)
    ),
    "broadcast_to": lambda input, size: ops.broadcast_to(input, _expanded(input, size)),
    "chunk": lambda input, chunks, dim=0: _split(input, -(-input.shape[dim] // chunks), dim),
    "clamp": lambda input, min=None, max=None: clip(input, min, max),
    "clip": lambda input, min=None, max=None: clip(input, min, max),
    "clone": lambda input: input,
    "count_nonzero": lambda input, dim=None: as_int64(ops.count_nonzero(input, dim)),
    "cumprod": lambda input, dim, dtype=None: ops.cumprod(input, dim, dtype),
    "cumsum": lambda input, dim, dtype=None: ops.cumsum(input, dim, dtype),
    "detach": lambda input: input,
    "diagonal": lambda input, offset=0, dim1=0, dim2=1: ops.diagonal(input, offset, dim1, dim2),
    "diff": lambda input, n=1, dim=-1: ops.diff(input, n, dim),
    "flatten": lambda input, start_dim=0, end_dim=-1: _flatten(input, start_dim, end_dim),
    "flip": lambda input, *dims: ops.flip(input, _sizes(dims)),
    "gather": lambda input, dim, index: _gather(input, dim, index),
    "index_select": lambda input, dim, index: ops.take(input, index, dim),
    "isclose": lambda input, other, rtol=1e-5, atol=1e-8, equal_nan=False: ops.isclose(
        input, other, rtol, atol, equal_nan
    ),
    "lerp": lambda input, end, weight: input + weight * (end - input),
    "log_softmax": lambda input, dim, dtype=None: ops.log_softmax(typed(input, dtype), dim),
    "logsumexp": lambda input, dim, keepdim=False: ops.logsumexp(input, dim, keepdim),
    "masked_fill": lambda input, mask, value: ops.where(mask, ops.cast(value, input._dtype), input),
    "max": lambda input, dim=None, keepdim=False: _extreme(ops.max, ops.argmax, ops.maximum, input, dim, keepdim),
    "mean": lambda input, dim=None, keepdim=False, *, dtype=None: ops.mean(typed(input, dtype), _axes(dim), keepdim),
    "min": lambda input, dim=None, keepdim=False: _extreme(ops.min, ops.argmin, ops.minimum, input, dim, keepdim),
    "movedim": lambda input, source, destination: ops.moveaxis(input, source, destination),
    "moveaxis": lambda input, source, destination: ops.moveaxis(input, source, destination),
    "nan_to_num": lambda input, nan=0.0, posinf=None, neginf=None: ops.nan_to_num(input, nan, posinf, neginf),
    "narrow": lambda input, dim, start, length: input[at_axis(len(input.shape), dim, slice(start, start + length))],
    "norm": lambda input, p=2, dim=None, keepdim=False: torch_nn.norm(input, p, dim, keepdim),
    "numel": lambda input: ops.size(input),
    "permute": lambda input, *dims: ops.transpose(input, _sizes(dims)),
    "prod": lambda input, dim=None, keepdim=False, *, dtype=None: ops.prod(input, dim, keepdim, dtype),
    "repeat_interleave": lambda input, repeats, dim=None: ops.repeat(input, repeats, dim),
    "reshape": lambda input, *shape: ops.reshape(input, _sizes(shape)),
    "roll": lambda input, shifts, dims=None: ops.roll(input, shifts, dims),
    "round": lambda input, *, decimals=0: ops.round(input, decimals),
    "select": lambda input, dim, index: input[at_axis(len(input.shape), dim, index)],
    "softmax": lambda input, dim, dtype=None: ops.softmax(typed(input, dtype), dim),
    "sort": lambda input, dim=-1, descending=False, stable=False: _sort(input, dim, descending),
    "split": lambda tensor, split_size_or_sections, dim=0: _split(tensor, split_size_or_sections, dim),
    "squeeze": lambda input, dim=None: _squeeze(input, dim),
    "std": lambda input, dim=None, unbiased=True, keepdim=False, *, correction=None: std(
        input, _axes(dim), int(unbiased) if correction is None else correction, keepdim
    ),
    "sum": lambda input, dim=None, keepdim=False, *, dtype=None: _sum(input, _axes(dim), keepdim, dtype),
    "swapaxes": lambda input, axis0, axis1: ops.swapaxes(input, axis0, axis1),
    "swapdims": lambda input, dim0, dim1: ops.swapaxes(input, dim0, dim1),
    "t": lambda input: ops.transpose(input),
    "take_along_dim": lambda input, indices, dim=None: ops.take_along_axis(input, indices, dim),
    "tile": lambda input, *dims: ops.tile(input, _sizes(dims)),
    "topk": lambda input, k, dim=-1, largest=True, sorted=True: _topk(input, k, dim, largest),
    "transpose": lambda input, dim0, dim1: ops.swapaxes(input, dim0, dim1),
    "tril": lambda input, diagonal=0: ops.tril(input, diagonal),
    "triu": lambda input, diagonal=0: ops.triu(input, diagonal),
    "unbind": lambda input, dim=0: tuple(ops.unstack(input, axis=dim)),
    "unflatten": lambda input, dim, sizes: ops.reshape(
        input, (*input.shape[: dim % len(input.shape)], *sizes, *input.shape[dim % len(input.shape) + 1 :])
    ),
    "unsqueeze": lambda input, dim: ops.expand_dims(input, dim),
    "var": lambda input, dim=None, unbiased=True, keepdim=False, *, correction=None: var(
        input, _axes(dim), int(unbiased) if correction is None else correction, keepdim
    ),
}

TABLE = {
    **{T + name: twin for name, twin in BOTH.items()},
    T + "cat": lambda tensors, dim=0: ops.concatenate(list(tensors), dim),
    T + "concat": lambda tensors, dim=0: ops.concatenate(list(tensors), dim),
    T + "concatenate": lambda tensors, dim=0: ops.concatenate(list(tensors), dim),
    T + "einsum": lambda equation, *operands: ops.einsum(
        equation, *(operands[0] if isinstance(operands[0], (list, tuple)) else operands)
    ),
    T + "full_like": lambda input, fill_value, *, dtype=None: ops.full_like(input, fill_value, dtype),
    T + "hstack": lambda tensors: ops.hstack(list(tensors)),
    T + "linalg.norm": lambda input, ord=None, dim=None, keepdim=False: ops.norm(input, ord, dim, keepdim),
    T + "linalg.vector_norm": lambda x, ord=2, dim=None, keepdim=False: torch_nn.norm(x, ord, dim, keepdim),
    T + "meshgrid": lambda *tensors, indexing="ij": tuple(
        ops.meshgrid(*(tensors[0] if isinstance(tensors[0], (list, tuple)) else tensors), indexing=indexing)
    ),
    T + "ones_like": lambda input, *, dtype=None: ops.ones_like(input, dtype),
    T + "special.expit": ops.sigmoid,
    T + "stack": lambda tensors, dim=0: ops.stack(list(tensors), dim),
    T + "tensordot": lambda a, b, dims=2: ops.tensordot(a, b, dims),
    T + "vstack": lambda tensors: ops.vstack(list(tensors)),
    T + "where": lambda condition, input, other: ops.where(condition, input, other),
    T + "zeros_like": lambda input, *, dtype=None: ops.zeros_like(input, dtype),
    **NN,
    **CREATION,
}

METHODS = {
    **BOTH,
    "__getitem__": lambda input, key: ops.get_item(input, key),
    "__rsub__": lambda input, other: ops.subtract(other, input),
    "__rdiv__": lambda input, other: ops.divide(other, input),
    "__rpow__": lambda input, other: ops.power(other, input),
    "bool": lambda input: ops.cast(input, "bool"),
    "contiguous": lambda input: input,
    "cpu": lambda input: input,
    "cuda": lambda input, device=None: input,
    "dim": lambda input: len(input.shape),
    "double": lambda input: ops.cast(input, "float64"),
    "expand": lambda input, *sizes: ops.broadcast_to(input, _expanded(input, _sizes(sizes))),
    "expand_as": lambda input, other: ops.broadcast_to(input, other.shape),
    "float": lambda input: ops.cast(input, "float32"),
    "half": lambda input: ops.cast(input, "float16"),
    "int": lambda input: ops.cast(input, "int32"),
    "long": lambda input: ops.cast(input, "int64"),
    "new_full": lambda input, size, fill_value, *, dtype=None: ops.full(
        size_list(size), fill_value, dtype or input._dtype
    ),
    "new_ones": lambda input, *size, dtype=None: ops.ones(_sizes(size), dtype or input._dtype),
    "new_zeros": lambda input, *size, dtype=None: ops.zeros(_sizes(size), dtype or input._dtype),
    "repeat": lambda input, *repeats: ops.tile(input, _sizes(repeats)),
    "reshape_as": lambda input, other: ops.reshape(input, other.shape),
    "size": lambda input, dim=None: input.shape if dim is None else input.shape[dim],
    "to": lambda input, *args, dtype=None, copy=False: _to(input, args, dtype),
    "type": lambda input, dtype: ops.cast(input, dtype),
    "type_as": lambda input, other: ops.cast(input, other._dtype),
    "view": lambda input, *shape: ops.reshape(input, _sizes(shape)),
    "view_as": lambda input, other: ops.reshape(input, other.shape),
}
TABLE.update({T + "Tensor." + name: twin for name, twin in METHODS.items()})
PROPERTIES = {
    "T": lambda x: ops.transpose(x),
    "device": lambda x: sys.modules["torch"].device("cpu"),
    "is_cuda": lambda x: False,
    "mT": lambda x: ops.swapaxes(x, -1, -2),
    "requires_grad": lambda x: False,
}


def _sizes(sizes) -> tuple:
    """Several numbers, or one tuple of them."""
    return size_list(sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (list, tuple)) else sizes)


def _axes(dim):
    return tuple(dim) or None if isinstance(dim, (list, tuple)) else dim


def _scaled(x, factor):
    return x if factor == 1 else x * factor


def _tensor(data, dtype):
    if hasattr(data, "dtype"):
        return typed(data, dtype)
    return ops.convert_to_tensor(data, dtype or integer_default(data if isinstance(data, (list, tuple)) else (data,)))


def _sum(x, axes, keepdim, dtype):
    if dtype is None and ("int" in x._dtype or x._dtype == "bool"):
        dtype = "int64"
    return ops.sum(typed(x, dtype), axes, keepdim)


def _expanded(x, sizes):
    """-1 keeps a size."""
    shape = (None,) * (len(sizes) - len(x.shape))
    return tuple(x.shape[i - len(shape)] if size == -1 else size for i, size in enumerate(sizes))


def _split(x, size, dim):
    if isinstance(size, int):
        length = x.shape[dim]
        size = [size] * (length // size) + ([length % size] if length % size else [])
    return tuple(ops.split(x, split_points(size), dim)) if len(size) > 1 else (x,)


def _flatten(x, start, end):
    rank = len(x.shape)
    start, end = start % rank, end % rank
    if start == end:
        return x
    merged = -1 if None not in x._shape or start <= 1 else ops.size(x[:1])
    return ops.reshape(x, (*(x.shape[i] for i in range(start)), merged, *(x.shape[i] for i in range(end + 1, rank))))


def _squeeze(x, dim):
    dims = (dim,) if isinstance(dim, int) else dim
    if dims is not None:  # an axis that is longer than one stays
        dims = tuple(axis for axis in dims if x.shape[axis] == 1)
    return x if dims == () else ops.squeeze(x, dims)


def _gather(x, dim, index):
    others = [i for i in range(len(x.shape)) if i != dim % len(x.shape)]
    if any(x.shape[i] != index.shape[i] for i in others):
        raise ValueError("torch.gather with an index smaller than the tensor; write it with keras.ops.take_along_axis")
    return ops.take_along_axis(x, index, dim)


def _extreme(reduce, arg, pairwise, x, dim, keepdim):
    if dim is None:
        return reduce(x)
    if not isinstance(dim, int):
        return pairwise(x, dim)
    return TopK(reduce(x, dim, keepdim), as_int64(arg(x, dim, keepdim)))


def _sort(x, dim, descending):
    order = ops.argsort(-x if descending else x, dim)
    return TopK(ops.take_along_axis(x, order, dim), as_int64(order))


def _topk(x, k, dim, largest):
    last = dim in (-1, len(x.shape) - 1)
    y = x if last else ops.moveaxis(x, dim, -1)
    values, indices = ops.top_k(y if largest else -y, k)
    values = values if largest else -values
    if not last:
        values, indices = ops.moveaxis(values, -1, dim), ops.moveaxis(indices, -1, dim)
    return TopK(values, as_int64(indices))


def _to(x, args, dtype):
    for argument in args:
        if hasattr(argument, "_dtype"):
            dtype = argument._dtype
        elif type(argument).__name__ == "dtype" or argument in (float, int, bool):
            dtype = {float: "float32", int: "int64", bool: "bool"}.get(argument, argument)
    return typed(x, dtype)


# --- what a tensor is


def native_dtype(name):
    """What `x.dtype` is in torch."""
    import torch

    return getattr(torch, name)


def tensor_name():
    """How messages call a tensor."""
    return "torch.Tensor"


def tensor_type():
    """The class whose attributes user code may ask for."""
    import torch

    return torch.Tensor


class Shape(OpenShape):
    """What `x.shape` is in torch."""

    __slots__ = ()

    def numel(self):
        return math.prod(self)
