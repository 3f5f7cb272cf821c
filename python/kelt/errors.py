"""What kelt raises. The codes are explained in docs/errors.md."""

from __future__ import annotations

import contextlib

INVALID_ARGUMENT, NOT_FOUND, IO = 101, 102, 103


class ExportError(RuntimeError):
    """The model can't be expressed.

    Attributes:
        code: Such as `K204`; listed in docs/errors.md.
        path: Of the layer at fault, such as `encoder/attention/softmax`.
    """

    def __init__(self, message: str, code: str = "K204", path: str = ""):
        super().__init__(message)
        self.code = code
        self.path = path


def failure(code: str, what: str, path: str = "", remedy: str = "") -> ExportError:
    """An error in the house's form: the code, where, what, what now."""
    where = f"{code} {path}: " if path else f"{code} "
    return ExportError(where + what + (f"\n    {remedy}" if remedy else ""), code, path)


def combined(problems: list[ExportError]) -> ExportError:
    """All problems of a model as one error."""
    if len(problems) == 1:
        return problems[0]
    head = f"{problems[0].code} {len(problems)} parts of this model can't be exported as they are"
    return ExportError(
        "\n\n".join([head, *(f"  {problem}" for problem in problems)]), problems[0].code, problems[0].path
    )


def not_built(what: str) -> ValueError:
    """The model has no weights yet."""
    return ValueError(f"K101 {what}: the model is not built. Call it once on some data before it is exported.")


@contextlib.contextmanager
def mapped():
    """What the core raises inside, as the errors of Python: `ValueError` for arguments, `OSError` for files."""
    from kelt import _native

    try:
        yield
    except _native.Error as error:
        text = str(error)
        if error.code in (INVALID_ARGUMENT, NOT_FOUND):
            raise ValueError(text) from None
        if error.code == IO:
            raise OSError(text) from None
        raise ExportError(text, f"K{error.code}", error.path) from None
