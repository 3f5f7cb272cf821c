"""Keras' state of this thread, which a capture leaves as it was."""

from __future__ import annotations

import contextlib


@contextlib.contextmanager
def keras_state_kept():
    """Keras' state of this thread (counters of names, call contexts, scopes) is afterwards what it was."""
    import keras
    from keras.src.backend.common import global_state
    from keras.src.layers.layer import CallContext

    tracker = global_state.GLOBAL_STATE_TRACKER
    before = dict(vars(tracker))
    names = before.get("object_name_uids")
    names_before = None if names is None else dict(names)
    waiting = before.get("uninitialized_variables")
    waiting_before = None if waiting is None else list(waiting)
    try:
        global_state.set_global_attribute("traceback_filtering", False)
        context = CallContext(entry_layer=None)
        context.set_value("training", False)
        global_state.set_global_attribute("current_call_ctx", context)
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        if names is not None:
            names.clear()
            names.update(names_before)
        if waiting is not None:
            waiting[:] = waiting_before
        vars(tracker).clear()
        vars(tracker).update(before)
