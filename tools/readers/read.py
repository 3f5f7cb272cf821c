"""Reads files with one reader, each in a process of its own: `python read.py READER FOLDER NAME…`.

Prints a line of JSON for each: what came of it (`right`, `wrong`, `rejected`, `crashed`) and a detail. Runs in the
environment of the reader, whatever Python and numpy that has.
"""

import contextlib
import io
import json
import os
import pathlib
import re
import sys
import tempfile

import numpy as np

# What the integers of a file may be off: those that Keras quantized (tests/limits.py), those that a quantizer made.
LIMIT, OF_INTEGERS, OF_QUANTIZERS = 1e-5, 1.5e-2, 0.3
HALF = 2e-3


WHY = re.compile(r"Didn't find op|not supported|!=|kTfLite\w+ was not true")


def limit_of(name):
    layers = 3 if name == "encoder_int8" else 1  # one after the other, as tests/models/test_quantized.py has it
    return layers * OF_INTEGERS if "_int" in name else HALF if name == "half" else LIMIT


def runs_of(path):
    """The inputs and outputs of each run, by name."""
    runs = {}
    with np.load(path) as arrays:
        for key in arrays.files:
            run, side, port = key.split(":", 2)
            runs.setdefault(run, {"in": {}, "out": {}})[side][port] = arrays[key]
    return [runs[run] for run in sorted(runs)]


def error_of(found, wanted):
    if found.shape != wanted.shape:
        raise AssertionError(f"the shape is {found.shape}, not {wanted.shape}")
    if not np.all(np.isfinite(found) == np.isfinite(wanted)):
        raise AssertionError("a value is not finite")
    return float(np.abs(found.astype("float64") - wanted).max() / max(np.abs(wanted).max(), 1e-30))


def judged(run, runs, limit):
    """The largest error over all runs and outputs. `run` maps inputs by name to outputs by name."""
    worst = 0.0
    for one in runs:
        found = run(one["in"])
        worst = max([worst, *(error_of(np.asarray(found[port]), wanted) for port, wanted in one["out"].items())])
    return ("right" if worst <= limit else "wrong"), f"{worst:.0e}"


def signature_runner(module, **options):
    def read(path, runs, limit):
        run = module.Interpreter(**{"model_path": str(path), **options}).get_signature_runner("serving_default")
        return judged(lambda given: run(**given), runs, limit)

    return read


def tflite_runtime():
    import tflite_runtime.interpreter

    return signature_runner(tflite_runtime.interpreter)


def litert():
    import ai_edge_litert.interpreter

    return signature_runner(ai_edge_litert.interpreter)


def tensorflow():
    import tensorflow as tf

    return signature_runner(tf.lite)


def liblitert():
    from kelt.runtime import Model

    def read(path, runs, limit):
        return judged(Model(path), runs, limit)

    return read


def analyzer():
    """TensorFlow's: it counts the bytes of constants that it finds."""
    import tensorflow as tf

    def read(path, runs, limit):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            tf.lite.experimental.Analyzer.analyze(model_path=str(path))
        found = re.search(r"Total data buffer size:\s*(\d+) bytes", said.getvalue())
        size = int(found[1]) if found else 0
        return ("right" if size > 0 else "wrong"), f"{size} bytes of constants"

    return read


def micro():
    """TensorFlow Lite for Microcontrollers."""
    from tflite_micro import runtime

    def read(path, runs, limit):
        interpreter = runtime.Interpreter.from_file(str(path), arena_size=30_000_000)

        def run(given):
            (array,) = given.values()
            interpreter.set_input(as_stored(array, interpreter.get_input_details(0)), 0)
            interpreter.invoke()
            output = as_float(interpreter.get_output(0), interpreter.get_output_details(0))
            return dict.fromkeys(runs[0]["out"], output)

        return judged(run, runs, limit)

    return read


def package():
    """The package `tflite`: names, operators and constants as its schema has them."""
    import tflite

    def read(path, runs, limit):
        model = tflite.Model.GetRootAsModel(path.read_bytes(), 0)
        codes = [model.OperatorCodes(i) for i in range(model.OperatorCodesLength())]
        names = [tflite.opcode2name(max(code.BuiltinCode(), code.DeprecatedBuiltinCode())) for code in codes]
        sizes = [model.Buffers(i).DataLength() for i in range(model.BuffersLength())]
        graphs = [model.Subgraphs(i) for i in range(model.SubgraphsLength())]
        tensors = [graph.Tensors(i) for graph in graphs for i in range(graph.TensorsLength())]
        empty = sum(
            tensor.Buffer() != 0 and sizes[tensor.Buffer()] == 0 and 0 not in shape(tensor) for tensor in tensors
        )
        good = empty == 0 and None not in names
        return ("right" if good else "wrong"), f"{sum(sizes)} bytes of constants, {empty} constants without"

    def shape(tensor):
        return [tensor.Shape(i) for i in range(tensor.ShapeLength())]

    return read


