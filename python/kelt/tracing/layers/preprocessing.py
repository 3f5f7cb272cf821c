"""Layers whose `call` is not Keras' own code: what is captured instead, or why they are rejected and what to do."""

from __future__ import annotations

import functools

import numpy as np
from keras import ops
from keras.src import backend

from kelt.errors import failure
from kelt.tracing.layers.images import is_open
from kelt.tracing.ops.hashing import STRINGS, bucket, crossed, hashed
from kelt.tracing.record import host_arrays
from kelt.tracing.symbols.caller import paused

# Name of the layer → why it is rejected, and what to do instead.
REJECTED = {
    "StringLookup": (STRINGS, "Look the strings up before the model, export what follows, and feed it the indices."),
    "TextVectorization": (
        STRINGS,
        "Turn the text into ids before the model, export what follows, and feed it the ids.",
    ),
    "TFSMLayer": (
        "calls a SavedModel of TensorFlow",
        "Convert the SavedModel by itself, or rebuild the network with Keras layers and load its weights.",
    ),
}
# Name of the layer → the backend that computes it, whose table its functions are followed by, one by one.
FOLLOWED = {"FlaxLayer": "jax", "JaxLayer": "jax", "TorchModuleWrapper": "torch"}


def call_of(layer):
    """What stands for the layer's `call`, if anything: a function of the tracer, the layer and the call's arguments."""
    return _call_of(type(layer))


@functools.cache
def _call_of(cls):
    defining = next(each for each in cls.__mro__ if "call" in vars(each))
    if not defining.__module__.startswith("keras.src."):
        return None  # the user's own
    name = next(each.__name__ for each in cls.__mro__ if each.__module__.startswith("keras.src."))
    if name in REJECTED:
        return functools.partial(_reject, name, *REJECTED[name])
    home = FOLLOWED.get(name)
    if home not in (None, backend.backend()):
        what = f"calls functions of {home}, which are followed on {home} alone"
        remedy = f"Use Keras on {home}, or write it with keras.ops: @kelt.override(keras.layers.{name})."
        return functools.partial(_reject, name, what, remedy)
    return CALLS.get(name)


def _reject(name, what, remedy, tracer, layer, *args, **kwargs):
    raise failure("K204", what, tracer.path, remedy, name)


def _integer_lookup(tracer, layer, inputs):
    """A search in the sorted vocabulary; for a key that is not there, what the layer says of such keys."""
    with paused(tracer):
        keys, values = (np.asarray(array) for array in layer.lookup_table.export())
        weights = np.asarray(layer.idf_weights_const) if layer.output_mode == "tf_idf" else None
        dtype = host_arrays.keras_dtype(np.zeros(0, "int64"))
    order = np.argsort(keys)
    keys, values = keys[order].astype(dtype), values[order].astype(dtype)

    x = ops.cast(inputs, dtype)
    at = ops.minimum(ops.searchsorted(keys, x), len(keys) - 1)
    known = ops.equal(ops.take(keys, at), x)
    found = ops.where(known, ops.take(values, at), _unknown(tracer, layer, x, dtype))
    masked = -1 if layer.output_mode != "int" else layer.mask_token if layer.invert else 0
    if layer.mask_token is not None:
        found = ops.where(ops.equal(x, 0 if layer.invert else layer.mask_token), ops.cast(masked, dtype), found)
    return ops.cast(found, dtype) if layer.output_mode == "int" else _encoded(layer, found, weights, dtype)


def _unknown(tracer, layer, x, dtype):
    """The index of keys outside of the vocabulary. With none set aside, Keras fails; the file can only say -1."""
    if layer.invert or layer.num_oov_indices < 2:
        return ops.cast(layer._default_value, dtype)
    if layer.oov_method == "farmhash":
        return ops.cast(bucket(tracer, layer, x, layer.num_oov_indices), dtype) + layer._oov_start_index()
    return ops.mod(x, layer.num_oov_indices) + layer._oov_start_index()


