r"""Proximity: how far a pair of mixed strategies is from the equilibria of a two-player game.

All equilibria are the union of finitely many products conv X' x conv Y' of convex hulls
(:mod:`negotiation.solvers.bimatrix`). The distance of (x, y) from one of them is the larger of the
distances of x from conv X' and of y from conv Y', each in the largest difference of a probability,

.. math:: \min_\lambda \max_i \Bigl|x_i - \sum_k \lambda_k x^k_i\Bigr|, \qquad
          \lambda \ge 0,\ \sum_k \lambda_k = 1,

the optimum of a linear program, found exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from negotiation.solvers.bimatrix import BimatrixEquilibria
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program

__all__ = ["distance_to_equilibria", "distance_to_hull"]

Strategy = Sequence[Fraction]


def distance_to_equilibria(
    x: Strategy, y: Strategy, found: BimatrixEquilibria, *, deadline: float | None = None
) -> Fraction:
    """Return the distance of a pair of strategies from the nearest equilibrium.

    Parameters
    ----------
    x, y : sequence of Fraction
        Mixed strategies of player 1 and player 2.
    found : BimatrixEquilibria
        All equilibria of the game.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    BudgetError
        If the deadline passes.
    """
    nearest = Fraction(1)
    for component in found.components:
        pairs = [found.equilibria[k] for k in component.equilibria]
        hulls = (dict.fromkeys(pair[player] for pair in pairs) for player in (0, 1))
        distances = [
            distance_to_hull(strategy, hull, deadline=deadline)
            for strategy, hull in zip((x, y), hulls, strict=True)
        ]
        nearest = min(nearest, max(distances))
        if not nearest:
            break
    return nearest


def distance_to_hull(
    point: Strategy, vertices: Iterable[Strategy], *, deadline: float | None = None
) -> Fraction:
    """Return the distance of a point from the convex hull of others, in the maximum norm.

    Parameters
    ----------
    point : sequence of Fraction
    vertices : iterable of sequence of Fraction
        At least one.
    deadline : float, optional
        Value of ``time.monotonic()``, in seconds, past which to give up.

    Raises
    ------
    BudgetError
        If the deadline passes.
    """
    listed = list(vertices)
    nearest = min(max(abs(p - q) for p, q in zip(point, v, strict=True)) for v in listed)
    if not nearest or len(listed) == 1:
        return nearest
    # The unknowns are the weights and the distance, which bounds each coordinate from both sides.
    offsets = [[v[i] - p for v in listed] for i, p in enumerate(point)]
    above: list[list[Fraction]] = [[*row, Fraction(-1)] for row in offsets]
    below = [[*(-offset for offset in row), Fraction(-1)] for row in offsets]
    program = LinearProgram(
        objective=[0] * len(listed) + [-1],
        inequalities=[*above, *below],
        bounds=[0] * 2 * len(point),
        equations=[[1] * len(listed) + [0]],
        values=[1],
    )
    answer = solve_linear_program(program, deadline=deadline)
    assert isinstance(answer, Optimum)  # distances are bounded below, and any weights will do
    return -answer.value
