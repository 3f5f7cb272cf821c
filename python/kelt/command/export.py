"""`kelt export SOURCE… -o OUT`: models on disk become LiteRT files."""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import logging
import pathlib
import subprocess
import sys
import time
import types
from collections.abc import Callable, Sequence
from typing import Any

from kelt.command import guarded
from kelt.errors import ExportError, bad_argument, first_line
from kelt.packages import import_keras
from kelt.trial import followed, remove_leftovers

FAILED = 1
RECIPE = "A recipe is a name such as int8-dynamic, JSON, or a file with JSON whose name ends in .json."


def run(words: Sequence[str]) -> int:
    """Runs `kelt export` with these words; returns the exit code."""
    parser = parser_of_export()
    asked = parser.parse_args(words)
    if len(asked.source) == 1 and not pathlib.Path(asked.output).is_dir():
        code = guarded.run(lambda: _one(asked), asked.source[0])
        remove_leftovers(followed(pathlib.Path(asked.output)))
        return code
    return _several(parser, asked)


def _numbers(text: str) -> Any:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"it is a number, or two with a comma between them, not {text!r}") from None
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def _from(least: int) -> Callable[[str], int]:
    """What reads a number that is not less."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(f"it is a number from {least} on, not {text!r}")
        return number

    return read


SOURCES = (
    "a .keras archive, the directory of a KerasHub preset or its handle, the directory of a Hugging Face checkpoint, "
    "or a .weights.h5 (with --model)"
)
# Those with a value, and how it is read; those without one.
VALUES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("--quantize", "RECIPE", "a recipe: its name, JSON, or a file with JSON (kelt quantize --help)", {}),
    ("--calibration", "FILE", "an .npz with samples by the names of inputs, or what kelt calibrate wrote", {}),
    ("--weights", "FILE", "a .weights.h5 with other weights for the model", {}),
    ("--model", "MODULE:FUNCTION", "for a .weights.h5: a function without parameters that builds the model", {}),
    ("--custom-objects", "MODULE", "a Python module that has the classes of the model", {}),
    ("--dtype", "DTYPE", "in which precision the model is built: float16, bfloat16, float32", {}),
    ("--task", "CLASS", "of a preset: backbone, or a class of keras_hub.models such as CausalLM", {}),
    ("--max-sequence-length", "N", "instead of open; N,M for an encoder and a decoder", {"type": _numbers}),
    ("--image-size", "N", "N, or HEIGHT,WIDTH", {"type": _numbers}),
    ("--audio-length", "N", "in samples", {"type": _from(1)}),
    ("--threads", "N", "that write; 0: as many as help", {"type": _from(0), "default": 0}),
    ("--jobs", "N", "so many sources at a time, each in a process of its own", {"type": _from(1), "default": 1}),
)
OF_MODULES = ("-o", "--constants", "--threads", "--no-optimize")  # what the executable of the core takes for a module
FLAGS = (
    ("--verify", "run the file and compare it with the model"),
    ("--unsafe", "run the Lambda layers of an archive: their code comes with the file"),
    ("--no-optimize", "leave the operators as they are lowered"),
)


def parser_of_export() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        "kelt export",
        description="Writes the LiteRT file of a model on disk; its weights go from file to file, never into memory.",
        epilog="A directory that kelt.capture(model).save(DIR) saved is a source, too; it needs no Keras, and takes "
        f"{words_of_modules()} alone.",
    )
    parser.add_argument("source", nargs="+", metavar="SOURCE", help=SOURCES)
    output = "the .tflite to write; a directory for several sources"
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help=output)
    for name, value, words, more in VALUES:
        parser.add_argument(*(["-q"] if name == "--quantize" else []), name, metavar=value, help=words, **more)
    for name, words in FLAGS:
        parser.add_argument(name, action="store_true", help=words)
    states = "what becomes of variables that the model assigns"
    parser.add_argument("--states", choices=("variables", "ports"), default="variables", help=states)
    places = "of the flatbuffer; from 2 GiB on always outside"
    parser.add_argument("--constants", choices=("inside", "outside"), default="inside", help=places)
    return parser


def _one(asked: argparse.Namespace) -> int:
    started = time.monotonic()
    logging.basicConfig(format="%(message)s")
    logging.getLogger("kelt").setLevel(logging.INFO)  # what was found, before the work begins
    try:
        import kelt

        report = kelt.export(_source(asked), asked.output, **_options(asked))
    except (ExportError, ValueError, OSError, ImportError) as error:
        print(str(error), file=sys.stderr)
        return FAILED
    print(report)
    print(f"took {time.monotonic() - started:.1f} s and {guarded.peak() / 1e6:.0f} MB of memory at most")
    return 0


def _source(asked: argparse.Namespace) -> Any:
    (source,) = asked.source
    if asked.model is None:
        return source
    module, _, function = asked.model.partition(":")
    remedy = "Give it as package.module:function."
    found = getattr(_module("--model", asked.model, module, remedy), function, None)
    if not callable(found):
        raise bad_argument(f"--model {asked.model}: the module {module!r} has no function {function!r}. {remedy}")
    return found


def _module(option: str, value: str, name: str, remedy: str) -> types.ModuleType:
    """A module that the user names: what it raises when it is imported is said of the option."""
    import importlib

    sys.path.insert(0, "")  # as `python -m` has it
    try:
        return importlib.import_module(name)
    except Exception as error:  # the module is the user's code
        import_keras()  # says so, if it is Keras that the module can't import
        kind = "" if isinstance(error, ImportError) else f"{type(error).__name__}: "
        raise bad_argument(f"{option} {value}: {kind}{first_line(error)}. {remedy}") from error


def _options(asked: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `kelt.export`."""
    options: dict[str, Any] = {
        "weights": asked.source[0] if asked.model is not None else asked.weights,
        "verify": asked.verify,
        "safe_mode": not asked.unsafe,
        "states": asked.states,
        "constants": asked.constants,
        "optimize": not asked.no_optimize,
        "threads": asked.threads,
    }
    names = ("dtype", "task", "calibration", "max_sequence_length", "image_size", "audio_length")
    options |= {name: getattr(asked, name) for name in names if getattr(asked, name) is not None}
    if asked.custom_objects is not None:
        options["custom_objects"] = _classes_of(asked.custom_objects)
    if asked.quantize is not None:
        options["quantize"] = _recipe(asked.quantize)
    return options


