"""What the numbers of a sweep depend on, said once for its file, its JSON and its summary.

A file has it twice: as texts for people (``concept``, ``baseline``, ``parameters``), and whole in
the attribute ``settings``, a JSON object with the keys of ``sweep --json``, so that no program has
to take texts apart. Axes are spelled as ``--over`` reads them, by exact numbers: so

    sweep(model, settings["axes"], sample=settings["sample"], seed=settings["seed"], ...)

has the same points. The spelling follows from the values: an axis of three or more points at equal
distances is ``low:high:points``, however it was asked for; any other is the list.

Why points are not complete is not kept for each point. Points with the same regimes and as many
outcomes are taken together, and the reason is that of the first of them, solved again.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import negotiation
from negotiation.analysis.sweeps.axes import Axis, Column, Range
from negotiation.analysis.sweeps.plan import SweepPlan
from negotiation.analysis.sweeps.points import SweptPoint, solve_points
from negotiation.analysis.sweeps.tally import Tally
from negotiation.analysis.sweeps.variables import moved_cells
from negotiation.errors import NegotiationError
from negotiation.solution import Solution, parameter_text
from negotiation.solvers import PURE

__all__ = ["Reason", "axes_text", "provenance", "reasons_of", "versions", "versions_text"]

LIBRARIES = ("numpy", "python-flint", "scipy", "numba")
"""Whose numbers stand in answers: arrays, exact arithmetic, Sobol' points, compiled code."""
UNLISTED = (
    "a continuum is given by conditions, see solve; it may have other payoffs than those listed"
)
MAX_REASONS = 5
"""So many kinds of points that are not complete are looked into, those of most points first."""


def provenance(plan: SweepPlan, tally: Tally) -> dict[str, Any]:
    """Return the attributes of the dataset of a sweep: what a reader needs to repeat it.

    ``parameters`` are those that no axis moves, neither itself nor through formulas.
    """
    first = _first_solution(plan)
    moved = moved_cells(plan)
    held = {name: value for name, value in first.parameters.items() if name not in moved}
    fixed = {move: action for move, action in first.fixed.items() if move != plan.each}
    reasons = reasons_of(plan, tally)
    sample = plan.sample
    settings = {
        "concept": first.concept,
        "concept_reason": plan.concept_reason,
        "selection": first.selection,
        "method": first.method,
        "parameters": {name: parameter_text(value) for name, value in held.items()},
        "fixed": fixed,
        "scenario": plan.scenario,
        "axes": axes_text(plan),
        "each": plan.each,
        "baseline": {move: str(action) for move, action in (plan.baseline or {}).items()},
        "sample": None if sample is None else sample.size,
        "seed": None if sample is None else sample.seed,
        "design": None if sample is None else sample.design,
        "incomplete_reasons": [asdict(reason) for reason in reasons],
        "versions": versions(),
    }
    return {
        "title": plan.model.title or plan.model.name,
        "model": plan.model.name,
        "fingerprint": plan.model.fingerprint,
        "concept": first.concept,
        **({"concept_reason": plan.concept_reason} if plan.concept_reason else {}),
        "selection": first.selection,
        "method": first.method,
        "parameters": _listed(held),
        "fixed": _listed(fixed),
        **({"scenario": plan.scenario} if plan.scenario is not None else {}),
        "axes": json.dumps(settings["axes"], ensure_ascii=False),
        **({"each": plan.each} if plan.each is not None else {}),
        "baseline": _listed(plan.baseline or {}),
        **({"sample": sample.text} if sample is not None else {}),
        **({"incomplete_reasons": "\n".join(map(str, reasons))} if reasons else {}),
        "versions": versions_text(),
        "settings": json.dumps(settings, ensure_ascii=False),
    }


def _listed(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in settings.items())


def _first_solution(plan: SweepPlan) -> Solution:
    """Return the solution at the first point where there is a game."""
    return next(p.solution for p in solve_points(plan) if p.solution is not None)


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    found = {"negotiation": negotiation.__version__, "python": platform.python_version()}
    return tuple((found | {name: importlib.metadata.version(name) for name in LIBRARIES}).items())


