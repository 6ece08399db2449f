r"""The space of parameters: which are variables, which are enumerated, what values the others have.

A parameter that decides the shape of the tree (it occurs in ``when``, ``allowed``, the points of a
grid given by steps, or an exponent) is *structural*: a whole number with finitely many values gives
one case a value, any other is held at its value. A parameter with ``digits`` is a variable itself:
its formula is not rational. Other derived parameters are expanded through their formulas.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.analysis.regimes.conditions import TRUE, Condition, conjunction
from negotiation.analysis.regimes.diagrams import Bounds, Diagram, Diagrams, Undefined
from negotiation.analysis.regimes.domain import Box, Interval, Line
from negotiation.analysis.regimes.formulas import SymbolicFormulas
from negotiation.analysis.regimes.polynomials import Ring
from negotiation.errors import Fault, MethodError, UsageError
from negotiation.formulas import (
    Binary,
    Comparison,
    Expression,
    Reference,
    walk,
)
from negotiation.model.calibration import calibrated, scenario_values
from negotiation.model.document import Model, Parameter, Steps
from negotiation.model.grounding import Constant, grounded, substitute
from negotiation.model.scope import MoveInstance, cell_name
from negotiation.model.values import _formula_of, parameter_values, read_value

__all__ = ["Cell", "Space", "Variable", "meaning_of", "read_interval"]

MAX_CASES = 64


@dataclass(frozen=True)
class Variable:
    """One free parameter: a cell, or all cells of a family that share a value.

    Attributes
    ----------
    interval : Interval
        What was asked, narrowed to what the domain says of the parameter alone.
    integer : bool
        Only whole numbers count.
    """

    name: str
    cells: tuple[str, ...]
    interval: Interval
    integer: bool = False


@dataclass(frozen=True)
class Cell:
    """A parameter cell: its family, index letters, ground formula (None for a plain number)."""

    name: str
    family: str
    binding: Mapping[str, str]
    parameter: Parameter
    formula: Expression | None


class Space:
    """The parameters of one question.

    Attributes
    ----------
    variables : tuple of Variable
        Continuous ones, those of the ring.
    enumerated : tuple of Variable
        Structural or whole-number ones, each value a case of its own.
    settings : dict
        What is held fixed by the caller, as `Model.at` takes it.
    values : dict
        Cell to value where it is no variable; None where it has none.
    notes : list of str
        What a reader should know of these choices.
    """

    def __init__(
        self,
        model: Model,
        over: Mapping[str, Interval] | None,
        values: Mapping[str, object],
        scenario: str | None,
    ) -> None:
        self.model = model
        self.scope = model.scope
        self.scenario = scenario
        self.settings = dict(values)
        self.notes: list[str] = []
        parameters = calibrated(model)
        given = {c for name in values for c in self._resolve(name, "--set")}
        # What a scenario sets has its value, derived or not: a formula counts no more.
        bundle = {} if scenario is None else scenario_values(model, scenario)
        bundled = {c for name in bundle for c in self._resolve(name, "--scenario")}
        self.cells: dict[str, Cell] = {}
        for name in model.parameters:
            for binding in self.scope.bindings(self.scope.families[name].binder):
                cell = cell_name(name, binding.values())
                formula = None
                if cell not in given and cell not in bundled:
                    text = _formula_of(parameters[name], binding)
                    if isinstance(text, str):
                        formula = grounded(text, binding, self.scope)
                self.cells[cell] = Cell(cell, name, binding, parameters[name], formula)
        self.structural = self._structural()
        chosen = self._whole(given) if over is None else self._chosen(over, given)
        self.enumerated = tuple(v for v in chosen if self._is_enumerated(v))
        self.variables = tuple(v for v in chosen if v not in self.enumerated)
        self._refuse_structural()
        self.owner = {c: v.name for v in chosen for c in v.cells}
        symbols = {v.name: self._symbol(v) for v in chosen}
        self.ring = Ring([v.name for v in self.variables], symbols)
        self.values = self._fixed_values(chosen)

    # -- which parameters -----------------------------------------------------------------------

    def _resolve(self, name: str, place: str) -> tuple[str, ...]:
        try:
            return tuple(self.scope.resolve_cell(name, "parameter"))
        except Fault as fault:
            raise UsageError(fault.message, place=place, remedy=fault.remedy) from None

    def _symbol(self, variable: Variable) -> str:
        """Return the LaTeX of a variable: its symbol with the index letters replaced."""
        cell = self.cells[variable.cells[0]]
        symbol = cell.parameter.symbol or ""
        if len(variable.cells) == 1:
            for index, member in cell.binding.items():
                symbol = symbol.replace(f"{{{index}}}", rf"{{\mathrm{{{member}}}}}")
        return symbol

    def _chosen(self, over: Mapping[str, Interval], given: set[str]) -> list[Variable]:
        """Return the variables that the caller names."""
        found: list[Variable] = []
        taken: dict[str, str] = dict.fromkeys(given, "--set")
        for name, interval in over.items():
            cells = self._resolve(name, f"--over {name}")
            for cell in cells:
                if cell in taken:
                    raise UsageError(
                        f"{cell} is also given by {taken[cell]}",
                        place=f"--over {name}",
                        remedy="give the parameter once",
                    )
                taken[cell] = "another --over"
            # As the model spells it, blanks left out.
            spelled = cells[0] if "[" in name else name.strip()
            found.append(self._variable(spelled, cells, interval))
        return found

    def _variable(self, name: str, cells: tuple[str, ...], interval: Interval) -> Variable:
        integer = any(self.cells[cell].parameter.integer for cell in cells)
        asked = interval
        for cell in cells:
            interval = interval.meet(self._own_domain(self.cells[cell]))
        low, high = interval.low, interval.high
        if low is not None and high is not None and low > high:
            raise UsageError(
                f"no value of {name} lies in its domain and in the range asked",
                place=f"--over {name}",
                remedy="give a range inside the domain",
            )
        for bound, own in ((asked.low, interval.low), (asked.high, interval.high)):
            if bound is not None and bound != own:
                raise UsageError(
                    f"{bound} lies outside the domain: {self.cells[cells[0]].parameter.domain}",
                    place=f"--over {name}",
                    remedy=f"write {own} or nothing for that bound: nothing is the domain's own",
                )
        return Variable(name, cells, interval, integer)

    def _whole(self, given: set[str]) -> list[Variable]:
        """Return all payoff parameters with a domain: those that payoffs and chance depend on."""
        found = []
        for cell in self._basic(self._read_by_payoffs()):
            if cell in given:
                continue
            variable = self._variable(cell, (cell,), Interval())
            if cell in self.structural and not self._is_enumerated(variable):
                self.notes.append(f"{cell} decides the shape of the tree and is held at its value")
                continue
            found.append(variable)
        return found

    def _read_by_payoffs(self) -> list[str]:
        """Return the cells that payoffs, regimes, chance and structure read."""
        texts: list[tuple[str, Mapping[str, str]]] = []
        texts += [(text, binding) for text, _, binding in self.scope.payoffs.values()]
        texts += [(regime.when, {}) for regime in self.model.regimes]
        for instance in self.scope.instances:
            entries = instance.move.probabilities or ()
            texts += [
                (entry, instance.binding)
                for entry in entries
                if isinstance(entry, str) and entry.strip() != "rest"
            ]
            if instance.move.grid is not None and not isinstance(instance.move.grid, Steps):
                texts += [
                    (entry, instance.binding)
                    for entry in instance.move.grid
                    if isinstance(entry, str)
                ]
        read = {cell for text, binding in texts for cell in self.cells_read(text, binding)}
        read |= self.structural
        return [cell for cell in self.cells if cell in read]

    def _basic(self, cells: Sequence[str]) -> list[str]:
        """Return the cells that are no formula of others; one with digits counts as such."""
        found: dict[str, None] = {}
        stack = list(cells)[::-1]
        while stack:
            cell = self.cells[stack.pop()]
            inner = self._references(cell)
            if inner and cell.parameter.digits is None:
                stack += inner
            else:
                found[cell.name] = None
        return [cell for cell in self.cells if cell in found]

    def _references(self, cell: Cell) -> list[str]:
        if cell.formula is None:
            return []
        return [part.name for part in walk(cell.formula) if isinstance(part, Reference)]

    def cells_read(self, text: str, binding: Mapping[str, str], own: str | None = None) -> set[str]:
        """Return the parameter cells that a formula reads, through definitions."""
        read = self._read(grounded(text, binding, self.scope, own=own))
        return {part.name for part in read if part.kind == "parameter"}

    def _read(self, formula: Expression) -> Iterator[Reference]:
        """Yield what a formula refers to, through definitions."""
        seen: set[str] = set()
        stack = [formula]
        while stack:
            for part in walk(stack.pop()):
                if isinstance(part, Reference):
                    yield part
                    if part.kind == "define" and part.name not in seen:
                        seen.add(part.name)
                        stack.append(self.definition(part.name))

    def definition(self, cell: str) -> Expression:
        """Return the ground formula of a cell of a definition."""
        text, binding = self.scope.definition_of(cell)
        return grounded(text, binding, self.scope)

    def _structural(self) -> set[str]:
        """Return the cells that decide the shape of the tree."""
        found: set[str] = set()
        conditions = {
            name for instance in self.scope.instances for name in self._moves_of(instance)
        }
        for instance in self.scope.instances:
            move = instance.move
            for text in (move.when, move.allowed):
                if text is not None:
                    found |= self.cells_read(text, instance.binding, instance.name)
            entries: Sequence[object] = ()
            if isinstance(move.grid, Steps):
                entries = (move.grid.start, move.grid.end, move.grid.steps)
            elif move.grid is not None and instance.name in conditions:
                entries = move.grid
            for entry in entries:
                if isinstance(entry, str):
                    found |= self.cells_read(entry, instance.binding)
        for node in self._formulas():
            for part in walk(node):
                if isinstance(part, Binary) and part.operator == "**":
                    found |= {
                        p.name
                        for p in walk(part.right)
                        if isinstance(p, Reference) and p.kind == "parameter"
                    }
        return set(self._basic(sorted(found)))

    def _moves_of(self, instance: MoveInstance) -> set[str]:
        """Return the moves that the conditions of a move read, through definitions."""
        texts = filter(None, (instance.move.when, instance.move.allowed))
        formulas = [grounded(t, instance.binding, self.scope, own=instance.name) for t in texts]
        return {p.name for formula in formulas for p in self._read(formula) if p.kind == "move"}

    def _formulas(self) -> Iterator[Expression]:
        for text, _, binding in self.scope.payoffs.values():
            yield grounded(text, binding, self.scope)
        for name in self.scope.definitions:
            for binding in self.scope.bindings(self.scope.families[name].binder):
                yield grounded(self.scope.definitions[name], binding, self.scope)
        for cell in self.cells.values():
            if cell.formula is not None and cell.parameter.digits is None:
                yield cell.formula

    def _is_enumerated(self, variable: Variable) -> bool:
        bounded = variable.interval.low is not None and variable.interval.high is not None
        if variable.integer and not bounded:
            raise MethodError(
                f"{variable.name} takes infinitely many whole numbers",
                place=f"--over {variable.name}",
                remedy="give a range, or a value",
            )
        return variable.integer

    def _refuse_structural(self) -> None:
        for variable in self.variables:
            reached = set(self._basic(list(variable.cells))) | set(variable.cells)
            if reached & self.structural:
                raise UsageError(
                    f"{variable.name} decides the shape of the tree (a move's when or allowed, "
                    "the points of a grid, an exponent)",
                    place=f"--over {variable.name}",
                    remedy="sweep it instead: each value builds its own game",
                )

    def _own_domain(self, cell: Cell) -> Interval:
        """Return the interval that a cell's domain states, as far as it is one."""
        text = cell.parameter.domain
        if text is None:
            return Interval()
        node = substitute(grounded(text, cell.binding, self.scope, own=cell.name), {})
        interval = Interval()
        if isinstance(node, Comparison):
            left = node.first
            for operator, right in node.rest:
                interval = interval.meet(_bound(left, operator, right, cell.name))
                left = right
        return interval

    # -- values ---------------------------------------------------------------------------------

    def _fixed_values(self, chosen: Sequence[Variable]) -> dict[str, Fraction | None]:
        """Return the values of all cells with the variables at a point of their intervals."""
        first: UsageError | None = None
        for point in self._points(chosen):
            try:
                found = parameter_values(self.model, {**self.settings, **point}, self.scenario)
            except UsageError as error:
                first = first or error
                continue
            self.sample = point
            return found
        assert first is not None
        raise first

    def _points(self, chosen: Sequence[Variable]) -> Iterator[dict[str, Fraction]]:
        """Yield points at which the tree may be built."""
        own: dict[str, Fraction] = {}
        for variable in chosen:
            cell = self.cells[variable.cells[0]]
            if cell.formula is None and variable.cells[1:] == ():
                value = _formula_of(cell.parameter, cell.binding)
                if isinstance(value, Fraction) and variable.interval.holds(value):
                    own[variable.name] = value
        shares = (
            Fraction(1, 2),
            Fraction(3, 7),
            Fraction(1, 5),
            Fraction(4, 5),
            Fraction(0),
            Fraction(1),
        )
        yield {v.name: own.get(v.name, _inside(v, shares[0])) for v in chosen}
        for pattern in itertools.islice(itertools.product(shares, repeat=min(3, len(chosen))), 200):
            yield {v.name: _inside(v, pattern[k % len(pattern)]) for k, v in enumerate(chosen)}

    def cases(self) -> Iterator[dict[str, Fraction]]:
        """Yield the values of the enumerated variables, every combination.

        Raises
        ------
        MethodError
            If there are too many.
        """
        ranges = [
            range(math.ceil(v.interval.low or 0), math.floor(v.interval.high or 0) + 1)
            for v in self.enumerated
        ]
        if math.prod(map(len, ranges)) > MAX_CASES:
            raise MethodError(
                f"{' x '.join(str(len(r)) for r in ranges)} combinations of whole numbers",
                place="--over",
                remedy="give some of them values",
            )
        for combination in itertools.product(*ranges):
            point = {v.name: Fraction(k) for v, k in zip(self.enumerated, combination, strict=True)}
            if all(v.interval.holds(point[v.name]) for v in self.enumerated):
                yield point

    def bounds(self) -> Bounds:
        """Return what is known of signs: exact on one axis."""
        if len(self.variables) == 1:
            return Line(self.variables[0].interval)
        return Box([variable.interval for variable in self.variables])

    def parameters(self, diagrams: Diagrams, case: Mapping[str, Fraction]) -> SymbolicParameters:
        """Return the parameters as functions of the variables, the enumerated ones at `case`."""
        return SymbolicParameters(self, diagrams, case)


