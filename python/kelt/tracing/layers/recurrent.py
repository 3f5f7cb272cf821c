"""Recurrent layers: `backend.rnn`, the loop that all of them end in, becomes one `rnn` node around the cell's step."""

from __future__ import annotations

from keras import KerasTensor, layers, ops, tree

from kelt.tracing.control_flow import control
from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.record.graph import Value
from kelt.tracing.symbols.symbol import SizeNeeded, Symbol

FUSED = ("lstm", "gru", "bidirectional_lstm", "bidirectional_gru")
PREVIOUS_IS_FIRST_STATE = ("jax", "numpy")  # backends whose loop takes the first state for the previous output


def handlers(backend):
    """Pairs of a function of the backend and what answers for it during a capture."""
    yield backend.rnn, lambda tracer, _, args, kwargs: rnn(tracer, *args, **kwargs)
    yield backend.cudnn_ok, lambda tracer, _, args, kwargs: False
    yield backend.core.remat, _same_function
    for name in FUSED:
        if hasattr(backend, name):
            yield getattr(backend, name), _not_fused


def _same_function(tracer, original, args, kwargs):
    return args[0] if args else kwargs["f"]  # what is kept for a gradient means nothing here


def _not_fused(tracer, original, args, kwargs):
    raise NotImplementedError  # layers take the general loop then


def rnn(
    tracer,
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    constants=None,
    unroll=False,
    input_length=None,
    time_major=False,
    zero_output_for_mask=False,
    return_all_outputs=True,
):
    """`backend.rnn` as a node: its step is recorded once."""
    if isinstance(tracer.lift(input_length), Symbol):
        raise control.reject(tracer, "rnn", "input_length is a tensor", "Give a mask instead.")
    xs = [tracer.as_symbol(x) for x in tree.flatten(inputs)]
    if time_major:
        xs = [_swapped(x) for x in xs]
    states, _ = control.lifted(tracer, initial_states)
    mask = None if mask is None else _mask(tracer, mask, time_major)
    first_state = _first_state(initial_states, states)
    before = len(tracer.assigned)
    step = _Step(tracer, step_function, inputs, xs, initial_states, states, constants)
    body = step.record()
    if len(tracer.assigned) > before:
        raise control.reject(
            tracer,
            "rnn",
            f"the cell assigns the variable {tracer.assigned[-1][0].path}",
            "Make it a state of the cell.",
        )
    if mask is not None and _backend_name() in PREVIOUS_IS_FIRST_STATE:
        zero_output_for_mask = zero_output_for_mask and not unroll
        previous = body.results[1 + first_state]
        own = body.results[0]._value is previous._value and _is_zero(states[first_state])
        if not (unroll or zero_output_for_mask or own):
            body, mask = step.record(mask, first_state), None
    args = {
        "inputs": [x._value for x in step.xs],
        "initial_states": [state._value for state in states],
        "mask": None if mask is None else mask._value,
        "captures": [],
        "go_backwards": bool(go_backwards),
        "zero_output_for_mask": bool(zero_output_for_mask),
        "return_all_outputs": bool(return_all_outputs),
        "unroll": bool(unroll),
    }
    output = body.results[0]
    length = xs[0]._shape[1] if return_all_outputs else 1
    all_outputs = KerasTensor((output._shape[0], length, *output._shape[1:]), output.dtype)
    specs = [KerasTensor(output._shape, output.dtype), all_outputs, *control.specs_of(states)]
    last, outputs, *new_states = control.emit(tracer, "rnn", args, specs, [body.function()])
    outputs = _swapped(outputs) if time_major else outputs
    return last, outputs, control.packed(initial_states, new_states)


def initial_state(tracer, layer, given, bound):
    """The zeros that a layer starts from are as many as its sequences: a batch that is not known is theirs."""
    shape = bound["shape"]
    recurrent = isinstance(layer, (layers.RNN, layers.Bidirectional))
    if recurrent and given and isinstance(shape, (list, tuple)) and shape[0] is None:
        sequences = tree.flatten(given[0])[0]
        if isinstance(sequences, Symbol):
            bound["shape"] = (tracer.length(sequences, 0), *shape[1:])


