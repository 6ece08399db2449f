"""Two-player tables: the reduced strategic form of a game in which two players have a choice.

Players with a single strategy do not count, so a model of three players is a two-player table once
the moves of one of them are fixed.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.errors import MethodError
from negotiation.formats.strategic_form import StrategicForm, action_everywhere, strategic_form
from negotiation.game import Game

__all__ = ["TwoPlayerTable", "choosing_players", "two_player_table"]

Matrix = list[list[Fraction]]


@dataclass(frozen=True)
class TwoPlayerTable:
    """A game of two players as a pair of matrices.

    Attributes
    ----------
    form : StrategicForm
        The strategic form that it was taken from.
    seats : tuple of int
        Who chooses the row and who the column, as players of the form.
    A, B : list of list of Fraction
        Their payoffs.
    """

    form: StrategicForm
    seats: tuple[int, int]
    A: Matrix
    B: Matrix

    @property
    def players(self) -> tuple[str, str]:
        """Names of the row player and of the column player."""
        row, column = self.seats
        return self.form.players[row], self.form.players[column]

    @property
    def strategies(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Labels of the rows and of the columns."""
        row, column = self.seats
        return self.form.strategies[row], self.form.strategies[column]


def choosing_players(game: Game) -> list[int]:
    """Return the players who have a choice somewhere, ascending."""
    return sorted({head.player for _, head in game.decisions() if len(head.actions) > 1})


def two_player_table(game: Game, form: StrategicForm | None = None) -> TwoPlayerTable:
    """Return the reduced strategic form of a game with at most two players who have a choice.

    Parameters
    ----------
    game : Game
    form : StrategicForm, optional
        Its reduced strategic form, if it is known already.

    Raises
    ------
    MethodError
        If more players have a choice (the remedy says which moves to fix), if the game has one
        player only, or if the table is too large.
    """
    choosing = choosing_players(game)
    if len(choosing) > 2:
        raise MethodError(
            f"{len(choosing)} players have a choice "
            f"({', '.join(game.players[k] for k in choosing)}), and this takes two",
            place=game.name,
            remedy=_what_to_fix(game, choosing),
        )
    if len(game.players) < 2:
        raise MethodError(
            "the game has one player, and this takes two",
            place=game.name,
            remedy="negotiate solve answers games of one player",
        )
    form = form or strategic_form(game)
    others = [k for k in range(len(game.players)) if k not in choosing]
    row, column = sorted((choosing + others)[:2])
    # All others have one strategy: what is left is the table of these two, row by row.
    width = form.sizes[column]
    lines = [form.payoffs[at : at + width] for at in range(0, len(form.payoffs), width)]
    A, B = ([[cell[k] for cell in line] for line in lines] for k in (row, column))
    return TwoPlayerTable(form, (row, column), A, B)


def _what_to_fix(game: Game, choosing: Sequence[int]) -> str:
    """Return which moves belong to whom, with an example that leaves two players."""
    moves = {
        k: list(dict.fromkeys(head.move for _, head in game.decisions() if head.player == k))
        for k in choosing
    }
    owners = "; ".join(f"{game.players[k]}: {', '.join(moves[k][:8])}" for k in choosing)
    surplus = sorted(choosing, key=lambda k: len(moves[k]))[: len(choosing) - 2]
    fixed = " ".join(
        f"--fix {shlex.quote(f'{move}={action_everywhere(game, move)}')}"
        for k in surplus
        for move in moves[k][:4]
    )
    return f"fix the moves of all but two players ({owners}), such as {fixed}"
