"""The values of variables that are views of files, for Keras to compute with: each is read when it is needed."""

from __future__ import annotations

import functools
from typing import Any

from kelt.disk.files import FileArray


@functools.cache
def scope_of_files() -> Any:
    """A `keras.StatelessScope` in which such variables have tensors of the backend, made for each use and not kept."""
    import keras
    from keras.src import backend

    from kelt.tracing.record.host_arrays import variable_view

    class FileScope(keras.StatelessScope):
        """A model that does not fit into memory runs in it: it holds one layer's weights at a time."""

        def get_current_value(self, variable):
            value = super().get_current_value(variable)
            if value is not None or not isinstance(variable._value, FileArray):
                return value
            return backend.convert_to_tensor(variable_view(variable), dtype=variable._dtype)

    return FileScope
