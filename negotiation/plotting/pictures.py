"""Pictures: a figure as a file, PDF, PNG or SVG by the suffix, whole or not at all."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from negotiation.errors import UsageError
from negotiation.formats.datasets import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from negotiation.game import Game
    from negotiation.solution import Solution

__all__ = ["check_picture", "write_picture", "write_tree"]

SUFFIXES = (".pdf", ".png", ".svg")


def check_picture(path: Path) -> None:
    """Refuse, before any work is done, a picture that cannot be written.

    Raises
    ------
    UsageError
        If the suffix is unknown, or the file cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            "a picture is .pdf, .png or .svg", place=f"--out {path}", remedy="name it so"
        )
    if not path.parent.is_dir():
        raise UsageError("the folder is not there", place=str(path.parent), remedy="make it first")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError("cannot be written", place=str(path), remedy="choose another file")


def write_picture(figure: Figure, path: Path) -> None:
    """Write a figure by its suffix; the same bytes on every run, no date in any of them."""
    from negotiation.plotting.style import write_figure

    check_picture(path)
    with whole_file(path) as temporary:
        if path.suffix.lower() == ".svg":
            figure.savefig(temporary, metadata={"Date": None, "Creator": None})
        else:
            write_figure(figure, temporary)


def write_tree(
    game: Game, solution: Solution | None, equilibrium: int, limit: int, path: Path
) -> str:
    """Draw a tree in journal style and write it; arguments as of ``plot_tree``.

    Returns
    -------
    str
        The first warning, such as of a letter that no font has, and how many others there are.
    """
    from negotiation.plotting.style import journal_style
    from negotiation.plotting.trees import plot_tree

    with journal_style(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        write_picture(plot_tree(game, solution, equilibrium, limit=limit), path)
    notes = list(dict.fromkeys(str(warning.message) for warning in caught))
    more = f" (and {len(notes) - 1} more such labels)" if len(notes) > 1 else ""
    return f"{notes[0]}{more}" if notes else ""
