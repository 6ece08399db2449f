r"""Rounded parameters at very many points: exact decimals, most of them decided in doubles.

A parameter with ``digits`` = k is, at a point, the decimal :math:`n / 10^k` next to the value v of
its formula, halves to the even n (:mod:`negotiation.model.decimals`). Three steps find n.

1. In doubles v is enclosed at all points at once (:mod:`negotiation.analysis.sweeps.enclosures`).
   If all of the ball of :math:`10^k v` lies strictly between n - 1/2 and n + 1/2, n it is. The
   distance of m to its next whole number n is exact in doubles for :math:`|m| < 2^{52}`.
2. A formula of ``+ - * /`` and whole powers has a quotient of integers at each point left over,
   such as those halfway between two decimals. They are computed by Python's integers, column by
   column.
3. What is still open, and where the formula has no value, is asked of the evaluation that a single
   point gets.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from negotiation.analysis.sweeps.enclosures import Ball, Unenclosed, ball_of
from negotiation.analysis.sweeps.signs import EXACT_DOUBLE, Column
from negotiation.analysis.sweeps.variables import SweptSpace, axis_cells
from negotiation.errors import Fault
from negotiation.formulas import Binary, Expression, Reference, Unary, walk
from negotiation.model.calibration import scenario_values
from negotiation.model.grounding import Constant, grounded, substitute
from negotiation.model.values import _Evaluation, _formula_of, read_value

__all__ = ["Rounded"]

Numbers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Quotient = tuple[Any, Any]
"""Numerators and positive denominators: arrays of Python's integers, or one integer."""

STRETCH = 1 << 14
"""Points at a time: their doubles fit into the processor's cache."""
FEW = 64
"""So many points are not worth arrays."""
MOST_DIGITS = 15
"""10^15 is below 2^53."""
ROUNDED_BITS = 64
CLEAR = 0.5 - 2.0**-50


@dataclass(frozen=True)
class _Formula:
    """A cell that moves with some axes.

    Attributes
    ----------
    node : Expression
        Its formula; what does not move is folded.
    read : tuple of str
        All the moving cells that the formula names, also where it is not evaluated.
    digits : int or None
    """

    node: Expression
    read: tuple[str, ...]
    digits: int | None


