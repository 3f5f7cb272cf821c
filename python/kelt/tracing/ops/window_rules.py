"""Dims of what is cut out of an axis: slices, windows that move over it, and transforms of those.

Rules as in `length_rules`. A slice may ask for more than there is, and a window may be longer than its axis: where
a rule holds only from some length on, it says so by `follow.assume`.
"""

from __future__ import annotations

from kelt.tracing.ops.length_rules import UnknownLengthError, length_of
from kelt.tracing.record.graph import Value
from kelt.tracing.record.sizes import Size, affine, ceildiv, floordiv, minimum, product, subtract

LONGEST = 2**31 - 1  # an axis of the runtime


def sliced(follow, dim, item: slice):
    """The length of `range(dim)[item]`."""
    start, stop, step = (length_of(part) for part in (item.start, item.stop, item.step))
    step = 1 if step is None else step
    if any(not isinstance(part, (int, Size, type(None))) for part in (start, stop)) or not isinstance(step, int):
        raise UnknownLengthError
    if all(not isinstance(part, Size) for part in (dim, start, stop)):
        return len(range(*slice(start, stop, step).indices(dim)))
    if step < 0:
        if start is not None or stop is not None:
            raise UnknownLengthError
        return ceildiv(dim, -step)
    start, stop = (max(-LONGEST, min(part, LONGEST)) if isinstance(part, int) else part for part in (start, stop))
    for part in (start, stop):
        follow.assume(part if isinstance(part, Size) else 0)  # one that comes out negative would count from the end
    length = _between(dim, start or 0, stop)
    return ceildiv(follow.assume(length), step)


def _between(dim, start, stop):
    """How many places there are from `start` to `stop`, both of which count from the end where they are negative."""
    from_end = isinstance(start, int) and start < 0
    if isinstance(start, int) and isinstance(stop, int) and (start < 0) == (stop < 0) and stop <= start:
        return 0
    if stop is None:
        return _shorter(dim, -start) if from_end else subtract(dim, start)
    if isinstance(stop, int) and stop < 0:
        last = affine(1, dim, stop)
        return subtract(_shorter(dim, -start), -stop) if from_end else subtract(last, start)
    if from_end:
        return subtract(_shorter(dim, stop), subtract(dim, _shorter(dim, -start)))
    return subtract(_shorter(dim, stop), start)


def _shorter(dim, bound):
    return dim if bound == LONGEST else minimum(dim, bound)


def get_item(follow, node, value, _):
    """Numbers take an axis away, slices shorten it, tensors put theirs in its place."""
    key = node.args["key"]
    items = list(key) if isinstance(key, (tuple, list)) else [key]
    rest = list(node.args["x"].dims)
    consumed = sum(item is not None and item is not Ellipsis for item in items)
    kept = len(rest) - consumed
    if not any(item is Ellipsis for item in items):
        items.append(Ellipsis)
    tensors = [item for item in items if isinstance(item, Value)]
    dims, places = [], []
    for i, item in enumerate(items):
        if isinstance(item, Value) or (tensors and isinstance(length_of(item), (int, Size))):
            places.append((i, len(dims)))
            rest.pop(0)
        elif item is None:
            dims.append(1)
        elif item is Ellipsis:
            dims += rest[:kept]
            rest = rest[kept:]
        elif isinstance(item, slice):
            dims.append(sliced(follow, rest.pop(0), item))
        elif isinstance(length_of(item), (int, Size)):
            rest.pop(0)
        else:
            raise UnknownLengthError
    if tensors:
        together = places[-1][0] - places[0][0] == len(places) - 1
        at = places[0][1] if together else 0
        rank = max(len(item.dims) for item in tensors)
        dims[at:at] = [
            follow.one(item.dims[i - rank] for item in tensors if len(item.dims) >= rank - i) for i in range(rank)
        ]
    return dims


def slice_(follow, node, _, __):
    """As many as are asked for."""
    dims = []
    for i, asked in enumerate(node.args["shape"]):
        asked = length_of(asked)
        if asked == -1:
            starts = node.args["start_indices"]
            if isinstance(starts, Value) or isinstance(starts[i], Value):
                raise UnknownLengthError
            asked = follow.assume(subtract(node.args["inputs"].dims[i], length_of(starts[i])))
        dims.append(asked)
    return dims


