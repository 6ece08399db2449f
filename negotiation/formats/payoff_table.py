r"""Payoff tables as CSV: games in strategic form that a spreadsheet can hold.

Two players, a table with the row player's payoff first in each cell::

    China; US,   hawk,   dove
    hawk,        -1; -1, 2; 0
    dove,        0; 2,   1; 1

The corner names the players, row player first; it may be left empty. A cell is ``a; b`` or, in
quotes, ``"a, b"``. Any number of players, one row a profile::

    China,US,payoff[China],payoff[US]
    hawk,hawk,-1,-1
    hawk,dove,2,0
    ...

Columns are separated by commas; numbers are exact: ``-2``, ``0.5``, ``1/3``, ``1e-3``. Blanks at
the ends of a cell and empty rows mean nothing. Rows and columns are counted from 1 in messages.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections.abc import Sequence
from fractions import Fraction

from negotiation.errors import Fault, GameError, MethodError
from negotiation.formats.gambit_text import MAX_BYTES, MAX_PLAYERS, sized
from negotiation.formats.spelling import clean_label, exact_number, number_text
from negotiation.formats.strategic_form import StrategicForm, strategic_form
from negotiation.formats.tables import size_fault, table_game
from negotiation.game import Game, Payoffs

__all__ = ["read_payoff_table", "write_payoff_table"]

_PAYOFF = re.compile(r"payoff\[(.+)\]", re.DOTALL)
EXAMPLE = "write a header such as: China; US,hawk,dove"


def read_payoff_table(text: str, source: str = "the text", name: str = "") -> Game:
    r"""Return the game of a CSV payoff table, of either kind.

    Parameters
    ----------
    text : str
        The whole file.
    source : str
        Its name, for messages.
    name : str, optional
        Name of the game.

    Raises
    ------
    GameError
        If the table is malformed or too large; names the cell by row and column.

    Examples
    --------
    >>> read_payoff_table("Row; Column,l,r\nu,1; 0,1/2; .3").players
    ('Row', 'Column')
    """
    table = _Table(text, source)
    title = name or "game"
    if any(_PAYOFF.fullmatch(cell) for cell in table.rows[0][1]):
        return _read_list(table, title)
    return _read_grid(table, title)


class _Table:
    """Cells of a CSV file, blanks cut off, empty rows left out.

    Attributes
    ----------
    rows : list of (int, list of str)
        Number of the row in the file, its cells; the header first, all others as wide.
    """

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        self.rows: list[tuple[int, list[str]]] = []
        if len(text) > MAX_BYTES:
            message = f"more than {MAX_BYTES:,} characters"
            raise GameError(message, place=source, remedy="use a smaller table")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
        number = 0
        try:
            for number, cells in enumerate(reader, start=1):
                stripped = [cell.strip() for cell in cells]
                if any(stripped):
                    self.rows.append((number, self._fitted(number, stripped)))
        except csv.Error as error:
            place = f"{source}, row {number + 1}"
            remedy = "separate columns by commas, close quotes, double a quote inside quotes"
            raise GameError(f"not CSV ({error})", place=place, remedy=remedy) from None
        if not self.rows:
            raise GameError("the table is empty", place=source, remedy=EXAMPLE)
        if len(self.rows[0][1]) < 2:
            raise self.fault("the header has one column only", 0, 0, EXAMPLE)
        if len(self.rows) < 2:
            raise self.fault("there is no row under the header", 0, 0, "write the payoffs")

    def _fitted(self, number: int, cells: list[str]) -> list[str]:
        """Return a row as wide as the header; empty cells at its end may lack or be too many."""
        while cells and not cells[-1]:
            cells.pop()
        width = len(self.rows[0][1]) if self.rows else len(cells)
        if len(cells) > width:
            raise GameError(
                f"row {number}, column {width + 1}: more cells than the header has ({width})",
                place=self.source,
                remedy='put quotes around a cell with a comma, such as "1, 2", or write 1; 2',
            )
        return cells + [""] * (width - len(cells))

    def fault(self, message: str, row: int, column: int, remedy: str, about: str = "") -> GameError:
        """Return an error at a cell; `row` is a position in `rows`."""
        number = self.rows[row][0]
        named = f" ({about})" if about else ""
        return GameError(
            f"row {number}, column {column + 1}{named}: {message}",
            place=self.source,
            remedy=remedy,
        )

    def label(self, row: int, column: int, what: str) -> str:
        """Return the label in a cell."""
        try:
            label = clean_label(self.rows[row][1][column])
        except Fault as fault:
            raise self.fault(fault.message, row, column, fault.remedy) from None
        if not label:
            raise self.fault(f"{what} has no name", row, column, "write one")
        return label

    def number(self, text: str, row: int, column: int, about: str) -> Fraction:
        """Return the number that stands in a cell."""
        try:
            return exact_number(text.strip())
        except Fault as fault:
            raise self.fault(fault.message, row, column, fault.remedy, about) from None

    def check_size(self, sizes: Sequence[int]) -> None:
        """Refuse a table that is too large."""
        if fault := size_fault(sizes):
            raise self.fault(fault, 0, 0, "use a smaller game")


# -- two players: a grid ------------------------------------------------------------------------


def _read_grid(table: _Table, title: str) -> Game:
    players = _corner(table)
    columns = [table.label(0, k, "a column") for k in range(1, len(table.rows[0][1]))]
    rows = [table.label(k, 0, "a row") for k in range(1, len(table.rows))]
    remedy = "give each action a label of its own"
    if (twice := _repeated(columns)) is not None:
        raise table.fault(f"{columns[twice]!r} stands twice", 0, twice + 1, remedy)
    if (twice := _repeated(rows)) is not None:
        raise table.fault(f"{rows[twice]!r} stands twice", twice + 1, 0, remedy)
    table.check_size([len(rows), len(columns)])
    payoffs = [
        _pair(table, i + 1, j + 1, f"{rows[i]}, {columns[j]}")
        for i in range(len(rows))
        for j in range(len(columns))
    ]
    return table_game(title, players, [rows, columns], payoffs)


def _repeated(labels: Sequence[str]) -> int | None:
    """Return the position of the first label that has stood before; None if there is none."""
    seen: set[str] = set()
    for position, label in enumerate(labels):
        if label in seen:
            return position
        seen.add(label)
    return None


def _corner(table: _Table) -> tuple[str, str]:
    """Return the names of the row player and the column player."""
    corner = table.rows[0][1][0]
    if not corner:
        return "Player 1", "Player 2"
    names = [part.strip() for part in corner.split(";" if ";" in corner else ",")]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise table.fault(
            f"{corner[:60]!r} does not name two players",
            0,
            0,
            "write both, such as China; US, or leave the corner empty",
        )
    try:
        return clean_label(names[0]), clean_label(names[1])
    except Fault as fault:
        raise table.fault(fault.message, 0, 0, fault.remedy) from None


def _pair(table: _Table, row: int, column: int, about: str) -> Payoffs:
    cell = table.rows[row][1][column]
    parts = cell.split(";" if ";" in cell else ",")
    if len(parts) != 2:
        found = f"{cell[:60]!r} is" if cell else "the cell is empty,"
        raise table.fault(f"{found} not two payoffs", row, column, "write two, such as 1; 2", about)
    return tuple(table.number(part, row, column, about) for part in parts)


# -- any number of players: one row a profile ---------------------------------------------------


def _read_list(table: _Table, title: str) -> Game:
    players, columns = _header(table)
    actions: list[dict[str, int]] = [{} for _ in players]
    found: dict[tuple[int, ...], Payoffs] = {}
    rows: dict[tuple[int, ...], int] = {}
    for row in range(1, len(table.rows)):
        cells = table.rows[row][1]
        profile = tuple(
            listed.setdefault(table.label(row, column, f"the action of {player}"), len(listed))
            for player, listed, (column, _) in zip(players, actions, columns, strict=True)
        )
        about = ", ".join(cells[column] for column, _ in columns)
        if profile in found:
            raise table.fault(
                f"the profile stands in row {rows[profile]} already", row, 0, "list it once", about
            )
        rows[profile] = table.rows[row][0]
        found[profile] = tuple(
            table.number(cells[column], row, column, about) for _, column in columns
        )
    sizes = [len(listed) for listed in actions]
    table.check_size(sizes)
    _check_all(table, found, actions)
    ordered = (found[profile] for profile in itertools.product(*map(range, sizes)))
    return table_game(title, players, [tuple(listed) for listed in actions], ordered)


def _header(table: _Table) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the players, and the columns of each one's actions and payoffs."""
    cells = table.rows[0][1]
    labels = [table.label(0, column, "a column") for column in range(len(cells))]
    if (twice := _repeated(labels)) is not None:
        message = f"{labels[twice]!r} stands twice"
        raise table.fault(message, 0, twice, "name every column once")
    payoffs = {match[1].strip(): k for k, c in enumerate(labels) if (match := _PAYOFF.fullmatch(c))}
    players = {label: k for k, label in enumerate(labels) if not _PAYOFF.fullmatch(label)}
    for player, column in players.items():
        if player not in payoffs:
            remedy = f"add a column payoff[{player}]"
            raise table.fault(f"{player!r} has no column of payoffs", 0, column, remedy)
    for player, column in payoffs.items():
        if player not in players:
            remedy = f"add a column {player} with the actions"
            raise table.fault(f"{player!r} has no column of actions", 0, column, remedy)
    if len(players) > MAX_PLAYERS:
        raise table.fault(f"more than {MAX_PLAYERS} players", 0, 0, "use fewer")
    return list(players), [(column, payoffs[player]) for player, column in players.items()]


