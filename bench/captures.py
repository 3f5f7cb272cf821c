"""Captures with dynamic sizes beside captures at fixed sizes: seconds, and how often the model is run.

    KERAS_BACKEND=jax python bench/captures.py [MODEL…] [--rounds N]

The models are the tiny backbones of `hub_zoo.py`, and a detector (D-FINE) whose capture was the slowest of any. Both
ways are taken in turn; the least of the rounds counts. The last line is the median of the ratios. A model that reads a
size is run at open lengths until it does, then at two sizes.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time

import hub_zoo

SIZE = {"n": 2, "s": 24}  # of a batch, of any other length
RATIO = 2.0  # the most that the median may be
DETECTOR, SECONDS = "DFineBackbone", 4.0  # the most that the detector may take


def fixed(model):
    """A signature like the model's inputs, with a number for each open length."""
    import keras

    def spec(tensor):
        shape = [SIZE["s" if axis else "n"] if dim is None else dim for axis, dim in enumerate(tensor.shape)]
        return keras.InputSpec(shape=tuple(shape), dtype=tensor.dtype, name=tensor.name)

    return keras.tree.map_structure(spec, model.input)


def runs(model, signature=None) -> int:
    """How often a capture runs the model's own code."""
    import kelt

    count, call = 0, model.call

    def counted(*args, **kwargs):
        nonlocal count
        count += 1
        return call(*args, **kwargs)

    model.call = counted
    try:
        kelt.capture(model, signature)
    finally:
        model.call = call
    return count


def seconds(model, signature=None) -> float:
    """What a capture takes of a processor: other work on the machine shows less in that."""
    import kelt

    gc.collect()
    start = time.process_time()
    kelt.capture(model, signature)
    return time.process_time() - start


def main(arguments: list[str]) -> int:
    """Prints the table; fails if the median, or the detector, takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=[*hub_zoo.BACKBONES, DETECTOR])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    print(f"{'model':20} {'runs':>5} {'fixed':>9} {'dynamic':>9}   ms {'ratio':>6}")
    ratios, slow = [], False
    for name in options.models:
        model = hub_zoo.build(name)
        signature = fixed(model)
        runs(model, signature)  # the first capture of a process takes longer
        count = runs(model)
        rounds = [(seconds(model, signature), seconds(model)) for _ in range(options.rounds)]
        least, dynamic = (min(each) for each in zip(*rounds))
        print(f"{name:20} {count:5} {1e3 * least:9.1f} {1e3 * dynamic:9.1f} {dynamic / least:11.2f}", flush=True)
        if name == DETECTOR:
            slow = dynamic > SECONDS
        else:
            ratios.append(dynamic / least)
    median = statistics.median(ratios) if ratios else 0
    print(f"median of the backbones {median:.2f}, at most {RATIO}")
    return slow or median > RATIO


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