def _recipe(text: str) -> Any:
    if text.lstrip().startswith("{"):
        return _parsed(text, text)
    if not text.endswith(".json"):
        return text
    try:
        return _parsed(text, pathlib.Path(text).read_bytes())
    except OSError as error:
        raise bad_argument(f"--quantize {text}: {error.strerror}. {RECIPE}") from error


def _parsed(name: str, text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise bad_argument(f"--quantize {name}: it is no JSON: {error}. {RECIPE}") from error


def _classes_of(name: str) -> dict[str, Any]:
    module = _module("--custom-objects", name, name, "Give the name of a module, as Python imports it.")
    return {key: value for key, value in vars(module).items() if callable(value) and not key.startswith("_")}


def words_of_modules() -> str:
    """The options that a captured module takes."""
    return f"{', '.join(OF_MODULES[:-1])} and {OF_MODULES[-1]}"


def rejected_of_module(words: Sequence[str]) -> list[str]:
    """Those of these words that are options of a model, and not of a module that was captured of one."""
    ours = {"-q", "--states", *(name for name, *_ in (*VALUES, *FLAGS))} - set(OF_MODULES)
    return [name for name in (word.partition("=")[0] for word in words) if name in ours]


def _several(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> int:
    """Each source in a process of its own: they share nothing but the machine."""
    folder = pathlib.Path(asked.output)
    outputs = [folder / f"{_stem(source)}.tflite" for source in asked.source]
    if not folder.is_dir():
        parser.error(f"for several sources --output is a directory that exists, not {folder}")
    if len(set(outputs)) < len(outputs):
        parser.error("two of the sources have one name: export them one by one")
    rest = _words_of(asked)

    def export(source: str, output: pathlib.Path) -> tuple[str, subprocess.CompletedProcess[str]]:
        command = [sys.executable, "-m", "kelt.command.main", "export", source, *rest, "-o", str(output)]
        return source, subprocess.run(command, capture_output=True, text=True, check=False)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max(1, asked.jobs)) as pool:
        for done in concurrent.futures.as_completed(
            [pool.submit(export, *pair) for pair in zip(asked.source, outputs)]
        ):
            source, process = done.result()
            failed += process.returncode != 0
            print(process.stdout, end="", flush=True)
            print(
                "".join(f"{source}: {line}" for line in process.stderr.splitlines(keepends=True)),
                end="",
                file=sys.stderr,
                flush=True,
            )
    print(f"{len(outputs) - failed} exported, {failed} failed")
    return FAILED if failed else 0


def _stem(source: str) -> str:
    name = pathlib.PurePath(source.rstrip("/")).name
    return name.removesuffix(".keras")


def _words_of(asked: argparse.Namespace) -> list[str]:
    """The command line that asks for the same, but for what the sources and their outputs are."""
    words = [f"--states={asked.states}", f"--constants={asked.constants}"]
    for name, *_ in VALUES:
        value = getattr(asked, _key(name))
        if value is not None and name != "--jobs":
            words.append(f"{name}={','.join(map(str, value)) if isinstance(value, tuple) else value}")
    return words + [name for name, _ in FLAGS if getattr(asked, _key(name))]


def _key(name: str) -> str:
    """Where the parser puts an option."""
    return name.removeprefix("--").replace("-", "_")
