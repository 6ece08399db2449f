r"""Turning: which comparisons decide at a point of a boundary, told exactly.

Several comparisons of payoffs may have the same polynomial p, so the boundary p = 0 alone does not
say whose incentive it is. Take a point on it where every other polynomial has a known sign. There
the recursion over the tree is run again with those signs: all that stays open is the sign of p. Let
each comparison c that asks for it have a sign of its own, so that the labels are a function
:math:`L(s_1, \dots, s_m)` of m signs. On the two sides of the boundary all of them are alike.
Comparison c *binds* if its own sign matters there:

.. math:: L(s, \dots, s) \ne L(s, \dots, s, s'_c, s, \dots, s)

for the signs s and s' of p on two sides. In a sender-receiver game probabilities are eliminated
from several comparisons together, so p may be the sign that several have jointly: then all these
share one sign of their own. Where no comparison decides alone, those are given that decide jointly,
and where none does, all that the labels read. That the labels on both sides are those of the whole
analysis is checked; if they were not, nothing would be told.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from negotiation.analysis.regimes.conditions import (
    And,
    Atom,
    Condition,
    atom,
    conjunction,
    disjunction,
)
from negotiation.analysis.regimes.diagrams import SIGN_BITS, Diagram, Diagrams
from negotiation.analysis.regimes.polynomials import Polynomial
from negotiation.analysis.regimes.support import Binding, Incentives
from negotiation.analysis.regimes.tree import SymbolicTree
from negotiation.errors import BudgetError, MethodError

if TYPE_CHECKING:
    from negotiation.analysis.regimes.patterns import Case

__all__ = ["Turning", "TurningIncentives", "tree_beside", "turning"]

Signs = Callable[[Polynomial], int]


@dataclass(frozen=True)
class Turning:
    """Whose incentives turn at a piece of a boundary.

    Attributes
    ----------
    binding : tuple of Binding
        Each comparison once.
    decisive : bool
        Whether the sign of each of them alone changes the labels. Else some do so jointly only, or
        they are all that may.
    """

    binding: tuple[Binding, ...]
    decisive: bool


class _Beside:
    """Signs beside a point of a boundary: those of all polynomials but its own are known."""

    def __init__(self, polynomial: Polynomial, sides: Sequence[int], sign: Signs) -> None:
        self.polynomial = polynomial
        self.possible = sum(set(sides))
        self._sign = sign
        self._known: dict[int, int] = {}

    def signs(self, polynomial: Polynomial) -> int:
        """Return the signs that a polynomial may have, as bits."""
        if polynomial.form is self.polynomial.form:  # what stands for it has its form
            return self.possible
        if polynomial.index not in self._known:
            self._known[polynomial.index] = self._sign(polynomial)
        return self._known[polynomial.index]


class TurningIncentives(Incentives):
    """Gives each comparison that asks for the sign of one polynomial a polynomial of its own.

    Attributes
    ----------
    polynomial : Polynomial
        That of the boundary.
    own : dict
        Polynomial that stands for it in one comparison, or jointly in several, to these.
    """

    separate = True

    def __init__(self, diagrams: Diagrams, polynomial: Polynomial) -> None:
        super().__init__(diagrams)
        self.polynomial = polynomial
        self.own: dict[Polynomial, tuple[Binding, ...]] = {}
        self._stand_ins: dict[frozenset[Hashable], Polynomial] = {}

    def owned(
        self,
        condition: Condition,
        binding: Callable[[], Binding],
        pieces: frozenset[Polynomial] = frozenset(),
    ) -> Condition:
        """Return a condition that speaks of the sign of the boundary as one comparison's own."""
        if self.polynomial in pieces or self.polynomial not in condition.polynomials():
            return condition
        return _replaced(condition, self.polynomial, self._stand_in([binding()]))

    def joint(
        self, polynomial: Polynomial, bindings: Sequence[Binding], assumed: Mapping[Polynomial, int]
    ) -> Polynomial:
        """Return what stands for a polynomial in rows that come from some comparisons.

        A sign that was assumed for some of these comparisons is the sign for all.
        """
        if polynomial is not self.polynomial or not bindings:
            return polynomial
        whose = {binding.comparison for binding in bindings}
        for stand_in, own in self.own.items():
            if stand_in in assumed and whose.issuperset(b.comparison for b in own):
                return stand_in
        return self._stand_in(bindings)

    def _stand_in(self, bindings: Sequence[Binding]) -> Polynomial:
        key = frozenset(binding.comparison for binding in bindings)
        if key not in self._stand_ins:
            number = -1 - len(self._stand_ins)
            stand_in = Polynomial(self.polynomial.ring, self.polynomial.form, number)
            self._stand_ins[key] = stand_in
            self.own[stand_in] = tuple(bindings)
        return self._stand_ins[key]


