r"""Trembling-hand perfection: trembles under which a profile stays a best reply.

A profile is perfect if it is a best reply, at every information set by itself, to each member of a
sequence of fully mixed profiles that converges to it (Selten 1975). For a pure profile trembles
:math:`\zeta(a)\, \varepsilon^{K(a)}` are tried for all small orders K. What an action gains over
another is then a polynomial in :math:`\varepsilon` whose coefficients are multilinear in
:math:`\zeta`. It is not negative for all small :math:`\varepsilon > 0` iff it vanishes or its
first coefficient other than 0 is positive; z3 decides whether some :math:`\zeta > 0` makes all of
them so. What is found proves that the profile is perfect; that nothing is found proves nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from negotiation.errors import MethodError
from negotiation.game import Distribution
from negotiation.solvers.beliefs import reach
from negotiation.solvers.polynomials import Polynomial, z3_term
from negotiation.solvers.sequential import AssessmentSearch, pure_assessments

__all__ = ["PerfectSearch"]

MAX_AGENT_PROFILES = 20_000
MAX_ORDERS = 81
Z3_MILLISECONDS = 2_000
ZERO, ONE = Fraction(0), Fraction(1)
Series = dict[int, Polynomial]
"""Order of epsilon to its coefficient."""
Pure = dict[int, int]
"""Information set to the action played."""


class PerfectSearch:
    """Looks for trembles that prove an outcome perfect.

    Parameters
    ----------
    search : AssessmentSearch
        For sequential equilibria of the game.
    """

    def __init__(self, search: AssessmentSearch) -> None:
        self.search = search
        self.game = search.game

    def agent_payoffs(self, position: int) -> list[list[Fraction]]:
        """Return what each action of a set brings its mover against all pure profiles elsewhere.

        Raises
        ------
        MethodError
            If there are more than 20,000 of them.
        """
        game, head = self.game, self.search.decisions[position]
        others = [p for p in self.search.decisions if p != position]
        sizes = [len(self.search.decisions[p].actions) for p in others]
        count = 1
        for size in sizes:
            count *= size
        if count > MAX_AGENT_PROFILES:
            raise MethodError(
                f"perfect is for small trees; here are {count:,} profiles of the other agents "
                f"(limit {MAX_AGENT_PROFILES:,})",
                place="select",
                remedy="fix moves with --fix",
            )
        rows: list[list[Fraction]] = [[] for _ in head.actions]
        for chosen in itertools.product(*map(range, sizes)):
            self.search.check_time()
            played = dict(zip(others, chosen, strict=True))
            for action, row in enumerate(rows):
                profile = {
                    p: tuple(
                        [
                            ONE if a == k else ZERO
                            for a in range(len(self.search.decisions[p].actions))
                        ]
                    )
                    for p, k in {**played, position: action}.items()
                }
                weights = reach(game, profile)
                row.append(
                    sum((weights[z] * game.payoffs[z][head.player] for z in game.payoffs), ZERO)
                )
        return rows

    def is_perfect(self, outcome: Distribution) -> bool:
        """Return whether some pure profile with an outcome is found to be perfect."""
        return any(self._has_trembles(pure) for pure in self._pure_profiles.get(outcome, ()))

    @cached_property
    def _pure_profiles(self) -> dict[Distribution, list[Pure]]:
        """The pure sequential equilibria by outcome."""
        found: dict[Distribution, list[Pure]] = {}
        for one in pure_assessments(self.search):
            weights = reach(self.game, one.profile)
            outcome = tuple((z, weights[z]) for z in sorted(self.game.payoffs) if weights[z])
            pure = {p: list(shares).index(ONE) for p, shares in one.profile.items()}
            found.setdefault(outcome, []).append(pure)
        return found

    def _has_trembles(self, pure: Pure) -> bool:
        number = {
            (p, a): k
            for k, (p, a) in enumerate(
                (p, a)
                for p, head in self.search.decisions.items()
                for a in range(len(head.actions))
                if a != pure[p]
            )
        }
        for orders in _orders(len(number)):
            self.search.check_time()
            if self._proved(pure, number, orders):
                return True
        return False

    def _proved(
        self, pure: Pure, number: Mapping[tuple[int, int], int], orders: Sequence[int]
    ) -> bool:
        """Return whether coefficients are found for given orders of the trembles."""
        import z3

        unknowns = [z3.Real(f"tremble{k}") for k in range(len(number))]
        solver = z3.Solver()
        solver.set("timeout", Z3_MILLISECONDS)
        solver.add(*[unknown > 0 for unknown in unknowns])
        shares = self._shares(pure, number, orders)
        for position, head in self.search.decisions.items():
            worth = [self._worth(shares, position, a) for a in range(len(head.actions))]
            for a in range(len(head.actions)):
                if a != pure[position]:
                    gain = _sum([worth[pure[position]], _scaled(worth[a], -ONE)])
                    solver.add(_not_negative(gain, unknowns))
        return bool(solver.check() == z3.sat)

    def _shares(
        self, pure: Pure, number: Mapping[tuple[int, int], int], orders: Sequence[int]
    ) -> dict[tuple[int, int], Series]:
        """Return the probability of each action as a series."""
        shares: dict[tuple[int, int], Series] = {}
        for p, head in self.search.decisions.items():
            rest: Series = {0: Polynomial.constant(ONE)}
            for a in range(len(head.actions)):
                if a != pure[p]:
                    k = number[p, a]
                    shares[p, a] = {orders[k]: Polynomial.unknown(k)}
                    rest = _sum([rest, _scaled(shares[p, a], -ONE)])
            shares[p, pure[p]] = rest
        return shares

    def _worth(
        self, shares: Mapping[tuple[int, int], Series], position: int, action: int
    ) -> Series:
        """Return what an action of a set brings its mover, the others trembling."""
        game, head = self.game, self.search.decisions[position]
        one: Series = {0: Polynomial.constant(ONE)}
        terms: list[Series] = []
        pending: list[tuple[int, Series]] = [(0, one)]
        while pending:
            node, weight = pending.pop()
            if node in game.payoffs:
                terms.append(_scaled(weight, game.payoffs[node][head.player]))
                continue
            place = game.set_of[node]
            drawn = game.probabilities.get(node)
            for a, child in enumerate(game.children[node]):
                if place == position:
                    if a == action:
                        pending.append((child, weight))
                elif drawn is not None:
                    pending.append((child, _scaled(weight, drawn[a])))
                else:
                    pending.append((child, _product(weight, shares[place, a])))
        return _sum(terms)


def _orders(count: int) -> Iterator[tuple[int, ...]]:
    """Yield orders of trembles, low ones first."""
    for highest in (1, 2, 3):
        if highest**count > MAX_ORDERS:
            return
        for orders in itertools.product(range(1, highest + 1), repeat=count):
            if max(orders, default=highest) == highest:
                yield orders


def _sum(terms: Sequence[Series]) -> Series:
    found: Series = {}
    for term in terms:
        for order, coefficient in term.items():
            found[order] = found[order] + coefficient if order in found else coefficient
    return found


def _scaled(series: Series, factor: Fraction) -> Series:
    return {order: coefficient.scaled(factor) for order, coefficient in series.items()}


def _product(one: Series, other: Series) -> Series:
    found: Series = {}
    for (order, a), (more, b) in itertools.product(one.items(), other.items()):
        product = a * b
        found[order + more] = found[order + more] + product if order + more in found else product
    return found


def _not_negative(series: Series, unknowns: Sequence[Any]) -> Any:
    """Return the statement that a series is not negative near 0."""
    import z3

    statement = z3.BoolVal(True)
    for order in sorted(series, reverse=True):
        term = z3_term(series[order], unknowns)
        statement = z3.Or(term > 0, z3.And(term == 0, statement))
    return statement
