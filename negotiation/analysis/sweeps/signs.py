r"""Polynomials at the points of a sweep, in the guise that a computer evaluates exactly or bounded.

A variable has values :math:`a / d` with integers a and one d, where these are short enough, and
double words (:mod:`negotiation.kernels.forms`). A polynomial goes into 64-bit integers where the
bound of its terms at the largest a allows it, else into double words, else it is left to Python.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from negotiation.analysis.sweeps.traced import Terms
from negotiation.kernels.form_layout import Forms

__all__ = ["Column", "FormTable", "Scale"]

IN_INTEGERS, IN_DOUBLES, IN_PYTHON = 0, 1, 2
LARGEST_INTEGER = 2**63 - 1
LARGEST_COORDINATE = EXACT_DOUBLE = 2**53
MOST_POWERS = 64
UNIT = 2.0**-106
SPLITTER = 2.0**27 + 1
WIDEST = 400
"""Terms and partial products lie within 2^-400 and 2^400."""
Numbers = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """What is known of the values of a variable.

    Attributes
    ----------
    denominator : int
        d; 0 if there are no integers.
    largest : int
        Bound of the absolute values of the integers a.
    low, high : float
        The logarithms to base 2 of values that are not zero lie between, roughly.
    """

    denominator: int
    largest: int
    low: float
    high: float


@dataclass(frozen=True)
class Column:
    """Values of a variable: as integers over a denominator, and as double words.

    Attributes
    ----------
    values : sequence of Fraction
    scale : Scale
    integers : array of int64
        Zeros where there is no common denominator.
    heads, tails : array of float64
    """

    values: Sequence[Fraction]
    scale: Scale
    integers: Numbers
    heads: Doubles
    tails: Doubles

    @classmethod
    def of(cls, values: Sequence[Fraction], least: int = 1) -> Column:
        """Return the column of some values; `least` is a divisor of the denominator."""
        denominator = _common([value.denominator for value in values], least)
        integers = [0] * len(values)
        if denominator:
            integers = [v.numerator * (denominator // v.denominator) for v in values]
        largest = max(map(abs, integers), default=0)
        if largest > LARGEST_COORDINATE:
            denominator, largest, integers = 0, 0, [0] * len(values)
        heads = [_double(value) for value in values]
        tails = [
            _double(value - Fraction(head)) if math.isfinite(head) else 0.0
            for value, head in zip(values, heads, strict=True)
        ]
        sizes = [_size(value) for value in values if value]
        scale = Scale(denominator, largest, min(sizes, default=0.0), max(sizes, default=0.0))
        return cls(values, scale, np.array(integers, np.int64), np.array(heads), np.array(tails))

    @classmethod
    def of_decimals(cls, numbers: Numbers, denominator: int) -> Column:
        """Return the column of numbers n / d, all n and d at most 2^53; as :meth:`of` has it.

        The remainder n - h d of a division is a double, for h is n / d rounded to nearest. With the
        product h d = p + e (Dekker) it is (n - p) - e.
        """
        largest = int(np.abs(numbers).max(initial=0))
        assert max(largest, denominator) <= EXACT_DOUBLE
        whole, divisor = numbers.astype(np.float64), float(denominator)
        heads = whole / divisor
        product, error = _exact_product(heads, divisor)
        tails = ((whole - product) - error) / divisor
        sizes = np.frexp(whole[numbers != 0])[1] - denominator.bit_length()
        ends = (float(sizes.min()), float(sizes.max())) if len(sizes) else (0.0, 0.0)
        scale = Scale(denominator, largest, *ends)
        return cls(_Decimals(numbers, denominator), scale, numbers, heads, tails)


class _Decimals(Sequence[Fraction]):
    """Fractions that are made when they are asked for."""

    def __init__(self, numbers: Numbers, denominator: int) -> None:
        self._numbers = numbers
        self._denominator = denominator

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> Fraction: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Fraction]: ...
    def __getitem__(self, place: int | slice) -> Fraction | Sequence[Fraction]:
        if isinstance(place, slice):
            return _Decimals(self._numbers[place], self._denominator)
        return Fraction(int(self._numbers[place]), self._denominator)


def _exact_product(a: Doubles, b: float) -> tuple[Doubles, Doubles]:
    """Return a product rounded to nearest, and what was lost."""
    product = a * b
    spread = SPLITTER * a
    a_top = spread - (spread - a)
    top = SPLITTER * b - (SPLITTER * b - b)
    a_rest, rest = a - a_top, b - top
    return product, a_rest * rest - (((product - a_top * top) - a_rest * top) - a_top * rest)


def _common(denominators: Sequence[int], least: int) -> int:
    """Return the least common multiple, 0 if it is long."""
    found = least
    for denominator in denominators:
        if found % denominator:
            found = math.lcm(found, denominator)
            if found > LARGEST_COORDINATE:
                return 0
    return found


def _double(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _size(value: Fraction) -> float:
    """Return the logarithm to base 2 of a number that is not zero, to within 1."""
    return float(abs(value.numerator).bit_length() - value.denominator.bit_length())


@dataclass
class FormTable:
    """Polynomials by number, laid out for the kernels.

    Parameters
    ----------
    scales : sequence of Scale
        One a variable.
    following : frozenset of int
        Variables that move along a run besides the one that moves fastest.
    """

    scales: Sequence[Scale]
    following: frozenset[int] = frozenset()
    modes: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    integers: list[int] = field(default_factory=list)
    heads: list[float] = field(default_factory=list)
    tails: list[float] = field(default_factory=list)
    factor_starts: list[int] = field(default_factory=lambda: [0])
    factors: list[int] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    _arrays: Forms | None = None

    def __len__(self) -> int:
        return len(self.modes)

    def add(self, terms: Terms) -> None:
        """Add a polynomial of which the sign is wanted."""
        whole = math.lcm(*(c.denominator for _, c in terms))
        scaled = [(powers, int(c * whole)) for powers, c in terms]
        integers = self._in_integers(scaled, self._degrees(terms))
        fits = integers is not None and self._bound(scaled, integers) <= LARGEST_INTEGER
        self._add(terms, integers if fits else None)

    def add_quotient(self, above: Terms, below: Terms) -> None:
        """Add numerator and denominator of a rational function, as two forms."""
        integers = self._quotient(above, below)
        self._add(above, integers and integers[0])
        self._add(below, integers and integers[1])
        if IN_PYTHON in self.modes[-2:]:
            self.modes[-2:] = [IN_PYTHON] * 2

    def _quotient(self, above: Terms, below: Terms) -> tuple[list[int], list[int]] | None:
        """Return integer coefficients of both such that the quotient of the values is right."""
        sides = []
        for terms in (above, below):
            whole = math.lcm(*(c.denominator for _, c in terms))
            degrees = self._degrees(terms)
            scaled = [(powers, int(c * whole)) for powers, c in terms]
            integers = self._in_integers(scaled, degrees)
            if integers is None:
                return None
            factor = whole
            for degree, scale in zip(degrees, self.scales, strict=True):
                factor *= scale.denominator**degree if degree else 1
            sides.append((scaled, integers, factor))
        (top, up, up_factor), (bottom, down, down_factor) = sides
        # up / up_factor over down / down_factor.
        common = math.gcd(up_factor, down_factor)
        times_up, times_down = down_factor // common, up_factor // common
        shared = math.gcd(math.gcd(*up) if up else 0, times_down) or 1
        up, times_down = [c // shared for c in up], times_down // shared
        shared = math.gcd(math.gcd(*down), times_up) or 1
        down, times_up = [c // shared for c in down], times_up // shared
        up, down = [c * times_up for c in up], [c * times_down for c in down]
        shared = math.gcd(*up, *down) or 1
        up, down = [c // shared for c in up], [c // shared for c in down]
        for terms_of, coefficients in ((top, up), (bottom, down)):
            if self._bound(terms_of, coefficients) > LARGEST_INTEGER:
                return None
        return up, down

    def _degrees(self, terms: Terms) -> list[int]:
        return [max((powers[k] for powers, _ in terms), default=0) for k in range(len(self.scales))]

    def _in_integers(
        self, terms: Sequence[tuple[tuple[int, ...], int]], degrees: Sequence[int]
    ) -> list[int] | None:
        """Return the coefficients in the integers a; None where a variable has none."""
        if any(d and not s.denominator for d, s in zip(degrees, self.scales, strict=True)):
            return None
        found = []
        for powers, coefficient in terms:
            value = coefficient
            for power, degree, scale in zip(powers, degrees, self.scales, strict=True):
                if degree > power:
                    value *= scale.denominator ** (degree - power)
            found.append(value)
        return found

    def _bound(self, terms: Sequence[tuple[tuple[int, ...], int]], integers: Sequence[int]) -> int:
        """Return a bound of the sum of the absolute values of terms and of their factors."""
        total = 0
        for (powers, _), coefficient in zip(terms, integers, strict=True):
            size = abs(coefficient)
            for power, scale in zip(powers, self.scales, strict=True):
                if power:
                    size *= max(1, scale.largest) ** power
            total += size
        return total

    def _add(self, terms: Terms, integers: Sequence[int] | None) -> None:
        mode = IN_INTEGERS if integers is not None else self._mode(terms)
        self.modes.append(mode)
        most = 0
        for k, (powers, coefficient) in enumerate(terms):
            self.integers.append(integers[k] if integers is not None else 0)
            head = _double(coefficient) if mode != IN_PYTHON else 0.0
            self.heads.append(head)
            self.tails.append(float(coefficient - Fraction(head)) if mode == IN_DOUBLES else 0.0)
            factors = [j for j, power in enumerate(powers) for _ in range(power)]
            self.factors += factors
            self.factor_starts.append(len(self.factors))
            most = max(most, len(factors))
        self.starts.append(len(self.integers))
        bound = EXACT_DOUBLE + 1
        followers = self.following.intersection(self.factors[self.factor_starts[self.starts[-2]] :])
        if integers is not None and most < MOST_POWERS and not followers:
            scaled = [(powers, 0) for powers, _ in terms]
            bound = self._bound(scaled, integers)
        self.short.append(int(bound <= EXACT_DOUBLE))
        self.widths.append((9 * most + 4 * len(terms) + 8) * UNIT)
        self._arrays = None

    def _mode(self, terms: Terms) -> int:
        """Say whether all partial products are far from over- and underflow."""
        for powers, coefficient in terms:
            low = high = _size(coefficient)
            for power, scale in zip(powers, self.scales, strict=True):
                low += power * min(scale.low - 1, 0.0)
                high += power * max(scale.high + 1, 0.0)
            if low < -WIDEST or high > WIDEST:
                return IN_PYTHON
        return IN_DOUBLES

    def arrays(self) -> Forms:
        """Return the table for the kernels."""
        if self._arrays is None:

            def numbers(found: Sequence[Any]) -> Numbers:
                return np.array(found, np.int64)

            self._arrays = Forms(
                numbers(self.modes),
                numbers(self.starts),
                numbers(self.integers),
                np.array(self.heads, np.float64),
                np.array(self.tails, np.float64),
                numbers(self.factor_starts),
                numbers(self.factors),
                np.array(self.widths, np.float64),
                numbers(self.short),
            )
        return self._arrays

    def at(self, form: int, point: Sequence[int]) -> int:
        """Return the value of a form in integers at one point, in Python."""
        total = 0
        for term in range(self.starts[form], self.starts[form + 1]):
            value = self.integers[term]
            for k in range(self.factor_starts[term], self.factor_starts[term + 1]):
                value *= point[self.factors[k]]
            total += value
        return total

    def in_integers(self, form: int, points: Numbers) -> Numbers:
        """Return the values of a form in integers at some points, shape (points, variables)."""
        total = np.zeros(len(points), np.int64)
        for term in range(self.starts[form], self.starts[form + 1]):
            value = np.full(len(points), self.integers[term], np.int64)
            for k in range(self.factor_starts[term], self.factor_starts[term + 1]):
                value *= points[:, self.factors[k]]
            total += value
        return total
