r"""Polynomials in the probabilities of given supports, and the signs they have there.

A condition of equilibrium at an information set is a polynomial with factors that are positive
wherever every action of the supports is played, such as the probability that the set is reached.
Such a factor says nothing about the profiles with these supports, yet it vanishes on their
boundary, where the set leaves the path. So it is divided out: a relation is factored, and factors
with one sign are dropped.

*Signs.* A polynomial that is affine in the probabilities of each information set takes its extremes
over a product of simplices at the vertices. If none of its values there is negative and one is
positive, it is positive wherever all probabilities are. A weight of a belief is positive, so a
polynomial in weights whose coefficients have one sign has it too.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import flint

from negotiation.game import InformationSet
from negotiation.solvers.polynomials import Polynomial

if TYPE_CHECKING:
    from flint import fmpq_mpoly

__all__ = ["Domain", "Relation", "Space", "coefficients"]

MAX_VERTICES = 4_096
MAX_FACTORS = 4
Exponents = tuple[int, ...]


def coefficients(form: fmpq_mpoly) -> dict[Exponents, Fraction]:
    """Return the terms of a polynomial: exponents to coefficient."""
    found = {}
    for powers, number in form.to_dict().items():
        value = flint.fmpq(number)
        found[tuple(map(int, powers))] = Fraction(int(value.p), int(value.q))
    return found


@dataclass(frozen=True)
class Relation:
    """A polynomial and how it compares with 0: ``=``, ``>=`` or ``>``."""

    form: fmpq_mpoly
    sign: str

    @property
    def key(self) -> tuple[str, str]:
        """What tells relations apart."""
        return self.sign, str(self.form)


class Space:
    """The probabilities of a game's actions as numbered unknowns, where there is a choice.

    Parameters
    ----------
    decisions : mapping
        Information sets by position.
    """

    def __init__(self, decisions: Mapping[int, InformationSet]) -> None:
        self.decisions = decisions
        self.number: dict[tuple[int, int], int] = {}
        for position, head in decisions.items():
            if len(head.actions) > 1:
                for a in range(len(head.actions)):
                    self.number[position, a] = len(self.number)
        self.size = len(self.number)


class Domain:
    """Where the probabilities of some supports lie, with further positive unknowns, the weights.

    The last probability of a support is one minus the others.

    Parameters
    ----------
    space : Space
    played : mapping
        Position of each information set to the actions of its support.
    weak : set of int
        Information sets where actions of the support may have probability 0.
    weights : int
        Number of the further unknowns.
    """

    def __init__(
        self,
        space: Space,
        played: Mapping[int, Sequence[int]],
        weak: frozenset[int] = frozenset(),
        weights: int = 0,
    ) -> None:
        self.space = space
        self.played = {position: tuple(actions) for position, actions in played.items()}
        self.weak = weak
        self.size = space.size + weights
        names = tuple(f"x{k}" for k in range(space.size))
        names += tuple(f"w{k}" for k in range(weights))
        self.ring = flint.fmpq_mpoly_ctx.get(names or ("none",), flint.Ordering.deglex)
        self.blocks: dict[int, tuple[int, ...]] = {}
        self.shares: dict[int, fmpq_mpoly] = {}
        generators = self.ring.gens()
        for position, actions in self.played.items():
            own = [space.number[position, a] for a in actions] if len(actions) > 1 else []
            rest = self.constant(1)
            for k in own[:-1]:
                self.shares[k] = generators[k]
                rest = rest - generators[k]
            if own:
                self.shares[own[-1]] = rest
                self.blocks[position] = tuple(own[:-1])

    def constant(self, value: Fraction | int) -> fmpq_mpoly:
        """Return a number as a polynomial."""
        number = Fraction(value)
        nothing = (0,) * max(self.size, 1)
        return self.ring.from_dict({nothing: flint.fmpq(number.numerator, number.denominator)})

    def weight(self, number: int) -> fmpq_mpoly:
        """Return a weight as a polynomial."""
        return self.ring.gens()[self.space.size + number]

    def form(self, polynomial: Polynomial, unknowns: Mapping[int, fmpq_mpoly]) -> fmpq_mpoly:
        """Return a polynomial whose unknowns are replaced by polynomials of this domain."""
        total = self.constant(0)
        for monomial, number in polynomial.terms.items():
            term = self.constant(number)
            for unknown in sorted(monomial):
                term = term * unknowns[unknown]
            total = total + term
        return total

    def from_terms(self, terms: Mapping[Exponents, Fraction]) -> fmpq_mpoly:
        """Return the polynomial with these terms."""
        return self.ring.from_dict(
            {m: flint.fmpq(a.numerator, a.denominator) for m, a in terms.items()}
        )

    def positive(self) -> list[Relation]:
        """Return that the probabilities are positive, those that may be 0 not negative."""
        return [
            Relation(self.shares[self.space.number[position, a]], ">=" if weak else ">")
            for position in self.blocks
            for weak in (position in self.weak,)
            for a in self.played[position]
        ]

    # -- signs ----------------------------------------------------------------------------------

    def sign(self, form: fmpq_mpoly) -> int:
        """Return 1 or -1 if the polynomial has this sign everywhere in the domain, else 0."""
        groups: dict[Exponents, dict[Exponents, Fraction]] = {}
        for powers, number in coefficients(form).items():
            group = groups.setdefault(powers[self.space.size :], {})
            group[powers[: self.space.size]] = number
        signs = {self._sign(group) for group in groups.values()}
        return signs.pop() if len(signs) == 1 else 0

    def _sign(self, terms: Mapping[Exponents, Fraction]) -> int:
        """Return the sign of a polynomial without weights; 0 if it is not found to have one."""
        involved = [
            position
            for position, own in self.blocks.items()
            if any(powers[k] for powers in terms for k in own)
        ]
        for powers in terms:
            if any(sum(powers[k] for k in self.blocks[p]) > 1 for p in involved):
                return 0
        if math.prod(len(self.played[p]) for p in involved) > MAX_VERTICES:
            return 0
        monomials = {
            frozenset(k for k, power in enumerate(powers) if power): number
            for powers, number in terms.items()
        }
        corners = {p: [frozenset(), *(frozenset({k}) for k in self.blocks[p])] for p in involved}
        held = [corners[p] for p in involved if p in self.weak]
        varied = [corners[p] for p in involved if p not in self.weak]
        signs = set()
        for fixed in itertools.product(*held):
            values = []
            for others in itertools.product(*varied):
                chosen = frozenset().union(*fixed, *others)
                values.append(sum((a for m, a in monomials.items() if m <= chosen), Fraction(0)))
            low, high = min(values), max(values)
            signs.add(1 if low >= 0 and high > 0 else -1 if high <= 0 and low < 0 else 0)
        return signs.pop() if len(signs) == 1 else 0

    def known_sign(self, form: fmpq_mpoly, relations: Iterable[Relation]) -> int | None:
        """Return the sign of a polynomial where relations hold; None if it is not known."""
        constant, factors = form.factor()
        total = -1 if constant < 0 else 1
        listed = list(relations)
        for factor, power in factors:
            sign = self.sign(factor)
            if not sign:
                for one in listed:
                    same, opposite = one.form == factor, one.form == -factor
                    if (same or opposite) and one.sign == "=":
                        return 0
                    if (same or opposite) and one.sign == ">":
                        sign = 1 if same else -1
            if not sign:
                return None
            total *= sign**power
        return total

    # -- relations ------------------------------------------------------------------------------

    def alternatives(self, form: fmpq_mpoly, sign: str) -> list[list[Relation]]:
        """Return a relation as alternatives, each a list of relations in irreducible factors.

        Factors of one sign are dropped. None is left if the relation holds nowhere; a list without
        relations, if it holds everywhere.
        """
        if not form:
            return [] if sign == ">" else [[]]
        constant, factors = form.factor()
        orientation = -1 if constant < 0 else 1
        varying = []
        for factor, power in factors:
            own = self.sign(factor)
            if own:
                orientation *= own**power
            else:
                varying.append((factor, power))
        if sign == "=":
            return [[Relation(factor, "=")] for factor, _ in varying]
        if not varying or (sign == ">=" and all(power % 2 == 0 for _, power in varying)):
            return [[]] if orientation > 0 else [[Relation(f, "=")] for f, _ in varying]
        if len(varying) > MAX_FACTORS:
            product = self.constant(orientation)
            for factor, power in varying:
                product = product * factor**power
            return [[Relation(product, sign)]]
        found = []
        for signs in itertools.product((1, -1), repeat=len(varying)):
            whole = math.prod(s**k for s, (_, k) in zip(signs, varying, strict=True))
            if whole == orientation:
                found.append(
                    [Relation(f * s, sign) for s, (f, _) in zip(signs, varying, strict=True)]
                )
        if sign == ">=":
            found += [[Relation(f, "=")] for f, power in varying if power % 2 == 0]
        return found
