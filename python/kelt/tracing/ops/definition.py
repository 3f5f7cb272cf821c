"""What a `Definition` of an op says. The definitions stand in `definitions/`, a module a family."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from kelt.tracing.record.op_facts import FACTS

# How the dtype in which an op computes follows from those of its operands.
PROMOTE = "promote"  # Keras' result type of all of them
FLOAT = "float"  # the same, with Python's float: integers become floats
ARITHMETIC = "arithmetic"  # PROMOTE, and bool counts as int32
BOOL = "bool"  # anything becomes bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """All that a capture knows of an op, beside what Keras' signatures and the lowering's table tell."""

    name: str
    alias_of: str = ""  # the op of which this is another name
    # How a call is recorded.
    handler: Callable | None = None  # (tracer, op, arguments by parameter): instead of a node
    unrecorded: bool = False  # it answers about a tensor, or takes functions apart: it runs as it is
    instead: Callable | None = None  # (tracer, original, *arguments): what runs instead of one that is not recorded
    control_flow: bool = False
    # Parameters, where the rules of `vocabulary` would be wrong.
    tensors: tuple[str, ...] = ()  # are tensors
    numbers: tuple[str, ...] = ()  # are better left as numbers
    lists: tuple[str, ...] = ()  # are lists of tensors
    renamed: tuple[str, ...] = ()  # a parameter of the `Operation`'s call, and the function's name for it
    unset: tuple[str, ...] = ()  # are None when the op is recorded from its `Operation`
    # Dtypes.
    dtypes: str = ""  # how that of the operands is chosen; none: they keep their own
    wide_on_torch: bool = False  # stays in 64 bits there if all operands have them, though Keras' rule says int32
    casts_to_output: bool = False  # Keras converts the operand x to the dtype of the output
    result_dtype: Callable | None = None  # of the arguments, where Keras' rule is wrong
    asks: bool = False  # Keras' rule is wrong about other dtypes than float32: the backend tells that of the results
    # Attributes.
    static: tuple[str, ...] = ()  # parameters that a file must know, beside those that all ops have
    per_axis: tuple[str, ...] = ()  # parameters that are one number for all spatial axes, or one each
    # Shapes.
    spec: Callable | None = None  # of the arguments: shape and dtype of the outputs where Keras' rule fails
    lengths: Callable | None = None  # the dims of an output from those of the operands
    nested_lengths: Callable | None = None  # the same for a node that holds functions
    unsearchable: bool = False  # the rule tells dims that no search finds by numbers, or finds others by chance
    meetings: Callable | None = None  # the lengths that must be equal; none: those that broadcasting aligns
    # Values.
    indices: tuple[str, ...] = ()  # parameters that index something
    passes_indices: bool = False  # its result still indexes what its operand does
    makes_zeros: bool = False
    repeatable: bool = False  # a function of control flow makes it again rather than to take it as an input

    def function_param(self, param: str) -> str:
        """The function's name for a parameter of the `Operation`'s call."""
        return self.renamed[1] if self.renamed and param == self.renamed[0] else param

    @property
    def operands(self) -> tuple[str, ...]:
        """The arguments that compute together, in one dtype."""
        return FACTS[self.name]["operands"] if self.name in FACTS else ()

    @property
    def bools(self) -> tuple[str, ...]:
        """The arguments that are bool."""
        return FACTS[self.name]["bools"] if self.name in FACTS else ()


_WORDS = {"tensors", "numbers", "lists", "renamed", "unset", "static", "per_axis", "indices"}


def op(names: str, **facts) -> tuple[Definition, ...]:
    """Ops of which the same is known. Names of parameters are a text with blanks between."""
    facts = {fact: tuple(value.split()) if fact in _WORDS else value for fact, value in facts.items()}
    return tuple(Definition(name=name, **facts) for name in names.split())
