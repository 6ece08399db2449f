"""Errors: one base, few children, each with a place and a remedy.

Every error that a user can cause derives from :class:`NegotiationError`. It says *where* (a file
and key path, a column of a formula, a parameter, a cell of a table) and *what to do about it*. The
children differ in one thing only, the exit code of the command line: 2 for a wrong call, 3 for a
wrong file, 4 where no method answers within its budget.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

__all__ = [
    "BudgetError",
    "Fault",
    "GameError",
    "MethodError",
    "ModelError",
    "NegotiationError",
    "NotAllowedError",
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
        return "\n".join([*self._head(), *self._tail()])

    def _head(self) -> list[str]:
        message = _shown(self.message, 600)
        return [f"{_shown(self.place, 200)}: {message}" if self.place else message]

    def _tail(self) -> list[str]:
        return [f"  remedy: {_shown(self.remedy, 600)}"] if self.remedy else []


class UsageError(NegotiationError):
    """The call is wrong: an unknown name, a value outside its domain, a file that is not there."""

    exit_code = 2


class NotAllowedError(UsageError):
    """A move is fixed at an action that the model does not allow at the given values."""


class GameError(NegotiationError):
    """A game file (not a model) or a game built from it is invalid."""

    exit_code = 3


class MethodError(NegotiationError):
    """No method answers the question; the message names the limit and what would work."""

    exit_code = 4


class BudgetError(MethodError):
    """A budget of time or size was spent before the answer was found."""


class Fault(NegotiationError):  # noqa: N818 - several faults make one ModelError
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
        return Fault(
            self.message,
            place=f"{place}{inner}",
            remedy=self.remedy,
            text=self.text,
            column=self.column,
        )

    def within(self, place: str = "", text: str = "", column: int | None = None) -> Fault:
        """Return a fresh copy of the fault; one that has no place yet gets it, text and column."""
        unplaced = not self.place
        return Fault(
            self.message,
            place=self.place or place,
            remedy=self.remedy,
            text=self.text or (text if unplaced else ""),
            column=column if unplaced and self.column is None else self.column,
        )

    def __str__(self) -> str:
        excerpt: tuple[str, ...] = ()
        if self.text and self.column is not None:
            excerpt = _excerpt(self.text, self.column)
        return "\n".join([*self._head(), *(f"    {line}" for line in excerpt), *self._tail()])


class FaultList(list[Fault]):
    """Faults as they are found; when `MAX_FAULTS` are, the search ends with :class:`Enough`."""

    MAX_FAULTS = 100

    def append(self, fault: Fault) -> None:
        """Add a fault.

        Raises
        ------
        Enough
            If there are `MAX_FAULTS`.
        """
        super().append(fault)
        if len(self) >= self.MAX_FAULTS:
            last = "checking stopped at this many faults"
            super().append(Fault(last, place="the file", remedy="repair these first"))
            raise Enough

    def extend(self, faults: Iterable[Fault]) -> None:
        """Add several faults, one by one."""
        for fault in faults:
            self.append(fault)


class Enough(Exception):  # noqa: N818 - it ends a search
    """So many faults were found that looking for more helps nobody."""


class ModelError(NegotiationError):
    """A model file is invalid; carries all its faults, not the first only."""

    exit_code = 3
    MAX_SHOWN = 100

    def __init__(self, faults: Iterable[Fault], *, source: str = "") -> None:
        self.faults = tuple(faults)
        self.source = source
        count = len(self.faults)
        super().__init__(
            f"{count} fault{'s' if count != 1 else ''} in {source or 'the model'}", place=source
        )

    def __str__(self) -> str:
        shown = [f"- {fault}".replace("\n", "\n  ") for fault in self.faults[: self.MAX_SHOWN]]
        hidden = len(self.faults) - len(shown)
        more = [f"... and {hidden} more"] if hidden else []
        return "\n".join([f"{_shown(self.message, 600)}:", *shown, *more])


def _shown(text: str, width: int) -> str:
    """Return `text` fit for a terminal: printable (a file may hold escape codes), not too long."""
    text = "".join(c if c.isprintable() or c == "\n" else "?" for c in text[: width + 1])
    return text if len(text) <= width else f"{text[: width - 3]}..."


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
    indent = len(before) + sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in shown[: column - start]
    )
    return f"{before}{shown}{after}", " " * indent + "^"