def _check_all(
    table: _Table, found: dict[tuple[int, ...], Payoffs], actions: Sequence[dict[str, int]]
) -> None:
    """Refuse a table that lacks a profile; the message names the first."""
    if len(found) == math.prod(map(len, actions)):
        return
    missing = next(
        p for p in itertools.product(*(range(len(a)) for a in actions)) if p not in found
    )
    named = ", ".join(list(listed)[k] for listed, k in zip(actions, missing, strict=True))
    raise table.fault(
        f"there is no row for {named}", len(table.rows) - 1, 0, "list every profile once"
    )


# -- writing ------------------------------------------------------------------------------------


def write_payoff_table(game: Game) -> str:
    """Return a game as a CSV payoff table; a tree in reduced strategic form.

    Two players make a grid, any other number one row a profile.

    Raises
    ------
    MethodError
        If the strategic form is too large.
    """
    form = strategic_form(game, instead="use --format efg or json")
    stream = io.StringIO()
    fits = len(form.players) == 2 and not any(
        separator in player for player in form.players for separator in ";,"
    )
    rows = _grid_rows(form) if fits else _list_rows(form)
    csv.writer(stream, lineterminator="\n").writerows(rows)
    text = sized(stream.getvalue(), ".csv")
    _check_labels(form)
    return text


def _grid_rows(form: StrategicForm) -> list[list[str]]:
    rows, columns = form.strategies
    table = [["; ".join(form.players), *columns]]
    for i, label in enumerate(rows):
        entries = form.payoffs[i * len(columns) : (i + 1) * len(columns)]
        table.append([label, *("; ".join(map(number_text, pair)) for pair in entries)])
    return table


def _list_rows(form: StrategicForm) -> list[list[str]]:
    table = [[*form.players, *(f"payoff[{player}]" for player in form.players)]]
    for profile, payoffs in zip(itertools.product(*form.strategies), form.payoffs, strict=True):
        table.append([*profile, *map(number_text, payoffs)])
    return table


def _check_labels(form: StrategicForm) -> None:
    """Refuse labels that would be read as something else."""
    for label in itertools.chain(form.players, *form.strategies):
        if _PAYOFF.fullmatch(label) or label != label.strip():
            raise MethodError(
                f"the label {label[:60]!r} cannot stand in a payoff table",
                place="export",
                remedy="rename it, or use --format nfg",
            )
