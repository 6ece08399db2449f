r"""Certified decimals: the value of a formula, rounded correctly to a number of digits.

A formula without exp, log, sqrt and broken powers has a rational value, found exactly. Otherwise it
is enclosed in a ball :math:`[m \pm r]` (Johansson 2017, Arb) whose precision grows until all of
:math:`[m \pm r]` rounds to one decimal; from then on the value *is* that decimal. A value halfway
between two decimals is rounded to the even one, which only happens where it is known exactly.
What is exact stays exact as long as it can: rational powers of perfect powers, exp(0), log(1).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from operator import add, mul, sub, truediv
from typing import TYPE_CHECKING, Any, TypeAlias

from negotiation.errors import Fault
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
from negotiation.model.document import decimal_text
from negotiation.model.grounding import (
    MAX_BITS,
    Constant,
    arithmetic,
    check_bits,
    compare,
    fold_values,
)

if TYPE_CHECKING:
    from flint import arb

    Enclosure: TypeAlias = Fraction | bool | arb

__all__ = ["rounded", "shown"]

PRECISIONS = (64, 256, 1024, 4096, 16384)
MAX_ROOT = 64


class _Undecided(Exception):  # noqa: N818 - it asks for more precision
    """The ball is too wide to decide."""


def rounded(node: Expression, digits: int | None) -> Fraction:
    """Return the value of a formula whose names all have values.

    Parameters
    ----------
    node : Expression
        A ground formula, values substituted.
    digits : int, optional
        Decimals to which the value is rounded, halves to even; without them it must be rational.

    Raises
    ------
    Fault
        Where the value is no real number, is too large, or cannot be decided.
    ZeroDivisionError
        Where the formula divides by zero.
    """
    if isinstance(node, Constant):
        return check_bits(_round(node.value, digits))
    import flint

    precision = flint.ctx.prec
    try:
        for bits in PRECISIONS:
            flint.ctx.prec = bits
            try:
                return check_bits(_round(_enclose(node), digits))
            except _Undecided:
                continue
    finally:
        flint.ctx.prec = precision
    raise Fault(
        f"cannot be decided with {PRECISIONS[-1]} bits",
        remedy="the value may lie exactly halfway between two decimals (use one digit more), or "
        "something in it may be exactly zero or equal (simplify it)",
    )


def shown(value: Fraction) -> str:
    """Return a number for a message: as a decimal or fraction if short, else to six digits."""
    text = decimal_text(value)
    if text is None or len(text) > 20:
        text = str(value)
    if len(text) <= 40:
        return text
    from decimal import Context, Decimal

    context = Context(prec=6)
    return str(context.divide(Decimal(value.numerator), Decimal(value.denominator)))


def _round(value: Enclosure, digits: int | None) -> Fraction:
    if isinstance(value, Fraction | bool):
        exact = Fraction(value)
        return exact if digits is None else Fraction(round(exact * 10**digits), 10**digits)
    if digits is None:
        raise Fault("the value is not rational", remedy="add digits = 4 to the parameter")
    scaled = (value * 10**digits + _ball(Fraction(1, 2))).floor().unique_fmpz()
    if scaled is None:
        raise _Undecided
    return Fraction(int(scaled), 10**digits)


def _ball(value: Enclosure) -> arb:
    import flint

    if isinstance(value, Fraction | bool):
        fraction = Fraction(value)
        return flint.arb(flint.fmpq(fraction.numerator, fraction.denominator))
    return value


def _decided(ball: arb) -> arb:
    """Return a ball that is finite and of a size that can be an answer."""
    import flint

    if not ball.is_finite():
        raise _Undecided
    if abs(ball) > flint.arb(2) ** MAX_BITS:
        raise Fault("a number grows too large", remedy="choose another unit")
    return ball


def _enclose(node: Expression) -> Enclosure:
    """Return the exact value where possible, else a ball that holds it."""
    match node:
        case Constant():
            value: Enclosure = node.value
            return value
        case Unary():
            operand = _enclose(node.operand)
            if node.operator == "not":
                return not operand
            return _binary("-" if node.operator == "-" else "+", Fraction(0), operand)
        case Binary():
            left, right = _enclose(node.left), _enclose(node.right)
            try:
                return _binary(node.operator, left, right)
            except Fault as fault:
                raise fault.within(column=node.column) from None
        case Conditional():
            return _enclose(node.then if _enclose(node.condition) else node.otherwise)
        case Comparison():
            return _comparison(node)
        case Junction():
            found = (bool(_enclose(operand)) for operand in node.operands)
            return all(found) if node.operator == "and" else any(found)
        case Fold():
            return _fold(node)
        case Call():
            return _call(node.function, [_enclose(part) for part in node.arguments])
        case Reference():
            raise Fault(f"{node.name} has no value", remedy="give it one")
    raise Fault("cannot be evaluated", remedy="compare numbers one by one")


def _binary(operator: str, left: Enclosure, right: Enclosure) -> Enclosure:
    if operator == "**":
        return _power(left, right)
    if isinstance(left, Fraction | bool) and isinstance(right, Fraction | bool):
        return arithmetic(operator, Fraction(left), Fraction(right))
    if operator == "/" and isinstance(right, Fraction | bool) and not right:
        raise ZeroDivisionError
    result: arb = _OPERATIONS[operator](_ball(left), _ball(right))
    return _decided(result)


_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {"+": add, "-": sub, "*": mul, "/": truediv}


def _power(base: Enclosure, exponent: Enclosure) -> Enclosure:
    if isinstance(exponent, Fraction | bool) and Fraction(exponent).denominator == 1:
        if isinstance(base, Fraction | bool):
            return arithmetic("**", Fraction(base), Fraction(exponent))
        return _decided(base ** int(exponent))
    if isinstance(base, Fraction | bool):
        if base == 0:
            if exponent > 0:
                return Fraction(0)
            raise ZeroDivisionError if exponent < 0 else _Undecided
        if isinstance(exponent, Fraction) and (exact := _exact_power(Fraction(base), exponent)):
            return exact
    ball = _ball(base)
    if ball < 0:
        raise Fault(
            "a broken power of a negative number is not a real number",
            remedy="restrict the domain of what stands in it",
        )
    return _decided(ball ** _ball(exponent))


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """Return a rational power of a perfect power, exactly; None where there is no such value."""
    if base < 0 or exponent.denominator > MAX_ROOT:
        return None
    top = _exact_root(base.numerator, exponent.denominator)
    bottom = _exact_root(base.denominator, exponent.denominator)
    if top is None or bottom is None:
        return None
    return arithmetic("**", Fraction(top, bottom), Fraction(exponent.numerator))


def _exact_root(number: int, degree: int) -> int | None:
    import flint

    root = int(flint.fmpz(number).root(degree))
    return root if root**degree == number else None


def _comparison(node: Comparison) -> bool:
    left = _enclose(node.first)
    for operator, right_node in node.rest:
        right = _enclose(right_node)
        if not _compare(operator, left, right):
            return False
        left = right
    return True


def _compare(operator: str, left: Enclosure, right: Enclosure) -> bool:
    if isinstance(left, Fraction | bool) and isinstance(right, Fraction | bool):
        return compare(operator, left, right)
    a, b = _ball(left), _ball(right)
    if a < b:
        return operator in ("<", "<=", "!=")
    if a > b:
        return operator in (">", ">=", "!=")
    raise _Undecided


def _fold(node: Fold) -> Enclosure:
    found = [_enclose(body) for guard, body in node.terms if guard is None or _enclose(guard)]
    if node.function == "sum":
        total: Enclosure = Fraction(0)
        for value in found:
            total = _binary("+", total, value)
        return total
    if node.function in ("min", "max") and found:
        return _call(node.function, found)
    result: Enclosure = fold_values(node.function, found)
    return result


def _call(function: str, values: list[Enclosure]) -> Enclosure:
    value = values[0]
    if function in ("min", "max"):
        for other in values[1:]:
            value = _extreme(function, value, other)
        return value
    if function == "abs":
        if isinstance(value, Fraction | bool):
            return abs(Fraction(value))
        return abs(value)
    if isinstance(value, Fraction | bool):
        known = _exact(function, Fraction(value))
        if known is not None:
            return known
    ball = _ball(value)
    if (function == "log" and ball <= 0) or (function == "sqrt" and ball < 0):
        raise _not_real(f"{function} of {ball.str(6, radius=False)}")
    result: arb = {"exp": ball.exp, "log": ball.log, "sqrt": ball.sqrt}[function]()
    return _decided(result)


def _extreme(function: str, a: Enclosure, b: Enclosure) -> Enclosure:
    if isinstance(a, Fraction | bool) and isinstance(b, Fraction | bool):
        return min(a, b) if function == "min" else max(a, b)
    return _ball(a).min(_ball(b)) if function == "min" else _ball(a).max(_ball(b))


def _exact(function: str, value: Fraction) -> Fraction | None:
    """Return the value where it is rational; refuse arguments outside the function's domain."""
    if function == "exp":
        if abs(value) > MAX_BITS:
            raise Fault(f"exp({shown(value)}) is out of range", remedy="choose another unit")
        return Fraction(1) if value == 0 else None
    if (function == "log" and value <= 0) or (function == "sqrt" and value < 0):
        raise _not_real(f"{function}({shown(value)})")
    if function == "log":
        return Fraction(0) if value == 1 else None
    return _exact_power(value, Fraction(1, 2))


def _not_real(what: str) -> Fault:
    return Fault(f"{what} is not a real number", remedy="restrict the domain of what stands in it")
