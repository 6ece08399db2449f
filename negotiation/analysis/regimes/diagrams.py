r"""Piecewise rational functions: diagrams that branch on the sign of a polynomial.

A payoff with thresholds, weights, ``max``, ``min``, ``abs`` or ``if`` is one rational function in
each of several pieces. A :class:`Diagram` is either a leaf (a rational function, a truth, a label,
a set, or :class:`Undefined` with its reason) or asks for the sign of one irreducible polynomial.
Questions come in one order and equal diagrams are one object, so what cancels is not asked (Bryant
1986). Signs that cannot occur in the domain are not asked either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from negotiation.analysis.regimes.conditions import (
    FALSE,
    TRUE,
    Condition,
    atom,
    conjunction,
    disjunction,
)
from negotiation.analysis.regimes.polynomials import (
    NEGATIVE,
    POSITIVE,
    ZERO,
    Polynomial,
    Ratio,
    Ring,
    flipped,
)

if TYPE_CHECKING:
    pass

__all__ = ["RELATIONS", "Bounds", "Diagram", "Diagrams", "Undefined"]

SIGN_BITS = (NEGATIVE, ZERO, POSITIVE)
RELATIONS = {
    "<": NEGATIVE,
    "==": ZERO,
    ">": POSITIVE,
    "<=": NEGATIVE | ZERO,
    ">=": ZERO | POSITIVE,
    "!=": NEGATIVE | POSITIVE,
}


class Bounds(Protocol):
    """What is known of signs in the domain."""

    def signs(self, polynomial: Polynomial) -> int:
        """Return the signs that the polynomial may have, as bits; more than needed is allowed."""
        ...


@dataclass(frozen=True)
class Undefined:
    """What stands where a formula has no value.

    `harmless` marks a probability whose condition never occurs: what reads it does not hold.
    """

    reason: str
    harmless: bool = False


class Diagram:
    """A leaf, or a question with one diagram for each sign; equal diagrams are one object."""

    __slots__ = ("branches", "polynomial", "serial", "value")

    def __init__(
        self,
        serial: int,
        value: Any,
        polynomial: Polynomial | None,
        branches: tuple[Diagram, ...],
    ) -> None:
        self.serial = serial
        self.value = value
        self.polynomial = polynomial
        self.branches = branches

    @property
    def is_leaf(self) -> bool:
        """Whether there is only one piece."""
        return self.polynomial is None

    def leaves(self) -> Iterator[Any]:
        """Yield the value of each piece."""
        seen: set[int] = set()
        stack = [self]
        while stack:
            diagram = stack.pop()
            if diagram.serial in seen:
                continue
            seen.add(diagram.serial)
            if diagram.polynomial is None:
                yield diagram.value
            stack += diagram.branches

    def at(self, point: Sequence[Fraction]) -> Any:
        """Return the value at a point: a Fraction, truth, label, set or Undefined."""
        diagram = self
        while diagram.polynomial is not None:
            sign = diagram.polynomial.sign_at(point)
            diagram = diagram.branches[SIGN_BITS.index(sign)]
        value = diagram.value
        return value.at(point) if isinstance(value, Ratio) else value


class Diagrams:
    """Makes diagrams over one ring, with what is known of signs in the domain."""

    def __init__(self, ring: Ring, bounds: Bounds) -> None:
        self.ring = ring
        self.bounds = bounds
        self._leaves: dict[Any, Diagram] = {}
        self._branches: dict[Any, Diagram] = {}
        self._serial = 0
        self._memo: dict[Any, Diagram] = {}
        self._conditions: dict[tuple[int, Any], Condition] = {}
        self._comparisons: dict[Any, Condition] = {}
        self.true = self.leaf(True)
        self.false = self.leaf(False)

    # -- making -------------------------------------------------------------------------------

    def leaf(self, value: Any) -> Diagram:
        """Return the diagram of one piece; numbers become constants."""
        if isinstance(value, Fraction | int) and not isinstance(value, bool):
            value = self.ring.constant(value)
        key = (type(value), value)
        if key not in self._leaves:
            self._serial += 1
            self._leaves[key] = Diagram(self._serial, value, None, ())
        return self._leaves[key]

    def branch(
        self, polynomial: Polynomial, negative: Diagram, zero: Diagram, positive: Diagram
    ) -> Diagram:
        """Return the diagram that is one of three by the sign of a polynomial."""
        branches = [negative, zero, positive]
        possible = self.bounds.signs(polynomial)
        open_ = [k for k, bit in enumerate(SIGN_BITS) if bit & possible]
        for k in range(3):
            if k not in open_:
                branches[k] = branches[open_[0]]
        if all(branch is branches[0] for branch in branches):
            return branches[0]
        above = [b.polynomial for b in branches if b.polynomial is not None]
        first = min(above, key=lambda p: p.index, default=polynomial)
        if first.index <= polynomial.index:
            # Another question comes first, or the same one was asked below.
            if first is polynomial:
                return self._node(
                    polynomial,
                    *(self._side(branch, polynomial, k) for k, branch in enumerate(branches)),
                )
            inner = [
                self.branch(polynomial, *(self._side(branch, first, k) for branch in branches))
                for k in range(3)
            ]
            return self.branch(first, *inner)
        return self._node(polynomial, *branches)

    def _node(
        self, polynomial: Polynomial, negative: Diagram, zero: Diagram, positive: Diagram
    ) -> Diagram:
        if negative is zero is positive:
            return zero
        key = (polynomial.index, negative.serial, zero.serial, positive.serial)
        if key not in self._branches:
            self._serial += 1
            node = Diagram(self._serial, None, polynomial, (negative, zero, positive))
            self._branches[key] = node
        return self._branches[key]

    @staticmethod
    def _side(diagram: Diagram, polynomial: Polynomial, k: int) -> Diagram:
        return diagram.branches[k] if diagram.polynomial is polynomial else diagram

    # -- applying -----------------------------------------------------------------------------

    def apply(self, name: Any, operate: Callable[..., Diagram], *parts: Diagram) -> Diagram:
        """Return the diagram of ``operate(values of the leaves)``, piece by piece.

        Parameters
        ----------
        name : hashable
            Tells operations apart; results are kept under it.
        operate : callable
            From the leaves' values to a diagram. An undefined value is not handed to it: the
            result is undefined there.
        """
        key = (name, *(part.serial for part in parts))
        found = self._memo.get(key)
        if found is not None:
            return found
        asked = [part.polynomial for part in parts if part.polynomial is not None]
        if not asked:
            undefined = next((p for p in parts if isinstance(p.value, Undefined)), None)
            result = undefined or operate(*(part.value for part in parts))
        else:
            first = min(asked, key=lambda p: p.index)
            possible = self.bounds.signs(first)
            inner: list[Diagram | None] = [
                self.apply(name, operate, *(self._side(part, first, k) for part in parts))
                if bit & possible
                else None
                for k, bit in enumerate(SIGN_BITS)
            ]
            some = next(found for found in inner if found is not None)
            result = self.branch(first, *(some if one is None else one for one in inner))
        self._memo[key] = result
        return result

    def choose(self, condition: Diagram, then: Diagram, otherwise: Diagram) -> Diagram:
        """Return `then` where the condition is true, else `otherwise`."""
        if condition.polynomial is None:
            if isinstance(condition.value, Undefined):
                return condition
            return then if condition.value else otherwise
        key = ("choose", condition.serial, then.serial, otherwise.serial)
        if key not in self._memo:
            asked = (condition, then, otherwise)
            polynomials = [part.polynomial for part in asked if part.polynomial is not None]
            first = min(polynomials, key=lambda p: p.index)
            inner = [self.choose(*(self._side(part, first, k) for part in asked)) for k in range(3)]
            self._memo[key] = self.branch(first, *inner)
        return self._memo[key]

    def settled(self, truth: Diagram) -> Diagram:
        """Return a truth that does not hold where it reads a probability of nothing."""
        if truth.polynomial is None:
            harmless = isinstance(truth.value, Undefined) and truth.value.harmless
            return self.false if harmless else truth
        key = ("settled", truth.serial)
        if key not in self._memo:
            self._memo[key] = self.branch(truth.polynomial, *map(self.settled, truth.branches))
        return self._memo[key]

    def number(self, value: Any) -> Ratio:
        """Return a leaf's value as a number; a truth counts as 1 or 0."""
        return value if isinstance(value, Ratio) else self.ring.constant(Fraction(value))

    # -- signs --------------------------------------------------------------------------------

    def sign_diagram(self, ratio: Ratio, signs: int) -> Diagram:
        """Return the truth of ``sign(ratio) in signs``, the denominator taken to be nonzero."""
        return self._product(self._factors(ratio), signs)

    def _factors(self, ratio: Ratio) -> tuple[int, list[tuple[Polynomial, bool, bool]]]:
        """Return the constant's sign and (factor, whether its power is odd, may be zero)."""
        if ratio.is_zero:
            return 0, []
        sign, factors = self.ring.factored(ratio.numerator)
        found = [(factor, exponent % 2 == 1, True) for factor, exponent in factors]
        if not ratio.is_polynomial:
            turned, below = self.ring.factored(ratio.denominator)
            sign *= turned
            found += [(f, exponent % 2 == 1, False) for f, exponent in below]
        return sign, found

    def _product(
        self, product: tuple[int, list[tuple[Polynomial, bool, bool]]], signs: int
    ) -> Diagram:
        sign, factors = product
        if sign == 0:
            return self.leaf(bool(signs & ZERO))
        if sign < 0:
            signs = flipped(signs)
        if not factors:
            return self.leaf(bool(signs & POSITIVE))
        (first, odd, may_vanish), rest = factors[0], factors[1:]
        positive = self._product((1, rest), signs)
        negative = self._product((1, rest), flipped(signs)) if odd else positive
        zero = self.leaf(bool(signs & ZERO)) if may_vanish else positive
        return self.branch(first, negative, zero, positive)

    def sign_condition(self, ratio: Ratio, signs: int) -> Condition:
        """Return the condition ``sign(ratio) in signs``, the denominator taken to be nonzero."""
        key = (ratio.key, signs)
        found = self._comparisons.get(key)
        if found is None:
            found = self.condition(self.sign_diagram(ratio, signs))
            self._comparisons[key] = found
        return found

    def compare(self, relation: str, left: Diagram, right: Diagram) -> Diagram:
        """Return the truth of a comparison of numbers."""
        signs = RELATIONS[relation]
        return self.apply(
            ("compare", signs),
            lambda a, b: self.sign_diagram(self.number(a) - self.number(b), signs),
            left,
            right,
        )

    def divide(self, left: Diagram, right: Diagram, place: str) -> Diagram:
        """Return a quotient, undefined where the divisor is zero."""
        return self.apply(("/", place), lambda a, b: self._quotient(a, b, place), left, right)

    def _quotient(self, a: Any, b: Any, place: str) -> Diagram:
        above, below = self.number(a), self.number(b)
        reason = Undefined(f"division by zero in {place}")
        if below.is_zero:
            return self.leaf(reason)
        vanishes = self.sign_diagram(below, ZERO)
        return self.choose(vanishes, self.leaf(reason), self.leaf(above / below))

    # -- to conditions ------------------------------------------------------------------------

    def condition(self, diagram: Diagram, wanted: Any = True) -> Condition:
        """Return where the value of a diagram is `wanted`; nowhere where it is undefined."""
        return self.where(diagram, lambda value: value == wanted, ("is", wanted))

    def where(self, diagram: Diagram, accept: Callable[[Any], bool], name: Any) -> Condition:
        """Return where a diagram's value is accepted; `name` tells tests apart."""
        if diagram.polynomial is None:
            return TRUE if accept(diagram.value) else FALSE
        key = (diagram.serial, name)
        if key not in self._conditions:
            possible = self.bounds.signs(diagram.polynomial)
            by_branch: dict[int, int] = {}
            for bit, branch in zip(SIGN_BITS, diagram.branches, strict=True):
                if bit & possible:
                    by_branch[branch.serial] = by_branch.get(branch.serial, 0) | bit
            branches = {branch.serial: branch for branch in diagram.branches}
            parts = []
            for serial, signs in by_branch.items():
                asked = TRUE if signs == possible else atom(diagram.polynomial, signs)
                parts.append(conjunction([asked, self.where(branches[serial], accept, name)]))
            self._conditions[key] = disjunction(parts)
        return self._conditions[key]

    def pieces(self, diagrams: Sequence[Diagram]) -> Iterator[tuple[Condition, tuple[Any, ...]]]:
        """Yield the pieces on which several diagrams are leaves: condition, values."""
        asked = [d.polynomial for d in diagrams if d.polynomial is not None]
        if not asked:
            yield TRUE, tuple(d.value for d in diagrams)
            return
        first = min(asked, key=lambda p: p.index)
        possible = self.bounds.signs(first)
        joined: dict[tuple[int, ...], int] = {}
        sides: dict[tuple[int, ...], list[Diagram]] = {}
        for k, bit in enumerate(SIGN_BITS):
            if bit & possible:
                side = [self._side(d, first, k) for d in diagrams]
                key = tuple(d.serial for d in side)
                joined[key] = joined.get(key, 0) | bit
                sides[key] = side
        for key, signs in joined.items():
            here = TRUE if signs == possible else atom(first, signs)
            for condition, values in self.pieces(sides[key]):
                yield conjunction([here, condition]), values
