"""Conditions of a continuum of equilibria in words, without what follows from the rest.

The last probability at each information set is one minus the others. Conditions on beliefs alone
are left out where nothing ties the beliefs to the strategies: they can be met whatever is played.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Any

from negotiation.certify import describe_set
from negotiation.solution import ConditionSet, Strategy
from negotiation.solvers.polynomials import Polynomial, System, z3_system, z3_term

if TYPE_CHECKING:
    from negotiation.solvers.mixed_assessments import Cell

__all__ = ["condition_set"]

ZERO, ONE = Fraction(0), Fraction(1)
Relation = tuple[Polynomial, str]
"""A polynomial, and how it compares with 0: ``>=`` or ``=``."""


def condition_set(cell: Cell, system: System) -> ConditionSet:
    """Return what the strategies of a cell must satisfy to be in equilibrium.

    Parameters
    ----------
    cell : Cell
        The profiles with some supports.
    system : System
        What makes them equilibria.
    """
    names, domain, replaced = _names(cell)
    relations: list[Relation] = []
    for sign, polynomials in (("=", system.equations), (">=", system.inequalities)):
        for polynomial in polynomials:
            for number, instead in replaced.items():
                polynomial = polynomial.without(number, instead)
            polynomial = _reduced(polynomial, equation=sign == "=")
            known = any(polynomial.terms == p.terms and sign == s for p, s in relations)
            if polynomial and not known and not (polynomial.degree == 0 and sign == ">="):
                relations.append((polynomial, sign))
    tied = any(p.unknowns & set(names) and p.unknowns - set(names) for p, _ in relations)
    if not tied:
        relations = [(p, s) for p, s in relations if p.unknowns <= set(names)]
    for number in range(system.unknowns):
        if number not in names and number not in replaced:
            names[number] = f"weight {number} of a belief"
    kept = _without_consequences(system.unknowns, relations, domain)
    return ConditionSet(
        tuple(
            Strategy(
                head.move,
                dict(head.information),
                {head.actions[a]: ONE for a in cell.played[position]},
            )
            for position, head in cell.decisions.items()
        ),
        tuple(_text(polynomial, sign, names) for polynomial, sign in kept),
    )


def _names(cell: Cell) -> tuple[dict[int, str], list[Polynomial], dict[int, Polynomial]]:
    """Return names of the unknowns kept, what is at least 0, and what replaces the others."""
    moves = [head.move for head in cell.decisions.values()]
    names: dict[int, str] = {}
    domain: list[Polynomial] = []
    replaced: dict[int, Polynomial] = {}
    for position, head in cell.decisions.items():
        mixed = cell.played[position] if len(cell.played[position]) > 1 else ()
        own = [(a, cell.number[position, a]) for a in mixed]
        place = head.move
        if moves.count(place) > 1:
            place = describe_set(head.move, head.information)
        rest = Polynomial.constant(ONE)
        for a, number in own[:-1]:
            names[number] = f"p({place}: {head.actions[a]})"
            domain.append(Polynomial.unknown(number))
            rest += Polynomial.unknown(number).scaled(-1)
        for _, number in own[-1:]:
            replaced[number] = rest
            domain.append(rest)
    return names, domain, replaced


def _reduced(polynomial: Polynomial, *, equation: bool) -> Polynomial:
    """Return a positive multiple with small integers; an equation begins with a positive one."""
    if not polynomial:
        return polynomial
    scale = lcm(*[a.denominator for a in polynomial.terms.values()])
    divisor = gcd(*[int(a * scale) for a in polynomial.terms.values()])
    first = polynomial.terms[min(polynomial.terms, key=lambda m: (-len(m), sorted(m)))]
    sign = -1 if equation and first < 0 else 1
    return polynomial.scaled(Fraction(sign * scale, divisor))


def _without_consequences(
    unknowns: int, relations: Sequence[Relation], domain: Sequence[Polynomial]
) -> list[Relation]:
    """Return the relations without inequalities that follow from the others and the domain."""
    import z3

    kept = list(relations)
    for relation in relations:
        if relation[1] == "=":
            continue
        others = [r for r in kept if r is not relation]
        rest = System(
            unknowns,
            [*domain, *(p for p, s in others if s == ">=")],
            [p for p, s in others if s == "="],
            set(range(unknowns)),
        )
        solver, names = z3_system(rest)
        solver.add(z3_term(relation[0], names) < 0)
        if solver.check() == z3.unsat:
            kept = others
    return kept


def _text(polynomial: Polynomial, sign: str, names: Any) -> str:
    terms = {m: a for m, a in polynomial.terms.items() if m}
    constant = polynomial.terms.get(frozenset(), ZERO)
    if len(terms) == 1:
        ((monomial, factor),) = terms.items()
        shown = {"=": "=", ">=": ">=" if factor > 0 else "<="}[sign]
        return f"{_product(monomial, names)} {shown} {-constant / factor}"
    parts = []
    for monomial, factor in sorted(terms.items(), key=lambda item: (len(item[0]), sorted(item[0]))):
        size = "" if abs(factor) == 1 else f"{abs(factor)} "
        lead = "-" if factor < 0 else "+"
        parts.append(f"{lead} {size}{_product(monomial, names)}")
    left = " ".join(parts).removeprefix("+ ")
    return f"{left} {sign} {-constant}"


def _product(monomial: frozenset[int], names: Any) -> str:
    return " ".join(names[number] for number in sorted(monomial))
