"""The plan of a sweep: which points there are, and everything that decides their answers.

Points are numbered in C order: the last axis is the fastest but for the actions of `each`, which
are faster still. A plan can be sent to another process or machine.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from negotiation.analysis.sweeps.axes import Axis, axes_of
from negotiation.errors import Fault, UsageError
from negotiation.model.document import Model
from negotiation.model.scope import grid_labels

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["UNNAMED", "VARIABLES", "SweepPlan", "plan_sweep"]

UNNAMED = "unnamed"
"""Label of an equilibrium that no regime of the model matches."""
VARIABLES = (
    "payoff",
    "payoff_min",
    "payoff_max",
    "equilibria",
    "complete",
    "regime",
    "payoff_change",
    "payoff_change_min",
    "payoff_change_max",
)


@dataclass(frozen=True)
class SweepPlan:
    """A model, its points, and how each is solved.

    Attributes
    ----------
    model : Model
    axes : tuple of Axis
        The dimensions of a grid, the last fastest.
    each : str or None
        A move that is fixed at each of its `actions` in turn.
    actions : tuple of str or None
        ``(None,)`` without `each`.
    baseline : mapping or None
        Moves to fix for the solution that payoffs are compared with.
    concept : str
    select : str or None
    values, fix, scenario
        As in :meth:`Model.at`.
    """

    model: Model
    axes: tuple[Axis, ...]
    each: str | None = None
    actions: tuple[str | None, ...] = (None,)
    baseline: Mapping[str, object] | None = None
    concept: str | None = None
    select: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    fix: Mapping[str, object] = field(default_factory=dict)
    scenario: str | None = None

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each axis, then of actions where a move is swept."""
        sizes = tuple(len(axis.values) for axis in self.axes)
        return (*sizes, len(self.actions)) if self.each is not None else sizes

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the dimensions of `shape`."""
        names = tuple(axis.name for axis in self.axes)
        return (*names, self.each) if self.each is not None else names

    @cached_property
    def size(self) -> int:
        """Number of points, each action of `each` counted."""
        return math.prod(self.shape)

    @property
    def players(self) -> tuple[str, ...]:
        """The players, in the order of the model."""
        return self.model.scope.players

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Labels that one equilibrium may have, in the order of the model."""
        names = dict.fromkeys(regime.name for regime in self.model.regimes)
        return (*names, UNNAMED) if UNNAMED not in names else tuple(names)

    def indices(self, start: int, stop: int) -> npt.NDArray[np.int64]:
        """Return the place of points ``start..stop-1`` on each axis, shape (axes, points)."""
        import numpy as np

        numbers = np.arange(start, stop, dtype=np.int64) // len(self.actions)
        found = np.empty((len(self.axes), stop - start), dtype=np.int64)
        for k in range(len(self.axes) - 1, -1, -1):
            numbers, found[k] = np.divmod(numbers, len(self.axes[k].values))
        return found

    def point(self, number: int) -> tuple[dict[str, Fraction], str | None]:
        """Return the swept values at a point, and the action of `each`."""
        place, action = divmod(number, len(self.actions))
        values: dict[str, Fraction] = {}
        for axis in self.axes[::-1]:
            place, k = divmod(place, len(axis.values))
            values[axis.name] = axis.values[k]
        return {axis.name: values[axis.name] for axis in self.axes}, self.actions[action]


def plan_sweep(
    model: Model,
    over: Mapping[str, Any] | Sequence[Axis],
    *,
    each: str | None = None,
    baseline: Mapping[str, object] | None = None,
    concept: str | None = None,
    select: str | None = None,
    values: Mapping[str, object] | None = None,
    fix: Mapping[str, object] | None = None,
    scenario: str | None = None,
) -> SweepPlan:
    """Return the checked plan of a sweep; see :func:`negotiation.sweep` for the arguments.

    Raises
    ------
    UsageError
        For unknown and repeated parameters, and ends of axes outside the domain.
    """
    axes = tuple(axes_of(over))
    _check_axes(model, axes, values or {}, scenario)
    actions = (None,) if each is None else _labels(model, each, fix or {})
    return SweepPlan(
        model,
        axes,
        each,
        actions,
        dict(baseline) if baseline is not None else None,
        concept,
        select,
        dict(values or {}),
        dict(fix or {}),
        scenario,
    )


def _labels(model: Model, move: str, fix: Mapping[str, object]) -> tuple[str | None, ...]:
    """Return the labels of a move's actions, whether open or not."""
    scope = model.scope
    try:
        cells = scope.resolve_cell(move, "move")
        fixed = {cell for name in fix for cell in scope.resolve_cell(name, "move")}
    except Fault as fault:
        raise UsageError(fault.message, place="--each", remedy=fault.remedy) from None
    if cells != [move]:
        raise UsageError(f"{move} is a family of moves", place="--each", remedy=f"write {cells[0]}")
    if move in fixed:
        raise UsageError(f"{move} is fixed already", place="--each", remedy="leave out --fix")
    found = scope.move_of(move)
    if found.actions is not None:
        return tuple(found.actions)
    if found.subsets is not None:
        members = scope.sets[found.subsets]
        return tuple(
            scope.label_of_subset(found, frozenset(subset))
            for size in range(len(members) + 1)
            for subset in itertools.combinations(members, size)
        )
    labels = grid_labels(found)
    if labels is None:
        raise UsageError(
            f"the values decide how {move} is spelled",
            place="--each",
            remedy=f"list the points of its grid, or sweep once for each --fix {move}=...",
        )
    return tuple(labels)


def _check_axes(
    model: Model, axes: Sequence[Axis], values: Mapping[str, object], scenario: str | None
) -> None:
    """Refuse unknown and repeated parameters, and ends outside the domain, before any solving."""
    taken = {cells: "--set" for name in values if (cells := _cells(model, name, "--set"))}
    for axis in axes:
        place = f"--over {axis.name}"
        cells = _cells(model, axis.name, "--over")
        if cells in taken:
            raise UsageError(
                f"also given by {taken[cells]}", place=place, remedy="give the parameter once"
            )
        taken[cells] = "another --over"
        if axis.name in (*VARIABLES, "player", "equilibrium"):
            raise UsageError(
                "the dataset has a variable of that name",
                place=place,
                remedy="rename the parameter",
            )
        if model.parameters[axis.name.split("[")[0]].integer:
            for value in axis.values:
                if value.denominator != 1:
                    raise UsageError(
                        f"{value} is no whole number", place=place, remedy="list whole numbers"
                    )
    first = {axis.name: axis.values[0] for axis in axes}
    for axis in axes:
        for end in (min(axis.values), max(axis.values)):
            try:
                model.values({**values, **first, axis.name: end}, scenario=scenario)
            except UsageError as error:
                raise UsageError(error.message, place="--over", remedy=error.remedy) from None


def _cells(model: Model, name: str, place: str) -> tuple[str, ...]:
    try:
        return tuple(model.scope.resolve_cell(name, "parameter"))
    except Fault as fault:
        raise UsageError(fault.message, place=place, remedy=fault.remedy) from None
