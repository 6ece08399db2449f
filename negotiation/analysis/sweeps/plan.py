"""The plan of a sweep: which points there are, and everything that decides their answers.

The points are those of a grid, one dimension an axis, or of a sample, one dimension ``point`` along
which every parameter has its own value. They are numbered in C order: the last axis is the fastest
but for the actions of `each`, which are faster still. A plan can be sent to another process or
machine.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from negotiation.analysis.sweeps.axes import Axis, Column, Range, axes_of, ranges_of
from negotiation.analysis.sweeps.samples import Sample, draw
from negotiation.errors import Fault, UsageError
from negotiation.formulas import Reference, walk
from negotiation.model.decimals import rounded, shown
from negotiation.model.document import Model
from negotiation.model.grounding import grounded, substitute
from negotiation.model.scope import cell_name, grid_labels

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["POINT", "UNNAMED", "VARIABLES", "SweepPlan", "check_axis_names", "plan_sweep"]

CROWDED_CONCEPT = "pure-subgame-perfect"
MAX_SHAPES = 64
UNNAMED = "unnamed"
"""Label of an equilibrium that no regime of the model matches."""
POINT = "point"
"""Name of the dimension of a sample."""
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
    "branch",
    "inside",
)
RESERVED = (*VARIABLES, POINT, "player", "equilibrium")
"""Names that no swept parameter or move may have."""


@dataclass(frozen=True)
class SweepPlan:
    """A model, its points, and how each is solved.

    Attributes
    ----------
    model : Model
    axes : tuple of Axis
        The dimensions of a grid, the last fastest; of a sample, the value of each parameter at
        each point.
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
    sample : Sample or None
        How the points were drawn; None for a grid.
    concept_reason : str
        Why this concept, where neither the caller nor the model names one; else empty.
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
    sample: Sample | None = None
    concept_reason: str = ""

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each axis, or of drawn points; then of actions of a swept move."""
        if self.sample is not None:
            sizes: tuple[int, ...] = (self.sample.size,)
        else:
            sizes = tuple(len(axis.values) for axis in self.axes)
        return (*sizes, len(self.actions)) if self.each is not None else sizes

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the dimensions of `shape`."""
        names = (POINT,) if self.sample is not None else tuple(axis.name for axis in self.axes)
        return (*names, self.each) if self.each is not None else names

    @cached_property
    def size(self) -> int:
        """Number of points, each action of `each` counted."""
        return math.prod(self.shape)

    @cached_property
    def coordinates(self) -> dict[str, tuple[str, tuple[Any, ...]]]:
        """Name of each coordinate of `shape` to its dimension and its values there, exact."""
        along = {axis.name: axis.name for axis in self.axes}
        found: dict[str, tuple[str, tuple[Any, ...]]] = {}
        if self.sample is not None:
            along = dict.fromkeys(along, POINT)
            found[POINT] = POINT, tuple(range(self.sample.size))
        found |= {axis.name: (along[axis.name], axis.values) for axis in self.axes}
        if self.each is not None:
            found[self.each] = self.each, self.actions
        return found

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
        """Return the place of points ``start..stop-1`` on each axis, shape (axes, points).

        In a sample every axis has the number of the drawn point.
        """
        import numpy as np

        numbers = np.arange(start, stop, dtype=np.int64) // len(self.actions)
        if self.sample is not None:
            return np.tile(numbers, (len(self.axes), 1))
        found = np.empty((len(self.axes), stop - start), dtype=np.int64)
        for k in range(len(self.axes) - 1, -1, -1):
            numbers, found[k] = np.divmod(numbers, len(self.axes[k].values))
        return found

    def point(self, number: int) -> tuple[dict[str, Fraction], str | None]:
        """Return the swept values at a point, and the action of `each`."""
        place, action = divmod(number, len(self.actions))
        values: dict[str, Fraction] = {}
        for axis in self.axes[::-1]:
            k = place
            if self.sample is None:
                place, k = divmod(place, len(axis.values))
            values[axis.name] = axis.values[k]
        return {axis.name: values[axis.name] for axis in self.axes}, self.actions[action]

    def inside(self, number: int) -> bool:
        """Say whether a point lies in the domain of the model; all those of a grid must."""
        if self.sample is None:
            return True
        return _is_inside(self.model, {**self.values, **self.point(number)[0]}, self.scenario)


