"""Files of games: ``.nfg``, ``.efg`` and payoff tables ``.csv``, told apart and read."""

from __future__ import annotations

import re
from pathlib import Path

from negotiation.errors import GameError, ModelError, UsageError
from negotiation.game import Game

__all__ = ["SUFFIXES", "game_from_text", "kind_of_text", "read_game"]

SUFFIXES = (".nfg", ".efg", ".csv")


def read_game(path: str | Path) -> Game:
    """Return the game of a file ``.nfg``, ``.efg`` or ``.csv``.

    Raises
    ------
    UsageError
        If there is no such file, or its suffix is another.
    GameError
        If the file is malformed or too large; names line and column, or the cell.
    """
    from negotiation.model.reading import read_text

    file = Path(path)
    kind = file.suffix.lower()
    if kind not in SUFFIXES:
        raise UsageError(
            f"{file.suffix!r} is no kind of game file",
            place=str(path),
            remedy=f"name it {', '.join(SUFFIXES)}",
        )
    try:
        text = read_text(file)
    except ModelError as error:
        fault = error.faults[0]
        where = f"{fault.place}: " if fault.place.startswith("line") else ""
        raise GameError(f"{where}{fault.message}", place=str(path), remedy=fault.remedy) from None
    return game_from_text(text, kind.removeprefix("."), str(path))


def game_from_text(text: str, kind: str, source: str) -> Game:
    """Return the game of a text.

    Parameters
    ----------
    text : str
        The whole file.
    kind : str
        nfg, efg or csv.
    source : str
        Name of the file, for messages.

    Raises
    ------
    GameError
        If the text is malformed or too large.
    """
    if kind == "nfg":
        from negotiation.formats.gambit_nfg import read_nfg

        return read_nfg(text, source)
    if kind == "efg":
        from negotiation.formats.gambit_efg import read_efg

        return read_efg(text, source)
    from negotiation.formats.payoff_table import read_payoff_table

    return read_payoff_table(text, source, Path(source).stem)


_MODEL = re.compile(r"\[|[\w.\"' \t-]+=")


def kind_of_text(text: str) -> str:
    """Return nfg, efg, toml or csv: what a text is, judged by its first line that says something.

    Gambit's files begin with NFG or EFG, models with ``key = value`` or ``[table]``; a payoff table
    has a comma in its header.
    """
    for line in text.splitlines():
        line = line.strip()
        if re.match(r"(NFG|EFG)\b", line):
            return line[:3].lower()
        if line and not line.startswith("#"):
            return "csv" if "," in line and not _MODEL.match(line) else "toml"
    return "toml"
