"""All steps."""

from generated import steps_layers, steps_ops, steps_shapes, steps_sizes

STEPS = (*steps_ops.STEPS, *steps_shapes.STEPS, *steps_layers.STEPS, *steps_sizes.STEPS)