class SymbolicParameters:
    """Each parameter cell as a diagram over the variables."""

    def __init__(self, space: Space, diagrams: Diagrams, case: Mapping[str, Fraction]) -> None:
        self.space = space
        self.diagrams = diagrams
        self.case = case
        self.known: dict[str, Diagram] = {}
        self.formulas = SymbolicFormulas(diagrams, self.of, space.definition)

    def of(self, name: str) -> Diagram:
        """Return the diagram of a cell.

        Raises
        ------
        MethodError
            Where a cell with digits depends on a variable: it is no rational function of it.
        """
        if name not in self.known:
            self.known[name] = self._of(name)
        return self.known[name]

    def _of(self, name: str) -> Diagram:
        space = self.space
        owner = space.owner.get(name)
        if owner is not None:
            if owner in self.case:
                return self.diagrams.leaf(self.case[owner])
            return self.diagrams.leaf(self.diagrams.ring.variable(owner))
        cell = space.cells[name]
        if cell.formula is not None and self.depends(name):
            if cell.parameter.digits is not None:
                variables = ", ".join(sorted(self.variables_of(name)))
                raise MethodError(
                    f"{name} is no rational function of {variables}",
                    place=f"parameters.{cell.family}.value",
                    remedy=f"take {name} itself as the axis",
                )
            return self.formulas.evaluate(cell.formula, {}, f"parameters.{cell.family}.value")
        value = space.values[name]
        if value is None:
            raise UsageError(
                f"{name} has no value",
                place="--set",
                remedy=f"give it one (--set {name}=1), or "
                f"ask for all of them with --over {name}=0:1",
            )
        return self.diagrams.leaf(value)

    def depends(self, name: str) -> bool:
        """Say whether a cell depends on a variable or on an enumerated one."""
        return bool(self.variables_of(name))

    def variables_of(self, name: str) -> set[str]:
        """Return the variables that a cell depends on, through formulas."""
        found: set[str] = set()
        seen: set[str] = set()
        stack = [name]
        while stack:
            cell = stack.pop()
            if cell in seen:
                continue
            seen.add(cell)
            if cell in self.space.owner:
                found.add(self.space.owner[cell])
            else:
                stack += self.space._references(self.space.cells[cell])
        return found

    def domain(self) -> tuple[Condition, Condition]:
        """Return (where the point is in the domain, where derived parameters have values)."""
        conditions: list[Condition] = []
        defined: list[Condition] = []
        for name, cell in self.space.cells.items():
            if not self.depends(name):
                continue
            text = cell.parameter.domain
            place = f"parameters.{cell.family}"
            if cell.parameter.digits is not None and name not in self.space.owner:
                # Its value is decided where it is read; here nothing reads it.
                continue
            value = self.of(name)
            defined.append(_defined(self.diagrams, value))
            if cell.parameter.integer and name not in self.space.owner:
                raise MethodError(
                    f"{name} must be a whole number and depends on variables",
                    place=place,
                    remedy="give those variables values",
                )
            if text is not None:
                node = grounded(text, cell.binding, self.space.scope, own=name)
                truth = self.formulas.evaluate(node, {}, f"{place}.domain")
                conditions.append(self.diagrams.condition(truth))
        for position, text in enumerate(self.space.model.assume):
            node = grounded(text, {}, self.space.scope)
            if any(
                self.depends(part.name)
                for part in walk(node)
                if isinstance(part, Reference) and part.kind == "parameter"
            ):
                truth = self.formulas.evaluate(node, {}, f"assume[{position}]")
                conditions.append(self.diagrams.condition(truth))
        ring, case = self.diagrams.ring, self.case
        for variable in self.space.variables:
            if variable.name in case:
                continue
            symbol = ring.variable(variable.name)
            interval = variable.interval
            for bound, open_, relation in (
                (interval.low, interval.low_open, ">"),
                (interval.high, interval.high_open, "<"),
            ):
                if bound is not None:
                    truth = self.diagrams.compare(
                        relation if open_ else f"{relation}=",
                        self.diagrams.leaf(symbol),
                        self.diagrams.leaf(bound),
                    )
                    conditions.append(self.diagrams.condition(truth))
        return conjunction(conditions), conjunction(defined)


