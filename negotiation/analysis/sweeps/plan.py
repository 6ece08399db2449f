"""The plan of a sweep: which points there are, and everything that decides their answers.

The points are those of a grid, one dimension an axis, or of a sample, one dimension ``point`` along
which every parameter has its own value. They are numbered in C order: the last axis is the fastest
but for the actions of `each`, which are faster still. A plan can be sent to another process or
machine.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from negotiation.analysis.sweeps.axes import (
    Axis,
    Column,
    Over,
    Range,
    axes_of,
    ranges_of,
    spelled,
)
from negotiation.analysis.sweeps.samples import Sample, draw
from negotiation.errors import Fault, NegotiationError, NotAllowedError, UsageError
from negotiation.formulas import Reference, walk
from negotiation.model.decimals import rounded, shown
from negotiation.model.document import Model, Steps
from negotiation.model.grounding import grounded, substitute
from negotiation.model.scope import CHANCE, cell_name, grid_labels

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from negotiation.game import Game

__all__ = [
    "POINT",
    "UNNAMED",
    "VARIABLES",
    "SweepPlan",
    "check_axis_names",
    "outside_domain",
    "plan_sweep",
]

CROWDED_CONCEPT = "pure-subgame-perfect"
DESIGN = "sobol"
MAX_SHAPES = 2_000
"""So many trees are built to see how many players move at the same time."""
MAX_TRIED = 20_000
"""So many points of a sample are looked at to find some in the domain."""
MAX_NAMED = 6
"""So many parameters name a point in a message."""
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

    def where(self, number: int) -> str:
        """Return a point in words, such as ``x = 1/3, exempt = US only``."""
        values, action = self.point(number)
        listed = listed_values(values)
        if self.each is not None:
            listed = ", ".join(filter(None, (listed, f"{self.each} = {action}")))
        drawn = number // len(self.actions)
        return listed if self.sample is None else f"point {drawn} of the sample ({listed})"

    def inside(self, number: int) -> bool:
        """Say whether a point lies in the domain of the model; all those of a grid must."""
        if self.sample is None:
            return True
        return _is_inside(self.model, {**self.values, **self.point(number)[0]}, self.scenario)


def listed_values(values: Mapping[str, Fraction]) -> str:
    """Return the values at a point in words; of many parameters the first ones."""
    named = [f"{name} = {shown(value)}" for name, value in values.items()]
    if len(named) > MAX_NAMED:
        named[MAX_NAMED:] = [f"and {len(named) - MAX_NAMED} more"]
    return ", ".join(named)


def plan_sweep(
    model: Model,
    over: Over,
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
    design: str = DESIGN,
) -> SweepPlan:
    """Return the checked plan of a sweep; see :func:`negotiation.sweep` for the arguments.

    Where neither the caller nor the model names a concept, and more than two players move at the
    same time somewhere, the concept is ``pure-subgame-perfect``: nobody lists their mixed
    equilibria, and an answer known to be incomplete at every point is of little use in a sweep.

    Raises
    ------
    UsageError
        For unknown and repeated parameters, ends of axes outside the domain, ranges of a sample
        outside the domain of their own parameter, arguments of another kind than asked, a move of
        `each` whose actions an axis moves, and a baseline that is allowed at no point.
    """
    _check_kinds(
        {"each": each, "concept": concept, "select": select, "scenario": scenario},
        {"baseline": baseline, "values": values, "fix": fix},
    )
    if sample is None and (seed, design) != (0, DESIGN):
        raise UsageError("nothing is drawn", place="--seed, --design", remedy="add sample=4096")
    if isinstance(over, Mapping):
        check_axis_names(model, list(filter(_is_text, over)))
    drawn = None if sample is None else Sample(design, sample, seed)
    if drawn is None:
        axes: tuple[Axis, ...] = tuple(axes_of(over))
        check_axis_names(model, [axis.name for axis in axes])
        _check_names(model, axes, values or {})
        _check_ends(model, axes, values or {}, scenario)
    else:
        ranges = ranges_of(over)
        check_axis_names(model, [axis.name for axis in ranges])
        axes = _drawn(model, ranges, drawn, values or {}, scenario)
    plan = SweepPlan(
        model,
        axes,
        baseline=_spelled_names(baseline) if baseline is not None else None,
        concept=concept,
        select=select,
        values=_spelled_names(values),
        fix=_spelled_names(fix),
        scenario=scenario,
        sample=drawn,
    )
    if each is not None:
        each = spelled(each)
        plan = replace(plan, each=each, actions=_labels(plan, each))
    _check_baseline(plan)
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


def _is_text(name: object) -> bool:
    return isinstance(name, str)


def _check_kinds(texts: Mapping[str, object], mappings: Mapping[str, object]) -> None:
    """Refuse arguments of another kind, which Python would take for something else."""
    for name, given in texts.items():
        if given is not None and not isinstance(given, str):
            raise UsageError(
                f"{str(given)[:60]} is no text", place=name, remedy=f"write {name}='...', one text"
            )
    for name, given in mappings.items():
        if given is not None and not isinstance(given, Mapping):
            form = "{'parameter': value}" if name == "values" else "{'move': 'action'}"
            raise UsageError(
                f"{str(given)[:60]!r} is no mapping", place=name, remedy=f"write {name}={form}"
            )
        for key in given or ():
            if not isinstance(key, str):
                raise UsageError(f"{key!r} is no name", place=name, remedy="write it as a text")


def _spelled_names(settings: Mapping[str, object] | None) -> dict[str, object]:
    return {spelled(name): value for name, value in (settings or {}).items()}


# ---- who moves at the same time ------------------------------------------------------------------


def _crowded_stage(plan: SweepPlan) -> str:
    """Return where more than two players move at the same time; empty text if they never do.

    What the moves observe bounds how many can do so in any tree of the model; where the bound is
    two, nothing is looked at. Else one tree is built for each combination of the values of the
    axes that decide its shape, for each action of `each` and for the baseline. Where that would be
    more than `MAX_SHAPES` trees the bound itself is the answer: it may be too large, never too
    small. So the concept depends on which points there are, not on their order.
    """
    from negotiation.analysis.sweeps.variables import structural_axes
    from negotiation.solvers.stages import StageTree

    own = plan.fix if plan.each is None else {**plan.fix, plan.each: None}
    compared = () if plan.baseline is None else ({**plan.fix, **plan.baseline},)
    most = max(_most_movers(plan.model, fix) for fix in (own, *compared))
    if most <= 2:
        return ""
    axes = structural_axes(plan)
    points = _shapes(plan, axes, MAX_SHAPES // (len(plan.actions) + len(compared)))
    names = [plan.axes[k].name for k in axes]
    if points is None:
        return f"{most} players may move at the same time, which {', '.join(names)} decide"
    for values in points:
        for game in _games(plan, values):
            for root, begins in enumerate(game.is_subgame_root):
                if not begins and root > 0:
                    continue
                stage = StageTree(game, root, game.is_subgame_root)
                choosing = sum(size > 1 for size in stage.sizes)
                if choosing > 2:
                    where = ", ".join(f"{name} = {shown(values[name])}" for name in names)
                    text = f"{choosing} players move at the same time {stage.describe()}"
                    return f"{text}, where {where}" if where else text
    return ""


def _games(plan: SweepPlan, values: Mapping[str, Fraction]) -> Iterator[Game]:
    """Yield the games of a point: one for each action of `each`, and that of the baseline.

    None where the point is refused when it is solved, or the action is not open.
    """
    from negotiation.analysis.sweeps.points import game_at

    games = [functools.partial(game_at, plan, values, action) for action in plan.actions]
    if plan.baseline is not None:
        compared = replace(plan, fix={**plan.fix, **plan.baseline}, each=None)
        games.append(functools.partial(game_at, compared, values, None))
    for build in games:
        with suppress(NegotiationError):
            if (game := build()) is not None:
                yield game


def _most_movers(model: Model, fix: Mapping[str, object]) -> int:
    """Return a bound on the number of players of one stage, whatever the values.

    Where all later movers know every move before the k-th, a node of the k-th move begins a
    subgame: the histories of an information set behind it agree in all those moves, hence in which
    of them were skipped, so they go through the same node. Between two such places a stage has the
    players that move there, at most. A move that is fixed counts as known: it has one action.
    """
    scope = model.scope
    try:
        fixed = {cell for name in fix for cell in scope.resolve_cell(name, "move")}
    except Fault:  # an unknown move is refused when the first game is built
        return 0
    moves = [instance for instance in scope.instances if instance.name not in fixed]
    inner: set[int] = set()
    for k, later in enumerate(moves):
        if later.player != CHANCE:
            known = set(later.known)
            unknown = next((i for i in range(k) if moves[i].name not in known), k)
            inner.update(range(unknown + 1, k + 1))
    most, movers = 0, set[str]()
    for k, move in enumerate(moves):
        movers = ({move.player} | (movers if k in inner else set())) - {CHANCE}
        most = max(most, len(movers))
    return most


def _shapes(plan: SweepPlan, axes: Sequence[int], most: int) -> list[dict[str, Fraction]] | None:
    """Return a point of each combination of the values of some axes; None if there are too many.

    In a grid every point must have a game, so any will do. In a sample it is one in the domain.
    """
    if plan.sample is None:
        number = math.prod(len(plan.axes[k].values) for k in axes)
        return None if number > most else list(_each_shape(plan, axes))
    shapes = set(zip(*(plan.axes[k].values for k in axes), strict=True)) or {()}
    found: dict[tuple[Fraction, ...], dict[str, Fraction]] = {}
    tried = 0
    for number in range(0, plan.size, len(plan.actions)):
        values, _ = plan.point(number)
        shape = tuple(values[plan.axes[k].name] for k in axes)
        if len(shapes) > most or tried > MAX_TRIED or len(found) == len(shapes):
            break
        if shape not in found:
            tried += 1
            if plan.inside(number):
                found[shape] = values
    return None if len(shapes) > most or tried > MAX_TRIED else list(found.values())


def _each_shape(plan: SweepPlan, axes: Sequence[int]) -> Iterator[dict[str, Fraction]]:
    """Yield a point of each combination of the values of some axes, in the order of the points."""
    if plan.sample is None:
        lines = [axis.values if k in axes else axis.values[:1] for k, axis in enumerate(plan.axes)]
        names = [axis.name for axis in plan.axes]
        yield from (dict(zip(names, shape, strict=True)) for shape in itertools.product(*lines))
        return
    seen: set[tuple[Fraction, ...]] = set()
    for number in range(0, plan.size, len(plan.actions)):
        values, _ = plan.point(number)
        shape = tuple(values[plan.axes[k].name] for k in axes)
        if shape not in seen and plan.inside(number):
            seen.add(shape)
            yield values


# ---- checks --------------------------------------------------------------------------------------


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
    refusals: dict[str, NegotiationError] = {}
    for k in range(sample.size):
        point = {column.name: column.values[k] for column in columns}
        refusal = _refusal(model, {**values, **point}, scenario)
        if refusal is None:
            return columns
        refusals[str(refusal)] = refusal
    if refusals.keys() == {str(without := _refusal(model, values, scenario))} and without:
        raise without  # what is drawn has no part in it
    raise UsageError(
        f"no point of the sample lies in the domain of {model.name}",
        place="--over",
        remedy="choose ranges that meet the domain and assumptions of the model",
    )


def _is_inside(model: Model, settings: Mapping[str, object], scenario: str | None) -> bool:
    return not isinstance(_refusal(model, settings, scenario), UsageError)


def _refusal(
    model: Model, settings: Mapping[str, object], scenario: str | None
) -> NegotiationError | None:
    """Return why some settings are refused; None if they are not."""
    try:
        model.values(settings, scenario=scenario)
    except NegotiationError as error:
        return error
    return None


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


def _labels(plan: SweepPlan, move: str) -> tuple[str | None, ...]:
    """Return the labels of a move's actions, whether open or not."""
    scope = plan.model.scope
    try:
        cells = scope.resolve_cell(move, "move")
        fixed = {cell for name in plan.fix for cell in scope.resolve_cell(name, "move")}
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
    return _labels_at_values(plan, move) if labels is None else tuple(labels)


