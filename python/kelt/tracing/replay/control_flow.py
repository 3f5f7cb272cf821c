"""Runs nodes that hold functions: choices and loops of Python around the functions' own nodes."""

from __future__ import annotations

import collections

from keras import ops

from kelt.tracing.record.sizes import Size


class Live:
    """The arguments of a node, live."""

    def __init__(self, node, args, values, sizes, run_node):
        self.node, self.args, self.values, self.sizes = node, args, values, sizes
        self.run_node = run_node

    def run(self, i: int, inputs) -> list:
        """The outputs of one of its functions."""
        function = self.node.functions[i]
        values = collections.ChainMap({}, self.values)
        values.update((value, given) for (_, value), given in zip(function.inputs, inputs))
        for node in function.nodes:
            for value, result in zip(node.outputs, self.run_node(node, values, self.sizes)):
                values[value] = result
        return [values[value] for _, value in function.outputs]

    def stacked(self, parts, value):
        """Results of all steps, one after the other on a new leading axis."""
        if parts:
            return ops.stack(parts)
        dims = [dim.at(self.sizes) if isinstance(dim, Size) else dim for dim in value.dims]
        return ops.zeros(dims, dtype=value.dtype)


def _cond(live):
    return live.run(0 if bool(live.args["pred"]) else 1, live.args["operands"])


def _switch(live):
    index = int(live.args["index"])
    return live.run(min(max(index, 0), len(live.node.functions) - 1), live.args["operands"])


def _while_loop(live):
    variables, captures, most = (live.args[name] for name in ("loop_vars", "captures", "maximum_iterations"))
    variables, done = list(variables), 0
    while (most is None or done < most) and bool(live.run(0, [*variables, *captures])[0]):
        variables = live.run(1, [*variables, *captures])
        done += 1
    return variables


def _scan(live):
    args, outputs = live.args, live.node.outputs
    carry, count = list(args["init"]), len(args["init"])
    steps = range(args["length"])
    ys = []
    for t in reversed(steps) if args["reverse"] else steps:
        made = live.run(0, [*carry, *(x[t] for x in args["xs"]), *args["captures"]])
        carry = made[:count]
        ys.append(made[count:])
    if args["reverse"]:
        ys.reverse()
    return [*carry, *(live.stacked([y[i] for y in ys], value) for i, value in enumerate(outputs[count:]))]


def _rnn(live):
    args = live.args
    states, xs, mask = list(args["initial_states"]), args["inputs"], args["mask"]
    steps = list(range(xs[0].shape[1]))
    outputs, output = [], None
    for t in reversed(steps) if args["go_backwards"] else steps:
        made = live.run(0, [*(x[:, t] for x in xs), *states, *args["captures"]])
        if mask is not None:
            valid = mask[:, t]
            hidden = ops.zeros_like(made[0]) if output is None or args["zero_output_for_mask"] else output
            made = [_where(valid, new, old) for new, old in zip(made, [hidden, *states])]
        output, states = made[0], made[1:]
        outputs.append(output)
    stacked = ops.stack(outputs if args["return_all_outputs"] else outputs[-1:], axis=1)
    return [output, stacked, *states]


def _where(valid, new, old):
    valid = ops.reshape(valid, (valid.shape[0], *[1] * (len(new.shape) - 1)))
    return ops.where(valid, new, old)


# By the op of the node.
RUN = {run.__name__.strip("_"): run for run in (_cond, _rnn, _scan, _switch, _while_loop)}


def run(node, args, values, sizes, run_node) -> list:
    """The outputs of a node that holds functions, whose own nodes `run_node` runs."""
    return RUN[node.op](Live(node, args, values, sizes, run_node))
