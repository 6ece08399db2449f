r"""One axis: exact breakpoints and the labels between and at them.

Every condition is made of signs of polynomials in one variable. Their real roots cut the axis into
points and open stretches on which no sign changes, so the labels at one point of a stretch are
those of all of it: the answer is complete by construction. A set of stretches is the bits of one
integer, and conditions are evaluated on all stretches at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from negotiation.analysis.regimes.algebraic import Number, between
from negotiation.analysis.regimes.conditions import (
    FALSE,
    TRUE,
    And,
    Atom,
    Condition,
    reachable,
)
from negotiation.analysis.regimes.domain import Line
from negotiation.analysis.regimes.patterns import Case, Labels
from negotiation.analysis.regimes.polynomials import NEGATIVE, POSITIVE, ZERO, Polynomial

__all__ = ["Change", "Partition", "Stretch", "may_hold", "stretches"]


class Partition:
    """The axis cut at the roots of all polynomials of some conditions.

    Places are numbered from left to right: 0, 2, 4, ... are open stretches, 1, 3, 5, ... roots.
    """

    def __init__(self, line: Line, conditions: Sequence[Condition]) -> None:
        self.line = line
        polynomials = dict.fromkeys(
            node.polynomial for node in reachable(conditions) if isinstance(node, Atom)
        )
        self.polynomials = [p for p in polynomials if p.variables]
        found = {root for p in self.polynomials for root in line.roots(p)}
        for bound in (line.interval.low, line.interval.high):
            if bound is not None:
                found.add(Number.rational(bound))
        self.roots = sorted(root for root in found if _within(line, root))
        self.count = 2 * len(self.roots) + 1
        self.everything = (1 << self.count) - 1
        place = {root: 2 * k + 1 for k, root in enumerate(self.roots)}
        self._masks = {p: self._signs(p, place) for p in self.polynomials}
        self._known: dict[int, int] = {}

    def _signs(self, polynomial: Polynomial, place: dict[Number, int]) -> tuple[int, int, int]:
        """Return the places where a polynomial is negative, zero, positive."""
        lead = polynomial.coefficients(polynomial.variables[0], [Fraction(0)])[-1]
        sign = 1 if lead > 0 else -1
        if polynomial.degree(polynomial.variables[0]) % 2:
            sign = -sign
        masks = {-1: 0, 0: 0, 1: 0}
        start = 0
        for root in self.line.roots(polynomial):
            at = place.get(root)
            if at is None:
                # Roots outside the interval: before its first place, or after its last.
                if self.roots and root < self.roots[0]:
                    sign = -sign
                    continue
                break
            masks[sign] |= (1 << at) - (1 << start)
            masks[0] |= 1 << at
            start = at + 1
            sign = -sign
        masks[sign] |= (1 << self.count) - (1 << start)
        return masks[-1], masks[0], masks[1]

    @cached_property
    def inside(self) -> int:
        """The places that lie in the interval."""
        mask = self.everything
        low, high = self.line.interval.low, self.line.interval.high
        if low is not None:
            mask &= ~1
            if self.line.interval.low_open:
                mask &= ~2
        if high is not None:
            mask &= ~(1 << (self.count - 1))
            if self.line.interval.high_open:
                mask &= ~(1 << (self.count - 2))
        if low is not None and low == high:
            mask = 0b010
        return mask

    def where(self, condition: Condition) -> int:
        """Return the places where a condition holds."""
        for node in reachable([condition]):
            if node.serial in self._known:
                continue
            if node is TRUE or node is FALSE:
                mask = self.everything if node is TRUE else 0
            elif isinstance(node, Atom):
                mask = self._of_atom(node)
            else:
                both = isinstance(node, And)
                mask = self.everything if both else 0
                for part in node.parts:
                    known = self._known[part.serial]
                    mask = mask & known if both else mask | known
            self._known[node.serial] = mask
        return self._known[condition.serial]

    def _of_atom(self, node: Atom) -> int:
        if not node.polynomial.variables:
            holds = node.polynomial.sign_at([Fraction(0)]) & node.signs
            return self.everything if holds else 0
        negative, zero, positive = self._masks[node.polynomial]
        mask = 0
        for bit, own in ((NEGATIVE, negative), (ZERO, zero), (POSITIVE, positive)):
            if node.signs & bit:
                mask |= own
        return mask

    def sign(self, polynomial: Polynomial, place: int) -> int:
        """Return the sign of a polynomial at a place, as a bit."""
        if not polynomial.variables:
            return polynomial.sign_at([Fraction(0)])
        negative, zero, _ = self._masks[polynomial]
        if zero >> place & 1:
            return ZERO
        return NEGATIVE if negative >> place & 1 else POSITIVE

    def ends(self, place: int) -> tuple[Number | None, Number | None]:
        """Return the roots to the left and right of an open stretch."""
        left = self.roots[place // 2 - 1] if place >= 2 else None
        right = self.roots[place // 2] if place < self.count - 1 else None
        return left, right

    def sample(self, place: int) -> Number:
        """Return a point of a place: the root itself, or a simple rational in a stretch."""
        if place % 2:
            return self.roots[place // 2]
        return Number.rational(between(*self.ends(place)))


def _within(line: Line, root: Number) -> bool:
    low, high = line.interval.low, line.interval.high
    return (low is None or root.compared(low) >= 0) and (high is None or root.compared(high) <= 0)


def may_hold(line: Line, condition: Condition) -> bool:
    """Say whether a condition in one variable holds somewhere on the interval; exact."""
    partition = Partition(line, [condition])
    return bool(partition.where(condition) & partition.inside)


@dataclass(frozen=True)
class Stretch:
    """Adjacent places with the same labels: from `first` to `last`, both included."""

    first: int
    last: int
    labels: Labels | None


@dataclass(frozen=True)
class Change:
    """A root where the labels change, and the polynomials that make them change."""

    place: int
    before: Labels | None
    here: Labels | None
    after: Labels | None
    polynomials: tuple[Polynomial, ...]


def stretches(partition: Partition, case: Case) -> tuple[list[Stretch], list[Change]]:
    """Return the axis by labels, and where they change."""
    labels = _labels_by_place(partition, case)
    places = [place for place in range(partition.count) if partition.inside >> place & 1]
    merged: list[Stretch] = []
    for place in places:
        if merged and merged[-1].labels == labels[place]:
            merged[-1] = Stretch(merged[-1].first, place, labels[place])
        else:
            merged.append(Stretch(place, place, labels[place]))
    changes = []
    held = set(places)
    for place in places:
        if place % 2 == 0:
            continue
        sides = [k for k in (place - 1, place, place + 1) if k in held]
        if len({labels[k] for k in sides}) > 1:
            before = labels[place - 1] if place - 1 in held else labels[place]
            after = labels[place + 1] if place + 1 in held else labels[place]
            causes = _causes(partition, case, place, sides)
            changes.append(Change(place, before, labels[place], after, causes))
    return merged, changes


def _labels_by_place(partition: Partition, case: Case) -> list[Labels | None]:
    valid = partition.where(case.domain) & partition.where(case.defined) & partition.inside
    supported = [(label, partition.where(found)) for label, found in case.supported.items()]
    return [
        tuple(label for label, mask in supported if mask >> place & 1)
        if valid >> place & 1
        else None
        for place in range(partition.count)
    ]


def _causes(
    partition: Partition, case: Case, place: int, sides: Sequence[int]
) -> tuple[Polynomial, ...]:
    """Return the polynomials zero at a root whose own change of sign changes the labels.

    Where none does so alone, all those that are zero there.
    """
    vanishing = [p for p in partition.polynomials if partition.sign(p, place) == ZERO]

    def labels(base: int, own: Polynomial | None, other: int) -> Labels | None:
        """Return the labels with the signs at `base`, but for one polynomial as at `other`."""
        return case.labels(lambda p: partition.sign(p, other if p is own else base))

    plain = {base: labels(base, None, base) for base in sides}
    found = [
        polynomial
        for polynomial in vanishing
        if any(
            labels(base, polynomial, other) != plain[base]
            for base in sides
            for other in sides
            if base != other
        )
    ]
    return tuple(found or vanishing)
