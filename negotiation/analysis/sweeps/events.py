"""Births, deaths and merges along the one axis of a sweep, as data: what its summary says in lines.

Each event stands for itself: it names the outcomes, not places in a list of branches. The words for
where it lies are those of the summary, so is the list, but for its end, which lines cut off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from negotiation.analysis.sweeps.branch_codes import line_events
from negotiation.analysis.sweeps.branches import (
    Branch,
    Branches,
    branches_of,
    curves_along,
    number_in_words,
    short_names,
    without_branches,
)
from negotiation.errors import BudgetError, MethodError

if TYPE_CHECKING:
    import xarray

    from negotiation.analysis.sweeps.plan import SweepPlan

__all__ = ["sweep_events"]


def sweep_events(
    plan: SweepPlan, dataset: xarray.Dataset, *, budget: float = 5.0
) -> list[dict[str, Any]] | None:
    """Return all events along the one axis of a sweep that has been solved, as JSON values.

    They lie at exact numbers where those are had within the budget, in seconds, and otherwise
    between the points of the dataset.

    Returns
    -------
    list of dict, or None
        None where :func:`negotiation.analysis.sweeps.branches.sweep_event_lines` has no lines: for
        several axes, one point, ``--each``, samples, and without the variable ``branch``. Of a
        dataset of several axes :func:`negotiation.analysis.sweeps.branch_codes.line_events` lists
        births and deaths along any line.

        ``kind``, ``where`` (in words), ``at`` (the exact number, or null), ``between`` (the two
        points, or null), ``outcome`` and ``other`` (short names; null where no other branch
        takes part), ``branch`` (its label in the dataset; null where no point of the dataset has
        it, and where exact events tell branches apart that reach the same histories), ``regimes``
        (along the branch; null between points, where they are not followed), ``binding`` (whose
        incentive), ``polynomial``, ``inside_continuum`` (whether the branch dies and is born there
        only because it goes on inside a continuum).
    """
    if len(plan.axes) != 1 or plan.each is not None or plan.sample is not None:
        return None
    if len(plan.axes[0].values) < 2 or "branch" not in dataset:
        return None
    known = dataset.attrs
    empty = without_branches(plan, known["concept"], known["selection"])
    labels = str(dataset["branch"].attrs["labels"]).split("\n")
    try:
        return _exact(branches_of(curves_along(plan, empty, budget), empty), labels)
    except (MethodError, BudgetError):
        return _between_points(plan, dataset)


def _exact(found: Branches, labels: Sequence[str]) -> list[dict[str, Any]]:
    reached = Counter(_histories(branch) for branch in found.branches)
    events = []
    for event in found.events:
        branch = found.branches[event.branch]
        other = None if event.other is None else found.branches[event.other].short_name
        alone = reached[_histories(branch)] == 1 and branch.name in labels
        events.append(
            {
                **event.to_dict(),
                "where": event.where,
                "branch": branch.name if alone else None,
                "outcome": branch.short_name,
                "other": other,
                "regimes": list(branch.regimes),
                "inside_continuum": event.inside_continuum,
            }
        )
    return events


def _histories(branch: Branch) -> frozenset[frozenset[tuple[str, str]]]:
    return frozenset(frozenset(moves.items()) for moves in branch.histories)


def _between_points(plan: SweepPlan, dataset: xarray.Dataset) -> list[dict[str, Any]]:
    (axis,) = plan.axes
    exact = {float(value): value for value in axis.values}
    events = line_events(dataset, axis.name)
    names = short_names(plan, dataset, {event.branch for event in events})
    found = []
    for event in events:
        before, after = (exact[end] for end in event.between)
        found.append(
            {
                "kind": event.kind,
                "at": None,
                "between": [str(before), str(after)],
                "where": f"between {number_in_words(before)} and {number_in_words(after)}",
                "branch": event.branch,
                "outcome": names.get(event.branch, event.branch),
                "other": None,
                "regimes": None,
                "binding": [],
                "polynomial": "",
                "inside_continuum": False,
            }
        )
    return found
