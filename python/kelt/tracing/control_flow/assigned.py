"""Variables that are assigned inside of a loop or a branch: they go around with it, and are assigned afterwards.

A function of control flow is recorded as it is. If its functions turn out to assign variables, it is recorded again
with these among what it carries or returns.
"""

from __future__ import annotations


class Assigned:
    """Variables to carry, as tensors between the functions of one call."""

    def __init__(self, tracer, variables):
        self.tracer = tracer
        self.variables = variables

    def values(self) -> list:
        """What they are now."""
        return [self.tracer.current(variable) for variable in self.variables]

    def enter(self, values):
        """Makes them these, inside of the function being recorded."""
        for variable, value in zip(self.variables, values):
            self.tracer.override(variable, value)

    def leave(self, values):
        """Assigns them, after the loop or the choice."""
        for variable, value in zip(self.variables, values):
            self.tracer.assign_variable(variable, value)


def _cond(run, carried, pred, true_fn, false_fn):
    result, values = run(
        "cond", pred, lambda: (true_fn(), carried.values()), lambda: (false_fn(), carried.values())
    )  # fmt: skip
    carried.leave(values)
    return result


def _switch(run, carried, index, branches, *operands):
    def with_values(branch):
        return lambda *given: (branch(*given), carried.values())

    result, values = run("switch", index, [with_values(branch) for branch in branches], *operands)
    carried.leave(values)
    return result


def _while_loop(run, carried, cond, body, loop_vars, maximum_iterations=None):
    many = isinstance(loop_vars, (tuple, list))

    def test(*given):
        carried.enter(given[-1])
        return cond(*given[:-1])

    def step(*given):
        carried.enter(given[-1])
        result = body(*given[:-1])
        return (*(result if many else (result,)), carried.values())

    variables = (*(loop_vars if many else (loop_vars,)), carried.values())
    *result, values = run("while_loop", test, step, variables, maximum_iterations)
    carried.leave(values)
    return tuple(result) if many else result[0]


def _fori_loop(run, carried, lower, upper, body_fun, init_val):
    def step(i, given):
        carried.enter(given[1])
        return body_fun(i, given[0]), carried.values()

    result, values = run("fori_loop", lower, upper, step, (init_val, carried.values()))
    carried.leave(values)
    return result


def _scan(run, carried, f, init, xs=None, length=None, reverse=False, unroll=1):
    def step(given, x):
        carried.enter(given[1])
        carry, y = f(given[0], x)
        return (carry, carried.values()), y

    (carry, values), ys = run("scan", step, (init, carried.values()), xs, length, reverse, unroll)
    carried.leave(values)
    return carry, ys


def _map(run, carried, f, xs):
    return _scan(run, carried, lambda carry, x: (carry, f(x)), (), xs)[1]


def _vectorized_map(run, carried, f, xs):
    return _map(run, carried, f, xs)


# By the name of the function of keras.ops.
CARRIED = {
    handler.__name__.strip("_"): handler
    for handler in (_cond, _fori_loop, _map, _scan, _switch, _vectorized_map, _while_loop)
}


def recorded(tracer, name, handlers, arguments):
    """The call of a control flow function, with the variables that its functions assign."""
    if name not in CARRIED:
        return handlers[name](tracer, *arguments)
    nodes = len(tracer.nodes)
    before = len(tracer.assigned)
    result = handlers[name](tracer, *arguments)
    inside = {id(v): v for v, level in tracer.assigned[before:] if level > tracer.level}
    tracer.assigned[before:] = [entry for entry in tracer.assigned[before:] if entry[1] <= tracer.level]
    if not inside:
        return result
    # What was recorded of the call goes; weights, which it may have been the first to read, stay.
    tracer.nodes[nodes:] = [node for node in tracer.nodes[nodes:] if node.op == "weight"]
    del tracer.assigned[before:]

    def run(name, *given):
        return handlers[name](tracer, *given)

    result = CARRIED[name](run, Assigned(tracer, list(inside.values())), *arguments)
    tracer.assigned[before:] = [entry for entry in tracer.assigned[before:] if entry[1] <= tracer.level]
    return result