class Rounded:
    """The values of parameters with digits at points of a plan.

    Parameters
    ----------
    space : SweptSpace
    column : callable
        The values of an axis.
    """

    def __init__(self, space: SweptSpace, column: Callable[[int], Column]) -> None:
        self.space = space
        self.column = column
        plan = space.plan
        self.moved = axis_cells(plan)
        self.given: dict[str, Fraction] = {}
        scenario = {} if plan.scenario is None else scenario_values(plan.model, plan.scenario)
        for source in scenario, space.settings:
            for name, value in sorted(source.items(), key=lambda item: "[" in item[0]):
                cells = plan.model.scope.resolve_cell(name, "parameter")
                self.given.update(dict.fromkeys(cells, read_value(value, name)))
        self.evaluation = _Evaluation(plan.model, plan.model.scope, {})
        self.known: dict[tuple[str, tuple[int, ...]], Fraction | None] = {}
        self._many = {name: _ManyPoints(self, name) for name in space.rounded}
        self._boxes: dict[str, tuple[Column, Numbers, Booleans]] = {}

    def at(self, variable: str, places: tuple[int, ...]) -> Fraction | None:
        """Return the value where the axes it depends on are at some places; None if it has none.

        Parameters
        ----------
        variable : str
        places : tuple of int
            One place an axis of ``space.rounded[variable]``.
        """
        key = variable, places
        if key not in self.known:
            self.known[key] = self._value(variable, places)
        return self.known[key]

    def _value(self, variable: str, places: tuple[int, ...]) -> Fraction | None:
        plan = self.space.plan
        values: dict[str, Fraction | None] = dict(self.given)
        for axis, place in zip(self.space.rounded[variable], places, strict=True):
            values.update(dict.fromkeys(self.moved[axis], plan.axes[axis].values[place]))
        self.evaluation.values = values
        self.evaluation.faults = []
        try:
            return self.evaluation._value(self.cell(variable))
        except Fault:
            return None

    def cell(self, variable: str) -> str:
        """Return the parameter cell that a variable is."""
        (cell,) = next(v.cells for v in self.space.variables if v.name == variable)
        return cell

    def digits(self, variable: str) -> int:
        """Return the decimals of a variable."""
        return self.space.cells[self.cell(variable)].parameter.digits or 0

    def column_at(self, variable: str, places: Numbers) -> tuple[Column, Numbers, Booleans]:
        """Return the values of a variable at points.

        Parameters
        ----------
        variable : str
        places : array (axes, points)
            Where each point is on every axis of the plan.

        Returns
        -------
        (Column, array (points,), array (points,))
            Some values, which of them each point has, and whether it has one.
        """
        axes, points = self.space.rounded[variable], places.shape[1]
        if self.space.plan.sample is not None:
            axes = axes[:1]  # All axes of a sample have the number of the point.
        sizes = [len(self.space.plan.axes[axis].values) for axis in axes]
        own = places[list(axes)]
        if math.prod(sizes) > max(points, FEW):
            return self._column(variable, self._along(variable, own))
        if variable not in self._boxes:
            box = np.indices(sizes, dtype=np.int64).reshape(len(sizes), -1)
            self._boxes[variable] = self._column(variable, self._along(variable, box))
        column, members, valued = self._boxes[variable]
        at = np.ravel_multi_index(tuple(own), tuple(sizes))
        return column, members[at], valued[at]

    def _along(self, variable: str, places: Numbers) -> Numbers:
        """Return the places on all axes of a variable, of which a sample has but one."""
        axes = self.space.rounded[variable]
        return places if len(places) == len(axes) else np.tile(places, (len(axes), 1))

    def _column(self, variable: str, places: Numbers) -> tuple[Column, Numbers, Booleans]:
        """Return some values, which of them each point has, and whether it has one."""
        numbers, left = self._many[variable].numbers(places)
        digits, whole = self.digits(variable), 10 ** self.digits(variable)
        valued = np.ones(places.shape[1], np.bool_)
        alone: dict[int, Fraction] = {}
        for p in left.tolist():
            value = self.at(variable, tuple(places[:, p].tolist()))
            valued[p] = value is not None
            alone[p] = Fraction(0) if value is None else value
        if digits <= MOST_DIGITS and all(abs(v * whole) <= EXACT_DOUBLE for v in alone.values()):
            numbers[left] = [int(value * whole) for value in alone.values()]
            least, most = int(numbers.min()), int(numbers.max())
            if most - least < len(numbers):  # A column of all decimals between them is shorter.
                every = np.arange(least, most + 1)
                return Column.of_decimals(every, whole), numbers - least, valued
            return Column.of_decimals(numbers, whole), np.arange(len(numbers)), valued
        values = [alone.get(p, Fraction(n, whole)) for p, n in enumerate(numbers.tolist())]
        return Column.of(values, whole), np.arange(len(values)), valued


