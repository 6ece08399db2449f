"""Sweeps: solve a model at every point of a grid and label the results.

A grid point is an exact rational, solved exactly; only the dataset holds doubles, each the nearest
to its rational. An equilibrium set is a set: ``payoff`` has a dimension ``equilibrium`` (padded
with NaN), ``payoff_min`` and ``payoff_max`` bound it, ``equilibria`` counts its outcomes. The
question of this field is how payoffs shift, so with a baseline (a move fixed at an action)
``payoff_change`` is the difference to it; where the baseline itself has several values for a
player, ``payoff_change`` is NaN and its bounds are in ``payoff_change_min`` and
``payoff_change_max``. Where the action of `each` is not open, or its move is not made, a point has
no equilibrium.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import negotiation
from negotiation.errors import Fault, UsageError
from negotiation.model.document import Model
from negotiation.model.scope import grid_labels
from negotiation.model.values import read_value
from negotiation.solution import Solution
from negotiation.solvers import solve

if TYPE_CHECKING:
    import xarray

    from negotiation.game import Game

__all__ = ["Axis", "SweptPoint", "read_axis", "solve_points", "sweep"]

MAX_POINTS = 1_000_000
UNNAMED = "unnamed"
"""Label of equilibria of a model that names no regimes."""
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
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Axis:
    """One parameter and the exact values it takes."""

    name: str
    values: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        place = f"--over {self.name}"
        if not self.values:
            raise UsageError("the axis has no points", place=place, remedy="write lo:hi:n")
        if len(set(self.values)) < len(self.values):
            raise UsageError("a point stands twice", place=place, remedy="name each value once")


@dataclass(frozen=True)
class SweptPoint:
    """The solution at one point; `action` is the fixed action of the move swept with `each`."""

    index: tuple[int, ...]
    values: Mapping[str, Fraction]
    action: str | None
    solution: Solution
    baseline: Solution | None = field(default=None, repr=False)


def read_axis(text: str) -> Axis:
    """Read ``name=lo:hi:n`` (n points, both ends included) or ``name=a,b,c``.

    Raises
    ------
    UsageError
        If the text is neither.
    """
    name, equals, points = text.partition("=")
    name, place = name.strip(), f"--over {text[:60]}"
    if not equals or not name or not points.strip():
        raise UsageError("is no axis", place=place, remedy="write name=lo:hi:n or name=a,b,c")
    if ":" not in points:
        values = tuple(read_value(part, place) for part in points.split(","))
    else:
        parts = points.split(":")
        if len(parts) != 3:
            raise UsageError("is no range", place=place, remedy="write name=lo:hi:n")
        low, high, count = (read_value(part, place) for part in parts)
        if count.denominator != 1 or not 1 <= count <= MAX_POINTS:
            raise UsageError(
                f"{parts[2].strip()[:40]} is no number of points from 1 to {MAX_POINTS:,}",
                place=place,
                remedy="write name=0:1:101",
            )
        if count == 1 and low != high:
            raise UsageError(
                "one point, but two ends", place=place, remedy="ask for 2 points or more"
            )
        step = (high - low) / (count - 1) if count > 1 else Fraction(0)
        values = tuple(low + k * step for k in range(int(count)))
    return Axis(name, values)


def _axes(over: Mapping[str, Any] | Sequence[Axis]) -> list[Axis]:
    """Return axes from Axis objects or from ``{name: (lo, hi, n)}`` and ``{name: [values]}``."""
    if not isinstance(over, Mapping):
        return list(over)
    axes = []
    for name, points in over.items():
        if isinstance(points, str):
            axes.append(read_axis(f"{name}={points}"))
        elif isinstance(points, tuple) and len(points) == 3:
            axes.append(read_axis(f"{name}={points[0]}:{points[1]}:{points[2]}"))
        else:
            axes.append(Axis(name, tuple(read_value(point, name) for point in points)))
    return axes


def solve_points(
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
    progress: Progress | None = None,
) -> Iterator[SweptPoint]:
    """Yield the exact solution at every point, the last axis fastest; see :func:`sweep`."""
    axes = _axes(over)
    _check_axes(model, axes, values or {}, scenario)
    actions = _labels(model, each, fix or {}) if each is not None else [None]
    total = len(actions)
    for axis in axes:
        total *= len(axis.values)
    if total > MAX_POINTS:
        raise UsageError(
            f"{total:,} points are more than {MAX_POINTS:,}",
            place="--over",
            remedy="use fewer points",
        )
    done = 0
    for index in itertools.product(*(range(len(axis.values)) for axis in axes)):
        point = {axis.name: axis.values[k] for axis, k in zip(axes, index, strict=True)}
        at = functools.partial(model.at, {**(values or {}), **point}, scenario=scenario)
        compared = None
        if baseline is not None:
            compared = solve(_baseline(at, {**(fix or {}), **baseline}), concept, select=select)
        for action in actions:
            game = _game(at, fix or {}, each, action)
            if game is not None:
                yield SweptPoint(
                    index, point, action, solve(game, concept, select=select), compared
                )
            done += 1
            if progress is not None:
                progress(done, total)


def _game(
    at: Callable[..., Game], fix: Mapping[str, object], move: str | None, action: str | None
) -> Game | None:
    """Return the game with the move fixed at the action, None where that is not open."""
    if move is None or action is None:
        return at(fix=fix)
    try:
        game = at(fix={**fix, move: action})
    except UsageError:
        heads = [head for head in at(fix=fix).information_sets if head.move == move]
        if heads and all(action in head.actions for head in heads):
            raise
        return None
    return game if any(head.move == move for head in game.information_sets) else None


def _baseline(at: Callable[..., Game], fix: Mapping[str, object]) -> Game:
    """Return the game that others are compared with; a fault is one of the baseline."""
    try:
        return at(fix=fix)
    except UsageError as error:
        place = "--baseline" if error.place == "--fix" else error.place
        raise UsageError(error.message, place=place, remedy=error.remedy) from None


def _labels(model: Model, move: str, fix: Mapping[str, object]) -> list[str | None]:
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
        return list(found.actions)
    if found.subsets is not None:
        members = scope.sets[found.subsets]
        return [
            scope.label_of_subset(found, frozenset(subset))
            for size in range(len(members) + 1)
            for subset in itertools.combinations(members, size)
        ]
    labels = grid_labels(found)
    if labels is None:
        raise UsageError(
            f"the values decide how {move} is spelled",
            place="--each",
            remedy=f"list the points of its grid, or sweep once for each --fix {move}=...",
        )
    return list(labels)


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


def sweep(
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
    progress: Progress | None = None,
) -> xarray.Dataset:
    """Solve a model over a grid and return the labelled results.

    Parameters
    ----------
    model : Model
    over : mapping or sequence of Axis
        Parameter to ``(low, high, points)``, to a list of values, or to the text of ``--over``.
    each : str, optional
        A move; it is fixed at each of its actions in turn, along a dimension of its name.
    baseline : mapping, optional
        Move to action, as in `fix`: what ``payoff_change`` is taken against.
    concept, select, values, fix, scenario
        As in :func:`negotiation.solve` and :meth:`Model.at`.
    progress : callable, optional
        Called with (points done, points in all).

    Returns
    -------
    xarray.Dataset
        Dimensions: the axes, the move of `each`, ``equilibrium``, ``player``.

    Raises
    ------
    UsageError
        For unknown names, and points outside the domain.

    Examples
    --------
    >>> from negotiation import load, sweep
    >>> dataset = sweep(load("divide-and-exempt"), {"loss": ["1/2", 1]}, select="worst:China")
    >>> dataset["regime"].dims
    ('loss',)
    """
    axes = _axes(over)
    points = list(
        solve_points(
            model,
            axes,
            each=each,
            baseline=baseline,
            concept=concept,
            select=select,
            values=values,
            fix=fix,
            scenario=scenario,
            progress=progress,
        )
    )
    return _dataset(model, axes, each, points, baseline)


def _dataset(
    model: Model,
    axes: Sequence[Axis],
    each: str | None,
    points: Sequence[SweptPoint],
    baseline: Mapping[str, object] | None,
) -> xarray.Dataset:
    import numpy as np
    import xarray as xr

    if not points:
        raise UsageError(f"{each} is never played", place="--each", remedy="choose another move")
    first = points[0].solution
    known = _labels(model, each, {}) if each is not None else []
    open_somewhere = {point.action for point in points}
    actions = [action for action in known if action in open_somewhere]
    names = [axis.name for axis in axes] + ([each] if each is not None else [])
    shape = tuple(len(axis.values) for axis in axes) + ((len(actions),) if each else ())
    widest = max(1, *(len(point.solution.equilibria) for point in points))
    players = list(first.players)
    payoff = np.full((*shape, widest, len(players)), np.nan)
    bounds = np.full((2, *shape, len(players)), np.nan)
    change = np.full((*shape, widest, len(players)), np.nan)
    change_bounds = np.full((2, *shape, len(players)), np.nan)
    counts = np.zeros(shape, dtype=np.int64)
    complete = np.ones(shape, dtype=np.int8)
    labels = [regime.name for regime in model.regimes]
    codes = np.full(shape, -1, dtype=np.int64)
    for point in points:
        place = point.index + ((actions.index(point.action),) if each is not None else ())
        solution = point.solution
        counts[place] = len(solution.equilibria)
        complete[place] = solution.complete
        if solution.equilibria:
            label = solution.regime or UNNAMED
            if label not in labels:
                labels.append(label)
            codes[place] = labels.index(label)
        _fill(solution, point.baseline, players, place, payoff, bounds, change, change_bounds)
    coordinates: dict[str, Any] = {
        axis.name: (axis.name, [float(value) for value in axis.values], _about(model, axis.name))
        for axis in axes
    }
    if each is not None:
        coordinates[each] = (each, actions)
    coordinates |= {"player": players, "equilibrium": np.arange(widest)}
    unit = "payoff units of the model"
    by_equilibrium, by_player = (*names, "equilibrium", "player"), (*names, "player")
    variables: dict[str, Any] = {
        "payoff": (by_equilibrium, payoff, _attributes("expected payoff", unit)),
        "payoff_min": (by_player, bounds[0], _attributes("smallest equilibrium payoff", unit)),
        "payoff_max": (by_player, bounds[1], _attributes("largest equilibrium payoff", unit)),
        "equilibria": (names, counts, _attributes("number of equilibrium outcomes", "1")),
        "complete": (names, complete, _attributes("1 if no outcome is missing", "1")),
        "regime": (
            names,
            codes,
            {
                **_attributes("regime of the equilibria, -1 for none", "1"),
                "flag_values": np.arange(len(labels)),
                "flag_meanings": " ".join(label.replace(" ", "_") for label in labels),
                "labels": "\n".join(labels),
            },
        ),
    }
    if baseline is not None:
        shown = ", ".join(f"{move} = {action}" for move, action in baseline.items())
        text = f"payoff minus that under {shown}"
        variables["payoff_change"] = (by_equilibrium, change, _attributes(text, unit))
        for k, word in enumerate(("smallest", "largest")):
            name = ("payoff_change_min", "payoff_change_max")[k]
            variables[name] = (by_player, change_bounds[k], _attributes(f"{word} {text}", unit))
    return xr.Dataset(variables, coordinates, _provenance(model, first, points, baseline))


def _fill(
    solution: Solution,
    baseline: Solution | None,
    players: Sequence[str],
    place: tuple[int, ...],
    payoff: Any,
    bounds: Any,
    change: Any,
    change_bounds: Any,
) -> None:
    """Write one point into the arrays; differences are taken exactly, then rounded."""
    for k, player in enumerate(players):
        gains = [equilibrium.payoffs[player] for equilibrium in solution.equilibria]
        if not gains:
            continue
        payoff[(*place, slice(len(gains)), k)] = [float(gain) for gain in gains]
        bounds[(0, *place, k)], bounds[(1, *place, k)] = float(min(gains)), float(max(gains))
        base = [e.payoffs[player] for e in baseline.equilibria] if baseline is not None else []
        if not base:
            continue
        change_bounds[(0, *place, k)] = float(min(gains) - max(base))
        change_bounds[(1, *place, k)] = float(max(gains) - min(base))
        if len(set(base)) == 1:
            change[(*place, slice(len(gains)), k)] = [float(gain - base[0]) for gain in gains]


def _attributes(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


def _about(model: Model, name: str) -> dict[str, str]:
    parameter = model.parameters[name.split("[")[0]]
    return _attributes(parameter.meaning or name, parameter.unit or "1")


def _provenance(
    model: Model,
    first: Solution,
    points: Sequence[SweptPoint],
    baseline: Mapping[str, object] | None,
) -> dict[str, Any]:
    """Return what a reader needs to repeat the sweep."""
    swept = set(points[0].values)
    return {
        "title": model.title or model.name,
        "model": model.name,
        "fingerprint": first.fingerprint,
        "concept": first.concept,
        "selection": first.selection,
        "method": first.method,
        "parameters": ", ".join(
            f"{name}={value}"
            for name, value in first.parameters.items()
            if name not in swept and name.split("[")[0] not in swept
        ),
        "baseline": ", ".join(f"{m}={a}" for m, a in (baseline or {}).items()),
        "versions": f"negotiation {negotiation.__version__}",
    }
