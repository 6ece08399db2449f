r"""Zero-sum games by one exact linear program: the value and all optimal strategies.

Player 1 chooses a row and gets A, player 2 a column and loses it. Adding a constant to A adds it to
the value, so let A be positive. With y the strategy of player 2 divided by the value v, the program

.. math:: \max\; \textstyle\sum_j y_j \quad\text{subject to}\quad A y \le 1,\; y \ge 0

has the optimum 1/v, and its prices are the strategy of player 1 divided by v (Dantzig 1951, Gale,
Kuhn and Tucker 1951). [1]_ Its optimal vertices, times v, are those of the polytope Y of optimal
strategies of player 2; the same program for the transpose of -A gives the polytope X of player 1.
The equilibria are the pairs in X x Y (von Neumann 1928): one convex set.

A game is *constant-sum* if :math:`u_1 + \lambda u_2` is the same in all cells for some positive
:math:`\lambda`. Multiplying payoffs by a positive number changes no equilibrium, so it is solved as
the zero-sum game with A = u_1.

References
----------
.. [1] Gale, D., Kuhn, H. W., Tucker, A. W. (1951), Linear programming and the theory of games, in:
       Koopmans, T. C. (ed.), Activity Analysis of Production and Allocation, 317-329.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from negotiation.errors import BudgetError, GameError, MethodError, NegotiationError
from negotiation.formats.strategic_form import strategic_form
from negotiation.game import Game
from negotiation.solvers.bimatrix import BimatrixEquilibria
from negotiation.solvers.linear_program import (
    LinearProgram,
    Optimum,
    optimal_vertices,
    solve_linear_program,
)
from negotiation.solvers.nash_subsets import ConvexComponent

__all__ = [
    "OptimalStrategies",
    "ZeroSumSolution",
    "constant_sum_scale",
    "optimal_strategies",
    "solve_zero_sum",
    "solve_zero_sum_game",
    "zero_sum_equilibria",
]

Number = Fraction | int
Payoffs = Sequence[Sequence[Number]]
Strategy = tuple[Fraction, ...]

MAX_EQUILIBRIA = 100_000


@dataclass(frozen=True)
class ZeroSumSolution:
    """The value of a zero-sum game and one optimal strategy of each player, which prove it.

    Attributes
    ----------
    value : Fraction
        What player 1 gets at least with `rows`, and player 2 loses at most with `columns`.
    rows, columns : tuple of Fraction
        Probabilities of the actions of player 1 and of player 2.
    """

    value: Fraction
    rows: Strategy
    columns: Strategy


@dataclass(frozen=True)
class OptimalStrategies:
    """The value of a zero-sum game and all optimal strategies, by the vertices of their polytopes.

    Attributes
    ----------
    value : Fraction
    rows, columns : tuple of tuple of Fraction
        All optimal strategies of player 1 (2) are the convex combinations of these. Sorted.
    """

    value: Fraction
    rows: tuple[Strategy, ...]
    columns: tuple[Strategy, ...]


def solve_zero_sum(A: Payoffs, *, deadline: float | None = None) -> ZeroSumSolution:
    """Return the value of a zero-sum game and one optimal strategy of each player.

    Parameters
    ----------
    A : sequence of m sequences of n Fraction or int
        Payoffs of player 1, who chooses the row; player 2 gets their negatives.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    GameError
        If A is empty or ragged, or a payoff is no exact number.
    BudgetError
        If the deadline passes.

    Examples
    --------
    >>> solve_zero_sum([[1, -1], [-1, 1]]).value
    Fraction(0, 1)
    """
    program, shift = _program(A)
    answer = solve_linear_program(program, deadline=deadline)
    if not isinstance(answer, Optimum):  # A is positive: 0 is feasible, and y bounded.
        raise NegotiationError(
            "the linear program of a zero-sum game has no optimum",
            place="zero-sum game",
            remedy="this is a fault of the solver; please report the game",
        )
    value = 1 / answer.value
    return ZeroSumSolution(
        value - shift,
        tuple([value * x for x in answer.prices]),
        tuple([value * y for y in answer.point]),
    )


def optimal_strategies(A: Payoffs, *, deadline: float | None = None) -> OptimalStrategies:
    """Return the value of a zero-sum game and all optimal strategies.

    Parameters and errors are those of :func:`solve_zero_sum`. Many ties can make many vertices:
    BudgetError is raised if there are too many to visit.
    """
    value = solve_zero_sum(A, deadline=deadline).value
    turned = [[-payoff for payoff in column] for column in zip(*A, strict=True)]
    return OptimalStrategies(value, _best_columns(turned, deadline), _best_columns(A, deadline))


def _best_columns(A: Payoffs, deadline: float | None) -> tuple[Strategy, ...]:
    """Return the vertices of the optimal strategies of the player who chooses the column."""
    found = []
    for point in optimal_vertices(_program(A)[0], deadline=deadline):
        total = sum(point)
        found.append(tuple([y / total for y in point]))
    return tuple(sorted(found))


def _program(A: Payoffs) -> tuple[LinearProgram, Fraction]:
    """Return the linear program of a game, and what was added to A to make it positive."""
    _check(A)
    shift = 1 - Fraction(min(min(line) for line in A))
    positive = [[payoff + shift for payoff in line] for line in A]
    return LinearProgram([1] * len(A[0]), positive, [1] * len(A)), shift


def _check(A: Payoffs) -> None:
    """Refuse what is not a table of exact numbers."""
    if not len(A) or not len(A[0]):
        raise GameError(
            "a player has no action", place="A", remedy="give each player at least one action"
        )
    for i, line in enumerate(A, 1):
        if len(line) != len(A[0]):
            raise GameError(
                f"{len(line)} payoffs, but row 1 has {len(A[0])}",
                place=f"A, row {i}",
                remedy="give every row one payoff for each action of player 2",
            )
        for j, payoff in enumerate(line, 1):
            if not isinstance(payoff, int | Fraction):
                raise GameError(
                    f"{payoff!r} is not an exact number but a {type(payoff).__name__}",
                    place=f"A, row {i}, column {j}",
                    remedy="write it as an int or a Fraction",
                )


# Games of two players


def constant_sum_scale(A: Payoffs, B: Payoffs) -> Fraction:
    """Return the positive factor of B at which A + factor * B is the same in all cells.

    Parameters
    ----------
    A, B : sequence of m sequences of n Fraction or int
        Payoffs of player 1, who chooses the row, and of player 2.

    Raises
    ------
    GameError
        If A or B is empty or ragged, their shapes differ, or a payoff is no exact number.
    MethodError
        If there is no such factor; its place is the first cell, row by row, that shows it.
    """
    _check(A)
    _check(B)
    if (len(A), len(A[0])) != (len(B), len(B[0])):
        raise GameError(
            f"A has {len(A)}x{len(A[0])} payoffs, B has {len(B)}x{len(B[0])}",
            place="B",
            remedy="give both players the same table",
        )
    factor, breaking = _factor(A, B)
    if breaking is not None:
        i, j = breaking
        raise _not_constant(A, B, breaking, f"row {i + 1}, column {j + 1}", "row 1, column 1")
    return factor


def _factor(A: Payoffs, B: Payoffs) -> tuple[Fraction, tuple[int, int] | None]:
    """Return the factor that the first changing cell asks for, and the first cell against it."""
    factor: Fraction | None = None
    for i, j in product(range(len(A)), range(len(A[0]))):
        gain, loss = Fraction(A[i][j] - A[0][0]), Fraction(B[0][0] - B[i][j])
        if factor is None and gain * loss > 0:
            factor = gain / loss
        if (gain or loss) and (factor is None or gain != factor * loss):
            return factor or Fraction(1), (i, j)
    return factor or Fraction(1), None


def _not_constant(
    A: Payoffs, B: Payoffs, cell: tuple[int, int], place: str, first: str
) -> MethodError:
    i, j = cell
    return MethodError(
        f"the game is not constant-sum: from {first} to this cell player 1's payoff goes from "
        f"{A[0][0]} to {A[i][j]}, player 2's from {B[0][0]} to {B[i][j]}",
        place=place,
        remedy="solve it as a general game of two players",
    )


def zero_sum_equilibria(
    A: Payoffs, B: Payoffs, *, deadline: float | None = None
) -> BimatrixEquilibria:
    """Return all equilibria of a constant-sum game; the same as ``extreme_equilibria(A, B)``.

    The extreme equilibria are the pairs of vertices of X and Y, and span one convex set. If it is
    a point it is a regular equilibrium: some equilibrium uses every best reply (Goldman and Tucker
    1956), and there is no other. Else no equilibrium is isolated, so none is regular.

    Parameters
    ----------
    A, B : sequence of m sequences of n Fraction or int
        Payoffs of player 1, who chooses the row, and of player 2.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    GameError, MethodError
        See :func:`constant_sum_scale`.
    BudgetError
        If the deadline passes, or there are too many extreme equilibria to list.
    """
    constant_sum_scale(A, B)
    best = optimal_strategies(A, deadline=deadline)
    count = len(best.rows) * len(best.columns)
    if count > MAX_EQUILIBRIA:
        raise BudgetError(
            f"{count:,} extreme equilibria, more than {MAX_EQUILIBRIA:,}",
            place="zero-sum game",
            remedy="ask for the optimal strategies of each player instead",
        )
    columns_of_A = list(zip(*A, strict=True))
    rows = sorted(best.rows, key=lambda x: (_support(x), _tight(x, columns_of_A, best.value)))
    columns = sorted(best.columns, key=lambda y: (_support(y), _tight(y, A, best.value)))
    pairs = sorted(product(rows, columns), key=lambda pair: sum(map(len, map(_support, pair))))
    return BimatrixEquilibria(
        tuple(pairs),
        (ConvexComponent(tuple(range(count)), 0),),
        (1,) if count == 1 else (None,) * count,
        (1,),
    )


def _support(strategy: Strategy) -> list[int]:
    return [action for action, probability in enumerate(strategy) if probability]


def _tight(strategy: Strategy, against: Payoffs, value: Fraction) -> list[int]:
    """Return the opponent's best replies to an optimal strategy: those that give the value."""
    return [
        reply
        for reply, line in enumerate(against)
        if sum((p * payoff for p, payoff in zip(strategy, line, strict=True) if p), Fraction(0))
        == value
    ]


