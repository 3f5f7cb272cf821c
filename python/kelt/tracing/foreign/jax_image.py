"""What `jax.image.*` stands for in `keras.ops`."""

from __future__ import annotations

from keras import ops


def resize(image, shape, method, antialias=True):
    """Rank 2 to 4, of which height and width change."""
    channels_last = len(image.shape) == 4 or (len(image.shape) == 3 and shape[2] == image.shape[2])
    size = tuple(shape[-3:-1] if channels_last else shape[-2:])
    methods = {"linear": "bilinear", "triangle": "bilinear", "cubic": "bicubic", "bicubic": "bicubic"}
    method = _name(method)
    image = image if channels_last else ops.expand_dims(image, -1)
    smaller = antialias and method != "nearest"
    found = ops.image.resize(image, size, methods.get(method, method), smaller, data_format="channels_last")
    return found if channels_last else ops.squeeze(found, -1)


def scale_and_translate(image, shape, spatial_dims, scale, translation, method, antialias=True):
    """The same, with the arguments in another order."""
    return ops.image.scale_and_translate(image, shape, scale, translation, spatial_dims, _name(method), antialias)


def _name(method):
    return str(getattr(method, "name", method)).lower()