def versions() -> dict[str, str]:
    """Return the versions of the programs that answers depend on, of this process."""
    return dict(_versions())


def versions_text() -> str:
    """Return the versions for people."""
    return ", ".join(f"{name} {version}" for name, version in _versions())


# ---- axes ----------------------------------------------------------------------------------------


def axes_text(plan: SweepPlan) -> dict[str, str]:
    """Return each swept parameter to what stands behind ``=`` in ``--over``, exact.

    Of a sample that is the range or the list that it is drawn from; a column that no design has
    drawn is listed value by value.
    """
    return {axis.name: _spelled(axis) for axis in plan.axes}


def _spelled(axis: Axis) -> str:
    origin = axis.origin if isinstance(axis, Column) else None
    if isinstance(origin, Range):
        return f"{_number(origin.low)}:{_number(origin.high)}"
    if origin is None and not isinstance(axis, Column) and _is_even(axis.values):
        return f"{_number(axis.values[0])}:{_number(axis.values[-1])}:{len(axis.values)}"
    return ",".join(map(_number, axis.values if origin is None else origin.values))


def _number(value: Fraction) -> str:
    return parameter_text(value)


def _is_even(values: Sequence[Fraction]) -> bool:
    """Say whether three or more values are those of a range, as :func:`read_axis` makes them."""
    if len(values) < 3:
        return False
    low, step = values[0], (values[-1] - values[0]) / (len(values) - 1)
    return all(value == low + k * step for k, value in enumerate(values))


# ---- what is not complete, and why ---------------------------------------------------------------


@dataclass(frozen=True)
class Reason:
    """Why outcomes may be missing at some points.

    Attributes
    ----------
    points : int
        How many have the same regimes and as many outcomes as one that has this reason.
    at : str
        The first of them in words.
    message : str
        What the solution there says.
    remedy : str
        What is complete there; empty where nothing is known to be.
    """

    points: int
    at: str
    message: str
    remedy: str

    def __str__(self) -> str:
        """Return the reason for people."""
        many = f"{self.points:,} point{'s' if self.points != 1 else ''}"
        text = f"{many}, first at {self.at}: {self.message}"
        return f"{text}; {self.remedy}" if self.remedy else text


def reasons_of(plan: SweepPlan, tally: Tally) -> tuple[Reason, ...]:
    """Return why points are not complete, most points first.

    At most `MAX_REASONS` kinds of points are looked into, so counts may add up to fewer points than
    are not complete.
    """
    kinds = sorted((-count, first) for count, first in tally.incomplete_kinds.values())
    found: dict[str, Reason] = {}
    for less, first in kinds[:MAX_REASONS]:
        (point,) = solve_points(plan, first, first + 1)
        reason = Reason(-less, plan.where(first), _why(point), "")
        known = found.get(reason.message)
        if known is None:
            found[reason.message] = replace(reason, remedy=_remedy(plan, first, point))
        else:
            found[reason.message] = replace(known, points=known.points + reason.points)
    return tuple(sorted(found.values(), key=lambda reason: -reason.points))


def _why(point: SweptPoint) -> str:
    """Return what the solutions of a point say that are not complete."""
    return "; ".join(_messages(point)) or "no reason is known"


def _messages(point: SweptPoint) -> Iterator[str]:
    for solution, where in ((point.solution, ""), (point.baseline, "of the baseline: ")):
        if solution is not None and not solution.bounds_payoffs:
            yield where + (UNLISTED if solution.complete else solution.message)


def _remedy(plan: SweepPlan, number: int, point: SweptPoint) -> str:
    """Return how the point would be complete, tried out: with pure strategies only."""
    concept = None if point.solution is None else PURE.get(point.solution.concept)
    if concept is None:
        return ""
    try:
        (tried,) = solve_points(replace(plan, concept=concept), number, number + 1)
    except NegotiationError:
        return ""  # No method solves it with that concept either, so there is nothing to advise.
    return "" if [*_messages(tried)] else f"complete with --concept {concept}"
