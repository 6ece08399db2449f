"""Blocks: the answers at consecutive points of a plan, as arrays.

A block is what a worker hands back. The equilibria of all its points stand one behind the other;
those of point k are the rows ``offsets[k]`` to ``offsets[k + 1]``. What a block holds does not
depend on where it begins and ends, nor on who solved it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from negotiation.analysis.sweeps.branch_codes import branch_keys, outcome_code
from negotiation.analysis.sweeps.plan import UNNAMED, SweepPlan
from negotiation.analysis.sweeps.points import SweptPoint
from negotiation.errors import UsageError

if TYPE_CHECKING:
    from negotiation.analysis.sweeps.cells import CellSolver
    from negotiation.solution import Solution

__all__ = ["Block", "block_of_points", "solve_block"]

Progress = Callable[[int], None]
"""Called with the number of points done since the last call."""


@dataclass(frozen=True, eq=False)
class Block:
    """The answers at the points ``start..stop-1`` of a plan, n = stop - start.

    Attributes
    ----------
    start, stop : int
    open : array of bool, shape (n,)
        False where there is no game: where the move of `each` cannot be fixed at the action, and
        outside the domain in a sample. There is no equilibrium then.
    complete : array of bool, shape (n,)
        Whether no outcome is missing, neither at the point nor in the baseline there. Outcomes of
        a continuum that is given by conditions alone are missing in a dataset.
    counts : array of int64, shape (n,)
        Number of equilibria.
    regimes : array of int64, shape (n,)
        Bit k is set where some equilibrium has the label ``plan.labels[k]``.
    payoffs : array of float64, shape (sum of counts, players)
        Each the nearest double to the exact payoff.
    changes : array of float64, shape (sum of counts, players), or None
        Payoff minus that of the baseline, NaN where that has several for the player, may have
        more than are listed, or is not allowed.
    change_bounds : array of float64, shape (2, n, players), or None
        Smallest and largest difference, NaN where the point or the baseline may have more
        equilibria than are listed, or has none.
    outcomes : array of int64, shape (sum of counts,), or None
        Key of the branch of each equilibrium (:mod:`negotiation.analysis.sweeps.branch_codes`).
    """

    start: int
    stop: int
    open: npt.NDArray[np.bool_]
    complete: npt.NDArray[np.bool_]
    counts: npt.NDArray[np.int64]
    regimes: npt.NDArray[np.int64]
    payoffs: npt.NDArray[np.float64]
    changes: npt.NDArray[np.float64] | None = None
    change_bounds: npt.NDArray[np.float64] | None = None
    outcomes: npt.NDArray[np.int64] | None = None

    @property
    def offsets(self) -> npt.NDArray[np.int64]:
        """Where the equilibria of each point begin, and where the last end: shape (n + 1,)."""
        return np.concatenate(([0], np.cumsum(self.counts)))


def solve_block(
    plan: SweepPlan,
    start: int,
    stop: int,
    *,
    progress: Progress | None = None,
    solver: CellSolver | None = None,
    announce: Callable[[str], None] | None = None,
) -> Block:
    """Return the answers at the points ``start..stop-1``.

    Parameters
    ----------
    plan : SweepPlan
    start, stop : int
    progress : callable, optional
        Called with the number of points done since the last call.
    solver : CellSolver, optional
        One of the same plan that solved other blocks: it knows their cells.
    announce : callable, optional
        Is told, before, that many points are solved one by one, and how long that takes.

    Raises
    ------
    UsageError
        Where a point lies outside the domain, or a payoff beyond the range of doubles.
    MethodError
        Where no method fits.
    """
    from negotiation.analysis.sweeps.cells import CellSolver

    if solver is None:
        solver = CellSolver(plan, announce=announce)
    try:
        return solver.solve(start, stop, progress)
    except OverflowError:
        raise UsageError(
            f"at {plan.where(_first_beyond(solver, start, stop))}: "
            "a payoff is beyond the range of doubles",
            place=plan.model.name,
            remedy="narrow --over, or measure payoffs in larger units",
        ) from None


def _first_beyond(solver: CellSolver, start: int, stop: int) -> int:
    """Return the first point with a payoff beyond the range of doubles, by halving the block."""
    while stop - start > 1:
        middle = (start + stop) // 2
        try:
            solver.solve(start, middle)
            start = middle
        except OverflowError:
            stop = middle
    return start


def block_of_points(plan: SweepPlan, start: int, points: Sequence[SweptPoint]) -> Block:
    """Return the arrays of points solved one by one."""
    players = len(plan.players)
    n = len(points)
    compared = plan.baseline is not None
    opened = np.array([point.solution is not None for point in points], dtype=bool)
    complete = np.ones(n, dtype=bool)
    counts, regimes = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    bounds = np.full((2, n, players), np.nan)
    payoffs: list[list[float]] = []
    changes: list[list[float]] = []
    codes: list[int] = []
    bits = {label: 1 << k for k, label in enumerate(plan.labels)}
    for k, point in enumerate(points):
        if point.solution is None:
            continue
        found = point.solution.equilibria
        complete[k], counts[k] = point.solution.bounds_payoffs, len(found)
        for equilibrium in found:
            regimes[k] |= bits[equilibrium.regime or UNNAMED]
            payoffs.append([float(equilibrium.payoffs[player]) for player in plan.players])
            codes.append(outcome_code(equilibrium))
        if point.baseline is not None:
            complete[k] &= point.baseline.bounds_payoffs
        if compared:
            rows, bounds[:, k] = _changes(plan.players, point.solution, point.baseline)
            changes += rows
    doubles = np.array(payoffs, dtype=float).reshape(-1, players)
    return Block(
        start,
        start + n,
        opened,
        complete,
        counts,
        regimes,
        doubles,
        np.array(changes, dtype=float).reshape(-1, players) if compared else None,
        bounds if compared else None,
        branch_keys(counts, np.array(codes, dtype=np.int64), doubles),
    )


def _changes(
    players: Sequence[str], found: Solution, before: Solution | None
) -> tuple[list[list[float]], npt.NDArray[np.float64]]:
    """Return the changes of each equilibrium and their bounds; exact, then rounded.

    A difference to a baseline that may have other payoffs than those listed is not known.
    """
    rows = [[np.nan] * len(players) for _ in found.equilibria]
    bounds = np.full((2, len(players)), np.nan)
    if before is None or not before.bounds_payoffs:
        return rows, bounds
    for k, player in enumerate(players):
        gains = [equilibrium.payoffs[player] for equilibrium in found.equilibria]
        base = [equilibrium.payoffs[player] for equilibrium in before.equilibria]
        if not gains or not base:
            continue
        if found.bounds_payoffs:
            bounds[:, k] = float(min(gains) - max(base)), float(max(gains) - min(base))
        if len(set(base)) == 1:
            for row, gain in zip(rows, gains, strict=True):
                row[k] = float(gain - base[0])
    return rows, bounds
