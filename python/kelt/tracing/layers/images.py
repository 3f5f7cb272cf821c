"""Layers of images whose code branches on a height or a width: what is captured instead where those are open."""

from __future__ import annotations

from keras import config, ops


def is_open(tracer, layer, axes) -> bool:
    """Whether one of these axes of the layer's input may have another length in another capture, as far as is known."""
    if not tracer.tables.open:
        return False
    nodes = layer._inbound_nodes
    if len(nodes) != 1 or not nodes[0].input_tensors:
        return True
    shape = tuple(nodes[0].input_tensors[0].shape)
    return any(shape[axis] is None for axis in axes)


def equalize(tracer, original, layer, images):
    """Padded to whole tiles at any size, so that Keras' code has nothing to pad."""
    if not is_open(tracer, layer, (-3, -2) if layer.data_format == "channels_last" else (-2, -1)):
        return original(layer, images)
    height, width = images.shape[-3:-1]
    rows, columns = layer.tile_grid_size
    pads = [(0, 0)] * (len(images.shape) - 3) + [(0, -height % rows), (0, -width % columns), (0, 0)]
    return original(layer, ops.pad(images, pads, mode="symmetric"))[..., :height, :width, :]


def center_crop(tracer, original, layer, images, transformation=None, training=True):
    """Cropped or enlarged, as the size asks: each row and column is taken from between two of the image's."""
    axes = (-3, -2) if layer.data_format == "channels_last" else (-2, -1)
    if not is_open(tracer, layer, axes) or not layer.compute_dtype.startswith("float"):
        return original(layer, images, transformation, training)
    images = ops.cast(images, layer.compute_dtype)
    lengths = [tracer.literal(images.shape[axis], "int32") for axis in axes]
    wanted = [layer.height, layer.width]
    crops = ops.logical_and(*(ops.greater_equal(length, want) for length, want in zip(lengths, wanted)))
    for i, axis in enumerate(axes):
        fitting = ops.floor_divide(lengths[1 - i] * wanted[i], wanted[1 - i])
        fitting = ops.maximum(ops.minimum(lengths[i], fitting), 1)  # as much as has the aspect ratio of the result
        size = ops.where(crops, wanted[i], fitting)
        images = _resampled(images, len(images.shape) + axis, ops.floor_divide(lengths[i] - size, 2), size, wanted[i])
    return images


def _resampled(images, axis, start, size, count):
    """`count` slices, equally spread over those from `start` on, between their middles."""
    step = ops.cast(size, "float32") / count
    places = (ops.arange(count, dtype="float32") + 0.5) * step - 0.5
    places = ops.maximum(ops.minimum(places, ops.cast(size - 1, "float32")), 0.0)
    whole = ops.floor(places)
    before = ops.cast(whole, "int32")
    after = ops.minimum(before + 1, size - 1)
    parts = ops.cast(places - whole, images.dtype)
    parts = ops.reshape(parts, [-1 if i == axis else 1 for i in range(len(images.shape))])
    low, high = (ops.take(images, start + index, axis=axis) for index in (before, after))
    return low + (high - low) * parts


def corners_aligned(tracer, original, x, size, data_format=None):
    """Resized bilinearly, the corners where they are: for this KerasHub has a function of each backend."""
    channels_first = (data_format or config.image_data_format()) == "channels_first"
    axes = (2, 3) if channels_first else (1, 2)
    shape = list(x.shape)
    steps = [(length - 1.0) / (shape[axis] - 1.0) for axis, length in zip(axes, size)]
    for axis, length in zip(axes, size):
        shape[axis] = length
    scale = ops.convert_to_tensor(steps)
    return ops.image.scale_and_translate(x, shape, scale, 0.5 - scale / 2.0, axes, "bilinear", antialias=False)
