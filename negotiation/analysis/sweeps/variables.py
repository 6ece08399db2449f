r"""The variables of a sweep: which functions of the axes everything else is rational in.

An axis is a variable, unless it is *structural*: where it decides the shape of the tree, each of
its values is a case of its own. That are the parameters of conditions, and those that give the
values of a grid where a condition reads them. A parameter with ``digits`` that depends on an axis,
such as a logarithm rounded to four decimals, is no rational function of it; it is a variable
itself, whose value is computed at each point (:mod:`negotiation.analysis.sweeps.rounded`).
Whole-number axes are variables like others, for only their values count.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from negotiation.analysis.regimes.domain import Interval
from negotiation.analysis.regimes.space import Cell, Space, Variable
from negotiation.analysis.sweeps.plan import SweepPlan
from negotiation.errors import NegotiationError, UsageError
from negotiation.formulas import Reference, walk
from negotiation.model.calibration import calibrated, scenario_values
from negotiation.model.document import Steps
from negotiation.model.grounding import grounded
from negotiation.model.scope import MoveInstance, cell_name, grid_labels
from negotiation.model.values import _formula_of, parameter_values

__all__ = [
    "SweptSpace",
    "axes_behind",
    "axis_cells",
    "moved_cells",
    "scenario_settings",
    "structural_axes",
]


def axis_cells(plan: SweepPlan) -> list[tuple[str, ...]]:
    """Return the cells that each axis moves; one of a single member goes before its family."""
    resolve = plan.model.scope.resolve_cell
    own = {name for name in (*plan.values, *(axis.name for axis in plan.axes)) if "[" in name}
    single = {cell for name in own for cell in resolve(name, "parameter")}
    found = []
    for axis in plan.axes:
        cells = tuple(resolve(axis.name, "parameter"))
        found.append(cells if "[" in axis.name else tuple(c for c in cells if c not in single))
    return found


def scenario_settings(plan: SweepPlan) -> dict[str, object]:
    """Return the values of a scenario, cell by cell, that neither caller nor axis overrides."""
    if plan.scenario is None:
        return {}
    resolve = plan.model.scope.resolve_cell
    names = (*plan.values, *(axis.name for axis in plan.axes))
    overridden = {cell for name in names for cell in resolve(name, "parameter")}
    found = scenario_values(plan.model, plan.scenario)
    by_cell: dict[str, object] = {}
    for name in sorted(found, key=lambda name: "[" in name):  # members go before families
        by_cell |= dict.fromkeys(resolve(name, "parameter"), found[name])
    return {cell: value for cell, value in by_cell.items() if cell not in overridden}


def moved_cells(plan: SweepPlan) -> set[str]:
    """Return the parameter cells that an axis moves, itself or through formulas."""
    moved = {cell for cells in axis_cells(plan) for cell in cells}
    read = _cells_of_formulas(plan)
    while found := {cell for cell in read.keys() - moved if read[cell] & moved}:
        moved |= found
    return moved


def axes_behind(plan: SweepPlan, cells: Iterable[str]) -> list[str]:
    """Return the names of the axes that decide the values of some parameter cells."""
    axis_of = {
        cell: axis.name
        for axis, own in zip(plan.axes, axis_cells(plan), strict=True)
        for cell in own
    }
    read = _cells_of_formulas(plan)
    seen, pending = set[str](), list(cells)
    while pending:
        cell = pending.pop()
        if cell not in seen:
            seen.add(cell)
            if cell not in axis_of:
                pending += read.get(cell, ())
    behind = {axis_of[cell] for cell in seen if cell in axis_of}
    return [axis.name for axis in plan.axes if axis.name in behind]


def _cells_of_formulas(plan: SweepPlan) -> dict[str, set[str]]:
    """Return what the formula of each parameter cell reads, where nothing else gives its value."""
    model, scope = plan.model, plan.model.scope
    settings = (*plan.values, *scenario_settings(plan))
    given = {cell for name in settings for cell in scope.resolve_cell(name, "parameter")}
    read: dict[str, set[str]] = {}
    for name, parameter in calibrated(model).items():
        for binding in scope.bindings(scope.families[name].binder):
            cell, formula = cell_name(name, binding.values()), _formula_of(parameter, binding)
            if cell not in given and isinstance(formula, str):
                parts = walk(grounded(formula, binding, scope))
                read[cell] = {part.name for part in parts if isinstance(part, Reference)}
    return read


def structural_axes(plan: SweepPlan) -> tuple[int, ...]:
    """Return the axes that decide the shape of the tree; all where nothing is known of it."""
    try:
        return SweptSpace(plan, {}).structural_axes
    except NegotiationError:
        return tuple(range(len(plan.axes)))


def _is_matched(otherwise: object, grid: Sequence[object]) -> bool:
    """Say whether a number must be compared with a formula to know which entry it is."""
    if not isinstance(otherwise, Fraction):
        return False
    before = itertools.takewhile(lambda entry: entry != otherwise, grid)
    return any(isinstance(entry, str) for entry in before)


class SweptSpace(Space):
    """The variables of a plan at given values of its structural axes.

    Attributes
    ----------
    structural_axes : tuple of int
        Axes that decide the shape of the tree.
    axis_of : dict
        Variable to the axis that it is.
    rounded : dict
        Variable that is a parameter with digits, to the axes that it depends on.
    """

    def __init__(self, plan: SweepPlan, structure: Mapping[int, Fraction]) -> None:
        self.plan = plan
        self.structure = dict(structure)
        self.axis_of: dict[str, int] = {}
        self.rounded: dict[str, tuple[int, ...]] = {}
        self._moved = axis_cells(plan)
        self._axis_of_cell = {cell: k for k, cells in enumerate(self._moved) for cell in cells}
        settings = {plan.axes[k].name: value for k, value in structure.items()}
        # A scenario may set a derived parameter: then its formula counts no more.
        given = {**scenario_settings(plan), **plan.values, **settings}
        super().__init__(plan.model, {}, given, plan.scenario)

    def _chosen(self, over: Mapping[str, Interval], given: set[str]) -> list[Variable]:
        """Return one variable an axis that is not structural, and the rounded parameters."""
        assert not over
        moved, axis_of_cell = self._moved, self._axis_of_cell
        read = {axis_of_cell[c] for c in self._closure(self.structural) if c in axis_of_cell}
        self.structural_axes = tuple(sorted(read))
        found = []
        for k, (axis, cells) in enumerate(zip(self.plan.axes, moved, strict=True)):
            if k not in read and k not in self.structure and cells:
                interval = Interval(min(axis.values), max(axis.values))
                found.append(Variable(axis.name, cells, interval))
                self.axis_of[axis.name] = k
        names = set(self.axis_of)
        fixed = {cell for v in found for cell in v.cells} | (given - set(axis_of_cell))
        for name, cell in self.cells.items():
            if cell.parameter.digits is None or cell.formula is None or name in fixed:
                continue
            axes = {axis_of_cell[c] for c in self._closure({name}) if c in axis_of_cell}
            axes -= {*self.structure, *read}
            if axes:
                # A name that no axis has: an axis of a family may be called like its only member.
                label = name if name not in names else f"{name} rounded"
                found.append(Variable(label, (name,), Interval()))
                self.rounded[label] = tuple(sorted(axes))
        return found

    def _references(self, cell: Cell) -> list[str]:
        """Return the cells that a cell is read from: none where an axis gives its value."""
        return [] if cell.name in self._axis_of_cell else super()._references(cell)

    def _structural(self) -> set[str]:
        """Return the cells that decide the shape of the tree, those of grids among them."""
        found: set[str] = set()
        for instance in self._grids():
            for entry in instance.move.grid:
                if isinstance(entry, str):
                    found |= self.cells_read(entry, instance.binding)
        return super()._structural() | set(self._basic(sorted(found)))

    def _grids(self) -> Iterator[MoveInstance]:
        """Yield the moves with a listed grid in which a number stands for the entry of this value.

        It does where a move is fixed by a number, or skipped with one.
        """
        read: set[str] = set()
        for settings in (self.plan.fix, self.plan.baseline or {}):
            for name, value in settings.items():
                cells = self.scope.resolve_cell(name, "move")
                if value not in (grid_labels(self.scope.move_of(cells[0])) or ()):
                    read |= set(cells)
        for instance in self.scope.instances:
            grid = instance.move.grid
            if grid is None or isinstance(grid, Steps):
                continue
            if instance.name in read or _is_matched(instance.move.otherwise, grid):
                yield instance

    def _closure(self, cells: set[str]) -> set[str]:
        """Return the cells that some cells are read from, themselves among them."""
        given = {c for name in self.settings for c in self._resolve(name, "--set")}
        found: set[str] = set()
        stack = list(cells)
        while stack:
            name = stack.pop()
            if name not in found:
                found.add(name)
                if name not in given:
                    stack += self._references(self.cells[name])
        return found

    def _is_enumerated(self, _variable: Variable) -> bool:
        return False

    def _refuse_structural(self) -> None:
        """Refuse nothing: structural axes are no variables here."""

    def _points(self, _chosen: Sequence[Variable]) -> Iterator[dict[str, Fraction]]:
        """Yield points of the plan at which the tree may be built."""
        size = self.plan.size
        for number in dict.fromkeys((0, size // 2, size - 1, size // 3, size // 7)):
            yield self._point(number)
        for number in range(0, size, max(1, size // 50)):
            yield self._point(number)

    def _point(self, number: int) -> dict[str, Fraction]:
        values, _ = self.plan.point(number)
        return {
            axis.name: values[axis.name]
            for k, axis in enumerate(self.plan.axes)
            if k not in self.structure
        }

    def _fixed_values(self, chosen: Sequence[Variable]) -> dict[str, Fraction | None]:
        """Return the values of all cells at some point of the plan."""
        first: UsageError | None = None
        for point in self._points(chosen):
            try:
                return parameter_values(self.model, {**self.settings, **point}, self.scenario)
            except UsageError as error:
                first = first or error
        assert first is not None
        raise first