class _ManyPoints:
    """One rounded parameter at many points.

    Parameters
    ----------
    rounded : Rounded
    variable : str
    """

    def __init__(self, rounded: Rounded, variable: str) -> None:
        self.rounded = rounded
        self.space = rounded.space
        self.axes = rounded.space.rounded[variable]
        self.cell = rounded.cell(variable)
        self.axis_of = {cell: k for k in self.axes for cell in rounded.moved[k]}
        self.formulas: dict[str, _Formula] = {}
        self.leaves: dict[int, Ball] = {}

    def numbers(self, places: Numbers) -> tuple[Numbers, Numbers]:
        """Return the decimals of points as whole numbers, and the points that are left over.

        Parameters
        ----------
        places : array (axes, points)
            Where each point is on the axes that the parameter depends on.
        """
        size = places.shape[1]
        numbers, everything = np.zeros(size, np.int64), np.arange(size)
        if size <= FEW:
            return numbers, everything
        try:
            self._learn(self.cell)
            left = self._in_doubles(places, numbers)
        except Unenclosed:
            return numbers, everything
        if len(left) > FEW:
            left = self._in_integers(places, numbers, left)
        return numbers, left

    # -- the formula ------------------------------------------------------------------------------

    def _learn(self, cell: str) -> None:
        """Prepare the formula of a cell, and of those that it reads and that move."""
        if cell in self.formulas or cell in self.axis_of:
            return
        evaluation = self.rounded.evaluation
        name, binding = evaluation.bindings[cell]
        parameter = evaluation.parameters[name]
        text = _formula_of(parameter, binding)
        if not isinstance(text, str):
            raise Unenclosed
        node = grounded(text, binding, evaluation.scope)
        names = dict.fromkeys(part.name for part in walk(node) if isinstance(part, Reference))
        moving = tuple(name for name in names if self._moves(name))
        fixed = {name: self._fixed(name) for name in names if name not in moving}
        for part in moving:
            self._learn(part)
        try:
            node = substitute(node, fixed)
        except (Fault, ZeroDivisionError):
            raise Unenclosed from None
        self.formulas[cell] = _Formula(node, moving, parameter.digits)

    def _moves(self, cell: str) -> bool:
        if cell in self.axis_of or cell in self.rounded.given:
            return cell in self.axis_of
        return cell in self.space.cells and not self.axis_of.keys().isdisjoint(
            self.space._closure({cell})
        )

    def _fixed(self, cell: str) -> Fraction:
        """Return the value of a cell that does not move."""
        evaluation = self.rounded.evaluation
        if cell not in evaluation.bindings:
            raise Unenclosed
        evaluation.values, evaluation.faults = dict(self.rounded.given), []
        value = evaluation._value(cell)
        if value is None:
            raise Unenclosed
        return value

    # -- in doubles -------------------------------------------------------------------------------

    def _in_doubles(self, places: Numbers, numbers: Numbers) -> Numbers:
        """Write the numbers that doubles decide; return the other points."""
        open_ends = []
        for start in range(0, places.shape[1], STRETCH):
            part = places[:, start : start + STRETCH]
            cells: dict[str, Ball] = {}
            with np.errstate(all="ignore"):
                ball = self._scaled(self.cell, part, cells)
                found, clear = _decided(ball)
            numbers[start : start + STRETCH] = found
            open_ends.append(start + np.flatnonzero(~np.broadcast_to(clear, part.shape[1])))
        return np.concatenate(open_ends)

    def _scaled(self, cell: str, places: Numbers, cells: dict[str, Ball]) -> Ball:
        """Return the value of a cell with digits before it is rounded, times 10^digits."""
        formula = self.formulas[cell]
        read = functools.partial(self._read, places=places, cells=cells)
        ball = ball_of(formula.node, read)
        for name in formula.read:
            # Where a cell that is only named has no value, neither has this one.
            ball = ball._replace(middle=np.where(np.isnan(read(name).middle), np.nan, ball.middle))
        if formula.digits is None:
            return ball
        if formula.digits > MOST_DIGITS:
            raise Unenclosed
        return _times(ball, 10**formula.digits)

    def _read(self, cell: str, *, places: Numbers, cells: dict[str, Ball]) -> Ball:
        """Return the values of a cell that moves."""
        if cell not in cells:
            if cell in self.axis_of:
                cells[cell] = self._leaf(self.axis_of[cell], places)
            else:
                ball = self._scaled(cell, places, cells)
                digits = self.formulas[cell].digits
                if digits is not None:
                    found, clear = _decided(ball)
                    middle = np.where(clear, found / 10**digits, np.nan)
                    ball = Ball(middle, np.abs(middle) * 2.0**-52 + 2.0**-600, ROUNDED_BITS)
                elif not _is_rational(self.formulas[cell].node):
                    raise Unenclosed
                cells[cell] = ball
        return cells[cell]

    def _leaf(self, axis: int, places: Numbers) -> Ball:
        """Return the values of an axis at points."""
        if axis not in self.leaves:
            self.leaves[axis] = _axis_ball(self.rounded.column(axis))
        ball, own = self.leaves[axis], places[self.axes.index(axis)]
        return Ball(ball.middle[own], ball.radius[own], ball.bits)

    # -- in integers ------------------------------------------------------------------------------

    def _in_integers(self, places: Numbers, numbers: Numbers, left: Numbers) -> Numbers:
        """Write the numbers of points whose formula is a quotient; return the other points."""
        without = np.zeros(len(left), np.bool_)
        formula = self.formulas[self.cell]
        try:
            above, below = self._quotient(formula.node, places[:, left], without)
        except Unenclosed:
            return left
        whole = 10 ** (formula.digits or 0)
        found = np.broadcast_to(_half_even(above * whole, below), left.shape)
        fits = np.array([abs(n) <= EXACT_DOUBLE for n in found], np.bool_) & ~without
        numbers[left[fits]] = found[fits].astype(np.int64)
        return left[~fits]

    def _quotient(self, node: Expression, places: Numbers, without: Booleans) -> Quotient:
        """Return the exact values of a formula at points; mark those where a divisor is zero."""
        match node:
            case Constant() if isinstance(node.value, Fraction):
                return node.value.numerator, node.value.denominator
            case Reference() if node.name in self.axis_of:
                axis = self.axis_of[node.name]
                return _axis_quotient(
                    self.space.plan.axes[axis].values, places[self.axes.index(axis)]
                )
            case Reference() if node.name in self.formulas:
                formula = self.formulas[node.name]
                if formula.digits is not None:
                    raise Unenclosed
                return self._quotient(formula.node, places, without)
            case Unary(operator="+" | "-"):
                above, below = self._quotient(node.operand, places, without)
                return (-above if node.operator == "-" else above), below
            case Binary(operator="**", right=Constant(value=Fraction(denominator=1) as power)):
                above, below = self._quotient(node.left, places, without)
                if power < 0:
                    above, below = _inverse((above, below), without)
                return above ** abs(int(power)), below ** abs(int(power))
            case Binary(operator="+" | "-" | "*" | "/"):
                left = self._quotient(node.left, places, without)
                right = self._quotient(node.right, places, without)
                return _combined(node.operator, left, right, without)
        raise Unenclosed


