r"""Enclosures: the values of a formula at very many points, each known to lie in a ball of doubles.

A :class:`Ball` holds numbers x with :math:`|x - m| \le r`, one a point; where nothing is known m is
NaN. Every bound is derived, with u = 2^-53 and nothing but the basic operations of IEEE 754 and the
square root, each rounded to nearest, so no library has to be trusted.

*Arithmetic.* A result m computed from balls is within a bound R of the exact one that follows from
the radii, plus :math:`u |m|`. The radius is :math:`(R + 2^{-52} |m|)(1 + 2^{-40}) + 2^{-600}`: the
second factor is for the dozen roundings of R itself, all of whose parts are positive, the last for
underflow. Middles and radii of 2^300 and more, and divisors that may be smaller than 2^-300, are
given up (NaN), so what underflows, at most 2^-1074, is never blown up to 2^-600. For products
:math:`R = |x| r_y + |y| r_x + r_x r_y`, for quotients :math:`(r_x + |x/y| r_y) / (|y| - r_y)`.

*Logarithm.* :math:`m = 2^e f` with f between :math:`\sqrt{1/2}` and :math:`\sqrt 2`, and
:math:`\log f = 2 s \,(1 + w/3 + w^2/5 + \dots)`, :math:`s = (f-1)/(f+1)`, :math:`w = s^2 < 0.0295`.
f - 1 is exact, so s errs by 2 u relatively; the sum up to :math:`w^{10}/21` leaves less than 10^-18
of itself and, its later terms being small, errs by less than 3 u: with the last product 6 u.
:math:`e \log 2` errs by 2 u, the sum by u of both parts. All is below
:math:`2^{-49} (|\log f| + |e| \log 2)`. A radius r < m adds :math:`r / (m - r)`.

*Exponential.* For :math:`|m| \le 200`, k the whole number next to :math:`m / \log 2`, and log 2 =
C + D with C of 32 digits, :math:`k C` is exact, and :math:`t = (m - k C) - k D` errs by less than
3 u, :math:`|t| < 0.36`. The polynomial of degree 14 leaves less than 2^-60 and errs by at most
:math:`30 u\, e^{|t|}`; relative to :math:`e^t > 0.69` all is below 2^-46. A radius :math:`r \le 1`
adds :math:`e^m (r + r^2)`.

A power with a broken or a swept exponent is :math:`\exp(y \log x)` for positive x.

*Lengths.* The exact solver refuses numbers that grow too long. So a ball also bounds the binary
digits of numerator and denominator that the number may have where it is rational. What might be
refused, or is not understood, raises :class:`Unenclosed`.

References
----------
Moore, R. E., Kearfott, R. B., Cloud, M. J. (2009), Introduction to Interval Analysis, SIAM, ch. 2.
Higham, N. J. (2002), Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM, sec. 3.1, 5.1.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from negotiation.formulas import (
    Binary,
    Call,
    Comparison,
    Conditional,
    Expression,
    Fold,
    Junction,
    Reference,
    Unary,
)
from negotiation.model.grounding import MAX_BITS, MAX_POWER, Constant

__all__ = ["Ball", "Truth", "Unenclosed", "ball_of", "constant_ball"]

Doubles = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

UNIT = 2.0**-52
"""Twice the relative error of one rounding."""
SLACK = 1 + 2.0**-40
TINY, LARGEST, SMALLEST_DIVISOR = 2.0**-600, 2.0**300, 2.0**-300
LOG_ERROR, EXP_ERROR = 2.0**-49, 2.0**-46
MOST_EXPONENT = 200.0
MOST_PRODUCTS = 64
"""Whole powers up to this one are products."""
MOST_ROOT = 64
"""The exact solver looks for roots up to this one."""
LOG_2 = 0.6931471805599453
LOG_2_TOP, LOG_2_REST = 0.693147180369123816490, 1.90821492927058770002e-10
"""The first 32 digits of log 2, and the rest of it to 2^-86 or better."""


class Unenclosed(Exception):  # noqa: N818 - a signal: these points are left to exact arithmetic
    """A formula does what is not enclosed here."""


class Ball(NamedTuple):
    """Numbers near doubles.

    Attributes
    ----------
    middle, radius : array (points,), or () for all points the same
        A middle of NaN says that nothing is known.
    bits : int
        Bound of the lengths of numerator and denominator, where the number is rational.
    """

    middle: Doubles
    radius: Doubles
    bits: int


class Truth(NamedTuple):
    """What is known of a condition: surely so, surely not; neither where it is open."""

    yes: Booleans
    no: Booleans


def _ball(middle: Any, bound: Any, bits: int) -> Ball:
    """Return the ball of a rounded result whose exact value is that near."""
    if 2 * bits > MAX_BITS:
        raise Unenclosed
    size = np.abs(middle)
    radius = (bound + size * UNIT) * SLACK + TINY
    fits = (size < LARGEST) & (radius < LARGEST)
    return Ball(np.where(fits, middle, np.nan), radius, bits)


def constant_ball(value: Fraction | bool) -> Ball:
    """Return the ball of a number."""
    number = Fraction(value)
    bits = max(number.numerator.bit_length(), number.denominator.bit_length())
    try:
        nearest = float(number)
    except OverflowError:
        raise Unenclosed from None
    if Fraction(nearest) == number:
        return Ball(np.float64(nearest), np.float64(0), bits)  # type: ignore[arg-type]
    return _ball(nearest, 0.0, bits)


# -- formulas -------------------------------------------------------------------------------------


def ball_of(node: Expression, read: Callable[[str], Ball]) -> Ball:
    """Return the values of a formula.

    Parameters
    ----------
    node : Expression
        Ground; what is constant has been folded.
    read : callable
        The values of a parameter cell.

    Raises
    ------
    Unenclosed
        If it holds what is not enclosed here.
    """
    match node:
        case Constant() if isinstance(node.value, Fraction | bool):
            return constant_ball(node.value)
        case Reference(kind="parameter"):
            return read(node.name)
        case Unary(operator="+" | "-"):
            inner = ball_of(node.operand, read)
            return inner._replace(middle=-inner.middle) if node.operator == "-" else inner
        case Binary(operator="**"):
            return _power_of(node, read)
        case Binary():
            return OPERATIONS[node.operator](ball_of(node.left, read), ball_of(node.right, read))
        case Conditional():
            return _chosen(
                _truth_of(node.condition, read),
                ball_of(node.then, read),
                ball_of(node.otherwise, read),
            )
        case Fold() if node.terms and all(guard is None for guard, _ in node.terms):
            parts = [ball_of(body, read) for _, body in node.terms]
            if node.function == "sum":
                return functools.reduce(_sum, parts)
            return _call(node.function, parts)
        case Call():
            return _call(node.function, [ball_of(part, read) for part in node.arguments])
    raise Unenclosed


def _call(function: str, values: list[Ball]) -> Ball:
    if function in ("min", "max"):
        return functools.reduce(functools.partial(_extreme, function), values)
    if function not in FUNCTIONS:
        raise Unenclosed
    return FUNCTIONS[function](*values)


def _truth_of(node: Expression, read: Callable[[str], Ball]) -> Truth:
    match node:
        case Constant() if isinstance(node.value, bool):
            return Truth(np.bool_(node.value), np.bool_(not node.value))  # type: ignore[arg-type]
        case Unary(operator="not"):
            inner = _truth_of(node.operand, read)
            return Truth(inner.no, inner.yes)
        case Junction():
            parts = [_truth_of(operand, read) for operand in node.operands]
            return functools.reduce(_both if node.operator == "and" else _either, parts)
        case Comparison():
            operands = [node.first, *(right for _, right in node.rest)]
            balls = [ball_of(operand, read) for operand in operands]
            links = zip((operator for operator, _ in node.rest), balls, balls[1:], strict=False)
            return functools.reduce(_both, [_compared(*link) for link in links])
    raise Unenclosed


def _both(left: Truth, right: Truth) -> Truth:
    """Return the truth of ``left and right``; where the left is open, all is: it may fail."""
    return Truth(left.yes & right.yes, left.no | (left.yes & right.no))


def _either(left: Truth, right: Truth) -> Truth:
    return Truth(left.yes | (left.no & right.yes), left.no & right.no)


def _compared(operator: str, left: Ball, right: Ball) -> Truth:
    """Compare; equal numbers are known to be so where both radii are zero."""
    known = ~(np.isnan(left.middle) | np.isnan(right.middle))
    exact = known & (left.radius == 0) & (right.radius == 0)
    difference = _difference(left, right)
    less = np.where(exact, left.middle < right.middle, difference.middle < -difference.radius)
    more = np.where(exact, left.middle > right.middle, difference.middle > difference.radius)
    equal = exact & (left.middle == right.middle)
    outcomes = {
        "<": (less, more | equal),
        "<=": (less | equal, more),
        ">": (more, less | equal),
        ">=": (more | equal, less),
        "==": (equal, less | more),
        "!=": (less | more, equal),
    }
    if operator not in outcomes:
        raise Unenclosed
    return Truth(*outcomes[operator])


def _chosen(condition: Truth, then: Ball, otherwise: Ball) -> Ball:
    middle = np.where(condition.no, otherwise.middle, np.nan)
    return Ball(
        np.where(condition.yes, then.middle, middle),
        np.where(condition.yes, then.radius, otherwise.radius),
        max(then.bits, otherwise.bits),
    )


# -- operations -----------------------------------------------------------------------------------


def _sum(x: Ball, y: Ball) -> Ball:
    return _ball(x.middle + y.middle, x.radius + y.radius, x.bits + y.bits + 1)


def _difference(x: Ball, y: Ball) -> Ball:
    return _ball(x.middle - y.middle, x.radius + y.radius, x.bits + y.bits + 1)


def _product(x: Ball, y: Ball) -> Ball:
    bound = np.abs(x.middle) * y.radius + np.abs(y.middle) * x.radius + x.radius * y.radius
    return _ball(x.middle * y.middle, bound, x.bits + y.bits)


def _quotient(x: Ball, y: Ball) -> Ball:
    least = np.abs(y.middle) - y.radius
    middle = np.where(least > SMALLEST_DIVISOR, x.middle / y.middle, np.nan)
    return _ball(middle, (x.radius + np.abs(middle) * y.radius) / least, x.bits + y.bits)


OPERATIONS: dict[str, Callable[[Ball, Ball], Ball]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
}


def _extreme(function: str, x: Ball, y: Ball) -> Ball:
    choose = np.minimum if function == "min" else np.maximum
    middle, radius = choose(x.middle, y.middle), np.maximum(x.radius, y.radius)
    return Ball(middle, radius, max(x.bits, y.bits))


def _absolute(x: Ball) -> Ball:
    return x._replace(middle=np.abs(x.middle))


def _root(x: Ball) -> Ball:
    middle = np.sqrt(np.where(x.middle - x.radius > SMALLEST_DIVISOR, x.middle, np.nan))
    return _ball(middle, x.radius / middle, x.bits)


def _logarithm(x: Ball) -> Ball:
    """Return logarithms; the only rational one is zero."""
    least = x.middle - x.radius
    positive = np.where(least > SMALLEST_DIVISOR, x.middle, np.nan)
    share, exponent = np.frexp(positive)
    low = share < math.sqrt(0.5)
    share, exponent = np.where(low, 2 * share, share), exponent - low
    s = (share - 1) / (share + 1)
    w = s * s
    series = np.full_like(w, 1 / 21)
    for k in range(9, -1, -1):
        series = series * w + 1 / (2 * k + 1)
    inner, outer = 2 * s * series, exponent * LOG_2
    error = LOG_ERROR * (np.abs(inner) + np.abs(outer))
    return _ball(inner + outer, x.radius / least + error, 1)


def _exponential(x: Ball) -> Ball:
    """Return powers of e; the only rational one is 1."""
    fits = (np.abs(x.middle) <= MOST_EXPONENT) & (x.radius <= 1)
    m = np.where(fits, x.middle, np.nan)
    k = np.rint(m / LOG_2)
    t = (m - k * LOG_2_TOP) - k * LOG_2_REST
    series = np.full_like(t, 1 / math.factorial(14))
    for n in range(13, -1, -1):
        series = series * t + 1 / math.factorial(n)
    middle = np.ldexp(series, np.where(fits, k, 0).astype(np.int32))
    spread = (x.radius + x.radius * x.radius + EXP_ERROR) * (1 + 2 * EXP_ERROR)
    return _ball(middle, middle * spread, 1)


FUNCTIONS: dict[str, Callable[[Ball], Ball]] = {
    "abs": _absolute,
    "sqrt": _root,
    "log": _logarithm,
    "exp": _exponential,
}


def _power_of(node: Binary, read: Callable[[str], Ball]) -> Ball:
    base = ball_of(node.left, read)
    if isinstance(node.right, Constant):
        exponent = Fraction(node.right.value)
        if exponent.denominator == 1 and abs(exponent) <= MOST_PRODUCTS:
            return _whole_power(base, int(exponent))
    return _power(base, ball_of(node.right, read))


def _whole_power(base: Ball, exponent: int) -> Ball:
    if exponent < 0:
        return _quotient(constant_ball(True), _whole_power(base, -exponent))
    found = constant_ball(True)
    for _ in range(exponent):
        found = _product(found, base)
    # A power of what is not known is not known, nor is that of 0.
    return found._replace(middle=np.where(np.isnan(base.middle), np.nan, found.middle))


def _power(base: Ball, exponent: Ball) -> Ball:
    """Return a power of a positive number.

    Where base and exponent are rational the exact solver may take a root of up to 64 and a power of
    the root; it refuses exponents and numbers that are too long.
    """
    sizes = np.where(np.isnan(exponent.middle), 1.0, np.abs(exponent.middle) + exponent.radius)
    most = math.ceil(np.max(sizes, initial=1.0))
    if most * MOST_ROOT > MAX_POWER:
        raise Unenclosed
    found = _exponential(_product(exponent, _logarithm(base)))
    bits = (base.bits + MOST_ROOT) * most
    if 2 * bits > MAX_BITS:
        raise Unenclosed
    return found._replace(bits=bits)