def _replaced(condition: Condition, polynomial: Polynomial, other: Polynomial) -> Condition:
    """Return a condition with one polynomial in place of another."""
    if isinstance(condition, Atom):
        return atom(other, condition.signs) if condition.polynomial is polynomial else condition
    if not condition.parts:
        return condition
    join = conjunction if isinstance(condition, And) else disjunction
    return join([_replaced(part, polynomial, other) for part in condition.parts])


def tree_beside(
    tree: SymbolicTree, polynomial: Polynomial, sides: Sequence[int], sign: Signs
) -> tuple[SymbolicTree, Callable[[Diagram], Diagram]]:
    """Return the tree beside a point where a polynomial is zero, and any diagram of it there.

    Parameters
    ----------
    tree : SymbolicTree
    polynomial : Polynomial
        Whose sign stays open.
    sides : sequence of int
        The signs that it may have, as bits.
    sign : callable
        The sign of every other polynomial.
    """
    diagrams = Diagrams(tree.diagrams.ring, _Beside(polynomial, sides, sign))
    known: dict[int, Diagram] = {}

    def beside(diagram: Diagram) -> Diagram:
        if diagram.serial not in known:
            if diagram.polynomial is None:
                found = diagrams.leaf(diagram.value)
            elif diagram.polynomial is polynomial:
                found = diagrams.branch(polynomial, *map(beside, diagram.branches))
            else:
                bit = diagrams.bounds.signs(diagram.polynomial)
                found = beside(diagram.branches[SIGN_BITS.index(bit)])
            known[diagram.serial] = found
        return known[diagram.serial]

    near = copy.copy(tree)
    near.diagrams = diagrams
    near.formulas = copy.copy(tree.formulas)
    near.formulas.diagrams = diagrams
    near.payoffs = {node: tuple(map(beside, own)) for node, own in tree.payoffs.items()}
    near.probabilities = {node: tuple(map(beside, own)) for node, own in tree.probabilities.items()}
    near.label = lambda outcome: beside(tree.label(outcome))  # type: ignore[method-assign]
    return near, beside


def turning(
    case: Case, polynomial: Polynomial, sides: Sequence[int], sign: Signs
) -> Turning | None:
    """Return whose incentives turn at a point where a polynomial is zero; None if not told.

    Parameters
    ----------
    case : Case
    polynomial : Polynomial
    sides : sequence of int
        Its signs where the labels are compared, as bits: those of both sides, along an axis also
        that of the point.
    sign : callable
        The sign of every other polynomial there.
    """

    def beside(side: int) -> Signs:
        return lambda p: side if p is polynomial else sign(p)

    plain = {side: case.labels(beside(side)) for side in sides}
    if None in plain.values():
        ends = len(set(plain.values())) > 1
        return Turning((Binding("domain"),), decisive=True) if ends else None
    if case.beside is None:
        return None
    try:
        supported, own = case.beside(polynomial, sides, sign)
    except (BudgetError, MethodError):
        return None

    def labels(base: int, turned: Polynomial | None = None, other: int = 0) -> set[str]:
        """Return the labels with one sign everywhere, but for one comparison."""

        def of(p: Polynomial) -> int:
            if p is turned:
                return other
            return base if p is polynomial or p in own else sign(p)

        known: dict[int, bool] = {}
        return {label for label, found in supported.items() if found.decided(of, known)}

    if any(labels(side) != set(plain[side] or ()) for side in sides):
        return None
    # One comparison reads the same everywhere, whichever of its actions comes first.
    known = case.bindings.get(polynomial, [])
    first = {binding.comparison: binding for binding in reversed(known)}
    named = {
        p: tuple(first.get(binding.comparison, binding) for binding in bindings)
        for p, bindings in own.items()
    }
    return _told(supported, polynomial, named, sides, labels)


def _told(
    supported: Mapping[str, Condition],
    polynomial: Polynomial,
    own: Mapping[Polynomial, tuple[Binding, ...]],
    sides: Sequence[int],
    labels: Callable[..., set[str]],
) -> Turning | None:
    """Return what decides, alone or jointly, else what the labels read."""
    read = dict.fromkeys(p for found in supported.values() for p in found.polynomials())

    def decides(p: Polynomial) -> bool:
        return any(
            labels(base, p, other) != labels(base)
            for base in sides
            for other in sides
            if base != other
        )

    decisive = [bindings for p, bindings in own.items() if p in read and decides(p)]
    if decisive:
        return Turning(_once(decisive), decisive=all(len(joint) == 1 for joint in decisive))
    if polynomial in read and decides(polynomial):
        return Turning((Binding("piece"),), decisive=True)
    several = [bindings for p, bindings in own.items() if p in read]
    return Turning(_once(several), decisive=False) if several else None


def _once(groups: Iterable[Sequence[Binding]]) -> tuple[Binding, ...]:
    """Return the comparisons of all groups, each once."""
    found: dict[Hashable, Binding] = {}
    for binding in itertools.chain.from_iterable(groups):
        found.setdefault(binding.comparison, binding)
    return tuple(found.values())