def _labels_at_values(plan: SweepPlan, move: str) -> tuple[str | None, ...]:
    """Return the labels of a grid given by steps, where its points are the same at all points.

    Raises
    ------
    UsageError
        If an axis moves them.
    """
    from negotiation.analysis.sweeps.variables import axes_behind
    from negotiation.forms.extensive import action_labels

    model, scope = plan.model, plan.model.scope
    grid = scope.move_of(move).grid
    assert isinstance(grid, Steps)
    (binding,) = (entry.binding for entry in scope.instances if entry.name == move)
    entries = [entry for entry in (grid.start, grid.end, grid.steps) if isinstance(entry, str)]
    formulas = [grounded(entry, binding, scope) for entry in entries]
    read = {p.name for formula in formulas for p in walk(formula) if isinstance(p, Reference)}
    several = {axis.name for axis in plan.axes if len(set(axis.values)) > 1}
    if moving := [name for name in axes_behind(plan, read) if name in several]:
        listed = ", ".join(moving)
        raise UsageError(
            f"{listed} {'decides' if len(moving) == 1 else 'decide'} which actions {move} has, so "
            "they differ from point to point",
            place=f"--each {move}",
            remedy=f"hold {listed} fixed with --set, in one sweep for each value",
        )
    # The first point of the domain; all those of a grid must lie there.
    number = next(filter(plan.inside, range(plan.size)))
    values, _ = plan.point(number)
    return action_labels(model, {**plan.values, **values}, plan.scenario, move)


