"""Runs every case in both runtimes, in processes of their own (a kernel that crashes must not end the probe)."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import sys
from collections.abc import Iterator
from typing import Any

import elementwise
import matrix
import movement
import numpy as np
import reduction
from case import STEPS, Case, build, inputs_of

# Of the largest value; a kernel that rounds in another order is right.
LIMITS = {"float32": 1e-5, "float16": 5e-3, "float64": 1e-12}


def all_cases() -> list[Case]:
    """In the order of the table."""
    found = [case for module in (elementwise, reduction, movement, matrix) for case in module.specs()]
    return sorted(found, key=lambda case: case.key)


def matches(found: np.ndarray, expected: np.ndarray) -> bool:
    if found.shape != expected.shape or found.dtype != expected.dtype:
        return False
    limit = LIMITS.get(expected.dtype.name)
    if limit is None:
        return bool(np.array_equal(found, expected))
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    if not np.array_equal(np.isnan(found), np.isnan(expected)):
        return False
    largest = np.max(np.abs(expected), initial=0)
    return bool(np.max(np.abs(found - expected), initial=0) <= limit * max(largest, 1e-30))


def judge(case: Case, run: Any) -> str:
    """Right at every size, or else why not."""
    for step in range(STEPS if case.dynamic else 1):
        problem = case.problem(step)
        outputs = run(inputs_of(problem))
        if not all(matches(outputs[f"y{i}"], expected) for i, expected in enumerate(problem.expected)):
            return "wrong"
    return "right"


def in_litert(case: Case, file: bytes) -> str:
    """The verdict; "delegated" is right, and taken by XNNPACK whole."""
    from kelt.runtime import Model

    try:
        model = Model(file)
        verdict = judge(case, model)
    except RuntimeError as error:
        # The runtime would run it, but learns the size of the result too late to return it.
        return "late" if "size follows from values" in str(error) else "rejected"
    return "delegated" if verdict == "right" and model.fully_delegated() else verdict


def in_interpreter(case: Case, file: bytes) -> str:
    from ai_edge_litert.interpreter import Interpreter

    def run(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        for name, index in signature.items():
            interpreter.resize_tensor_input(index, inputs[name].shape)
        interpreter.allocate_tensors()
        for name, index in signature.items():
            interpreter.set_tensor(index, inputs[name])
        interpreter.invoke()
        return {name: interpreter.get_tensor(index) for name, index in outputs.items()}

    try:
        interpreter = Interpreter(model_content=file, num_threads=1)
        names = interpreter._get_full_signature_list()["serving_default"]
        signature, outputs = names["inputs"], names["outputs"]
        return judge(case, run)
    except (RuntimeError, ValueError):
        return "rejected"


def _work(numbers: list[int], reports: Any) -> None:
    """Announces each case before it runs it, so that one that crashes is known."""
    with contextlib.suppress(OSError), open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    found = all_cases()
    for number in numbers:
        case = found[number]
        file = build(case)
        for runtime, run_in in (("litert", in_litert), ("interpreter", in_interpreter)):
            reports.send((number, runtime, None))
            reports.send((number, runtime, run_in(case, file)))
    reports.send(None)


def _one_worker(numbers: list[int]) -> Iterator[tuple[int, str, Any]]:
    """The verdicts of one process, and "crashed" for the case in which it ends too early."""
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(numbers, send))
    process.start()
    send.close()
    last = None
    try:
        while (report := receive.recv()) is not None:
            last = report[:2]
            if report[2] is not None:
                yield report
        process.join()
    except EOFError:
        process.join()
        if last is None:
            raise RuntimeError("a worker of the probe does not start; run it in this process to see why") from None
        yield (*last, "crashed")


def run(numbers: list[int]) -> dict[int, dict[str, Any]]:
    """The verdicts on these cases, by number."""
    verdicts: dict[int, dict[str, Any]] = {number: {} for number in numbers}
    remaining = list(numbers)
    while remaining:
        for number, runtime, verdict in _one_worker(remaining):
            verdicts[number][runtime] = verdict
            if verdict == "crashed" and runtime == "litert":
                verdicts[number]["interpreter"] = "not tried"
        remaining = [number for number in remaining if len(verdicts[number]) < 2]
    return verdicts


def run_all(numbers: list[int], workers: int) -> dict[int, dict[str, Any]]:
    """As `run`, in several processes at once."""
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        parts = pool.map(run, (numbers[worker::workers] for worker in range(workers)))
        verdicts = {number: verdict for part in parts for number, verdict in part.items()}
    return {number: verdicts[number] for number in numbers}
