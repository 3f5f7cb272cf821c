"""Full-integer files on tflite-micro and in Arm's Vela: `python integers.py FOLDER`, a line of JSON for each file.

The files are MODEL.TOOL.tflite, the samples MODEL.samples.npz. tflite-micro is compared with the reference kernels of
LiteRT's interpreter: each operator where both have the same operands, and the outputs.
"""

from __future__ import annotations

import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import ai_edge_litert.interpreter as litert
import numpy as np
import tflite
from read import as_stored, in_process
from tflite_micro import runtime

SAMPLES = {"mobilenet_v2": 5, "crepe": 20}  # of the others 100
NPUS = ("ethos-u55-128", "ethos-u65-256", "ethos-u85-256")
NPU_OPERATOR = "CUSTOM"  # as which Vela writes what it has compiled
ARENA = 100_000_000  # every tensor keeps a place of its own


class Difference:
    """How far integers are from others: how many there are, how many differ, by how many steps at most."""

    def __init__(self):
        self.count = self.differ = self.steps = 0

    def add(self, found: np.ndarray, wanted: np.ndarray) -> bool:
        """Counts them; whether they are equal."""
        steps = np.abs(found.ravel().astype("int64") - wanted.ravel().astype("int64"))
        self.count += steps.size
        self.differ += int(np.count_nonzero(steps))
        self.steps = max(self.steps, int(steps.max()))
        return not steps.any()


def opened(path: pathlib.Path, kernels: litert.OpResolverType, **options) -> litert.Interpreter:
    interpreter = litert.Interpreter(str(path), experimental_op_resolver_type=kernels, **options)
    interpreter.allocate_tensors()
    return interpreter


def output_of(interpreter: litert.Interpreter, given: np.ndarray) -> np.ndarray:
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], given)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def compare_operators(micro, reference: litert.Interpreter, found: dict[str, Difference]) -> None:
    """Counts, by name, the results of those operators whose operands are equal here and there."""
    equal = {reference.get_input_details()[0]["index"]: True}
    for operator in reference._get_ops_details():
        same_operands = all(equal.get(int(index), True) for index in operator["inputs"])
        for index in map(int, operator["outputs"]):
            result, wanted = micro.GetTensor(index, 0)["tensor_data"], reference.get_tensor(index)
            difference = found[operator["op_name"]] if same_operands else Difference()
            equal[index] = difference.add(result, wanted)


def on_micro(path: pathlib.Path, samples: np.ndarray) -> dict:
    keeping = runtime.InterpreterConfig.kPreserveAllTensors
    micro = runtime.Interpreter.from_file(str(path), arena_size=ARENA, intrepreter_config=keeping)
    reference = opened(path, litert.OpResolverType.BUILTIN_REF, experimental_preserve_all_tensors=True)
    others = {
        "builtin": opened(path, litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES),
        "xnnpack": opened(path, litert.OpResolverType.AUTO),
    }
    operators: dict[str, Difference] = collections.defaultdict(Difference)
    outputs = {name: Difference() for name in ("reference", *others)}
    for sample in samples:
        given = as_stored(sample, micro.get_input_details(0))
        micro.set_input(given, 0)
        micro.invoke()
        result = micro.get_output(0)
        outputs["reference"].add(result, output_of(reference, given))
        for name, other in others.items():
            outputs[name].add(result, output_of(other, given))
        compare_operators(micro, reference, operators)
    floats = [tensor["name"] for tensor in reference.get_tensor_details() if tensor["dtype"] == np.float32]
    return {
        "floats": floats,
        "operators": {name: vars(difference) for name, difference in operators.items()},
        "outputs": {name: vars(difference) for name, difference in outputs.items()},
    }


def names_of_operators(path: pathlib.Path) -> list[str]:
    model = tflite.Model.GetRootAsModel(path.read_bytes(), 0)
    codes = [model.OperatorCodes(index) for index in range(model.OperatorCodesLength())]
    names = [tflite.opcode2name(max(code.BuiltinCode(), code.DeprecatedBuiltinCode())) for code in codes]
    graph = model.Subgraphs(0)
    return [names[graph.Operators(index).OpcodeIndex()] for index in range(graph.OperatorsLength())]


def in_vela(path: pathlib.Path, npu: str) -> dict:
    """How many operators Vela says that it places where, and the names of those that it leaves in its file."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(pathlib.Path(sys.executable).with_name("vela")), str(path), "--accelerator-config", npu]
        said = subprocess.run([*command, "--output-dir", folder], capture_output=True, text=True, check=False)
        counts = {side: re.search(rf"^{side} operators = (\d+)", said.stdout, re.MULTILINE) for side in ("CPU", "NPU")}
        if said.returncode or not all(counts.values()):
            raise RuntimeError(f"Vela failed: {(said.stdout + said.stderr).strip()[-200:]}")
        left = names_of_operators(pathlib.Path(folder) / f"{path.stem}_vela.tflite")
    found = {side.lower(): int(count[1]) for side, count in counts.items() if count}
    return found | {"left": sorted(name for name in left if name != NPU_OPERATOR)}


def read(path: pathlib.Path) -> dict:
    model = path.name.split(".")[0]
    with np.load(path.with_name(f"{model}.samples.npz")) as arrays:
        samples = arrays["test"][: SAMPLES.get(model, 100)]
    return on_micro(path, samples) | {"vela": {npu: in_vela(path, npu) for npu in NPUS}}


def main() -> None:
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.tflite")):
        model, tool, _ = path.name.split(".")
        outcome = in_process(lambda path=path: read(path))
        found = outcome if isinstance(outcome, dict) else {"error": " ".join(outcome)}
        print(json.dumps({"model": model, "tool": tool} | found), flush=True)


if __name__ == "__main__":
    main()
