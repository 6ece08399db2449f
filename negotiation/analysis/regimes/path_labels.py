r"""Regime labels of a set of histories, where their probabilities are not known.

Equilibria with given supports reach the same histories, each with positive probability, but how
often may differ among them. A condition that must hold at every history depends on the set alone.
So does the probability of an event that holds at all of the histories, or at none: it is 1 or 0.
Any other lies between 0 and 1 (:class:`Between`), and so does arithmetic with it; a comparison that
the bounds decide is decided. Another one is :class:`Unfixed`: the label takes more than the
supports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.analysis.regimes.diagrams import Diagram, Undefined
from negotiation.analysis.regimes.formulas import SymbolicFormulas
from negotiation.analysis.regimes.tree import SymbolicTree
from negotiation.formulas import Binary, Call, Expression, Unary

__all__ = ["Between", "Unfixed", "label_of_histories"]

Bound = Fraction | None


@dataclass(frozen=True)
class Between:
    """A number of which only open bounds are known; None is unbounded."""

    low: Bound
    high: Bound

    def __neg__(self) -> Between:
        return Between(_minus(self.high), _minus(self.low))

    def plus(self, other: Between) -> Between:
        """Return the bounds of a sum."""
        return Between(_sum(self.low, other.low), _sum(self.high, other.high))

    def times(self, factor: Fraction) -> Between:
        """Return the bounds of a multiple by a number other than 0."""
        low, high = (None if end is None else end * factor for end in (self.low, self.high))
        return Between(low, high) if factor > 0 else Between(high, low)

    def signs(self) -> frozenset[int]:
        """Return the signs that the number may have."""
        below = self.low is None or self.low < 0
        above = self.high is None or self.high > 0
        return frozenset(
            sign for sign, may in ((-1, below), (0, below and above), (1, above)) if may
        )


@dataclass(frozen=True)
class Unfixed(Undefined):
    """What stands where a label takes more than the set of histories that are reached."""


ANY = Between(None, None)
SHARE = Between(Fraction(0), Fraction(1))
TRUTH = {
    "<": {-1},
    "<=": {-1, 0},
    "==": {0},
    ">=": {0, 1},
    ">": {1},
    "!=": {-1, 1},
}


def _minus(bound: Bound) -> Bound:
    return None if bound is None else -bound


def _sum(a: Bound, b: Bound) -> Bound:
    return None if a is None or b is None else a + b


def label_of_histories(tree: SymbolicTree, reached: Sequence[int]) -> Diagram:
    """Return the regime of equilibria that reach these terminal nodes and no others.

    Parameters
    ----------
    tree : SymbolicTree
    reached : sequence of int

    Returns
    -------
    Diagram
        Its leaves are names, or :class:`Unfixed`.
    """
    formulas = _PathFormulas(tree, reached)
    one = tree.diagrams.ring.one
    return tree.classified(tuple((node, one) for node in reached), formulas)


class _PathFormulas(SymbolicFormulas):
    """Formulas in which some numbers are known by their bounds only."""

    def __init__(self, tree: SymbolicTree, reached: Sequence[int]) -> None:
        super().__init__(tree.diagrams, tree.parameters.of, tree.space.definition)
        self.tree = tree
        self.reached = reached
        self.path = self._on_path

    def _on_path(self, call: Call, _play: Mapping[str, Any]) -> Diagram:
        """Return ``prob(event)``, ``prob(event, given)`` or ``mean(quantity)``."""
        place = f"regimes, {call.function}"
        nothing = self.diagrams.leaf(None)
        values = []
        for node in self.reached:
            play = self.tree.play(node)
            value = self.evaluate(call.arguments[0], play, place)
            for given in call.arguments[1:]:
                value = self.diagrams.choose(self.evaluate(given, play, place), value, nothing)
            values.append(value)
        mean = call.function == "mean"

        def joined(*found: Any) -> Diagram:
            own = [a for a in found if a is not None]
            if not own:
                return self.diagrams.leaf(Undefined("probability of nothing", harmless=True))
            if all(a == own[0] for a in own):
                return self.diagrams.leaf(self.diagrams.number(own[0]))
            if not mean:
                return self.diagrams.leaf(SHARE)
            known = [self.diagrams.number(a).constant for a in own]
            numbers = [c for c in known if c is not None]
            bounded = len(numbers) == len(known)
            return self.diagrams.leaf(Between(min(numbers), max(numbers)) if bounded else ANY)

        return self.diagrams.apply((id(call), "path", tuple(self.reached)), joined, *values)

    def _junction(
        self, every: bool, operands: Sequence[Expression], inner: Callable[[Expression], Diagram]
    ) -> Diagram:
        """Return ``and`` or ``or``; what takes more than the histories is read last."""

        def is_open(operand: Expression) -> bool:
            return any(isinstance(leaf, Unfixed) for leaf in inner(operand).leaves())

        return super()._junction(every, sorted(operands, key=is_open), inner)

    # -- numbers between bounds -------------------------------------------------------------------

    def _unary(self, node: Unary, operand: Diagram) -> Diagram:
        if not _is_rough(operand):
            return super()._unary(node, operand)
        if node.operator == "not":
            raise TypeError("a number is no truth")

        def turned(a: Any) -> Diagram:
            return self.diagrams.leaf(-a if node.operator == "-" else a)

        return self.diagrams.apply(("rough", node.operator), turned, operand)

    def _binary(self, node: Binary, left: Diagram, right: Diagram, place: str) -> Diagram:
        if not (_is_rough(left) or _is_rough(right)):
            return super()._binary(node, left, right, place)
        operator = node.operator

        def roughly(a: Any, b: Any) -> Diagram:
            one, two = self._bounds(a), self._bounds(b)
            if operator in ("+", "-"):
                return self.diagrams.leaf(one.plus(two if operator == "+" else -two))
            factors = [(a, two)] if operator == "*" else []
            for plain, rough in [*factors, (b, one)]:
                value = None if isinstance(plain, Between) else self.diagrams.number(plain).constant
                if value is not None and operator == "*":
                    return self.diagrams.leaf(rough.times(value) if value else 0)
                if value is not None and operator == "/" and value:
                    return self.diagrams.leaf(rough.times(1 / value))
            return self.diagrams.leaf(ANY)

        return self.diagrams.apply(("rough", operator), roughly, left, right)

    def _bounds(self, value: Any) -> Between:
        if isinstance(value, Between):
            return value
        number = self.diagrams.number(value).constant
        return ANY if number is None else Between(number, number)

    def add(self, left: Diagram, right: Diagram) -> Diagram:
        """Return a sum."""
        if not (_is_rough(left) or _is_rough(right)):
            return super().add(left, right)
        return self.diagrams.apply(
            ("rough", "+"),
            lambda a, b: self.diagrams.leaf(self._bounds(a).plus(self._bounds(b))),
            left,
            right,
        )

    def _truth(self, operator: str, a: Any, b: Any) -> Diagram:
        if not (isinstance(a, Between) or isinstance(b, Between)):
            return super()._truth(operator, a, b)
        possible = self._bounds(a).plus(-self._bounds(b)).signs()
        wanted = TRUTH[operator]
        if possible <= wanted or not possible & wanted:
            return self.diagrams.leaf(bool(possible & wanted))
        return self.diagrams.leaf(Unfixed("it depends on how often each history is reached"))


def _is_rough(diagram: Diagram) -> bool:
    return any(isinstance(leaf, Between) for leaf in diagram.leaves())
