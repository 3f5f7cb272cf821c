"""What the README promises: its lines are run as they stand, and each line of its table is shown by tests."""

import os
import pathlib
import re
import shlex
import subprocess
import sys

import pytest
from command import path_of_kelt

import kelt

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()

# The first column of the table "What works": where each of its claims is shown, as file::test or file for all of it.
SHOWN_BY = {
    "models": [
        "tests/capture/test_models.py",
        "tests/backends/test_export.py",
        "tests/capture/test_signatures.py",
        "tests/test_spine.py::test_two_signatures_over_one_weight_store_it_once",
    ],
    "inputs and outputs": ["tests/test_spine.py::test_names_that_collide", "tests/capture/test_signatures.py"],
    "backends": [
        "tests/backends/test_export.py",
        "tests/ops/test_cases.py",
        "tests/backends/test_same_bytes.py::test_a_model_is_the_same_file_as_on_numpy",
        "tests/capture/test_isolation.py::test_importing_kelt_imports_no_backend",
    ],
    "ops": ["tests/ops/test_page.py", "tests/ops/test_elementwise.py", "tests/models/test_applications.py"],
    "recurrent layers": [
        "tests/layers/test_recurrent.py::test_a_recurrent_layer_is_what_keras_computes",
        "tests/capture/test_recurrent.py",
    ],
    "control flow": ["tests/ops/test_control_flow.py", "tests/capture/test_control_flow.py"],
    "state": ["tests/test_states.py::test_the_file_keeps_them", "tests/test_states.py::test_the_caller_carries_them"],
    "layers": ["tests/layers/test_enumeration.py", "tests/layers/test_core.py"],
    "KerasHub": ["tests/models/test_families.py", "tests/models/test_kerashub.py", "tests/hub/test_diffusion.py"],
    "trained models": ["tests/models/test_real_models.py"],
    "signatures of KerasHub": ["tests/hub/test_configurations.py", "tests/hub/test_page.py"],
    "backend functions": ["tests/backends/test_native_calls.py"],
    "quantized by Keras": ["tests/models/test_quantized.py"],
    "quantized by kelt": [
        "tests/test_sme2_matrix.py::test_a_row_of_the_matrix_is_one_call",
        "tests/test_converter_recipe.py::test_settings_of_the_converter_give_the_form_of_tensorflow_or_its_rejection",
        "tests/test_quantization_page.py",
    ],
    "from disk": [
        "tests/disk/test_archives.py::test_an_archive_gives_the_file_of_the_live_model",
        "tests/disk/test_archives.py::test_an_archive_may_be_compressed",
        "tests/disk/test_archives.py::test_another_precision",
        "tests/disk/test_presets.py::test_a_family_from_its_preset_is_the_live_one",
        "tests/disk/test_presets.py::test_weights_may_be_in_shards",
        "tests/disk/test_checkpoints.py",
        "tests/disk/test_hostile.py",
        "tests/test_verify_in_parts.py",
    ],
    "not yet": ["tests/test_bad_input.py::test_everything_without_a_form_is_listed_at_once"],
    "the file": [
        "tests/test_writing.py::test_a_file_beyond_two_gibibytes_is_written_and_runs",
        "tests/test_writing.py::test_a_kill_in_the_middle_of_a_write_leaves_the_old_file",
        "tests/test_spine.py::test_a_run_repeated_gives_the_same_bytes",
        "tests/models/test_applications.py",
    ],
    "the proof": ["tests/test_verify.py::test_the_layer_whose_weight_has_changed_is_named"],
    "read by": [
        "tests/test_writing.py::test_constants_lie_inside_of_the_flatbuffer_or_outside_on_request",
        "tests/backends/test_same_bytes.py::test_every_tensor_has_a_name_of_its_own",
    ],
    "any `.tflite`": [
        "tests/test_inspect_command.py::test_a_hostile_file_ends_with_1_and_a_clear_error",
        "tests/test_run_command.py::test_a_damaged_file_is_an_error",
    ],
}


def block(language, section):
    """The lines of a block; scripts/try_install pastes that of the installation into a new environment."""
    text = README.split(f"## {section}\n")[1].split("\n## ")[0]
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return found


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The folder in which the lines of Python ran, and what they printed."""
    folder = tmp_path_factory.mktemp("readme")
    lines = block("python", "Use") + block("python", "Quantization")
    done = subprocess.run([sys.executable, "-c", lines], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_lines_of_python_run(exported):
    folder, printed = exported
    assert "predictions: error" in printed
    assert (folder / "mobilenet.tflite").stat().st_size > 10e6
    assert (folder / "mean.tflite").read_bytes()[4:8] == b"TFL3"


def test_the_quantized_files_are_small_and_stay_in_one_piece(exported):
    folder, printed = exported
    assert (
        "DEPTHWISE_CONV_2D is float, since XNNPACK has no kernel for DEPTHWISE_CONV_2D with integer weights" in printed
    )
    floats = (folder / "mobilenet.tflite").stat().st_size
    for form, share in (("fp16", 0.51), ("dynamic", 0.285), ("int8", 0.287)):
        file = folder / f"mobilenet.{form}.tflite"
        found = kelt.delegation(file, sizes={"keras_tensor": (1, 224, 224, 3)})
        assert (found["partitions"], found["outside"]) == (1, []), form
        assert file.stat().st_size < share * floats, form
    subprocess.run(["sh", "-ec", block("sh", "Quantization")], cwd=folder, capture_output=True, check=True)
    assert (folder / "mobilenet.int4.tflite").stat().st_size < floats
    assert "int4-block32" in (folder / "report.json").read_text()


def test_the_lines_of_shell_run(exported):
    folder, _ = exported
    lines = block("sh", "Use").splitlines()
    assert path_of_kelt()
    python = f'python() {{ {shlex.quote(sys.executable)} "$@"; }}\n'  # the one that runs this test
    script = "set -eu\n" + python + "\n".join(lines)
    before = (folder / "mobilenet.tflite").read_bytes()
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "CONV_2D" in done.stdout
    assert "XNNPACK partitions: 1, nodes outside: 0" in done.stdout
    exported = (folder / "mobilenet.tflite").read_bytes()
    assert len(exported) == len(before), "the model has other random weights, and the same form"


def test_a_model_on_disk_is_exported(exported):
    folder, _ = exported
    python = f'python() {{ {shlex.quote(sys.executable)} "$@"; }}\n'
    script = "set -eu\n" + python + block("sh", "Models on disk")
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "from a Keras archive: Functional, 3.5 M parameters, float32" in done.stdout


def test_each_line_of_the_table_is_shown_by_tests():
    table = README.split("## What works")[1]
    claims = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")]
    assert {claim for claim in claims if claim} <= set(SHOWN_BY)
    for place in (place for places in SHOWN_BY.values() for place in places):
        name, _, test = place.partition("::")
        text = (ROOT / name).read_text()
        assert f"def {test or 'test_'}" in text, place


def test_the_commands_that_the_readme_names_are_there():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`make (\w+)`", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for page in re.findall(r"\]\(([\w/.]+)\)", README):
        assert (ROOT / page).exists(), page
    assert os.access(ROOT / "scripts/test", os.X_OK)