def _is_rational(node: Expression) -> bool:
    """Say whether a formula surely has rational values only."""
    return not any(
        getattr(part, "function", "") in ("exp", "log", "sqrt")
        or (isinstance(part, Binary) and part.operator == "**" and not _is_whole(part.right))
        for part in walk(node)
    )


def _is_whole(node: Expression) -> bool:
    return isinstance(node, Constant) and Fraction(node.value).denominator == 1


def _times(ball: Ball, factor: int) -> Ball:
    """Return a multiple; its length is no answer's, so it does not count."""
    product = ball_of(
        Binary("*", Reference("parameter", "x"), Constant(Fraction(factor))),
        lambda _: ball._replace(bits=1),
    )
    return product._replace(bits=ball.bits)


def _decided(ball: Ball) -> tuple[Numbers, Booleans]:
    """Return the next whole numbers, and whether no other one is as near to what is in a ball."""
    nearest = np.rint(ball.middle)
    clear = (np.abs(ball.middle - nearest) + ball.radius < CLEAR) & (np.abs(nearest) < 2.0**51)
    return np.where(clear, nearest, 0).astype(np.int64), clear


def _axis_ball(column: Column) -> Ball:
    """Return the values of an axis; a radius of zero says that a double is the value."""
    heads, values = column.heads, column.values
    exact = (column.tails == 0) & (np.abs(heads) > 2.0**-900)
    for k in np.flatnonzero(heads == 0).tolist():
        exact[k] = not values[k]
    bits = max(max(v.numerator.bit_length(), v.denominator.bit_length()) for v in values)
    radius = np.where(exact, 0.0, np.abs(heads) * 2.0**-52 + 2.0**-600)
    return Ball(np.where(np.abs(heads) < 2.0**300, heads, np.nan), radius, bits)


def _axis_quotient(values: Sequence[Fraction], places: Numbers) -> Quotient:
    numerators = np.array([value.numerator for value in values], object)
    denominators = np.array([value.denominator for value in values], object)
    return numerators[places], denominators[places]


def _combined(operator: str, left: Quotient, right: Quotient, without: Booleans) -> Quotient:
    if operator == "/":
        operator, right = "*", _inverse(right, without)
    (a, b), (c, d) = left, right
    if operator == "*":
        return a * c, b * d
    return (a * d + c * b if operator == "+" else a * d - c * b), b * d


def _inverse(quotient: Quotient, without: Booleans) -> Quotient:
    """Return the inverse, its denominator positive; mark the points where there is none."""
    above, below = (np.asarray(part, object) for part in quotient)
    zero = np.asarray(above == 0, np.bool_)
    without |= zero
    sign = np.where(above < 0, -1, 1).astype(object)
    return below * sign, np.where(zero, 1, above * sign)


def _half_even(above: Any, below: Any) -> Any:
    """Return the whole numbers next to quotients, halves to the even one."""
    down = above // below
    twice = 2 * (above - down * below)
    up = (twice > below) | ((twice == below) & (down % 2 == 1))
    return down + np.asarray(up, np.bool_)
