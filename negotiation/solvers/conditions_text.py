"""Sets of equilibria in words: the actions that may be played, and relations of probabilities.

The last probability at each information set is one minus the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING

from negotiation.certify import describe_set
from negotiation.solution import ConditionSet, Strategy
from negotiation.solvers.equilibrium_sets import EquilibriumSet
from negotiation.solvers.support_domains import Relation, coefficients

if TYPE_CHECKING:
    from flint import fmpq_mpoly

__all__ = ["condition_set"]

ZERO, ONE = Fraction(0), Fraction(1)
Monomial = tuple[int, ...]
"""Unknowns in order, one that is squared twice."""


def condition_set(one: EquilibriumSet, relations: Sequence[Relation]) -> ConditionSet:
    """Return a set in words.

    Parameters
    ----------
    one : EquilibriumSet
    relations : sequence of Relation
        What is to be said of it.
    """
    names, last = _names(one)
    return ConditionSet(
        tuple(
            Strategy(
                head.move,
                dict(head.information),
                {head.actions[a]: ONE for a in one.domain.played[position]},
            )
            for position, head in one.domain.space.decisions.items()
        ),
        tuple(_text(relation, names, last) for relation in relations),
    )


def _names(one: EquilibriumSet) -> tuple[dict[int, str], list[tuple[fmpq_mpoly, str]]]:
    """Return the names of the unknowns, and those of probabilities that are no unknowns."""
    space = one.domain.space
    moves = [head.move for head in space.decisions.values()]
    names: dict[int, str] = {}
    for position, actions in one.domain.played.items():
        head = space.decisions[position]
        place = head.move
        if moves.count(place) > 1:
            place = describe_set(head.move, head.information)
        if position in one.domain.blocks:
            for a in actions:
                names[space.number[position, a]] = f"p({place}: {head.actions[a]})"
    last = [(share, names[k]) for k, share in one.domain.shares.items()]
    names.update({space.size + place: name for place, name in enumerate(one.weights)})
    return names, last


def _text(
    relation: Relation, names: Mapping[int, str], last: Sequence[tuple[fmpq_mpoly, str]]
) -> str:
    for share, name in last:
        if relation.sign == ">" and relation.form == share:
            return f"{name} > 0"
    polynomial = _reduced(_terms(relation.form), equation=relation.sign == "=")
    terms = {m: a for m, a in polynomial.items() if m}
    constant = polynomial.get((), ZERO)
    if len(terms) == 1:
        ((monomial, factor),) = terms.items()
        turned = {"=": "=", ">=": "<=", ">": "<"}
        shown = relation.sign if factor > 0 else turned[relation.sign]
        return f"{_product(monomial, names)} {shown} {-constant / factor}"
    parts = []
    for monomial, factor in sorted(terms.items(), key=lambda item: (len(item[0]), item[0])):
        size = "" if abs(factor) == 1 else f"{abs(factor)} "
        lead = "-" if factor < 0 else "+"
        parts.append(f"{lead} {size}{_product(monomial, names)}")
    left = " ".join(parts).removeprefix("+ ")
    return f"{left} {relation.sign} {-constant}"


def _terms(form: fmpq_mpoly) -> dict[Monomial, Fraction]:
    return {
        tuple(k for k, power in enumerate(powers) for _ in range(power)): number
        for powers, number in coefficients(form).items()
    }


def _reduced(terms: Mapping[Monomial, Fraction], *, equation: bool) -> dict[Monomial, Fraction]:
    """Return a positive multiple with small integers; an equation begins with a positive one."""
    scale = lcm(*[a.denominator for a in terms.values()])
    divisor = gcd(*[int(a * scale) for a in terms.values()])
    first = terms[min(terms, key=lambda m: (-len(m), m))]
    factor = Fraction(-scale if equation and first < 0 else scale, divisor)
    return {monomial: number * factor for monomial, number in terms.items()}


def _product(monomial: Monomial, names: Mapping[int, str]) -> str:
    return " ".join(names[number] for number in monomial)