class _Step:
    """The step of a loop, which can be recorded with the mask applied by itself."""

    def __init__(self, tracer, function, inputs, xs, initial_states, states, constants):
        self.tracer, self.function = tracer, function
        self.inputs, self.xs = inputs, list(xs)
        self.structure, self.states = initial_states, states
        self.constants = tuple(constants or ())

    def record(self, mask=None, first_state=0) -> control.Body:
        """With a `mask`, its slice is one more input, and what it hides is taken from the states."""
        xs = self.xs if mask is None else [*self.xs, mask]
        count = len(xs)
        given = [control.spec_of(x, without=1) for x in xs]

        def call(*symbols):
            states = list(symbols[count:])
            carried = control.packed(self.structure, states)
            if self.constants:
                carried = (*carried, *self.constants)
            output, new_states = self.function(control.packed(self.inputs, symbols[: len(self.xs)]), carried)
            new_states = [self.tracer.as_symbol(state) for state in tree.flatten(new_states)]
            if mask is not None:
                valid = symbols[count - 1]
                output = _where(valid, output, states[first_state])
                new_states = [_where(valid, new, old) for new, old in zip(new_states, states)]
            return [output, *new_states]

        body = control.record(self.tracer, "step", [*given, *control.specs_of(self.states)], call)
        if len(body.results) != 1 + len(self.states):
            raise control.reject(
                self.tracer, "rnn", f"the cell has {len(self.states)} states and returns {len(body.results) - 1}"
            )
        body.cast(self.tracer, [None, *(state.dtype for state in self.states)])
        for i, (state, new) in enumerate(zip(self.states, body.results[1:])):
            if state._shape != new._shape:
                if None in state._shape or None in new._shape:
                    raise SizeNeeded
                raise control.reject(
                    self.tracer, "rnn", f"state {i} has the shape {state._shape} and the cell makes it {new._shape}"
                )
        self.xs = xs
        return body


def _where(valid, new, old):
    for _ in range(len(new.shape) - len(valid.shape)):
        valid = ops.expand_dims(valid, -1)
    return ops.where(valid, new, old)


def _swapped(x):
    return ops.transpose(x, (1, 0, *range(2, len(x._shape))))


def _mask(tracer, mask, time_major) -> Symbol:
    mask = tracer.as_symbol(mask)
    if any(dim != 1 for dim in mask._shape[2:]):
        raise control.reject(
            tracer, "rnn", f"the mask has the shape {mask._shape}: more than batch and time",
            "Reduce it to one value a step, for instance by keras.ops.any over the other axes.",
        )  # fmt: skip
    if mask.dtype != "bool":
        mask = tracer.cast(mask, "bool")
    return _swapped(mask) if time_major else mask


def _first_state(structure, states):
    """Which of the states the backend takes for the previous output: the first, or the last cell's first."""
    structure = list(structure)
    return len(states) - len(tree.flatten(structure[-1])) if tree.is_nested(structure[0]) else 0


def _is_zero(symbol) -> bool:
    """Whether a value is one that a layer starts from: zeros by `keras.ops.zeros`, cast or not."""
    value: Value = symbol._value
    while value.node is not None and value.node.op == "cast":
        value = value.node.args["x"]
    return value.node is not None and definition_of(value.node.op).makes_zeros


def _backend_name():
    from keras.src import backend

    return backend.backend()


# --- the same layer at every step


def time_distributed(tracer, layer, inputs, training=None, mask=None):
    """`TimeDistributed.call`: one call on all steps, as if they were samples, or a loop if the layer is the user's."""
    inner, kwargs = layer.layer, {}
    if inner._call_has_training_arg:
        kwargs["training"] = training
    inputs = tracer.as_symbol(inputs)
    batch, length = tracer.length(inputs, 0), tracer.length(inputs, 1)
    mask = tracer.as_symbol(mask) if mask is not None and inner._call_has_mask_arg else None
    if not _by_sample(inner):

        def step(given):
            masks = {"mask": given[1]} if mask is not None else {}
            return tracer.layer_call(inner, (given[0],), {**masks, **kwargs})

        steps = [_swapped(inputs), *([_swapped(mask)] if mask is not None else [])]
        return _swapped(control.vectorized_map(tracer, step, steps))

    def merged(x):
        known = isinstance(batch, int) and isinstance(length, int)
        return ops.reshape(x, (batch * length if known else -1, *x.shape[2:]))

    if mask is not None:
        kwargs["mask"] = merged(mask)
    outputs = tracer.layer_call(inner, (merged(inputs),), kwargs)
    return ops.reshape(outputs, (batch, length, *outputs.shape[1:]))


def _by_sample(layer) -> bool:
    """Whether no sample of a batch can tell what others are in it: so it is with Keras' own layers."""
    for each in layer._flatten_layers():
        own = type(each).__module__.startswith("keras.src.")
        operations = getattr(each, "operations", ())
        if not own or isinstance(each, layers.Lambda) or getattr(each, "stateful", False):
            return False
        if not all(isinstance(operation, layers.Layer) for operation in operations):
            return False
    return True
