"""docs/quantization.md: its lines run as they stand, and its tables name what is there."""

import json
import os
import pathlib
import re
import subprocess

import pytest
from command import path_of_kelt

import kelt

PAGE = (pathlib.Path(__file__).parents[1] / "docs/quantization.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The folder in which the lines of Python ran, and what they made."""
    folder, made = tmp_path_factory.mktemp("page"), {"__name__": "page"}
    before = os.getcwd()
    os.chdir(folder)
    try:
        exec("".join(blocks("python")), made)
    finally:
        os.chdir(before)
    return folder, made


def test_the_lines_of_python_run_and_the_report_gives_reasons(page):
    folder, made = page
    report = str(made["report"])
    assert "SOFTMAX is float, since XNNPACK leaves SOFTMAX on int8 to the builtin kernels: head" in report
    assert "GELU is float" in report
    operators = json.loads(made["report"].to_json())["operators"]
    assert {"layer", "op", "form", "asked", "why", "bytes_before", "bytes_after", "weights"} == set(operators[0])
    for name in ("dynamic", "int4", "int8"):
        found = kelt.delegation(folder / f"{name}.tflite")
        assert (found["partitions"], found["outside"]) == (1, []), name


def test_the_file_for_devices_holds_no_float(page):
    folder, _ = page
    command = [str(path_of_kelt()), "inspect", str(folder / "device.tflite"), "--graph"]
    graph = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "i8[1, 28, 28, 1]" in graph
    assert "f32" not in graph


def test_the_lines_of_shell_run(page):
    folder, _ = page
    assert path_of_kelt()
    for lines in blocks("sh"):
        done = subprocess.run(["sh", "-ec", lines], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert json.loads((folder / "report.json").read_text())["operators"]


def test_its_recipe_says_what_it_seems_to(page, tmp_path):
    _, made = page
    [recipe] = blocks("json")
    report = kelt.quantize(made["model"], recipe, tmp_path / "mixed.tflite", calibration=made["images"])
    forms = {(each.layer, each.op): each.form for each in report.operators}
    assert forms["stem", "CONV_2D"] == "int8-static"
    assert forms["pointwise", "CONV_2D"] == forms["depthwise", "DEPTHWISE_CONV_2D"] == "int8-static-per-tensor"
    assert forms["hidden", "FULLY_CONNECTED"] == "int4-block32"
    assert forms["head", "FULLY_CONNECTED"] == "float"
    assert "computes in floats" in next(each.why for each in report.operators if each.op == "MEAN")
    assert [port.dtype for port in kelt.runtime.Model(tmp_path / "mixed.tflite").signatures["serving_default"][0]] == [
        "uint8"
    ]
    assert kelt.quantize(made["model"], json.loads(recipe), tmp_path / "dict.tflite", calibration=made["images"])


def test_each_recipe_of_the_table_is_one_and_none_is_missing():
    table = PAGE.split("## The forms")[1].split("\n## ")[0]
    named = {
        name for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`([\w-]+)`", cell)
    }
    with pytest.raises(ValueError, match="there is no recipe") as error:
        kelt.quantize("none.tflite", "no such recipe", "none.tflite")
    there = set(re.findall(r"(?:fp16|int\d)[\w-]*", str(error.value)))
    assert named | {"int4-block64", "int4-block128", "int4-block256"} == there


def test_each_setting_of_the_table_is_one_and_none_is_missing():
    table = PAGE.split("| setting |")[1].split("\n\n")[0]
    named = {
        name for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    }
    with pytest.raises(ValueError, match='has no setting "colour"') as error:
        kelt.quantize("none.tflite", {"colour": 1}, "none.tflite")
    assert named == set(str(error.value).split("Its settings are ")[1].rstrip(".").split(", "))
