"""Point by point: the exact solver at each point of a plan."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from negotiation.analysis.sweeps.plan import SweepPlan, outside_domain
from negotiation.errors import ModelError, NegotiationError, NotAllowedError, UsageError
from negotiation.solution import Solution
from negotiation.solvers import solve

if TYPE_CHECKING:
    from negotiation.game import Game

__all__ = ["SweptPoint", "baseline_game", "game_at", "solve_points"]


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
        None where that action is not allowed, and outside the domain in a sample.
    baseline : Solution or None
        What payoffs are compared with; None where the model does not allow the baseline.
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
    ModelError, MethodError
        Where a point has no game, or no method solves it. An error names the point, unless all
        points have it.
    """
    baselines: dict[int, Solution | None] = {}
    for number in range(start, plan.size if stop is None else stop):
        try:
            point = _solved(plan, number, baselines)
        except NegotiationError as error:
            raise _placed(plan, number, error) from None
        yield point


def _solved(plan: SweepPlan, number: int, baselines: dict[int, Solution | None]) -> SweptPoint:
    """Solve a point; of the baselines the last one is kept for the other actions."""
    values, action = plan.point(number)
    if not plan.inside(number):
        return SweptPoint(values, action, None)
    place = number // len(plan.actions)
    if place not in baselines:
        baselines.clear()
        baselines[place] = _baseline(plan, values)
    return SweptPoint(values, action, _solution(plan, values, action), baselines[place])


def _solution(
    plan: SweepPlan, values: Mapping[str, Fraction], action: str | None
) -> Solution | None:
    game = game_at(plan, values, action)
    return None if game is None else solve(game, plan.concept, select=plan.select)


def _placed(plan: SweepPlan, number: int, error: NegotiationError) -> NegotiationError:
    """Return the error of a point with the point in words, unless it is none of the point's own.

    It is not if other points of the plan have it in the same words; of a single point, if the model
    has it without the axes. Outside the domain the axes are at fault.
    """
    if isinstance(error, UsageError) and (outside := outside_domain(plan, number)) is not None:
        return outside
    size = plan.size
    others = dict.fromkeys((0, size - 1, size // 2, size // 3, size // 7, 5 * size // 7))
    tried = [plan.point(k) for k in others if k != number and plan.inside(k)]
    if all(_fails_alike(plan, *point, error) for point in tried or [({}, plan.point(number)[1])]):
        return error
    return _at_point(error, plan.where(number))


def _fails_alike(
    plan: SweepPlan, values: Mapping[str, Fraction], action: str | None, error: NegotiationError
) -> bool:
    try:
        _baseline(plan, values)
        _solution(plan, values, action)
    except NegotiationError as other:
        return str(other) == str(error)
    return False


def _at_point(error: NegotiationError, where: str) -> NegotiationError:
    """Return a copy of an error whose message names the point; of a model's faults each does."""
    found = copy.copy(error)
    if isinstance(found, ModelError):
        found.faults = tuple(_at_point(fault, where) for fault in found.faults)  # type: ignore[misc]
    else:
        found.message = f"at {where}: {error.message}"
    return found


def game_at(plan: SweepPlan, values: Mapping[str, Fraction], action: str | None) -> Game | None:
    """Return the game at a point, None where the action of `each` is not allowed.

    It is that of ``--fix``. A move that is skipped at these values counts as its ``otherwise``,
    whatever it is fixed at, so there is a game then.
    """
    at = _at(plan, values)
    if plan.each is None or action is None:
        return at(fix=plan.fix)
    try:
        return at(fix={**plan.fix, plan.each: action})
    except UsageError:
        heads = [head for head in at(fix=plan.fix).information_sets if head.move == plan.each]
        if heads and all(action in head.actions for head in heads):
            raise
        return None


def _at(plan: SweepPlan, values: Mapping[str, Fraction]) -> Callable[..., Game]:
    return functools.partial(plan.model.at, {**plan.values, **values}, scenario=plan.scenario)


def _baseline(plan: SweepPlan, values: Mapping[str, Fraction]) -> Solution | None:
    """Return the solution that others are compared with; None where there is no such game."""
    game = baseline_game(plan, values)
    return None if game is None else solve(game, plan.concept, select=plan.select)


def baseline_game(plan: SweepPlan, values: Mapping[str, Fraction]) -> Game | None:
    """Return the game of the baseline at a point, None where the model does not allow it.

    Raises
    ------
    UsageError
        For what is wrong with the baseline whatever the model allows, such as an unknown move.
    """
    if plan.baseline is None:
        return None
    try:
        return _at(plan, values)(fix={**plan.fix, **plan.baseline})
    except NotAllowedError:
        return None
    except UsageError as error:
        place = "--baseline" if error.place == "--fix" else error.place
        raise UsageError(error.message, place=place, remedy=error.remedy) from None