def _check_baseline(plan: SweepPlan) -> None:
    """Refuse a baseline that is allowed at no point.

    Where it is allowed is decided by the axes that decide the shape of the tree. What else is wrong
    with a point is told when it is solved.

    Raises
    ------
    UsageError
    """
    from negotiation.analysis.sweeps.points import game_at
    from negotiation.analysis.sweeps.variables import structural_axes

    if plan.baseline is None:
        return
    compared = replace(plan, fix={**plan.fix, **plan.baseline}, each=None, actions=(None,))
    refusal: NotAllowedError | None = None
    for values in _each_shape(compared, structural_axes(compared)):
        try:
            game_at(compared, values, None)
        except NotAllowedError as error:
            refusal = refusal or error
        except NegotiationError:
            return  # Another fault, told with its point when that is solved.
        else:
            return
    if refusal is not None:
        raise UsageError(
            f"allowed at no point: {refusal.message}", place="--baseline", remedy=refusal.remedy
        )


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
    """Refuse ends outside the domain before any solving.

    What is refused in the same words at all ends, and without the axes, is no matter of the axes.
    """
    ends = [(axis.name, end) for axis in axes for end in (min(axis.values), max(axis.values))]
    # All of them first, for outside its domain a formula may have no value, which says less.
    for name, end in ends:
        _check_size(name, end)
        if (outside := _outside(model, name, end)) is not None:
            raise outside
    first = {axis.name: axis.values[0] for axis in axes}
    points = [first, *({**first, name: end} for name, end in ends)]
    refusals = [_refusal(model, {**values, **point}, scenario) for point in points]
    k, refusal = next(((k, found) for k, found in enumerate(refusals) if found), (0, None))
    if refusal is None:
        return
    told = {str(found) for found in refusals}
    if told == {str(_refusal(model, values, scenario))}:
        raise refusal
    at_fault = [name for name, _ in ends[k - 1 : k]]
    if k == 0:  # whose other end has another answer
        others = zip(ends, refusals[1:], strict=True)
        moving = dict.fromkeys(name for (name, _), other in others if str(other) != str(refusal))
        at_fault = list(moving or first)
    raise _at_axes(refusal, points[k], at_fault)


