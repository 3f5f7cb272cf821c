"""A plan as what users export."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras

from generated.plan import Plan
from generated.program import Pick

FORMS = ("function", "subclassed", "functional", "two signatures")


@dataclasses.dataclass(frozen=True)
class Exported:
    """What to hand to `kelt.export`, and by signature and output's place the value of the plan that goes out."""

    model: Any
    input_signature: Any
    signatures: Any
    outputs: dict[str, list[int]]
    form: str


class Planned(keras.Model):
    """Runs the plan in its call."""

    def __init__(self, plan: Plan):
        super().__init__(autocast=False)  # the plan's values are those of the inputs as they are
        self.plan = plan
        self.found = plan.layers()

    def call(self, inputs):
        values = self.plan.run(*(inputs if isinstance(inputs, (list, tuple)) else [inputs]))
        return [values[at] for at in self.plan.outputs]


def exported(plan: Plan) -> Exported:
    form = Pick(plan.program.form).one(FORMS)
    specs = [
        keras.InputSpec(shape=[None if isinstance(dim, str) else dim for dim in dims], dtype=plan.values[at].dtype)
        for at, dims in enumerate(plan.dims)
    ]
    one = {"serving_default": plan.outputs}
    if form == "functional":
        model = _functional(plan)
        if model is not None:
            return Exported(model, None, None, one, form)
    if form in ("subclassed", "functional"):
        signature = [specs] if len(specs) > 1 else specs
        return Exported(_called(Planned(plan), plan), signature, None, one, "subclassed")
    if form == "two signatures":
        made = list(range(len(plan.dims), len(plan.values)))
        outputs = {"first": plan.outputs, "second": [made[0]]}
        signatures = {name: (_function(plan, out), specs) for name, out in outputs.items()}
        holder = _called(Planned(plan), plan)
        return Exported(holder, None, signatures, outputs, form)
    return Exported(_function(plan, plan.outputs), specs, None, one, form)


def _called(model, plan):
    """As users build one: it is called once."""
    model(_given(plan))
    return model


def _given(plan):
    inputs = [plan.values[at].arrays[0] for at in range(len(plan.dims))]
    return inputs if len(inputs) > 1 else inputs[0]


def _function(plan, outputs):
    def call(*inputs):
        values = plan.run(*inputs)
        return [values[at] for at in outputs]

    return call


def _functional(plan):
    """None where Keras can't build it on symbols, whose unknown sizes are None."""
    try:
        inputs = [
            keras.Input(
                batch_shape=[None if isinstance(dim, str) else dim for dim in dims], dtype=plan.values[at].dtype
            )
            for at, dims in enumerate(plan.dims)
        ]
        values = plan.run(*inputs)
        model = keras.Model(inputs, [values[at] for at in plan.outputs])
        results = keras.tree.flatten(model(_given(plan)))
        # A branch that holds symbols of Keras gives such when the model is called.
        return None if any(isinstance(result, keras.KerasTensor) for result in results) else model
    except Exception:
        return None