def quantizer(recipe_name):
    """litert-quantizer; what it makes is run by LiteRT's interpreter."""

    def make():
        import ai_edge_litert.interpreter
        from litert_quantizer import quantizer, recipe

        def read(path, runs, limit):
            with contextlib.redirect_stdout(io.StringIO()):
                made = quantizer.Quantizer(str(path), getattr(recipe, recipe_name)())
                data = {"serving_default": [dict(one["in"]) for one in runs]}
                calibrated = made.calibrate(data) if made.need_calibration else None
                result = bytes(made.quantize(calibrated).quantized_model)
            path.with_suffix(f".{recipe_name}").write_bytes(result)
            run = ai_edge_litert.interpreter.Interpreter(model_content=result).get_signature_runner("serving_default")

            def in_floats(given):
                inputs, outputs = run.get_input_details(), run.get_output_details()
                found = run(**{port: as_stored(array, inputs[port]) for port, array in given.items()})
                return {port: as_float(array, outputs[port]) for port, array in found.items()}

            return judged(in_floats, runs, OF_QUANTIZERS)

        return read

    return make


def as_stored(array, detail):
    """An array as a tensor of the file takes it, of integers where a quantizer made it one."""
    scale, zero = quantization(detail)
    if array.dtype != np.float32 or not scale:
        return array
    info = np.iinfo(detail["dtype"])
    return np.clip(np.round(array / scale) + zero, info.min, info.max).astype(detail["dtype"])


def as_float(array, detail):
    scale, zero = quantization(detail)
    return (array.astype(np.float32) - zero) * scale if scale else array


def quantization(detail):
    parameters = detail["quantization_parameters"]
    return (parameters["scales"][0], parameters["zero_points"][0]) if len(parameters["scales"]) else (0, 0)


def micro_int8():
    """What litert-quantizer made int8, on microcontrollers."""
    read = micro()
    return lambda path, runs, limit: read(path.with_suffix(".static_wi8_ai8"), runs, OF_QUANTIZERS)


def netron():
    """Netron's parser, run by node: names of tensors, bytes of constants."""
    import importlib.util
    import subprocess

    folder = os.path.dirname(importlib.util.find_spec("netron").origin)
    script = pathlib.Path(__file__).with_name("netron.mjs")

    def read(path, runs, limit):
        command = ["node", str(script), folder, str(path)]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        if said.returncode:
            raise RuntimeError(said.stderr.strip().splitlines()[-1])
        found = json.loads(said.stdout)
        good = found["nameless"] == 0 and found["bytes"] > 0
        return ("right" if good else "wrong"), f"{found['operators']} operators, {found['bytes']} bytes of constants"

    return read


READERS = {
    "tflite-runtime": tflite_runtime,
    "litert": litert,
    "liblitert": liblitert,
    "tensorflow": tensorflow,
    "analyzer": analyzer,
    "micro": micro,
    "micro-int8": micro_int8,
    "quantizer": quantizer("dynamic_wi8_afp32"),
    "quantizer-static": quantizer("static_wi8_ai8"),
    "tflite": package,
    "netron": netron,
}


def in_process(read):
    """What `read` returns, whatever happens to the process in which it runs."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        with tempfile.TemporaryFile() as told:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(told.fileno(), 2)
            try:
                outcome = read()
            except Exception as error:
                told.seek(0)
                # Where a reader only says that it failed, its messages say why.
                why = [line.strip() for line in told.read().decode(errors="replace").splitlines() if WHY.search(line)]
                outcome = "rejected", " ".join([*why[:1], *str(error).split()])[:300]
            os.write(sink, json.dumps(outcome).encode())
        os._exit(0)
    os.close(sink)
    with os.fdopen(source, "rb") as said:
        text = said.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else ("crashed", f"signal {os.WTERMSIG(status)}")


def main():
    reader, folder, *names = sys.argv[1:]
    read, files = READERS[reader](), pathlib.Path(folder)
    for name in names:
        file, runs = files / f"{name}.tflite", files / f"{name}.npz"
        result, detail = in_process(lambda file=file, runs=runs, name=name: read(file, runs_of(runs), limit_of(name)))
        print(json.dumps({"reader": reader, "file": name, "result": result, "detail": detail}), flush=True)


if __name__ == "__main__":
    main()
