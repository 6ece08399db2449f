r"""Parameters with digits: the quantity that stands behind a breakpoint.

A parameter with ``digits`` (a log, say) is no rational function of what it comes from, so it is the
variable itself. Where its formula is monotone in one other parameter, a breakpoint is also given
in that one, by bisection with certified decimals. From the formula it is seen that the function is
monotone: the parameter stands in it once, under operations each of which is monotone.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from negotiation.analysis.regimes.domain import Interval
from negotiation.analysis.regimes.space import Cell, Space
from negotiation.errors import Fault
from negotiation.formulas import Binary, Call, Expression, Reference, Unary, walk
from negotiation.model.decimals import rounded
from negotiation.model.grounding import substitute

__all__ = ["behind", "drives", "preimage", "value_of"]

STEPS = 60
PLACES = 30


def drives(space: Space, name: str) -> list[str]:
    """Return the parameters with digits that payoffs read and whose formula reads a cell."""
    return [
        cell
        for cell in space._basic(space._read_by_payoffs())
        if cell != name and name in _read(space, space.cells[cell])
    ]


def _read(space: Space, cell: Cell) -> set[str]:
    """Return the cells that a cell's formula reads, through others."""
    found: set[str] = set()
    stack = [cell.name]
    while stack:
        for name in space._references(space.cells[stack.pop()]):
            if name not in found:
                found.add(name)
                stack.append(name)
    return found


def behind(space: Space, name: str) -> list[str]:
    """Return the parameters in which a parameter with digits is monotone and which drive no other.

    `name` is a cell; the formula of the file counts even where the cell is a variable now.
    """
    cell = space.cells[name]
    if cell.formula is None or cell.parameter.digits is None:
        return []
    return [
        other
        for other in dict.fromkeys(space._references(cell))
        if space.cells[other].formula is None
        and drives(space, other) == [name]
        and _is_monotone(cell.formula, other)
    ]


def _is_monotone(node: Expression, name: str) -> bool:
    """Say whether a formula is monotone in a parameter, as far as its form shows it."""
    reads = [p for p in walk(node) if isinstance(p, Reference) and p.name == name]
    if len(reads) != 1:
        return False
    while not isinstance(node, Reference):
        inner: list[Expression]
        if isinstance(node, Unary) and node.operator in ("-", "+"):
            inner = [node.operand]
        elif isinstance(node, Binary) and node.operator in ("+", "-", "*", "/"):
            inner = [node.left, node.right]
            if node.operator == "/" and any(part is reads[0] for part in walk(node.right)):
                return False
        elif isinstance(node, Call) and node.function in ("exp", "log", "sqrt"):
            inner = list(node.arguments)
        else:
            return False
        node = next(part for part in inner if any(p is reads[0] for p in walk(part)))
    return True


def value_of(space: Space, name: str, other: str, value: Fraction, digits: int) -> Fraction | None:
    """Return a cell's formula with `other` at a value, rounded; None where it has no value."""
    cell = space.cells[name]
    assert cell.formula is not None
    values: Mapping[str, Fraction | None] = {**space.values, other: value}
    try:
        return rounded(substitute(cell.formula, values), digits)
    except (Fault, ZeroDivisionError):
        return None


def preimage(
    space: Space, name: str, other: str, target: Fraction
) -> tuple[Fraction, Fraction] | None:
    """Return bounds of the value of `other` at which the formula of `name` equals `target`.

    None where no such value lies in the domain of `other`.
    """
    interval = space._own_domain(space.cells[other])
    low, high = _bracket(interval)
    at_low = _side(space, name, other, low, target)
    at_high = _side(space, name, other, high, target)
    if at_low is None or at_high is None or at_low * at_high > 0:
        return None
    for _ in range(STEPS):
        middle = (low + high) / 2
        side = _side(space, name, other, middle, target)
        if side is None:
            return None
        if side == 0:
            return middle, middle
        if side * at_low > 0:
            low = middle
        else:
            high = middle
    return low, high


def _side(space: Space, name: str, other: str, value: Fraction, target: Fraction) -> int | None:
    found = value_of(space, name, other, value, PLACES)
    return None if found is None else (found > target) - (found < target)


def _bracket(interval: Interval) -> tuple[Fraction, Fraction]:
    """Return finite ends inside an interval."""
    low = interval.low if interval.low is not None else Fraction(-(10**6))
    high = interval.high if interval.high is not None else Fraction(10**6)
    edge = (high - low) / 10**12
    if interval.low_open:
        low += edge
    if interval.high_open:
        high -= edge
    return low, high