def _defined(diagrams: Diagrams, value: Diagram) -> Condition:
    """Return where a diagram has a value."""
    if not any(isinstance(leaf, Undefined) for leaf in value.leaves()):
        return TRUE
    return diagrams.where(value, lambda leaf: not isinstance(leaf, Undefined), "defined")


def _inside(variable: Variable, share: Fraction) -> Fraction:
    """Return a point of a variable's interval, whole where it must be."""
    low, high = variable.interval.low, variable.interval.high
    if low is None and high is None:
        low, high = Fraction(-1), Fraction(2)
    elif low is None:
        assert high is not None
        low = high - 2
    elif high is None:
        high = low + 2
    assert low is not None
    if share in (0, 1) and (variable.interval.low_open or variable.interval.high_open):
        share = Fraction(1, 3) + share / 3
    point = low + (high - low) * share
    return Fraction(math.floor(point)) if variable.integer else point


def _bound(left: Expression, operator: str, right: Expression, name: str) -> Interval:
    """Return the interval that one comparison with a constant states."""
    constant, turned = right, False
    if isinstance(left, Constant):
        left, constant, turned = right, left, True
    if not (isinstance(left, Reference) and left.name == name and isinstance(constant, Constant)):
        return Interval()
    value = constant.value
    if not isinstance(value, Fraction) or operator not in ("<", "<=", ">", ">=", "=="):
        return Interval()
    if operator == "==":
        return Interval(value, value)
    above = (operator in (">", ">=")) != turned
    is_open = operator in ("<", ">")
    return (
        Interval(low=value, low_open=is_open) if above else Interval(high=value, high_open=is_open)
    )


def meaning_of(meaning: str, binding: Mapping[str, str]) -> str:
    """Return what a cell of a family means, the members' names in place of the index letters.

    Examples
    --------
    >>> meaning_of("i's cost of joining", {"i": "France"})
    "France's cost of joining"
    """
    # The letter a is a word, and i.e. one too.
    indices = "|".join(re.escape(index) for index in binding if index not in ("a", "A"))
    if not indices:
        return meaning
    pattern = rf"(?<![\w$\\{{])({indices})(?!\w|\.\w)"
    return re.sub(pattern, lambda found: binding[found[0]], meaning)


def read_interval(name: str, bounds: object) -> Interval:
    """Return the interval that a caller asks for: (low, high), None for unbounded.

    Raises
    ------
    UsageError
    """
    place = f"--over {name}"
    if bounds is None:
        return Interval()
    if not isinstance(bounds, tuple | list) or len(bounds) != 2:
        raise UsageError("is no range", place=place, remedy="write name=lo:hi")
    low, high = (None if bound is None else read_value(bound, place) for bound in bounds)
    if low is not None and high is not None and low > high:
        raise UsageError("the range is empty", place=place, remedy="write the smaller bound first")
    return Interval(low, high)
