"""What kelt raises. The codes are explained in docs/errors.md."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

INVALID_ARGUMENT, NOT_FOUND, IO, BAD_DATA, BAD_STATISTICS = 101, 102, 103, 104, 206
LONGEST = 300  # characters of another's error


class ExportError(RuntimeError):
    """The model can't be expressed.

    Attributes:
        code: Such as `K204`; listed in docs/errors.md.
        what: What is wrong, in a sentence.
        path: Of the layer at fault, such as `encoder/attention/softmax`.
        op: At fault, such as `keras.ops.svd`.
        remedy: What can be done.
        line: File and line of the user's code, where it is known.
        parts: Where several things are wrong: an `ExportError` for each.
    """

    def __init__(
        self,
        what: str,
        code: str = "K204",
        path: str = "",
        *,
        op: str = "",
        remedy: str = "",
        notes: Sequence[str] = (),
        parts: Sequence[ExportError] = (),
    ) -> None:
        super().__init__(what)
        self.what, self.code, self.path, self.op, self.remedy = what, code, path, op, remedy
        self.notes, self.parts = list(notes), list(parts)
        self.nothing_written = False  # set where a file would have been
        self.tentative = False  # perhaps there only because a length was unknown
        self.line = ""  # file and line of the user's code, where it is known
        self.reached = 0  # nodes that the capture had recorded before
        self.earlier: list[ExportError] = []  # what that capture had rejected before, and went on

    def __str__(self) -> str:
        from kelt import _native

        parts = [part._fields() for part in self.parts]
        return _native.report(self._fields(), self.notes, parts, self.nothing_written)

    def _fields(self) -> tuple[int, str, str, str, str]:
        what = f"{self.what} ({self.line})" if self.line else self.what
        return int(self.code[1:]), what, self.path, self.op, self.remedy


class WeightsAwayError(ExportError):
    """A weight of a model that is in fit, evaluate or predict can't be found."""

    def __init__(self, path: str) -> None:
        what = f"the weight {path} is away: the model is in fit, evaluate or predict, which on jax keeps it to itself"
        super().__init__(what, remedy="Export when that has ended; in a callback, call model.jax_state_sync() first.")


class WeightsAway(BaseException):
    """The same in the midst of a capture: no handler of rejections may take it for one."""


def failure(code: str, what: str, path: str = "", remedy: str = "", op: str = "") -> ExportError:
    """An error in the house's form: the code, where, what, what now."""
    return ExportError(what, code, path, op=op, remedy=remedy)


def combined(problems: list[ExportError], operations: int) -> ExportError:
    """All problems of a model of so many operations as one error."""
    found = f"{len(problems)} of its {operations} operations {'has' if len(problems) == 1 else 'have'} no LiteRT form"
    what = f"this model can't be exported as it is; {found}"
    return ExportError(what, problems[0].code, problems[0].path, parts=problems)


def first_line(error: Exception) -> str:
    """What an error of other code says first; some print all that they were given."""
    line = str(error).strip().split("\n")[0]
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"


def bad_argument(what: str) -> ValueError:
    """An argument that can't be used."""
    return ValueError(f"K101 {what}")


def bad_data(what: str, remedy: str) -> ValueError:
    """Calibration data that can't be used."""
    return ValueError(f"K{BAD_DATA}: {what}. {remedy}")


def not_built(what: str) -> ValueError:
    """The model has no weights yet."""
    return bad_argument(f"{what}: the model is not built. Call it once on some data before it is exported.")


def from_native(error: Any) -> ExportError:
    """A `kelt._native.Error` as one of ours."""
    return ExportError(error.what, f"K{error.code}", error.path, op=error.op, remedy=error.remedy, notes=error.notes)


@contextlib.contextmanager
def mapped(writes: bool = False) -> Iterator[None]:
    """What the core raises inside, as the errors of Python: `ValueError` for arguments, `OSError` for files.

    With `writes`, a file is the aim, and an `ExportError` says that there is none.
    """
    from kelt import _native

    try:
        yield
    except _native.Error as error:
        if error.code in (INVALID_ARGUMENT, NOT_FOUND, BAD_DATA, BAD_STATISTICS):
            raise ValueError(str(error)) from None
        if error.code == IO:
            raise OSError(str(error)) from None
        failed = from_native(error)
        failed.nothing_written = writes
        raise failed from None
    except ExportError as error:
        error.nothing_written = writes
        raise
