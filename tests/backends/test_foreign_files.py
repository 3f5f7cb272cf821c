"""testdata/foreign/tf is what TensorFlow still writes: its files, made again, are quantized alike."""

import importlib.util
import pathlib

import keras
import pytest

import kelt

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "foreign_files" / "tensorflow_files.py"


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="needs TensorFlow")
@pytest.mark.parametrize("name", ["signatures", "branch"])
def test_a_file_made_again_is_quantized_as_the_one_that_is_kept(name, tmp_path):
    spec = importlib.util.spec_from_file_location("tensorflow_files", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    made = tmp_path / "made.tflite"
    made.write_bytes(tool.converted(name))
    reports = [
        kelt.quantize(path, "int8-dynamic", tmp_path / "out.tflite")
        for path in (made, ROOT / "testdata" / "foreign" / "tf" / f"{name}.tflite")
    ]
    again, kept = ([(line.op, line.form, line.bytes_after) for line in report.operators] for report in reports)
    assert again == kept