def plan_sweep(
    model: Model,
    over: Mapping[str, Any] | Sequence[Axis] | Sequence[Range | Axis],
    *,
    each: str | None = None,
    baseline: Mapping[str, object] | None = None,
    concept: str | None = None,
    select: str | None = None,
    values: Mapping[str, object] | None = None,
    fix: Mapping[str, object] | None = None,
    scenario: str | None = None,
    sample: int | None = None,
    seed: int = 0,
    design: str = "sobol",
) -> SweepPlan:
    """Return the checked plan of a sweep; see :func:`negotiation.sweep` for the arguments.

    Where neither the caller nor the model names a concept, and more than two players move at the
    same time somewhere, the concept is ``pure-subgame-perfect``: nobody lists their mixed
    equilibria, and an answer known to be incomplete at every point is of little use in a sweep.

    Raises
    ------
    UsageError
        For unknown and repeated parameters, ends of axes outside the domain, ranges of a sample
        outside the domain of their own parameter.
    """
    check_axis_names(model, list(over) if isinstance(over, Mapping) else [a.name for a in over])
    drawn = None if sample is None else Sample(design, sample, seed)
    if drawn is None:
        axes: tuple[Axis, ...] = tuple(_axes(over))
        _check_names(model, axes, values or {})
        _check_ends(model, axes, values or {}, scenario)
    else:
        axes = _drawn(model, ranges_of(over), drawn, values or {}, scenario)
    actions = (None,) if each is None else _labels(model, each, fix or {})
    plan = SweepPlan(
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
        drawn,
    )
    if concept is None and model.concept is None and (reason := _crowded_stage(plan)):
        return replace(plan, concept=CROWDED_CONCEPT, concept_reason=reason)
    return plan


def check_axis_names(model: Model, names: Sequence[str]) -> None:
    """Refuse names that are no parameters, before their values are read.

    Raises
    ------
    UsageError
        If one is no parameter; of a move it says how to sweep its actions.
    """
    for name in names:
        _cells(model, name, "--over")


def _crowded_stage(plan: SweepPlan) -> str:
    """Return where more than two players move at the same time; empty text if they never do.

    The shape of the tree may depend on whole-number parameters: all their values are looked at,
    the other axes at the first point where there is a game.
    """
    from negotiation.errors import NegotiationError
    from negotiation.solvers.stages import StageTree

    for number in _shapes(plan):
        values, _ = plan.point(number)
        try:
            game = plan.model.at({**plan.values, **values}, fix=plan.fix, scenario=plan.scenario)
        except NegotiationError:
            continue
        for root, begins in enumerate(game.is_subgame_root):
            if begins or root == 0:
                stage = StageTree(game, root, game.is_subgame_root)
                choosing = [size for size in stage.sizes if size > 1]
                if len(choosing) > 2:
                    return f"{len(choosing)} players move at the same time {stage.describe()}"
    return ""


def _shapes(plan: SweepPlan) -> Iterator[int]:
    """Yield points at which the tree may differ: the first ones, and one a whole number."""
    if plan.sample is not None:
        yield from range(0, min(plan.size, MAX_SHAPES * len(plan.actions)), len(plan.actions))
        return
    yield 0
    step = len(plan.actions)
    for axis in plan.axes[::-1]:
        if plan.model.parameters[axis.name.split("[")[0]].integer:
            for k in range(1, min(len(axis.values), MAX_SHAPES)):
                yield k * step
        step *= len(axis.values)


def _axes(over: Mapping[str, Any] | Sequence[Range | Axis]) -> list[Axis]:
    """Return the axes of a grid; a range has no points without a sample."""
    if not isinstance(over, Mapping):
        for axis in over:
            if isinstance(axis, Range):
                raise UsageError(
                    "a range without points",
                    place=f"--over {axis.name}",
                    remedy="write name=lo:hi:n, or draw from it with --sample",
                )
    return axes_of(over)  # type: ignore[arg-type]


def _drawn(
    model: Model,
    ranges: Sequence[Range | Axis],
    sample: Sample,
    values: Mapping[str, object],
    scenario: str | None,
) -> tuple[Column, ...]:
    """Return the parameters of a sample with their values; refuse what lies outside."""
    if not ranges:
        raise UsageError("no parameter is drawn", place="--over", remedy="write name=lo:hi")
    _check_names(model, ranges, values)
    whole = [model.parameters[axis.name.split("[")[0]].integer for axis in ranges]
    columns = draw(ranges, sample, whole=whole)
    for column, axis in zip(columns, ranges, strict=True):
        for end in (min(column.values), max(column.values)):
            _check_size(column.name, end)
            _check_alone(model, column.name, end, axis)
    for k in range(sample.size):
        point = {column.name: column.values[k] for column in columns}
        if _is_inside(model, {**values, **point}, scenario):
            return columns
    raise UsageError(
        f"no point of the sample lies in the domain of {model.name}",
        place="--over",
        remedy="choose ranges that meet the domain and assumptions of the model",
    )


def _is_inside(model: Model, settings: Mapping[str, object], scenario: str | None) -> bool:
    try:
        model.values(settings, scenario=scenario)
    except UsageError:
        return False
    return True


def _check_alone(model: Model, axis: str, value: Fraction, drawn_from: Range | Axis) -> None:
    """Refuse a drawn value outside what the model demands of this parameter alone.

    Points outside a joint restriction stay in a sample, marked; see
    :mod:`negotiation.analysis.sweeps.samples`.
    """
    for cell in _cells(model, axis, "--over"):
        for text in _violated(model, cell, value):
            if isinstance(drawn_from, Range):
                ends = f"{shown(drawn_from.low)} to {shown(drawn_from.high)}"
                message = f"the range {ends} leaves the domain of {cell}, {text}"
                remedy = f"narrow the range to the domain{_usual(model, axis)}"
            else:
                message = f"the list leaves the domain of {cell}, {text}: {shown(value)}"
                remedy = "leave that value out"
            raise UsageError(message, place=f"--over {axis}", remedy=remedy)


