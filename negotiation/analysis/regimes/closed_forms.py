r"""Closed forms: a boundary, where a polynomial is zero, solved for one parameter.

Degree one gives a quotient. A quadratic :math:`a x^2 + b x + c` gives

.. math:: x = \frac{-b \pm s \sqrt{D / s^2}}{2 a}, \qquad D = b^2 - 4 a c,

with :math:`s^2` the largest square of a whole number that divides D, cancelled by what divides
:math:`b`, :math:`s` and :math:`2 a`. Coefficients may depend on other parameters. Roots that are
known to lie outside the range of the parameter are left out: all such roots where a, b and c are
numbers, and those of the wrong sign where b is zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, isqrt

from negotiation.analysis.regimes.algebraic import real_roots
from negotiation.analysis.regimes.domain import Interval
from negotiation.analysis.regimes.polynomials import (
    Polynomial,
    Ring,
    Terms,
    terms_latex,
    terms_text,
)

__all__ = ["solved_for"]

Whole = dict[tuple[int, ...], int]
"""A polynomial with whole coefficients: powers to coefficient, none of them zero."""
TRIED = 1000
"""Squares of numbers up to this are divided out of discriminants."""


def solved_for(
    polynomial: Polynomial, position: int, interval: Interval | None = None
) -> tuple[str, str] | None:
    """Return ``polynomial == 0`` solved for one variable, as text and LaTeX; degree one or two.

    Parameters
    ----------
    polynomial : Polynomial
    position : int
        Which variable of the ring.
    interval : Interval, optional
        Its range; by default all numbers.

    Returns
    -------
    tuple of str, or None
        None for another degree, and where every root lies outside the range.
    """
    parts = polynomial.expand(position)
    ring = polynomial.ring
    if len(parts) == 2:
        return _linear(parts[0], parts[1], ring)
    if len(parts) != 3:
        return None
    c, b, a = (dict(part) for part in parts)
    interval = interval or Interval()
    if len(polynomial.variables) > 1:
        signs = _possible_signs(b, interval)
    else:
        signs = _signs_within(polynomial, interval)
    if not signs:
        return None
    return _root(_Quadratic.of(a, b, c), signs, ring) if b else _pure_root(a, c, signs, ring)


def _linear(constant: Terms, slope: Terms, ring: Ring) -> tuple[str, str]:
    if not any(any(powers) for powers, _ in slope):
        divisor = -slope[0][1]
        whole = [(powers, Fraction(c, divisor)) for powers, c in constant]
        return terms_text(whole, ring.names), terms_latex(whole, ring)
    sign = -1 if slope[0][1] > 0 else 1
    above = [(powers, sign * c) for powers, c in constant]
    below = [(powers, -sign * c) for powers, c in slope]
    if sum(c < 0 for _, c in above) > len(above) / 2 and sum(c < 0 for _, c in below):
        above = [(p, -c) for p, c in above]
        below = [(p, -c) for p, c in below]
    return _quotient(above, below, ring.names), _latex_quotient(above, below, ring)


# -- quadratics -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Quadratic:
    """Roots ``(middle +- size * radicand**(1/2)) / below``; `below` has no whole minus sign."""

    middle: Whole
    size: int
    radicand: Whole
    below: Whole

    @staticmethod
    def of(a: Whole, b: Whole, c: Whole) -> _Quadratic:
        if all(value < 0 for value in a.values()):
            a, b, c = (_scaled(part, -1) for part in (a, b, c))
        radicand = _sum(_product(b, b), _scaled(_product(a, c), -4))
        size = _root_of_square(gcd(*radicand.values()))
        radicand = {powers: value // size**2 for powers, value in radicand.items()}
        middle, below = _scaled(b, -1), _scaled(a, 2)
        common = gcd(size, *middle.values(), *below.values())
        return _Quadratic(
            {powers: value // common for powers, value in middle.items()},
            size // common,
            radicand,
            {powers: value // common for powers, value in below.items()},
        )


def _signs_within(polynomial: Polynomial, interval: Interval) -> str:
    """Return which of the two roots of a quadratic in one variable lie in a range."""
    found = ""
    for sign, root in zip("-+", real_roots(polynomial), strict=False):
        above = interval.low is None or root.compared(interval.low) > 0
        if above and (interval.high is None or root.compared(interval.high) < 0):
            found += sign
    return found


def _possible_signs(b: Whole, interval: Interval) -> str:
    """Return which roots may lie in a range: without a middle term they differ in sign."""
    if b:
        return "-+"
    below = interval.low is None or interval.low < 0
    above = interval.high is None or interval.high > 0
    return "-" * below + "+" * above


def _root(quadratic: _Quadratic, signs: str, ring: Ring) -> tuple[str, str]:
    """Return the roots of some signs as text and LaTeX."""
    middle, radicand = _listed(quadratic.middle), _listed(quadratic.radicand)
    size, names = quadratic.size, ring.names
    inner = _grouped(terms_text(radicand, names), ring)
    sign = {"-": "-", "+": "+", "-+": "+-"}[signs]
    times = f"{size}*" if size > 1 else ""
    top = f"{terms_text(middle, names)} {sign} {times}{inner}**(1/2)"
    symbol = {"-": "-", "+": "+", "-+": r"\pm"}[signs]
    factor = f"{size} " if size > 1 else ""
    above = rf"{terms_latex(middle, ring)} {symbol} {factor}\sqrt{{{terms_latex(radicand, ring)}}}"
    below = _listed(quadratic.below)
    bottom = terms_text(below, names)
    if bottom == "1":
        return top, above
    return _divided(f"({top})", bottom), rf"\frac{{{above}}}{{{terms_latex(below, ring)}}}"


def _pure_root(a: Whole, c: Whole, signs: str, ring: Ring) -> tuple[str, str]:
    """Return the roots of ``a*x**2 + c``: those of the quotient -c / a."""
    above, below = _listed(_scaled(c, -1)), _listed(a)
    if sum(value < 0 for _, value in below) > len(below) / 2:
        above, below = ([(p, -value) for p, value in part] for part in (above, below))
    if any(any(powers) for powers, _ in [*above, *below]):
        inner, square = _quotient(above, below, ring.names), _latex_quotient(above, below, ring)
    else:
        number = Fraction(above[0][1], below[0][1])
        inner = str(number)
        square = terms_latex([((0,) * len(ring.names), number)], ring)
    sign = {"-": "-", "+": "", "-+": "+-"}[signs]
    symbol = {"-": "-", "+": "", "-+": r"\pm "}[signs]
    return f"{sign}{_grouped(inner, ring)}**(1/2)", rf"{symbol}\sqrt{{{square}}}"


def _grouped(text: str, ring: Ring) -> str:
    """Return a text in parentheses, unless it is one number or name."""
    return text if text.isdigit() or text in ring.names else f"({text})"


def _root_of_square(number: int) -> int:
    """Return the root of a large square that divides a positive number."""
    root, rest = 1, number
    for divisor in range(2, TRIED + 1):
        while rest % divisor**2 == 0:
            rest //= divisor**2
            root *= divisor
    return root * isqrt(rest) if isqrt(rest) ** 2 == rest else root


# -- polynomials with whole coefficients ----------------------------------------------------------


def _scaled(part: Whole, factor: int) -> Whole:
    return {powers: factor * value for powers, value in part.items()}


def _sum(one: Whole, other: Whole) -> Whole:
    total = dict(one)
    for powers, value in other.items():
        total[powers] = total.get(powers, 0) + value
    return {powers: value for powers, value in total.items() if value}


def _product(one: Whole, other: Whole) -> Whole:
    total: Whole = {}
    for left, value in one.items():
        for right, factor in other.items():
            powers = tuple(map(sum, zip(left, right, strict=True)))
            total[powers] = total.get(powers, 0) + value * factor
    return {powers: value for powers, value in total.items() if value}


def _listed(part: Whole) -> list[tuple[tuple[int, ...], int]]:
    """Return the terms, those of high degree first."""
    return sorted(part.items(), key=lambda term: (-sum(term[0]), [-power for power in term[0]]))


# -- quotients ------------------------------------------------------------------------------------


def _quotient(above: Terms, below: Terms, names: Sequence[str]) -> str:
    top, bottom = terms_text(above, names), terms_text(below, names)
    if bottom == "1":
        return top
    return _divided(f"({top})" if len(above) > 1 else top, bottom)


def _divided(top: str, bottom: str) -> str:
    """Return a quotient, its divisor in parentheses unless it is one number or name."""
    simple = not any(sign in bottom for sign in " */") and not bottom.startswith("-")
    return f"{top} / {bottom}" if simple else f"{top} / ({bottom})"


def _latex_quotient(above: Terms, below: Terms, ring: Ring) -> str:
    top, bottom = terms_latex(above, ring), terms_latex(below, ring)
    return top if bottom == "1" else rf"\frac{{{top}}}{{{bottom}}}"
