r"""Trembling-hand perfection: trembles under which a profile stays a best reply.

A profile is perfect if it is a best reply, at every information set by itself, to each member of a
sequence of fully mixed profiles that converges to it (Selten 1975). Trembles
:math:`\zeta(a)\, \varepsilon^{K(a)}` of the actions not played are tried for all small orders K.
What an action gains over another is then a polynomial in :math:`\varepsilon` whose coefficients are
multilinear in the unknowns. z3 proposes their values. What is found proves that the profile is
perfect; that nothing is found proves nothing.

*An outcome* fixes what is played on its path. Off the path every set of actions may be the one that
is played: a single one, or several, with probabilities that are unknowns too, so that points inside
a continuum count.

*No indifference to keep.* What an action played gains is not negative for all small
:math:`\varepsilon > 0` iff it vanishes or its first coefficient other than 0 is positive.

*Mixed strategies.* Actions played at the same set must stay equally good: :math:`E_j(z,
\varepsilon) = 0` for the unknowns z. Let :math:`L_j(z)` be the first coefficient of :math:`E_j`
that is not the polynomial 0, at order :math:`d_j`. If :math:`L_j(z^*) = 0` for all j and their
gradients at :math:`z^*` are linearly independent, then by the implicit function theorem, applied
to :math:`E_j / \varepsilon^{d_j}`, there are solutions :math:`z(\varepsilon) \to z^*` for all
small :math:`\varepsilon`. Gains whose first coefficient is positive at :math:`z^*` are so near it.
What is played on the path is tried as it is, and with changes of the order of the trembles as
further unknowns. Zeros, signs and the rank are checked in rationals.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

from negotiation.certify import Profile
from negotiation.errors import MethodError
from negotiation.game import Distribution
from negotiation.solvers.beliefs import reach
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program
from negotiation.solvers.polynomials import Polynomial, z3_term
from negotiation.solvers.sequential import AssessmentSearch, pure_assessments

__all__ = ["PerfectSearch"]

MAX_AGENT_PROFILES = 20_000
MAX_ORDERS = 81
MAX_SUPPORTS = 81
"""Most ways to play off the path that are tried."""
MAX_ATTEMPTS = 1_000
"""Most pairs of such a way and orders of trembles: some ten seconds."""
Z3_MILLISECONDS = 2_000
ZERO, ONE = Fraction(0), Fraction(1)
Series = dict[int, Polynomial]
"""Order of epsilon to its coefficient."""
Limit = dict[int, tuple[Fraction | None, ...]]
"""Information set to the probabilities of its actions; None where positive and not known."""


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
        self.after: dict[int, list[int]] = {}

    def agent_payoffs(self, position: int) -> list[tuple[Fraction, ...]]:
        """Return what each action of a set brings its mover against pure profiles elsewhere.

        Only what may pass by the set counts, since the rest is the same for all actions; and of
        profiles against which each action brings the same one is listed.

        Raises
        ------
        MethodError
            If there are more than 20,000 profiles of the sets before and after.
        """
        head = self.search.decisions[position]
        passed = self._before(position).union(self._after(position))
        others = [p for p in self.search.decisions if p in passed]
        sizes = [len(self.search.decisions[p].actions) for p in others]
        count = prod(sizes)
        if count > MAX_AGENT_PROFILES:
            raise MethodError(
                f"perfect is for small trees; here are {count:,} profiles of the other agents "
                f"(limit {MAX_AGENT_PROFILES:,})",
                place="select",
                remedy="fix moves with --fix",
            )
        columns: dict[tuple[Fraction, ...], None] = {}
        for chosen in itertools.product(*map(range, sizes)):
            self.search.check_time()
            pure = dict(zip(others, chosen, strict=True))
            weights = [(x, self._chance_of(x, pure)) for x in head.nodes]
            column = tuple(
                sum(
                    (
                        share * self._pure_worth(self.game.children[x][a], head.player, pure)
                        for x, share in weights
                        if share
                    ),
                    ZERO,
                )
                for a in range(len(head.actions))
            )
            columns[column] = None
        return list(zip(*columns, strict=True))

    def _before(self, position: int) -> set[int]:
        """Return the sets, those of chance included, on paths to a set."""
        game = self.game
        passed: set[int] = set()
        for node in self.search.decisions[position].nodes:
            before = game.parent[node]
            while before >= 0:
                passed.add(game.set_of[before])
                before = game.parent[before]
        return passed

    def _after(self, position: int) -> list[int]:
        """Return the sets with a choice on paths from a set on."""
        if position not in self.after:
            game = self.game
            passed: set[int] = set()
            pending = list(self.search.decisions[position].nodes)
            while pending:
                successors = game.children[pending.pop()]
                passed.update(game.set_of[node] for node in successors)
                pending += successors
            self.after[position] = [p for p in self.search.decisions if p in passed]
        return self.after[position]

    def _chance_of(self, node: int, pure: Mapping[int, int]) -> Fraction:
        """Return the probability that a pure profile leads to a node."""
        game, share = self.game, ONE
        while (before := game.parent[node]) >= 0 and share:
            taken, place = game.children[before].index(node), game.set_of[before]
            drawn = game.probabilities.get(before)
            share *= drawn[taken] if drawn is not None else Fraction(pure.get(place, 0) == taken)
            node = before
        return share

    def _pure_worth(self, node: int, player: int, pure: Mapping[int, int]) -> Fraction:
        """Return what a pure profile brings a player from a node on."""
        game = self.game
        drawn = game.probabilities.get(node)
        while node not in game.payoffs and drawn is None:
            node = game.children[node][pure.get(game.set_of[node], 0)]
            drawn = game.probabilities.get(node)
        if drawn is None:
            return game.payoffs[node][player]
        steps = zip(game.children[node], drawn, strict=True)
        return sum((p * self._pure_worth(child, player, pure) for child, p in steps), ZERO)

    def is_perfect(self, outcome: Distribution, profile: Profile) -> bool:
        """Return whether an outcome is found to be perfect; a profile that has it is given."""
        limits = list(self._limits(outcome, profile))
        attempts = (attempt for highest in (1, 2, 3) for attempt in _attempts(limits, highest))
        return any(itertools.starmap(self._proved, itertools.islice(attempts, MAX_ATTEMPTS)))

    @cached_property
    def _pure_profiles(self) -> dict[Distribution, list[Limit]]:
        """The pure sequential equilibria by outcome."""
        found: dict[Distribution, list[Limit]] = {}
        for one in pure_assessments(self.search):
            weights = reach(self.game, one.profile)
            outcome = tuple((z, weights[z]) for z in sorted(self.game.payoffs) if weights[z])
            limit: Limit = {p: tuple(shares) for p, shares in one.profile.items()}
            found.setdefault(outcome, []).append(limit)
        return found

    def _limits(self, outcome: Distribution, profile: Profile) -> Iterator[Limit]:
        """Yield what may be played by an outcome: pure equilibria, the profile, then others."""
        yield from self._pure_profiles.get(outcome, ())
        weights = reach(self.game, profile)
        fixed: Limit = {}
        open_: dict[int, list[tuple[int, ...]]] = {}
        for p, head in self.search.decisions.items():
            if any(weights[node] for node in head.nodes):
                fixed[p] = tuple(profile[p])
            else:
                own = tuple(a for a, share in enumerate(profile[p]) if share)
                others = [one for one in _subsets(len(head.actions)) if one != own]
                open_[p] = [own, *others]
        for supports in itertools.islice(itertools.product(*open_.values()), MAX_SUPPORTS):
            limit = dict(fixed)
            for p, support in zip(open_, supports, strict=True):
                share = ONE if len(support) == 1 else None
                size = len(self.search.decisions[p].actions)
                limit[p] = tuple(share if a in support else ZERO for a in range(size))
            if limit not in self._pure_profiles.get(outcome, ()) and self._is_rational(limit):
                yield limit

    def _is_rational(self, limit: Limit) -> bool:
        """Return whether at each set what is played is best for some belief.

        Sets after which some probabilities are not known are passed by.
        """
        played: dict[int, tuple[Fraction, ...]] = {}
        for p, shares in limit.items():
            even = Fraction(1, max(1, shares.count(None)))
            played[p] = tuple(even if share is None else share for share in shares)
        for p, head in self.search.decisions.items():
            if any(None in limit[q] for q in self._after(p)):
                continue
            rows = [[-gain for gain in row] for row in self.search.gains(played, p)]
            size = len(head.nodes)
            program = LinearProgram([0] * size, rows, [0] * len(rows), [[1] * size], [1])
            if not isinstance(solve_linear_program(program), Optimum):
                return False
        return True

    def _proved(self, limit: Limit, orders: Sequence[int], adjusted: bool) -> bool:
        """Return whether values of the unknowns are found for given orders of the trembles."""
        self.search.check_time()
        trembles = _Trembles(limit, orders, adjusted)
        equal: list[Series] = []
        gains: list[Series] = []
        for position in self.search.decisions:
            shares, best = limit[position], trembles.last(position)
            if len(shares) == 1:
                continue
            highest = self._worth(trembles.shares, position, best)
            for a, share in enumerate(shares):
                if a == best:
                    continue
                worth = self._worth(trembles.shares, position, a)
                gain = _sum([highest, _scaled(worth, -ONE)])
                if any(gain.values()):
                    if trembles.refute(_first(gain), vanishing=share != ZERO):
                        return False
                    (gains if share == ZERO else equal).append(gain)
        if equal:
            return trembles.keep([_first(one) for one in equal], [_first(one) for one in gains])
        return trembles.hold(gains)

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


class _Trembles:
    """What is played near a limit: probabilities as series in some unknowns.

    Parameters
    ----------
    limit : Limit
    orders : sequence of int
        Orders of the trembles, one for each action that is not played.
    adjusted : bool
        Whether the known probabilities of mixed strategies change a little too.
    """

    def __init__(self, limit: Limit, orders: Sequence[int], adjusted: bool) -> None:
        self.limit = limit
        self.positive: list[Polynomial] = []
        self.size = 0
        self.free: set[int] = set()
        self.shares: dict[tuple[int, int], Series] = {}
        pending, lowest = iter(orders), min(orders, default=1)
        for p, shares in limit.items():
            rest: Series = {0: Polynomial.constant(ONE)}
            for a, share in enumerate(shares):
                if a == self.last(p):
                    continue
                if share == ZERO:
                    series = {next(pending): self._unknown()}
                elif share is None:
                    series = {0: self._unknown()}
                else:
                    series = {0: Polynomial.constant(share)}
                    if adjusted:
                        series[lowest] = self._unknown(free=True)
                self.shares[p, a] = series
                rest = _sum([rest, _scaled(series, -ONE)])
            self.shares[p, self.last(p)] = rest
            if None in shares:
                self.positive.append(rest[0])

    def last(self, position: int) -> int:
        """Return the last action that is played at a set; it has what the others leave."""
        return max(a for a, share in enumerate(self.limit[position]) if share != ZERO)

    def _unknown(self, *, free: bool = False) -> Polynomial:
        number = self.size
        self.size += 1
        if free:
            self.free.add(number)
        else:
            self.positive.append(Polynomial.unknown(number))
        return Polynomial.unknown(number)

    def _solver(self) -> tuple[Any, list[Any]]:
        """Return a solver with the unknowns, those above zero said to be so."""
        import z3

        unknowns = [z3.Real(f"unknown{k}") for k in range(self.size)]
        solver = z3.Solver()
        solver.set("timeout", Z3_MILLISECONDS)
        solver.add(*[z3_term(one, unknowns) > 0 for one in self.positive])
        return solver, unknowns

    def hold(self, gains: Sequence[Series]) -> bool:
        """Return whether for some values no gain is negative near 0."""
        import z3

        solver, unknowns = self._solver()
        solver.add(*[_not_negative(gain, unknowns) for gain in gains])
        return bool(solver.check() == z3.sat)

    def keep(self, equal: Sequence[Polynomial], gains: Sequence[Polynomial]) -> bool:
        """Return whether some polynomials vanish somewhere, independently, and others are above 0.

        There the former have gradients that are linearly independent.
        """
        import z3

        solver, unknowns = self._solver()
        solver.add(*[z3_term(one, unknowns) == 0 for one in equal])
        solver.add(*[z3_term(one, unknowns) > 0 for one in gains])
        if solver.check() != z3.sat:
            return False
        model = solver.model()
        values = [model.eval(unknown, model_completion=True) for unknown in unknowns]
        if not all(z3.is_rational_value(value) for value in values):
            return False
        point = [Fraction(value.as_fraction()) for value in values]
        above = [*self.positive, *gains]
        return (
            not any(_value(one, point) for one in equal)
            and all(_value(one, point) > 0 for one in above)
            and _are_independent([_gradient(one, point) for one in equal])
        )

    def refute(self, polynomial: Polynomial, *, vanishing: bool) -> bool:
        """Return whether by its coefficients a polynomial is nowhere 0, or always negative."""
        coefficients = polynomial.terms.values()
        if polynomial.unknowns & self.free:
            return False
        return max(coefficients) < 0 or (vanishing and min(coefficients) > 0)


def _first(series: Series) -> Polynomial:
    """Return the first coefficient that is not the polynomial 0."""
    return next(series[order] for order in sorted(series) if series[order])


def _value(polynomial: Polynomial, point: Sequence[Fraction]) -> Fraction:
    terms = polynomial.terms.items()
    return sum((a * prod((point[k] for k in m), start=ONE) for m, a in terms), ZERO)


def _gradient(polynomial: Polynomial, point: Sequence[Fraction]) -> list[Fraction]:
    """Return the derivatives of a multilinear polynomial by all unknowns."""
    return [
        _value(Polynomial({m - {k}: a for m, a in polynomial.terms.items() if k in m}), point)
        for k in range(len(point))
    ]


def _are_independent(rows: Sequence[Sequence[Fraction]]) -> bool:
    """Return whether rows are linearly independent."""
    pending = [list(row) for row in rows]
    while pending:
        row = pending.pop()
        pivot = next((k for k, entry in enumerate(row) if entry), None)
        if pivot is None:
            return False
        for other in pending:
            factor = other[pivot] / row[pivot]
            other[:] = [q - factor * p for q, p in zip(other, row, strict=True)]
    return True


def _subsets(size: int) -> Iterator[tuple[int, ...]]:
    """Yield the sets of actions that are not empty, small ones first."""
    for count in range(1, size + 1):
        yield from itertools.combinations(range(size), count)


def _attempts(
    limits: Sequence[Limit], highest: int
) -> Iterator[tuple[Limit, tuple[int, ...], bool]]:
    """Yield what is tried: limits, orders of their trembles, and whether shares are adjusted."""
    for limit in limits:
        shares = [share for own in limit.values() for share in own]
        mixed = any(share not in (ZERO, ONE, None) for share in shares)
        for adjusted in (False, True) if mixed else (False,):
            for orders in _orders(shares.count(ZERO), highest):
                yield limit, orders, adjusted


def _orders(count: int, highest: int) -> Iterator[tuple[int, ...]]:
    """Yield orders of trembles of which the highest is given."""
    if highest**count <= MAX_ORDERS:
        for orders in itertools.product(range(1, highest + 1), repeat=count):
            if max(orders, default=1) == highest:
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