def outside_domain(plan: SweepPlan, number: int) -> UsageError | None:
    """Return what is wrong with a point outside the domain; None inside.

    None too where the axes have no part in it.
    """
    model, scenario = plan.model, plan.scenario
    values, _ = plan.point(number)
    for name, value in values.items():
        if (outside := _outside(model, name, value)) is not None:
            return outside
    refusal = _refusal(model, {**plan.values, **values}, scenario)
    without = _refusal(model, plan.values, scenario)
    if not isinstance(refusal, UsageError) or str(refusal) == str(without):
        return None
    return _at_axes(refusal, values, list(values))


def _outside(model: Model, axis: str, value: Fraction) -> UsageError | None:
    """Return what is wrong with a value of an axis outside the domain of its own parameter."""
    for cell in _cells(model, axis, "--over"):
        domain = model.parameters[cell.split("[")[0]].domain
        if domain in _violated(model, cell, value):
            return UsageError(
                f"{cell} = {shown(value)} is outside its domain {domain}",
                place=f"--over {axis}",
                remedy=f"choose points in the domain{_usual(model, axis)}",
            )
    return None


def _at_axes(
    refusal: NegotiationError, values: Mapping[str, Fraction], axes: Sequence[str]
) -> UsageError:
    """Return a refusal of a point, placed at the axes that lead there."""
    listed = ", ".join(axes)
    return UsageError(
        f"at {listed_values(values)}: {refusal.message}",
        place=f"--over {listed}",
        remedy=f"choose other points of {listed}, or set what else matters there",
    )


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
