r"""Domain: which signs polynomials can have, from the bounds of the variables.

:class:`Box` bounds the sign of a polynomial in two ways: from the signs of its monomials, which
serves unbounded domains too, and for a polynomial without powers on a bounded box by its values at
the corners, between which it lies. In one variable it is exact, open ends and all, as :class:`Line`
is: on one axis a polynomial has finitely many roots.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from negotiation.analysis.regimes.algebraic import Number, real_roots
from negotiation.analysis.regimes.polynomials import NEGATIVE, POSITIVE, ZERO, Polynomial

__all__ = ["Box", "Interval", "Line"]

MAX_CORNERS = 64


@dataclass(frozen=True)
class Interval:
    """Bounds of one variable; None is unbounded."""

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False

    def signs(self) -> int:
        """Return the signs that the variable may have."""
        below = self.low is None or self.low < 0
        above = self.high is None or self.high > 0
        zero = (
            (self.low is None or self.low < 0 or (self.low == 0 and not self.low_open))
            and (self.high is None or self.high > 0 or (self.high == 0 and not self.high_open))
        )  # fmt: skip
        return (NEGATIVE if below else 0) | (ZERO if zero else 0) | (POSITIVE if above else 0)

    def holds(self, value: Fraction) -> bool:
        """Say whether a value lies inside."""
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return self.high is None or (
            value < self.high or (not self.high_open and value == self.high)
        )

    def meet(self, other: Interval) -> Interval:
        """Return what both intervals hold."""
        low, low_open = _tighter(self.low, self.low_open, other.low, other.low_open, 1)
        high, high_open = _tighter(self.high, self.high_open, other.high, other.high_open, -1)
        return Interval(low, high, low_open, high_open)


def _tighter(
    a: Fraction | None, a_open: bool, b: Fraction | None, b_open: bool, turn: int
) -> tuple[Fraction | None, bool]:
    if a is None or b is None:
        return (b, b_open) if a is None else (a, a_open)
    if a == b:
        return a, a_open or b_open
    return (a, a_open) if turn * (a - b) > 0 else (b, b_open)


class Box:
    """Signs of polynomials on a product of intervals, one a variable of the ring."""

    def __init__(self, intervals: Sequence[Interval]) -> None:
        self.intervals = tuple(intervals)
        self._variables = [interval.signs() for interval in intervals]
        self._known: dict[int, int] = {}

    def signs(self, polynomial: Polynomial) -> int:
        """Return the signs that the polynomial may have, as bits."""
        found = self._known.get(polynomial.index)
        if found is None:
            found = self._by_monomials(polynomial)
            if found & (found - 1):
                found &= self._by_corners(polynomial)
            if found & (found - 1) and len(polynomial.variables) == 1:
                found &= Line(self.intervals[polynomial.variables[0]]).signs(polynomial)
            self._known[polynomial.index] = found
        return found

    def _by_monomials(self, polynomial: Polynomial) -> int:
        total = ZERO
        for powers, coefficient in polynomial.terms:
            term = POSITIVE if coefficient > 0 else NEGATIVE
            for position in polynomial.variables:
                if powers[position]:
                    own = self._variables[position]
                    if powers[position] % 2 == 0:
                        own = (own & ZERO) | (POSITIVE if own & (NEGATIVE | POSITIVE) else 0)
                    term = _times(term, own)
            total = _plus(total, term)
        return total

    def _by_corners(self, polynomial: Polynomial) -> int:
        everything = NEGATIVE | ZERO | POSITIVE
        intervals = [self.intervals[position] for position in polynomial.variables]
        if not polynomial.is_multiaffine or 2 ** len(intervals) > MAX_CORNERS:
            return everything
        ends = [(i.low, i.high) for i in intervals if i.low is not None and i.high is not None]
        if len(ends) < len(intervals):
            return everything
        point = [Fraction(0)] * len(self.intervals)
        values = []
        for corner in itertools.product(*ends):
            for position, value in zip(polynomial.variables, corner, strict=True):
                point[position] = value
            values.append(polynomial.at(point))
        low, high = min(values), max(values)
        if low > 0 or high < 0:
            return POSITIVE if low > 0 else NEGATIVE
        return (NEGATIVE if low < 0 else 0) | ZERO | (POSITIVE if high > 0 else 0)


def _times(a: int, b: int) -> int:
    zero = (a | b) & ZERO
    positive = (a & b & POSITIVE) or (a & b & NEGATIVE)
    negative = (a & POSITIVE and b & NEGATIVE) or (a & NEGATIVE and b & POSITIVE)
    return zero | (POSITIVE if positive else 0) | (NEGATIVE if negative else 0)


def _plus(a: int, b: int) -> int:
    zero = (a & b & ZERO) or (a & POSITIVE and b & NEGATIVE) or (a & NEGATIVE and b & POSITIVE)
    return (
        ((a | b) & (POSITIVE | NEGATIVE)) | (ZERO if zero else 0)
    )  # fmt: skip


class Line:
    """Signs of polynomials in one variable on an interval, exactly."""

    def __init__(self, interval: Interval) -> None:
        self.interval = interval
        self._known: dict[int, int] = {}
        self._roots: dict[int, tuple[Number, ...]] = {}

    def roots(self, polynomial: Polynomial) -> tuple[Number, ...]:
        """Return the real roots of a polynomial, ascending, inside the interval or not."""
        if polynomial.index not in self._roots:
            self._roots[polynomial.index] = real_roots(polynomial)
        return self._roots[polynomial.index]

    def contains(self, number: Number) -> bool:
        """Say whether a number lies in the interval."""
        low, high = self.interval.low, self.interval.high
        if low is not None:
            side = number.compared(low)
            if side < 0 or (side == 0 and self.interval.low_open):
                return False
        if high is not None:
            side = number.compared(high)
            if side > 0 or (side == 0 and self.interval.high_open):
                return False
        return True

    def sign_at(self, polynomial: Polynomial, number: Number) -> int:
        """Return the sign at a number, irrational ones too; exact."""
        if not polynomial.variables:
            return polynomial.sign_at([Fraction(0)])
        roots = self.roots(polynomial)
        if number in roots:
            return ZERO
        (position,) = polynomial.variables
        lead = polynomial.coefficients(position, [Fraction(0)] * (position + 1))[-1]
        turns = sum(number < root for root in roots)
        # An irreducible polynomial changes its sign at each of its roots.
        return POSITIVE if (lead > 0) == (turns % 2 == 0) else NEGATIVE

    def signs(self, polynomial: Polynomial) -> int:
        """Return the signs that the polynomial has somewhere on the interval."""
        found = self._known.get(polynomial.index)
        if found is None:
            found = self._known[polynomial.index] = self._signs(polynomial)
        return found

    def _signs(self, polynomial: Polynomial) -> int:
        if not polynomial.variables:
            return polynomial.sign_at([Fraction(0)])
        low, high = self.interval.low, self.interval.high
        signs = 0
        roots = self.roots(polynomial)
        for root in roots:
            if self.contains(root):
                signs |= ZERO
        # The sign on each open stretch between roots that meets the interval.
        lead = polynomial.coefficients(polynomial.variables[0], [Fraction(0)])[-1]
        sign = POSITIVE if lead > 0 else NEGATIVE
        if polynomial.degree(polynomial.variables[0]) % 2:
            sign = POSITIVE + NEGATIVE - sign
        for k in range(len(roots) + 1):
            start = roots[k - 1] if k else None
            end = roots[k] if k < len(roots) else None
            if _meets(start, end, low, high):
                signs |= sign
            sign = POSITIVE + NEGATIVE - sign
        return signs


def _meets(
    start: Number | None, end: Number | None, low: Fraction | None, high: Fraction | None
) -> bool:
    """Say whether the open stretch from `start` to `end` meets the interval from low to high."""
    if low is not None and high is not None and low == high:
        after = start is None or start.compared(low) < 0
        return after and (end is None or end.compared(low) > 0)
    if end is not None and low is not None and end.compared(low) <= 0:
        return False
    return not (start is not None and high is not None and start.compared(high) >= 0)
