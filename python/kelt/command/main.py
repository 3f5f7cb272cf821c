"""`kelt`: `kelt export` of a model on disk loads Keras; what is left goes to the core, which needs no Python."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Sequence

CORE = pathlib.Path(__file__).parent.parent / "bin" / "kelt"


def main() -> int:
    """Runs the command line of this process."""
    words = sys.argv[1:]
    if words[:1] == ["export"] and not is_of_core(words[1:]):
        from kelt.command.export import run

        return run(words[1:])
    if words[:1] == ["export"]:
        from kelt.command.export import rejected_of_module, words_of_modules

        names = rejected_of_module(words[1:])
        if names:
            what = f"K101 a module that was captured takes no {' and no '.join(names)}, which are of a model"
            print(
                f"{what}. It takes {words_of_modules()}; its file may be quantized, by kelt quantize.", file=sys.stderr
            )
            return 1
    return os.execv(CORE, [str(CORE), *words])  # which does not return


def is_of_core(words: Sequence[str]) -> bool:
    """Whether `kelt export` is asked for a module that `kelt.capture(model).save(directory)` saved."""
    return any((pathlib.Path(word) / "module.kelt").exists() for word in words if not word.startswith("-"))


if __name__ == "__main__":
    sys.exit(main())