def solve_zero_sum_game(game: Game, *, deadline: float | None = None) -> OptimalStrategies:
    """Return the value to player 1 and all optimal strategies of a constant-sum game.

    Strategies are those of the reduced strategic form (``strategic_form(game)``), in its order. The
    value is in player 1's units.

    Raises
    ------
    MethodError
        If the game has not two players, is not constant-sum (the place names a cell that shows
        it), or its strategic form is too large.
    BudgetError
        If the deadline passes, or there are too many vertices to visit.
    """
    if len(game.players) != 2:
        raise MethodError(
            f"a zero-sum game has two players, this one has {len(game.players)}",
            place=game.name,
            remedy="use another method",
        )
    form = strategic_form(game)
    width = form.sizes[1]
    lines = [form.payoffs[start : start + width] for start in range(0, len(form.payoffs), width)]
    A, B = ([[cell[k] for cell in line] for line in lines] for k in range(2))
    _, breaking = _factor(A, B)
    if breaking is not None:
        first, place = (
            ", ".join(
                f"{player} plays {labels[k]}"
                for player, labels, k in zip(form.players, form.strategies, cell, strict=True)
            )
            for cell in ((0, 0), breaking)
        )
        raise _not_constant(A, B, breaking, f"{game.name}: {place}", first)
    return optimal_strategies(A, deadline=deadline)
