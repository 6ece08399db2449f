r"""Traced numbers: what is known of a computation that has been done at one point.

Let a program compute with the numbers of a game by ``+ - * /`` and by comparisons only. Run it at
one point, a *witness*, on functions of the swept parameters instead of numbers, and answer each
comparison by the values at the witness. Note the answers: each says that the sign of a polynomial
is in some set of signs. At every other point where all of them hold the program takes the same
path, and what it returns is the same up to the values of the functions in it. So one run gives the
answer on the whole *cell* of points that share the noted answers, ties and what depends on them
included, and nothing has to be known of what the program computes.

A :class:`Traced` number is a rational function, made once; equal functions are one object. What
compares numbers in any other way than by comparison must not happen unseen:

- Its hash is the same for all, so that a dictionary or a set finds its keys by comparisons only,
  and these are noted. Numbers and Fractions must not be mixed in the same place of keys.
- It has no numerator, no denominator and no conversion to float or int: who asks for them gets
  :class:`Untraceable`.

The signs that a polynomial cannot have in the box of the axes are not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NoReturn

from negotiation.analysis.regimes.conditions import FALSE, TRUE, And, Atom, Condition
from negotiation.analysis.regimes.diagrams import Diagram, Diagrams
from negotiation.analysis.regimes.polynomials import (
    NEGATIVE,
    POSITIVE,
    ZERO,
    Polynomial,
    Ratio,
    fraction,
)

__all__ = ["Algebra", "Question", "Terms", "Trace", "Traced", "Untraceable", "value_at"]

ANY_SIGN = NEGATIVE | ZERO | POSITIVE
Terms = tuple[tuple[tuple[int, ...], Fraction], ...]
Question = tuple[int, int]
"""Number of a polynomial, and the set of signs that it is asked whether its sign is in."""
Facts = tuple[tuple[Polynomial, int, bool], ...]
"""Polynomials, sets of signs, and whether their signs are in them."""


class Untraceable(Exception):  # noqa: N818 - a signal: this point is left to the exact solver
    """The computation does something with a number that cannot be noted."""


class Trace:
    """The questions that one run has asked, and their answers at the witness.

    Parameters
    ----------
    sign : callable
        The sign of a polynomial at the witness, as a bit.
    possible : callable
        The signs that a polynomial may have anywhere, as bits.

    Attributes
    ----------
    path : list of (Question, bool)
        Those that did not follow from the ones before, in order.
    """

    def __init__(
        self, sign: Callable[[Polynomial], int], possible: Callable[[Polynomial], int]
    ) -> None:
        self.path: list[tuple[Question, bool]] = []
        self._polynomials: list[Polynomial] = []
        self._sign = sign
        self._possible = possible
        self._known: dict[int, int] = {}

    def ask(self, polynomial: Polynomial, signs: int) -> bool:
        """Say whether the sign of a polynomial at the witness is in a set; note it."""
        number = polynomial.index
        known = self._known.get(number)
        if known is None:
            known = self._possible(polynomial)
        if not known & ~signs:
            return True
        if not known & signs:
            return False
        answer = bool(self._sign(polynomial) & signs)
        self._known[number] = known & signs if answer else known & ~signs
        self.path.append(((number, known & signs), answer))
        self._polynomials.append(polynomial)
        return answer

    def apart(self) -> Trace:
        """Return an empty trace at the same witness."""
        return Trace(self._sign, self._possible)

    def facts(self) -> Facts:
        """Return what was asked and found."""
        return tuple(
            (polynomial, signs, answer)
            for polynomial, ((_, signs), answer) in zip(self._polynomials, self.path, strict=True)
        )

    def agrees(self, facts: Facts) -> bool:
        """Say whether facts hold at the witness, without noting it."""
        return all(bool(self._sign(p) & signs) is answer for p, signs, answer in facts)

    def note(self, facts: Facts) -> None:
        """Ask what was asked in another trace."""
        for polynomial, signs, _ in facts:
            self.ask(polynomial, signs)

    def value(self, diagram: Diagram) -> Any:
        """Return the value of a diagram at the witness; pieces that are the same are one."""
        while diagram.polynomial is not None:
            polynomial = diagram.polynomial
            negative, zero, positive = diagram.branches
            if negative is zero:
                diagram = positive if self.ask(polynomial, POSITIVE) else zero
            elif zero is positive:
                diagram = negative if self.ask(polynomial, NEGATIVE) else zero
            elif self.ask(polynomial, ZERO):
                diagram = zero
            elif negative is positive:
                diagram = negative
            else:
                diagram = positive if self.ask(polynomial, POSITIVE) else negative
        return diagram.value

    def holds(self, condition: Condition) -> bool:
        """Say whether a condition holds at the witness."""
        if condition is TRUE or condition is FALSE:
            return condition is TRUE
        if isinstance(condition, Atom):
            return self.ask(condition.polynomial, condition.signs)
        if isinstance(condition, And):
            return all(map(self.holds, condition.parts))
        return any(map(self.holds, condition.parts))


def terms_of(form: Any, variables: int) -> Terms:
    """Return the terms of a polynomial of python-flint: powers of the variables, coefficient."""
    return tuple(
        (tuple(int(power) for power in powers)[:variables], fraction(coefficient))
        for powers, coefficient in form.to_dict().items()
    )


def value_at(terms: Terms, point: Sequence[Fraction]) -> Fraction:
    """Return the value of a polynomial at a point."""
    total = Fraction(0)
    for powers, coefficient in terms:
        term = coefficient
        for base, power in zip(point, powers, strict=True):
            if power:
                term = term * base**power
        total += term
    return total


class Algebra:
    """Traced numbers over the ring of some diagrams, each function once.

    Attributes
    ----------
    trace : Trace or None
        The run that is going on.
    """

    def __init__(self, diagrams: Diagrams) -> None:
        self.diagrams = diagrams
        self.ring = diagrams.ring
        self.trace: Trace | None = None
        self.numbers: list[Traced] = []
        self._by_key: dict[tuple[str, str], Traced] = {}
        self._constants: dict[Fraction | int, Traced] = {}
        self._results: dict[tuple[str, int, int], Traced] = {}
        self._comparisons: dict[tuple[int, int, int], Diagram] = {}
        self.zero = self.of(Fraction(0))
        self.one = self.of(Fraction(1))

    def of(self, value: Ratio | Fraction | int | bool) -> Traced:
        """Return a rational function, or a constant, as a traced number."""
        if not isinstance(value, Ratio):
            known = self._constants.get(value)
            if known is None:
                known = self._constants[value] = self.of(self.ring.constant(value))
            return known
        found = self._by_key.get(value.key)
        if found is None:
            found = self._by_key[value.key] = Traced(self, value, len(self.numbers))
            self.numbers.append(found)
        return found

    def wrapped(self, value: Traced | Fraction | int) -> Traced:
        """Return a number that may be traced already as one that is."""
        return value if isinstance(value, Traced) else self.of(value)

    def combined(
        self, name: str, operate: Callable[[Ratio, Ratio], Ratio], left: Traced, right: Traced
    ) -> Traced:
        """Return the result of an operation; it is done once."""
        key = (name, left.serial, right.serial)
        found = self._results.get(key)
        if found is None:
            found = self._results[key] = self.of(operate(left.ratio, right.ratio))
        return found

    def compare(self, left: Traced, right: Traced, signs: int) -> bool:
        """Say whether the sign of ``left - right`` is in a set."""
        if left is right:
            return bool(signs & ZERO)
        if self.trace is None:
            raise Untraceable
        key = (left.serial, right.serial, signs)
        diagram = self._comparisons.get(key)
        if diagram is None:
            difference = left.ratio - right.ratio
            diagram = self._comparisons[key] = self.diagrams.sign_diagram(difference, signs)
        return bool(self.trace.value(diagram))


class Traced:
    """A rational function that behaves as a number in a traced run."""

    __slots__ = ("_parts", "algebra", "ratio", "serial")

    def __init__(self, algebra: Algebra, ratio: Ratio, serial: int) -> None:
        self.algebra = algebra
        self.ratio = ratio
        self.serial = serial
        self._parts: tuple[Terms, Terms] | None = None

    @property
    def parts(self) -> tuple[Terms, Terms]:
        """The terms of numerator and denominator."""
        if self._parts is None:
            variables = len(self.algebra.ring.names)
            self._parts = (
                terms_of(self.ratio.numerator, variables),
                terms_of(self.ratio.denominator, variables),
            )
        return self._parts

    def at(self, point: Sequence[Fraction]) -> Fraction:
        """Return the value at a point."""
        above, below = self.parts
        return value_at(above, point) / value_at(below, point)

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return f"Traced({self.ratio!r})"

    def _other(self, other: object) -> Traced | None:
        if isinstance(other, Traced):
            return other
        return self.algebra.of(other) if isinstance(other, Fraction | int) else None

    # -- arithmetic ---------------------------------------------------------------------------

    def __add__(self, other: object) -> Traced:
        right = self._other(other)
        if right is None:
            return NotImplemented
        return self.algebra.combined("+", lambda a, b: a + b, self, right)

    __radd__ = __add__

    def __sub__(self, other: object) -> Traced:
        right = self._other(other)
        if right is None:
            return NotImplemented
        return self.algebra.combined("-", lambda a, b: a - b, self, right)

    def __rsub__(self, other: object) -> Traced:
        left = self._other(other)
        return NotImplemented if left is None else left - self

    def __mul__(self, other: object) -> Traced:
        right = self._other(other)
        if right is None:
            return NotImplemented
        return self.algebra.combined("*", lambda a, b: a * b, self, right)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Traced:
        right = self._other(other)
        if right is None:
            return NotImplemented
        if not right:
            raise ZeroDivisionError
        return self.algebra.combined("/", lambda a, b: a / b, self, right)

    def __rtruediv__(self, other: object) -> Traced:
        left = self._other(other)
        return NotImplemented if left is None else left / self

    def __neg__(self) -> Traced:
        return self.algebra.zero - self

    def __pos__(self) -> Traced:
        return self

    def __abs__(self) -> Traced:
        return -self if self < 0 else self

    # -- comparisons --------------------------------------------------------------------------

    def _compared(self, other: object, signs: int) -> bool:
        right = self._other(other)
        if right is None:
            return NotImplemented  # type: ignore[no-any-return]
        return self.algebra.compare(self, right, signs)

    def __eq__(self, other: object) -> bool:
        return True if self is other else self._compared(other, ZERO)

    def __ne__(self, other: object) -> bool:
        return False if self is other else self._compared(other, NEGATIVE | POSITIVE)

    def __lt__(self, other: object) -> bool:
        return self._compared(other, NEGATIVE)

    def __le__(self, other: object) -> bool:
        return self._compared(other, NEGATIVE | ZERO)

    def __gt__(self, other: object) -> bool:
        return self._compared(other, POSITIVE)

    def __ge__(self, other: object) -> bool:
        return self._compared(other, ZERO | POSITIVE)

    def __bool__(self) -> bool:
        return self.algebra.compare(self, self.algebra.zero, NEGATIVE | POSITIVE)

    # -- what cannot be noted -------------------------------------------------------------------

    def _refuse(self, *_: object) -> NoReturn:
        raise Untraceable

    numerator = denominator = property(_refuse)
    __float__ = __int__ = __index__ = __round__ = __trunc__ = __floor__ = __ceil__ = _refuse
    __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __pow__ = __rpow__ = __divmod__ = _refuse
    as_integer_ratio = limit_denominator = _refuse