def windows(follow, size, reach, stride):
    """How many windows fit into an axis."""
    if isinstance(size, int):
        return max(0, (size - reach) // stride + 1)
    follow.assume(affine(1, size, -reach))
    return floordiv(affine(1, size, stride - reach), stride)


def _slid(follow, size, window, stride, dilation, padding):
    if padding == "same":
        return ceildiv(size, stride)
    if padding != "valid":
        raise UnknownLengthError
    return windows(follow, size, (window - 1) * dilation + 1, stride)


def spatial(follow, node, value, __):
    """Windows that move over the spatial axes."""
    args, x = node.args, node.args["inputs"].dims
    rank = len(x) - 2
    last = args["data_format"] == "channels_last"
    kernel = args.get("kernel") or args.get("depthwise_kernel")
    sizes = kernel.shape[:rank] if kernel is not None else args["pool_size"]
    dilations = args.get("dilation_rate", (1,) * rank)
    lengths = x[1:-1] if last else x[2:]
    found = [_slid(follow, *each, args["padding"]) for each in zip(lengths, sizes, args["strides"], dilations)]
    if kernel is None:
        channels = x[-1] if last else x[1]
    elif "pointwise_kernel" in args:
        channels = args["pointwise_kernel"].shape[-1]
    else:
        channels = kernel.shape[-1]
    return [x[0], *found, channels] if last else [x[0], channels, *found]


def depthwise(follow, node, value, i):
    """The same with a kernel for each channel."""
    dims = spatial(follow, node, value, i)
    dims[-1 if node.args["data_format"] == "channels_last" else 1] *= node.args["kernel"].shape[-2]
    return dims


def adaptive(_, node, __, ___):
    """As many windows as are asked for."""
    x, size = node.args["inputs"].dims, node.args["output_size"]
    size = [size] * (len(x) - 2) if isinstance(size, int) else list(size)
    return [x[0], *size, x[-1]] if node.args["data_format"] == "channels_last" else [*x[:2], *size]


def transposed(_, node, __, ___):
    """Windows that are set down beside each other."""
    args, x = node.args, node.args["inputs"].dims
    rank = len(x) - 2
    last = args["data_format"] == "channels_last"
    more = args["output_padding"]
    more = more if isinstance(more, (list, tuple)) else (more,) * rank
    found = []
    for size, window, stride, dilation, added in zip(
        x[1:-1] if last else x[2:], args["kernel"].shape, args["strides"], args["dilation_rate"], more
    ):
        reach = (window - 1) * dilation + 1
        if added is None:
            beyond = max(reach - stride, 0) if args["padding"] == "valid" else 0
        else:
            beyond = reach - stride + added - (2 * (reach // 2) if args["padding"] == "same" else 0)
        found.append(affine(stride, size, beyond))
    channels = args["kernel"].shape[-2]
    return [x[0], *found, channels] if last else [x[0], channels, *found]


def extract_sequences(follow, node, _, __):
    """A row for each window."""
    args, x = node.args, node.args["x"].dims
    length, stride = args["sequence_length"], args["sequence_stride"]
    return [*x[:-1], windows(follow, x[-1], length, stride), length]


def stft(follow, node, _, __):
    """Half a spectrum for each window."""
    args, x = node.args, node.args["x"].dims
    length = args["fft_length"]
    margin = length // 2 if args["center"] else 0
    if margin:
        follow.assume(affine(1, x[-1], -margin - 1))  # it is mirrored
    signal = affine(1, x[-1], 2 * margin)
    return [*x[:-1], windows(follow, signal, length, args["sequence_stride"]), length // 2 + 1]


def istft(_, node, __, ___):
    """Windows that overlap."""
    args, (real, _) = node.args, node.args["x"]
    length = args["length"]
    if length is None:
        margin = args["fft_length"] // 2 if args["center"] else 0
        beyond = args["fft_length"] - args["sequence_stride"] - 2 * margin
        length = affine(args["sequence_stride"], real.dims[-2], beyond)
    return [*real.dims[:-2], length]


def rfft(_, node, __, ___):
    """Half a spectrum."""
    x, length = node.args["x"].dims, node.args["fft_length"]
    return [*x[:-1], affine(1, floordiv(x[-1] if length is None else length, 2), 1)]


def irfft(_, node, __, ___):
    """A signal of half a spectrum."""
    (real, _), length = node.args["x"], node.args["fft_length"]
    return [*real.dims[:-1], affine(2, real.dims[-1], -2) if length is None else length]


def split(follow, node, value, i):
    """Equal parts of the axis, or those between the places given."""
    dims = list(node.args["x"].dims)
    axis, parts = node.args["axis"] % len(dims), node.args["indices_or_sections"]
    if isinstance(parts, int):
        dims[axis] = floordiv(dims[axis], parts)
    else:
        places = [None, *parts, None]
        dims[axis] = sliced(follow, dims[axis], slice(places[i], places[i + 1]))
    return dims


def arange(follow, node, _, __):
    """As many numbers as there are from start to stop."""
    start, stop, step = (length_of(node.args[name]) for name in ("start", "stop", "step"))
    step = 1 if step is None else int(step) if isinstance(step, float) and step.is_integer() else step
    if stop is None:
        start, stop = 0, start
    if not isinstance(step, int) or not all(isinstance(at, (int, Size)) for at in (start, stop)):
        raise UnknownLengthError
    span = subtract(stop, start) if step > 0 else subtract(start, stop)
    return [ceildiv(follow.assume(span), abs(step))]


def diff(follow, node, _, __):
    """One less, as often as it is done."""
    dims = list(node.args["a"].dims)
    axis = node.args["axis"] % len(dims)
    dims[axis] = follow.assume(affine(1, dims[axis], -node.args["n"]))
    return dims


def to_depth(_, node, __, ___):
    """Blocks of pixels as channels."""
    return _subpixels(node, floordiv, product)


def from_depth(_, node, __, ___):
    """Channels as blocks of pixels."""
    return _subpixels(node, product, floordiv)


def _subpixels(node, of_pixels, of_channels):
    dims, block = list(node.args["x"].dims), node.args["block_size"]
    channels, *pixels = (3, 1, 2) if node.args["data_format"] == "channels_last" else (1, 2, 3)
    for axis in pixels:
        dims[axis] = of_pixels(dims[axis], block)
    dims[channels] = of_channels(dims[channels], block * block)
    return dims


def patches(follow, node, _, __):
    """A row of pixels for each window of an image."""
    args, x = node.args, list(node.args["images"].dims)
    size = args["size"]
    size = (size, size) if isinstance(size, int) else size
    rank = len(size)
    strides, dilations = args["strides"] or size, args["dilation_rate"]
    strides, dilations = ((each,) * rank if isinstance(each, int) else each for each in (strides, dilations))
    last = args["data_format"] == "channels_last"
    first = len(x) - rank - (1 if last else 0)
    for axis, each in enumerate(zip(size, strides, dilations), first):
        window, stride, dilation = each
        x[axis] = _slid(follow, x[axis], window, stride, dilation, args["padding"])
    channels = -1 if last else first - 1
    for window in size:
        x[channels] = product(window, x[channels])
    return x
