"""Makes the files of each tool, each in a process of its own; those of the rivals are kept."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys

from run import python_of

from quantization import models

SCRIPTS = {
    "TF": ("with_tensorflow", "tensorflow"),
    "LQ": ("with_litert_quantizer", "quantizer"),
    "kelt": ("with_kelt", "jax"),
}
ALL = ("fp16", "int8-dynamic", "int8-static", "int8-static-full", "int16x8")
BLOCKS = ("int4-block32", "int4-block64", "int4-block128")
# The forms of each tool. Those whose names end in a method are other ways to the weights of the form before.
FORMS = {
    "TF": ("float", *ALL),
    "LQ": (*ALL, "int8-weights", "int4", "int4-octav", "int4-mse", "int4-gptq", *BLOCKS),
    "kelt": (*ALL, "int8-weights", "int4", "int4-min-max", "int4-gptq", *BLOCKS),
}
SPECIAL: dict[str, dict] = {
    "int8-static-full": {"form": "int8-full", "inputs": "int8", "outputs": "int8"},
    "int4-min-max": {"form": "int4", "weights": "min-max"},
    "int4-gptq": {"form": "int4", "weights": "gptq"},
    "int4-block32-rows4": {"form": "int4-block32", "rules": [{"layers": "*token_embedding", "form": "int4"}]},
    "int4-block32-rows8": {"form": "int4-block32", "rules": [{"layers": "*token_embedding", "form": "int8-dynamic"}]},
}


def file_of(model: str, tool: str, form: str) -> pathlib.Path:
    return models.FOLDER / f"{model}.{tool}.{form}.tflite"


def recipe_of(form: str) -> dict:
    """Kelt's for a form."""
    return SPECIAL.get(form, {"form": form})


def run_script(script: str, environment: str, arguments: list[str]) -> subprocess.CompletedProcess:
    settings = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(models.ROOT / "bench"), "KERAS_BACKEND": "jax"}
    module = script if "." in script else f"quantization.{script}"
    command = [python_of(environment), "-m", module, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **settings})


def checked_script(script: str, environment: str, arguments: list[str]) -> None:
    """The same of a script without which nothing can be measured."""
    done = run_script(script, environment, arguments)
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr[-2000:]}")
    print(done.stderr, file=sys.stderr, end="")


def last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it failed silently")


def error_of(text: str) -> str:
    """The message of the exception at the end of what Python printed, in one line; else the last line."""
    lines = text.splitlines()
    starts = [index for index, line in enumerate(lines) if re.match(r"[\w.]*(Error|Exception): ", line)]
    message = " ".join(line.strip() for line in lines[starts[-1] :] if line.strip()) if starts else last_line(text)
    return message[:300].replace("|", "/")


def make(model: str, tool: str, form: str, what: str, fresh: bool) -> dict:
    """What the tool's script prints, kept beside the file that it writes; `error` where it failed."""
    path = file_of(model, tool, form)
    known = path.with_suffix(".json")
    if known.exists() and not fresh:
        return json.loads(known.read_text())
    path.unlink(missing_ok=True)
    script, environment = SCRIPTS[tool]
    done = run_script(script, environment, [model, what, str(path)])
    found = {"error": error_of(done.stderr)} if done.returncode else json.loads(last_line(done.stdout))
    known.write_text(json.dumps(found))
    print(f"{model} {tool} {form}: {json.dumps(found)}", file=sys.stderr)
    return found


def prepare(names: list[str], fresh: bool) -> None:
    """The digits, trained weights, samples and float files of these models, where they are not there."""
    models.FOLDER.mkdir(parents=True, exist_ok=True)
    digits = models.FOLDER / "digits.npz"
    wanted = [name for name in names if fresh or not models.float_file(name).exists()]
    for name in wanted:
        for known in models.FOLDER.glob(f"{name}.*.json"):
            known.unlink()
    for script, environment, arguments in (("digits", "quantizer", [str(digits)]), ("models", "jax", wanted)):
        if arguments and (fresh or not (script == "digits" and digits.exists())):
            checked_script(script, environment, arguments)


def make_all(names: list[str], tools: list[str], fresh: bool) -> dict[str, dict[str, dict[str, dict]]]:
    """What the scripts print, by model, tool and form; kelt's files are always made anew."""
    made: dict = {name: {tool: {} for tool in tools} for name in names}
    for name in names:
        for tool in tools:
            for form in FORMS[tool]:
                what = json.dumps(recipe_of(form)) if tool == "kelt" else form
                made[name][tool][form] = make(name, tool, form, what, fresh or tool == "kelt")
    return made
