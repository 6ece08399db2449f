"""Errors: one base, few children, each with a place and a remedy.

Every error that a user can cause derives from :class:`NegotiationError`. It says *where* (a file
and key path, a column of a formula, a parameter, a cell of a table) and *what to do about it*. The
children differ in one thing only, the exit code of the command line: 2 for a wrong call, 3 for a
wrong file, 4 where no method answers within its budget.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BudgetError",
    "Fault",
    "GameError",
    "MethodError",
    "ModelError",
    "NegotiationError",
    "UsageError",
]


class NegotiationError(Exception):
    """Base of all errors of this package.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence.
    place : str, optional
        Where: file, key path, parameter, column.
    remedy : str, optional
        What the user can do.
    """

    exit_code = 1

    def __init__(self, message: str, *, place: str = "", remedy: str = "") -> None:
        self.message = message
        self.place = place
        self.remedy = remedy
        super().__init__(message)

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text}\n  remedy: {self.remedy}" if self.remedy else text


class UsageError(NegotiationError):
    """The call is wrong: an unknown name, a value outside its domain, a file that is not there."""

    exit_code = 2


class GameError(NegotiationError):
    """A game file (not a model) or a game built from it is invalid."""

    exit_code = 3


class MethodError(NegotiationError):
    """No method answers the question; the message names the limit and what would work."""

    exit_code = 4


class BudgetError(MethodError):
    """A budget of time or size was spent before the answer was found."""


class Fault(NegotiationError):
    """One thing wrong in a model: key path, column and caret, nearest known name.

    Parameters
    ----------
    message : str
        What is wrong.
    place : str
        Key path in the file, such as ``payoffs.China``.
    remedy : str, optional
        What to write instead.
    text : str, optional
        The offending formula; shown with a caret under ``column``.
    column : int, optional
        Zero-based column in `text`, counted in characters.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        place: str = "",
        remedy: str = "",
        text: str = "",
        column: int | None = None,
    ) -> None:
        super().__init__(message, place=place, remedy=remedy)
        self.text = text
        self.column = column

    def at(self, place: str) -> Fault:
        """Return the same fault, its key path preceded by `place`."""
        inner = self.place if self.place.startswith("[") or not self.place else f".{self.place}"
        joined = f"{place}{inner}"
        return Fault(
            self.message, place=joined, remedy=self.remedy, text=self.text, column=self.column
        )

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.message}" if self.place else self.message]
        if self.text and self.column is not None:
            lines += [f"    {line}" for line in _excerpt(self.text, self.column)]
        if self.remedy:
            lines.append(f"  remedy: {self.remedy}")
        return "\n".join(lines)


class ModelError(NegotiationError):
    """A model file is invalid; carries all its faults, not the first only."""

    exit_code = 3

    def __init__(self, faults: Iterable[Fault], *, source: str = "") -> None:
        self.faults = tuple(faults)
        self.source = source
        count = len(self.faults)
        super().__init__(
            f"{count} fault{'s' if count != 1 else ''} in {source or 'the model'}", place=source
        )

    def __str__(self) -> str:
        head = f"{self.message}:"
        return "\n".join([head, *(f"- {fault}".replace("\n", "\n  ") for fault in self.faults)])


def _excerpt(text: str, column: int, width: int = 96) -> tuple[str, str]:
    """Return the part of `text` around `column` and a line with a caret under it."""
    line_start = text.rfind("\n", 0, column) + 1
    line_end = text.find("\n", column)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    column = min(column - line_start, len(line))
    start = max(0, column - width // 2)
    shown = line[start : start + width]
    before = "..." if start > 0 else ""
    after = "..." if start + width < len(line) else ""
    shown = "".join(character if character.isprintable() else "?" for character in shown)
    return f"{before}{shown}{after}", " " * (len(before) + column - start) + "^"
