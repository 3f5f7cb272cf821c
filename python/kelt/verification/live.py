"""The model itself, called as its user calls it: what a file is compared with."""

from __future__ import annotations

import contextlib
import threading

import numpy as np

from kelt.disk.values import scope_of_files
from kelt.overrides import overridden, override_of
from kelt.tracing import signature as signature_module
from kelt.tracing.symbols.keras_state import keras_state_kept

_patching = threading.RLock()


class LeakedError(Exception):
    """On jax a loop can't assign variables: what the model gives is not what its code says."""


def live_outputs(sig, graph, function, inputs, runs=1, on_layer=None) -> list[list[np.ndarray]]:
    """The outputs of each of `runs` calls in turn, in the function's order; the model is afterwards what it was.

    Inputs are in the function's order. Variables that the model assigns keep their new values from call to call;
    those that are ports of the function take the given values. `on_layer(path, outputs)` sees what each layer gives in
    the last call.
    """
    from keras.src import backend

    count = len(sig.input_names)
    ports = {name: weight.source for name, weight in graph.state_ports.items()}
    made = []
    with keras_state_kept():
        given = [
            backend.convert_to_tensor(array, dtype=function.port_dtypes.get(name, value.dtype))
            for array, (name, value) in zip(inputs, function.inputs)
        ]
        mapping = [(ports[name], tensor) for (name, _), tensor in zip(function.inputs[count:], given[count:])]
        with scope_of_files()(state_mapping=mapping, initialize_variables=False) as scope:
            for left in reversed(range(runs)):
                try:
                    with _layers_called(sig.root, None if left else on_layer):
                        made.append(_called(sig, function, given[:count], lambda name: _current(scope, ports[name])))
                finally:
                    if any(map(is_traced, scope.state_mapping.values())):
                        raise LeakedError
    return made


def _called(sig, function, given, port) -> list[np.ndarray]:
    from keras import ops
    from keras.src import backend

    args, kwargs = signature_module.structure_of(sig, given)
    result = signature_module.in_order(sig.function(*args, **kwargs), sig.declared_outputs)
    outputs = signature_module.output_leaves(result)
    outputs += [port(name) for name, _ in function.outputs[len(outputs) :]]
    return [np.array(ops.convert_to_numpy(backend.convert_to_tensor(leaf))) for leaf in outputs]


def is_traced(value) -> bool:
    """Whether it is a placeholder of jax, which has no numbers."""
    if not type(value).__module__.startswith("jax"):
        return False
    import jax

    return isinstance(value, jax.core.Tracer)


def _current(scope, variable):
    value = scope.get_current_value(variable)
    return variable.value if value is None else value


@contextlib.contextmanager
def _layers_called(root, on_layer):
    """Inside, layers with an override of the user's compute what that says, and `on_layer` sees every output."""
    if on_layer is None and not overridden():
        yield
        return
    import keras
    from keras import Layer, Operation

    thread, path = threading.get_ident(), []

    def call(layer, *args, **kwargs):
        if threading.get_ident() != thread or not isinstance(layer, Layer):
            return original(layer, *args, **kwargs)
        function = override_of(layer)
        path.append("" if layer is root and not path else layer.name)
        try:
            result = function(*args, **kwargs) if function is not None else original(layer, *args, **kwargs)
            if on_layer is not None and not any(map(is_traced, keras.tree.flatten(result))):
                on_layer("/".join(filter(None, path)), result)
            return result
        finally:
            path.pop()

    with _patching:
        original = Operation.__call__
        Operation.__call__ = call
        try:
            yield
        finally:
            Operation.__call__ = original
