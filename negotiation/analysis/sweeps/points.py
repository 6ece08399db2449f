"""Point by point: the exact solver at each point of a plan."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from negotiation.analysis.sweeps.plan import SweepPlan
from negotiation.errors import UsageError
from negotiation.solution import Solution
from negotiation.solvers import solve

if TYPE_CHECKING:
    from negotiation.game import Game

__all__ = ["SweptPoint", "game_at", "solve_points"]


@dataclass(frozen=True)
class SweptPoint:
    """The solution at one point.

    Attributes
    ----------
    values : mapping
        Swept parameter to value.
    action : str or None
        The fixed action of the move swept with `each`.
    solution : Solution or None
        None where that action is not open, and outside the domain in a sample.
    baseline : Solution or None
        What payoffs are compared with.
    """

    values: Mapping[str, Fraction]
    action: str | None
    solution: Solution | None
    baseline: Solution | None = field(default=None, repr=False)


def solve_points(plan: SweepPlan, start: int = 0, stop: int | None = None) -> Iterator[SweptPoint]:
    """Yield the exact solution at the points ``start..stop-1`` of a plan.

    Raises
    ------
    UsageError
        Where a point of a grid lies outside the domain.
    """
    known: tuple[Mapping[str, Fraction], Solution | None] | None = None
    for number in range(start, plan.size if stop is None else stop):
        values, action = plan.point(number)
        if not plan.inside(number):
            yield SweptPoint(values, action, None)
            continue
        if known is None or known[0] != values:
            known = values, _baseline(plan, values)
        game = game_at(plan, values, action)
        solution = None if game is None else solve(game, plan.concept, select=plan.select)
        yield SweptPoint(values, action, solution, known[1])


def game_at(plan: SweepPlan, values: Mapping[str, Fraction], action: str | None) -> Game | None:
    """Return the game at a point, None where the action of `each` is not open."""
    at = _at(plan, values)
    if plan.each is None or action is None:
        return at(fix=plan.fix)
    try:
        game = at(fix={**plan.fix, plan.each: action})
    except UsageError:
        heads = [head for head in at(fix=plan.fix).information_sets if head.move == plan.each]
        if heads and all(action in head.actions for head in heads):
            raise
        return None
    return game if any(head.move == plan.each for head in game.information_sets) else None


def _at(plan: SweepPlan, values: Mapping[str, Fraction]) -> Callable[..., Game]:
    return functools.partial(plan.model.at, {**plan.values, **values}, scenario=plan.scenario)


def _baseline(plan: SweepPlan, values: Mapping[str, Fraction]) -> Solution | None:
    """Return the solution that others are compared with; a fault is one of the baseline."""
    if plan.baseline is None:
        return None
    try:
        game = _at(plan, values)(fix={**plan.fix, **plan.baseline})
    except UsageError as error:
        place = "--baseline" if error.place == "--fix" else error.place
        raise UsageError(error.message, place=place, remedy=error.remedy) from None
    return solve(game, plan.concept, select=plan.select)
