r"""Real algebraic numbers: roots of integer polynomials, compared and evaluated exactly.

A root is named by its irreducible polynomial and its place among the real roots, so two roots are
equal iff both agree, and different roots are told apart by refining their enclosures (Johansson
2017, Arb) until those are disjoint.
"""

from __future__ import annotations

import functools
import itertools
import math
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import flint

from negotiation.analysis.regimes.polynomials import Polynomial
from negotiation.model.document import decimal_text

if TYPE_CHECKING:
    pass

__all__ = ["Number", "between", "real_roots"]

START = 96


@functools.total_ordering
class Number:
    """A real algebraic number.

    Attributes
    ----------
    fraction : Fraction or None
        Its value where it is rational.
    coefficients : tuple of int
        Of its irreducible polynomial, constant first.
    place : int
        Which of the real roots, counted from the smallest.
    """

    def __init__(
        self, coefficients: tuple[int, ...], place: int = 0, fraction: Fraction | None = None
    ) -> None:
        self.coefficients = coefficients
        self.place = place
        self.fraction = fraction
        self._bits = 0
        self._enclosure = (Fraction(0), Fraction(0))
        if fraction is not None:
            self._enclosure = (fraction, fraction)
        else:
            self.refine()

    @staticmethod
    def rational(value: Fraction) -> Number:
        """Return a rational number."""
        return Number((-value.numerator, value.denominator), 0, value)

    def __repr__(self) -> str:
        return str(self.fraction) if self.fraction is not None else f"{self.decimal}..."

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and (self.coefficients, self.place) == (
            other.coefficients,
            other.place,
        )

    def __hash__(self) -> int:
        return hash((self.coefficients, self.place))

    def __lt__(self, other: Number) -> bool:
        return self != other and self._below(other)

    def _below(self, other: Number) -> bool:
        while True:
            (a, b), (c, d) = self._enclosure, other._enclosure
            if b < c or d < a:
                return b < c
            if self.fraction is None:
                self.refine()
            if other.fraction is None:
                other.refine()

    def compared(self, value: Fraction) -> int:
        """Return -1, 0 or 1: below, equal to, or above a rational."""
        if self.fraction is not None:
            return (self.fraction > value) - (self.fraction < value)
        while True:
            low, high = self._enclosure
            if high < value:
                return -1
            if low > value:
                return 1
            self.refine()

    @property
    def interval(self) -> tuple[Fraction, Fraction]:
        """Rational bounds, which enclose no other root of the polynomial."""
        return self._enclosure

    def refine(self) -> None:
        """Make the enclosure smaller."""
        self._bits = self._bits * 2 or START
        self._enclosure = _enclosures(self.coefficients, self._bits)[self.place]

    @cached_property
    def decimal(self) -> str:
        """The number to ten digits after the point, or all where it has fewer."""
        if self.fraction is not None:
            text = decimal_text(self.fraction)
            if text is not None and len(text) <= 24:
                return text
        low, high = self._enclosure
        return f"{float((low + high) / 2):.10g}"

    def __float__(self) -> float:
        low, high = self._enclosure
        return float((low + high) / 2)

    def to_json(self) -> Any:
        """Return "16/27", or polynomial, interval and decimal of an irrational number."""
        if self.fraction is not None:
            return str(self.fraction)
        low, high = short_interval(self)
        return {
            "polynomial": [str(c) for c in self.coefficients],
            "interval": [str(low), str(high)],
            "decimal": self.decimal,
        }


def short_interval(number: Number) -> tuple[Fraction, Fraction]:
    """Return decimal bounds of twelve digits that enclose an irrational number."""
    while True:
        low, high = number.interval
        size = max(abs(low), abs(high), Fraction(1, 10**30))
        scale = 10 ** max(0, 12 - math.floor(math.log10(size)))
        below, above = math.floor(low * scale), math.ceil(high * scale)
        if above - below <= 2:
            return Fraction(below, scale), Fraction(above, scale)
        number.refine()


@functools.lru_cache(maxsize=4096)
def _enclosures(coefficients: tuple[int, ...], bits: int) -> list[tuple[Fraction, Fraction]]:
    """Return disjoint enclosures of the real roots of an irreducible polynomial, ascending."""
    form = flint.fmpz_poly(list(coefficients))
    precision = flint.ctx.prec
    try:
        flint.ctx.prec = bits
        while True:
            roots: Any = form.complex_roots()  # the imaginary part of a real root is exactly zero
            found = sorted(_bounds(root.real) for root, _ in roots if root.imag == 0)
            if all(a[1] < b[0] for a, b in itertools.pairwise(found)):
                return found
            flint.ctx.prec *= 2
    finally:
        flint.ctx.prec = precision


def _bounds(ball: Any) -> tuple[Fraction, Fraction]:
    """Return the ends of a real ball as rationals."""
    return _exact(ball.mid() - ball.rad(), -1), _exact(ball.mid() + ball.rad(), 1)


def _exact(ball: Any, side: int) -> Fraction:
    """Return the lower or upper end of a ball; its own radius is added again, to be safe."""
    mantissa, exponent = ball.mid().man_exp()
    error, power = ball.rad().mid().man_exp()
    middle = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return middle + side * Fraction(int(error)) * Fraction(2) ** int(power)


def real_roots(polynomial: Polynomial) -> tuple[Number, ...]:
    """Return the real roots of an irreducible polynomial in one variable, ascending."""
    if not polynomial.variables:
        return ()
    position = polynomial.variables[0]
    values = polynomial.coefficients(position, [Fraction(0)] * len(polynomial.ring.names))
    coefficients = tuple(int(c) for c in values)
    if len(coefficients) == 2:
        return (Number.rational(Fraction(-coefficients[0], coefficients[1])),)
    count = len(_enclosures(coefficients, START))
    return tuple(Number(coefficients, place) for place in range(count))


def between(low: Number | None, high: Number | None) -> Fraction:
    """Return the simplest rational strictly between two numbers; None is unbounded."""
    if low is None and high is None:
        return Fraction(0)
    if low is None:
        assert high is not None
        return Fraction(min(0, math.ceil(high.interval[0]) - 1))
    if high is None:
        return Fraction(max(0, math.floor(low.interval[1]) + 1))
    while low.interval[1] >= high.interval[0]:
        low.refine() if low.fraction is None else high.refine()
        if low.fraction is None and high.fraction is None:
            high.refine()
    return _simplest(low.interval[1], high.interval[0])


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """Return the rational with the smallest denominator strictly between two rationals."""
    whole = math.floor(low) + 1
    if whole < high:
        if low < 0 < high:
            return Fraction(0)
        return Fraction(whole) if whole > 0 else Fraction(math.ceil(high) - 1)
    if math.floor(low) == low:
        # low is whole and high is at most low + 1
        return low + 1 / Fraction(math.floor(1 / (high - low)) + 1)
    base = Fraction(math.floor(low))
    upper = high - base
    inner_low = 1 / upper
    inner_high = 1 / (low - base)
    return base + 1 / _simplest(inner_low, inner_high)