def _violated(model: Model, cell: str, value: Fraction) -> Iterator[str]:
    """Yield the domain of a parameter cell and assumptions that read nothing else and fail."""
    name, scope = cell.split("[")[0], model.scope
    demands: list[tuple[str, Mapping[str, str], str | None]] = [(a, {}, None) for a in model.assume]
    if (domain := model.parameters[name].domain) is not None:
        for binding in scope.bindings(scope.families[name].binder):
            if cell_name(name, binding.values()) == cell:
                demands.insert(0, (domain, binding, cell))
    for text, bound, own in demands:
        node = substitute(grounded(text, bound, scope, own=own), {cell: value})
        joint = any(isinstance(part, Reference) for part in walk(node))
        if not joint and not rounded(node, None):
            yield text


def _usual(model: Model, axis: str) -> str:
    """Return the range that the model states for a parameter, for a remedy."""
    name, _, member = axis.partition("[")
    usual = model.parameters[name].range
    if isinstance(usual, Mapping):
        usual = usual.get(member.rstrip("]"))
    if not isinstance(usual, Sequence) or not all(isinstance(end, Fraction) for end in usual):
        return ""
    low, high = map(shown, usual)
    return f"; the model states {axis} from {low} to {high}"


def _labels(model: Model, move: str, fix: Mapping[str, object]) -> tuple[str | None, ...]:
    """Return the labels of a move's actions, whether open or not."""
    scope = model.scope
    try:
        cells = scope.resolve_cell(move, "move")
        fixed = {cell for name in fix for cell in scope.resolve_cell(name, "move")}
    except Fault as fault:
        raise UsageError(fault.message, place="--each", remedy=fault.remedy) from None
    if move in RESERVED:
        raise UsageError(
            f"the dataset has a variable {move}", place="--each", remedy="rename the move"
        )
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


def _check_names(model: Model, axes: Sequence[Range | Axis], values: Mapping[str, object]) -> None:
    """Refuse unknown and repeated parameters, and fractions where whole numbers are wanted."""
    taken = {cells: "--set" for name in values if (cells := _cells(model, name, "--set"))}
    for axis in axes:
        place = f"--over {axis.name}"
        cells = _cells(model, axis.name, "--over")
        if cells in taken:
            raise UsageError(
                f"also given by {taken[cells]}", place=place, remedy="give the parameter once"
            )
        taken[cells] = "another --over"
        if axis.name in RESERVED:
            raise UsageError(
                "the dataset has a variable of that name",
                place=place,
                remedy="rename the parameter",
            )
        if model.parameters[axis.name.split("[")[0]].integer and isinstance(axis, Axis):
            for value in axis.values:
                if value.denominator != 1:
                    raise UsageError(
                        f"{value} is no whole number", place=place, remedy="list whole numbers"
                    )


def _check_ends(
    model: Model, axes: Sequence[Axis], values: Mapping[str, object], scenario: str | None
) -> None:
    """Refuse ends outside the domain before any solving."""
    ends = [(axis.name, end) for axis in axes for end in (min(axis.values), max(axis.values))]
    # All of them first, for outside its domain a formula may have no value, which says less.
    for name, end in ends:
        _check_size(name, end)
        for cell in _cells(model, name, "--over"):
            domain = model.parameters[cell.split("[")[0]].domain
            if domain in _violated(model, cell, end):
                raise UsageError(
                    f"{cell} = {shown(end)} is outside its domain {domain}",
                    place=f"--over {name}",
                    remedy=f"choose points in the domain{_usual(model, name)}",
                )
    first = {axis.name: axis.values[0] for axis in axes}
    for name, end in ends:
        try:
            model.values({**values, **first, name: end}, scenario=scenario)
        except UsageError as error:
            raise UsageError(
                f"at {name} = {shown(end)}: {error.message}",
                place=f"--over {name}",
                remedy=f"choose other points of {name}, or set what else it depends on",
            ) from None


def _check_size(name: str, value: Fraction) -> None:
    """Refuse a value that no double is near to: it is a coordinate of the dataset."""
    try:
        float(value)
    except OverflowError:
        raise UsageError(
            f"{shown(value)} is beyond the range of doubles",
            place=f"--over {name}",
            remedy="measure the parameter in larger units",
        ) from None


def _cells(model: Model, name: str, place: str) -> tuple[str, ...]:
    scope = model.scope
    try:
        return tuple(scope.resolve_cell(name, "parameter"))
    except Fault as fault:
        message, remedy = fault.message, fault.remedy
    if place == "--over":
        with suppress(Fault):
            (move, *_) = scope.resolve_cell(name, "move")
            message = f"{name} is a move, not a parameter"
            remedy = f"sweep the actions of a move with --each {move}"
    raise UsageError(message, place=place, remedy=remedy)
