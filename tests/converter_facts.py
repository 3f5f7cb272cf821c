"""What TensorFlow 2.21's converter makes of each combination of its settings; tests/backends asks the converter itself.

By the names of the members of its enumerations; tests of kelt give those, tests on TensorFlow the members.
"""

import dataclasses

import keras
import numpy as np
from harness import open_file

BUILTINS, INTEGERS = "TFLITE_BUILTINS", "TFLITE_BUILTINS_INT8"
SIXTEEN = "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8"
ACCUMULATION = "_experimental_supported_accumulation_type"


@dataclasses.dataclass(frozen=True)
class Fact:
    """One combination, and what comes of it."""

    form: str  # of the file, or words of kelt's error where TensorFlow rejects it
    default: bool = True  # optimizations=[DEFAULT]
    data: bool = False
    ops: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    accumulation: str = ""
    input: str = ""
    output: str = ""
    sin: bool = False  # the model has an operator without a kernel for integers

    @property
    def is_error(self) -> bool:
        return " " in self.form

    def options(self) -> dict:
        spec = {"supported_ops": list(self.ops), "supported_types": list(self.types), ACCUMULATION: self.accumulation}
        options = {
            "optimizations": ["DEFAULT"] * self.default,
            "representative_dataset": samples if self.data else None,
            "target_spec": {name: value for name, value in spec.items() if value},
            "inference_input_type": self.input,
            "inference_output_type": self.output,
        }
        return {name: value for name, value in options.items() if value}


NEEDS_DATA = "a `representative_dataset` must be specified"
FLOAT_PORTS, INT8_PORTS = "it must be float32", "it is one of float32, int8, uint8"
FACTS = {
    "nothing": Fact("float", default=False),
    "data alone": Fact("float", default=False, data=True),
    "float16 alone": Fact("float", default=False, types=("float16",)),
    "int8 alone": Fact(NEEDS_DATA, default=False, types=("int8",)),
    "int8 operators alone": Fact(NEEDS_DATA, default=False, ops=(INTEGERS,)),
    "int8 operators and data": Fact("float", default=False, data=True, ops=(INTEGERS,)),
    "16-bit operators alone": Fact("float", default=False, ops=(SIXTEEN,)),
    "default": Fact("int8-dynamic"),
    "float16": Fact("fp16", types=("float16",)),
    "float16 and float32": Fact("fp16", types=("float16", "float32")),
    "float16 and int8": Fact("int8-dynamic", types=("float16", "int8")),
    "float16 and data": Fact("fp16", data=True, types=("float16",)),
    "float16 accumulated": Fact("fp16", types=("float16",), accumulation="float16"),
    "accumulation alone": Fact("int8-dynamic", accumulation="float16"),
    "bfloat16": Fact("float", types=("bfloat16",)),
    "float32": Fact("float", types=("float32",)),
    "float32 and data": Fact("float", data=True, types=("float32",)),
    "data": Fact("int8-static", data=True),
    "data, builtins": Fact("int8-static", data=True, ops=(BUILTINS,)),
    "data, int8 operators": Fact("int8-static", data=True, ops=(INTEGERS,)),
    "data, int8 operators and builtins": Fact("int8-static", data=True, ops=(BUILTINS, INTEGERS)),
    "data, int8": Fact("int8-static", data=True, types=("int8",)),
    "int8": Fact(NEEDS_DATA, types=("int8",)),
    "int8 operators": Fact(NEEDS_DATA, ops=(INTEGERS,)),
    "int8 operators and builtins": Fact(NEEDS_DATA, ops=(BUILTINS, INTEGERS)),
    "data, int8 operators, float16": Fact("supported_types is int8 or left out", True, True, (INTEGERS,), ("float16",)),
    "data, 16-bit operators": Fact("int16x8", data=True, ops=(SIXTEEN,)),
    "data, 16-bit operators and builtins": Fact("int16x8", data=True, ops=(SIXTEEN, BUILTINS)),
    "data, 16-bit and int8 operators": Fact("int16x8", data=True, ops=(SIXTEEN, INTEGERS)),
    "16-bit operators": Fact("int8-dynamic", ops=(SIXTEEN,)),
    "default, input int8": Fact(FLOAT_PORTS, input="int8"),
    "float16, output uint8": Fact(FLOAT_PORTS, types=("float16",), output="uint8"),
    "nothing, input int8": Fact(FLOAT_PORTS, default=False, input="int8"),
    "data, input int8": Fact("int8-static", data=True, input="int8"),
    "data, output int8": Fact("int8-static", data=True, output="int8"),
    "data, both uint8": Fact("int8-static", data=True, input="uint8", output="uint8"),
    "data, int8 operators, both int8": Fact("int8-static", True, True, (INTEGERS,), input="int8", output="int8"),
    "data, input int16": Fact(INT8_PORTS, data=True, input="int16"),
    "data, 16-bit operators, both int16": Fact("int16x8", True, True, (SIXTEEN,), input="int16", output="int16"),
    "data, 16-bit operators, input int8": Fact("it is one of float32, int16", True, True, (SIXTEEN,), input="int8"),
    "data, a sine": Fact("int8-static", data=True, sin=True),
    "data, int8 operators, a sine": Fact("int8-static", data=True, ops=(INTEGERS,), sin=True),  # which stays in floats
    "data, 16-bit operators, a sine": Fact("LiteRT has no kernel for SIN on int16", True, True, (SIXTEEN,), sin=True),
}


def samples():
    """As the walk-throughs of TensorFlow have it: a list for each sample, in the order of the inputs."""
    draw = np.random.default_rng(0)
    for _ in range(3):
        yield [draw.normal(size=(4, 64)).astype("float32")]


def model(sin: bool = False):
    """Two matrices of the 1,024 weights that TensorFlow asks for, or more."""
    x = keras.Input((64,), batch_size=4)
    y = keras.layers.Dense(32, activation="relu")(x)
    return keras.Model(x, keras.layers.Dense(32)(keras.ops.sin(y) if sin else y))


def found_in(path) -> tuple[str, str, str]:
    """The form of a file's last FULLY_CONNECTED; the types of its input and output."""
    interpreter = open_file(str(path))
    types = {detail["index"]: np.dtype(detail["dtype"]).name for detail in interpreter.get_tensor_details()}
    operators = interpreter._get_ops_details()
    last = [op for op in operators if op["op_name"] == "FULLY_CONNECTED"][-1]
    data, weights = (types[index] for index in last["inputs"][:2])
    forms = {"float32": "int8-dynamic", "int8": "int8-static", "int16": "int16x8"}
    form = forms[data] if weights == "int8" else "fp16" if "float16" in types.values() else "float"
    ports = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    return form, *(np.dtype(port["dtype"]).name for port in ports)


def wanted(fact: Fact) -> tuple[str, str, str]:
    return fact.form, fact.input or "float32", fact.output or "float32"