def _encoded(layer, found, weights, dtype):
    depth = layer.max_tokens if layer.pad_to_max_tokens else layer._frozen_vocab_size
    if layer.output_mode != "tf_idf":
        return _encode(found, layer.output_mode, depth, dtype)
    return ops.cast(_encode(found, "count", depth, dtype), weights.dtype.name) * weights


def encode_categories(tracer, _, inputs, output_mode, depth, dtype, sparse=False, count_weights=None, **__):
    """`numerical_utils.encode_categorical_inputs`, which counts by an op of TensorFlow's on that backend."""
    found = tracer.as_symbol(inputs)
    if output_mode == "int":
        return ops.cast(found, dtype)
    if output_mode == "one_hot" and found._shape[-1:] == (1,) and is_open(tracer, tracer.running[-1], (-1,)):
        # Keras leaves out an axis that it has at other lengths: such a capture says nothing of those.
        raise failure("K205", "a last axis of length 1 is left out", tracer.path, op=type(tracer.running[-1]).__name__)
    if not found._shape:
        found = ops.expand_dims(found, -1)
    return _encode(found, output_mode, depth, dtype, count_weights)


def _encode(found, output_mode, depth, dtype, count_weights=None):
    rank = len(found._shape)
    if output_mode == "one_hot":
        if rank > 1 and found._shape[-1] == 1:
            found = ops.squeeze(found, -1)
        return ops.one_hot(found, depth, dtype=dtype)
    if output_mode == "multi_hot":
        return ops.multi_hot(found, depth, dtype=dtype)
    each = ops.one_hot(found, depth, dtype=dtype if count_weights is None else count_weights.dtype)
    if count_weights is not None:
        each = each * ops.expand_dims(count_weights, -1)
    return ops.sum(each, axis=min(rank, 2) - 1)


def _mel_spectrogram(tracer, layer, inputs):
    """Its matrix is computed here: differences of logarithms, which in float32 are other ones in another library."""
    wide = layer.compute_dtype if layer.compute_dtype in ("float32", "float64") else "float32"
    spectrum = layer._spectrogram(ops.cast(inputs, wide))
    with paused(tracer):
        matrix = layer.linear_to_mel_weight_matrix(
            num_mel_bins=layer.num_mel_bins,
            num_spectrogram_bins=spectrum._shape[-1],
            sampling_rate=layer.sampling_rate,
            lower_edge_hertz=layer.min_freq,
            upper_edge_hertz=layer.max_freq,
        )
    bands = ops.tensordot(spectrum, matrix, axes=1)
    if layer.power_to_db:
        bands = layer._dbscale(bands)
    return ops.cast(ops.swapaxes(bands, -1, -2), layer.compute_dtype)


def _torch_module(tracer, layer, *args, training=None, **kwargs):
    """The module as it computes outside of training, whatever it was set to; its arrays keep their names."""
    module = layer.module
    for name, array in (*module.named_parameters(), *module.named_buffers()):
        tracer.array(array, f"{tracer.path}/{name}")
    were = [(each, each.training) for each in module.modules()]
    module.eval()
    try:
        return module(*args, **kwargs)
    finally:
        for each, was in were:
            each.training = was


def _hashing(tracer, layer, inputs):
    return encode_categories(
        tracer, None, hashed(tracer, layer, inputs), layer.output_mode, layer.num_bins, layer.dtype
    )


def _hashed_crossing(tracer, layer, inputs):
    bins = crossed(tracer, layer, inputs)
    return encode_categories(tracer, None, bins, layer.output_mode, layer.num_bins, layer.dtype)


CALLS = {
    "HashedCrossing": _hashed_crossing,
    "Hashing": _hashing,
    "IntegerLookup": _integer_lookup,
    "MelSpectrogram": _mel_spectrogram,
    "TorchModuleWrapper": _torch_module,
}
