r"""Equilibria of small trees in mixed strategies, support by support.

With given *supports*, the actions of positive probability at each information set, being an
equilibrium is a system of polynomial equations and inequalities in the probabilities and, off the
path, in the weights of the beliefs: each action played must be worth as much as every other one,
given the belief. No unknown comes twice on one path, so every polynomial is multilinear.

*Deciding a system.* All unknowns are positive. A polynomial whose coefficients have one sign has
that sign. A linear system is a linear program. All others are put to z3, whose procedure for real
arithmetic decides them. What it finds counts only after beliefs for that very profile have been
found in rationals (:mod:`negotiation.solvers.sequential`), or, for Nash equilibria, after it has
been certified.

*Outcomes.* If nobody mixes on the path, supports determine the outcome. Else the system may have
one solution on the path, an isolated outcome; or several, or irrational ones. What is no single
profile is handed on as sets of profiles by conditions, without the weights of beliefs
(:mod:`negotiation.solvers.belief_weights`, :mod:`negotiation.solvers.equilibrium_sets`). For Nash
equilibria nothing is asked off the path, so there all actions are allowed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from negotiation.certify import certify, describe_set
from negotiation.errors import MethodError
from negotiation.game import CHANCE, Game
from negotiation.solvers.belief_weights import factored, without_weights
from negotiation.solvers.beliefs import Assessment, Trembles
from negotiation.solvers.equilibrium_sets import Arithmetic, EquilibriumSet
from negotiation.solvers.linear_program import LinearProgram, Optimum, solve_linear_program
from negotiation.solvers.polynomials import Polynomial, System
from negotiation.solvers.sequential import AssessmentSearch, PureSearch, is_free
from negotiation.solvers.support_domains import Domain, Relation, Space, coefficients

if TYPE_CHECKING:
    from flint import fmpq_mpoly

__all__ = ["MAX_SUPPORTS", "MixedOutcome", "MixedSearch"]

MAX_SUPPORTS = 20_000
ZERO, ONE = Fraction(0), Fraction(1)
Played = dict[int, tuple[int, ...]]


# -- the search -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class MixedOutcome:
    """What one choice of supports gives.

    Attributes
    ----------
    assessment : Assessment or None
        One that has the only outcome; None if there are several, or it is irrational.
    sets : tuple of EquilibriumSet
        All its equilibria; empty if the assessment has the only profile.
    """

    assessment: Assessment | None
    sets: tuple[EquilibriumSet, ...] = ()


class MixedSearch:
    """Searches all supports of a small tree.

    Parameters
    ----------
    search : AssessmentSearch
        Of the same game; its concept may be ``nash`` too.

    Attributes
    ----------
    gaps : list of str
        What could not be decided, in words.

    Raises
    ------
    MethodError
        If there are more than 20,000 choices of supports.
    """

    def __init__(self, search: AssessmentSearch) -> None:
        self.search = search
        self.game: Game = search.game
        self.nash = search.concept == "nash"
        self.gaps: list[str] = []
        self.space = Space(search.decisions)
        count = math.prod((1 << len(head.actions)) - 1 for head in search.decisions.values())
        if count > MAX_SUPPORTS:
            raise MethodError(
                f"equilibria in mixed strategies are not searched: {count:,} choices of supports "
                f"(limit {MAX_SUPPORTS:,})",
                place=self.game.name,
                remedy="fix moves with --fix",
            )

    @cached_property
    def arithmetic(self) -> Arithmetic:
        """What decides questions about sets of profiles."""
        return Arithmetic(self.space)

    def outcomes(self) -> Iterator[MixedOutcome]:
        """Yield what each choice of supports that is no pure profile gives."""
        supports = self._on_path_supports() if self.nash else self._all_supports()
        for played in supports:
            self.search.check_time()
            yield from self._outcomes(played)

    # -- supports -------------------------------------------------------------------------------

    def _all_supports(self) -> Iterator[Played]:
        """Yield supports at all sets, the last sets first, that bounds on values do not exclude."""
        walk = PureSearch(self.search)
        yield from self._extended({}, walk.order, walk.ready, 0)

    def _extended(
        self, played: Played, order: Sequence[int], ready: Sequence[Sequence[int]], k: int
    ) -> Iterator[Played]:
        if k == len(order):
            if any(len(actions) > 1 for actions in played.values()):
                yield dict(played)
            return
        self.search.check_time()
        for support in _subsets(len(self.search.decisions[order[k]].actions)):
            played[order[k]] = support
            if all(self._possible(played, position) for position in ready[k]):
                yield from self._extended(played, order, ready, k + 1)
        del played[order[k]]

    def _possible(self, played: Played, position: int) -> bool:
        """Return whether bounds allow the supports at a set to be best for some belief."""
        head = self.search.decisions[position]
        if len(head.actions) == 1:
            return True
        bounds = [
            [self._bounds(played, self.game.children[x][a], head.player) for x in head.nodes]
            for a in range(len(head.actions))
        ]
        rows = [
            [mine[1] - other[0] for mine, other in zip(bounds[a], bounds[b], strict=True)]
            for a in played[position]
            for b in range(len(bounds))
            if a != b
        ]
        size = len(head.nodes)
        program = LinearProgram(
            [0] * size, [[-a for a in row] for row in rows], [0] * len(rows), [[1] * size], [1]
        )
        return isinstance(solve_linear_program(program), Optimum)

    def _bounds(self, played: Played, node: int, player: int) -> tuple[Fraction, Fraction]:
        """Return a lower and an upper bound of a player's value at a node."""
        game = self.game
        if node in game.payoffs:
            return game.payoffs[node][player], game.payoffs[node][player]
        shares = game.probabilities.get(node)
        if shares is not None:
            pairs = [self._bounds(played, child, player) for child in game.children[node]]
            low = sum((p * a for p, (a, _) in zip(shares, pairs, strict=True)), ZERO)
            return low, sum((p * b for p, (_, b) in zip(shares, pairs, strict=True)), ZERO)
        pairs = [
            self._bounds(played, game.children[node][a], player) for a in played[game.set_of[node]]
        ]
        return min(a for a, _ in pairs), max(b for _, b in pairs)

    def _on_path_supports(self, played: Played | None = None) -> Iterator[Played]:
        """Yield supports at the sets on the path; at all others every action is allowed."""
        played = played or {}
        decisions = self.search.decisions
        reached = self.reached_sets(played)
        new = sorted(reached - set(played))
        if not new:
            rest = {p: tuple(range(len(h.actions))) for p, h in decisions.items()}
            yield {**rest, **played}
            return
        for chosen in itertools.product(*(_subsets(len(decisions[p].actions)) for p in new)):
            yield from self._on_path_supports({**played, **dict(zip(new, chosen, strict=True))})

    def reached_sets(self, played: Mapping[int, Sequence[int]]) -> set[int]:
        """Return the sets that are reached; sets without support let nothing pass."""
        game = self.game
        found: set[int] = set()
        pending = [0]
        while pending:
            node = pending.pop()
            position = game.set_of[node]
            if position < 0:
                continue
            if game.mover(node) == CHANCE:
                pending += game.children[node]
                continue
            found.add(position)
            pending += [game.children[node][a] for a in played.get(position, ())]
        return found

    # -- one choice of supports -----------------------------------------------------------------

    def _outcomes(self, played: Played) -> Iterator[MixedOutcome]:
        """Yield what supports give; one entry is enough where there is one profile."""
        cell = Cell(self, played)
        profiles: list[dict[int, tuple[Fraction, ...]]] = []
        for system in cell.systems():
            answer = system.solution(cell.watched)
            if answer is None:
                continue
            if not answer.decided:
                self._note("z3 did not decide a system of polynomials in time")
                continue
            if answer.point is None:
                self._note("an equilibrium with irrational probabilities is given by conditions")
                yield MixedOutcome(None, cell.sets(system))
                continue
            profile = cell.profile(answer.point)
            sets = cell.sets(system) if cell.mixes_off_path or not answer.unique else ()
            if all(self.arithmetic.is_only(one, profile) for one in sets):
                sets = ()
            if sets and not answer.unique:
                yield MixedOutcome(None, sets)
                continue
            found = self._assessed(profile)
            if found is None:
                continue
            if sets or profile not in profiles:
                yield MixedOutcome(found, sets)
            profiles.append(profile)
            if not cell.watched and (not cell.mixes_off_path or any(map(_holds_all, sets))):
                return

    def _assessed(self, profile: dict[int, tuple[Fraction, ...]]) -> Assessment | None:
        """Return a profile with beliefs if it is an equilibrium."""
        if self.nash:
            return Assessment(profile, {}) if certify(self.game, profile, "nash").holds else None
        found = self.search.assessment(profile)
        if found is None:
            self._note("beliefs for a profile found by z3 were not found again in rationals")
        return found

    def _note(self, text: str) -> None:
        if text not in self.gaps:
            self.gaps.append(text)


def _holds_all(one: EquilibriumSet) -> bool:
    """Return whether a set holds all profiles with its supports."""
    return len(one.relations) == len(one.domain.positive())


def _subsets(size: int) -> Iterator[tuple[int, ...]]:
    for count in range(1, size + 1):
        yield from itertools.combinations(range(size), count)


class Cell:
    """The profiles with given supports, and the systems that say which are equilibria."""

    def __init__(self, search: MixedSearch, played: Played) -> None:
        self.search = search
        self.game = search.game
        self.played = played
        self.decisions = search.search.decisions
        self.reached = search.reached_sets(played)
        self.base = System()
        self.number: dict[tuple[int, int], int] = {}
        self.shares: dict[int, list[Polynomial]] = {}
        for position, head in self.decisions.items():
            actions = played[position]
            row = [Polynomial({}) for _ in head.actions]
            if len(actions) == 1:
                row[actions[0]] = Polynomial.constant(ONE)
            else:
                total = Polynomial.constant(-ONE)
                for a in actions:
                    self.number[position, a] = self.base.fresh()
                    row[a] = Polynomial.unknown(self.number[position, a])
                    total += row[a]
                    if search.nash and position not in self.reached:
                        self.base.weak.add(self.number[position, a])
                self.base.equations.append(total)
            self.shares[position] = row

    @property
    def watched(self) -> list[int]:
        """The unknowns on the path."""
        return [k for (position, _), k in self.number.items() if position in self.reached]

    @property
    def mixes_off_path(self) -> bool:
        """Whether somebody may mix off the path."""
        return any(position not in self.reached for position, _ in self.number)

    def _weights(self) -> list[Polynomial]:
        """Return for each node the probability that it is reached."""
        game = self.game
        weights = [Polynomial({}) for _ in game.set_of]
        weights[0] = Polynomial.constant(ONE)
        for node, successors in enumerate(game.children):
            if weights[node] and successors:
                for child, share in zip(successors, self._shares(node), strict=True):
                    weights[child] = weights[node] * share
        return weights

    def _shares(self, node: int) -> list[Polynomial]:
        drawn = self.game.probabilities.get(node)
        if drawn is not None:
            return [Polynomial.constant(p) for p in drawn]
        return self.shares[self.game.set_of[node]]

    def _value(self, node: int, player: int) -> Polynomial:
        game = self.game
        if node in game.payoffs:
            return Polynomial.constant(game.payoffs[node][player])
        value = Polynomial({})
        for child, share in zip(game.children[node], self._shares(node), strict=True):
            if share:
                value += share * self._value(child, player)
        return value

    # -- systems --------------------------------------------------------------------------------

    def systems(self) -> Iterator[System]:
        """Yield the systems, one for each choice of supports of the beliefs off the path."""
        weights = self._weights()
        for position in self.decisions:
            if position in self.reached:
                nodes = self.decisions[position].nodes
                self._demand(self.base, position, {x: weights[x] for x in nodes if weights[x]})
        if self.search.nash:
            yield self._nash_system(weights)
        elif not self.base.copy().is_impossible():
            if self.search.search.concept == "sequential":
                yield from self._sequential()
            else:
                yield from self._bayesian(weights)

    def _nash_system(self, weights: Sequence[Polynomial]) -> System:
        """Return the system of Nash equilibria: deviations at sets on the path, then best replies.

        A deviation may go on to the player's own later sets off the path, so each pure plan from a
        set on the path is one inequality.
        """
        system = self.base
        for position, head in self.decisions.items():
            if position in self.reached:
                start = {x: weights[x] for x in head.nodes if weights[x]}
                self._demand_against_plans(system, position, start)
        return system

    def _demand_against_plans(
        self, system: System, position: int, start: Mapping[int, Polynomial]
    ) -> None:
        head = self.decisions[position]
        later = [
            p
            for p, other in self.decisions.items()
            if other.player == head.player and p not in self.reached and len(other.actions) > 1
        ]
        if not later:
            return
        value = Polynomial({})
        for x, weight in start.items():
            value += weight * self._value(x, head.player)
        kept = {p: self.shares[p] for p in later}
        for actions in itertools.product(*(range(len(self.decisions[p].actions)) for p in later)):
            for p, action in zip(later, actions, strict=True):
                self.shares[p] = [
                    Polynomial.constant(ONE) if a == action else Polynomial({})
                    for a in range(len(self.decisions[p].actions))
                ]
            for a in range(len(head.actions)):
                other = Polynomial({})
                for x, weight in start.items():
                    other += weight * self._value(self.game.children[x][a], head.player)
                difference = value + other.scaled(-1)
                if difference:
                    system.inequalities.append(difference)
            self.shares.update(kept)

    def _demand(self, system: System, position: int, weights: Mapping[int, Polynomial]) -> None:
        """Add that the actions played at a set are best, its nodes having these weights."""
        head = self.decisions[position]
        if len(head.actions) == 1:
            return
        worth = []
        for a in range(len(head.actions)):
            total = Polynomial({})
            for x, weight in weights.items():
                total += weight * self._value(self.game.children[x][a], head.player)
            worth.append(total)
        first, *others = self.played[position]
        for a in range(len(head.actions)):
            difference = worth[first] + worth[a].scaled(-1)
            if a in others:
                if difference:
                    system.equations.append(difference)
            elif a != first and difference:
                system.inequalities.append(difference)

    def _sequential(self) -> Iterator[System]:
        game = self.game
        trembles = Trembles(game, self.played)
        known = self._known()
        free = [
            p for p, head in self.decisions.items() if p not in self.reached and len(head.nodes) > 1
        ]
        fixed = {
            p: tuple(x for x in head.nodes if not trembles.deviations[x]) or head.nodes
            for p, head in self.decisions.items()
            if p not in free
        }
        options = {p: self._belief_supports(p) for p in free}
        for supports in self.search.search.consistent(trembles, fixed, free, options):
            names: dict[int, frozenset[int]] = {}
            for support in supports.values():
                shared = frozenset.intersection(*[trembles.deviations[x] for x in support])
                names.update({x: trembles.deviations[x] - shared for x in support})
            system = self.base.copy()
            monomials = list(dict.fromkeys(names.values()))
            unknown: dict[frozenset[int], Polynomial] = {}
            if is_free(monomials, supports, names):
                history = {name: x for x, name in reversed(names.items())}
                for name in monomials:
                    unknown[name] = Polynomial.unknown(system.fresh(self._named(history[name])))
            else:
                acts = {k: act for act, k in trembles.number.items()}
                single = {
                    k: system.fresh(self._tremble(*acts[k]))
                    for k in sorted(frozenset().union(*monomials))
                }
                for name in monomials:
                    unknown[name] = Polynomial({frozenset(single[k] for k in name): ONE})
            for position, support in supports.items():
                if position not in self.reached:
                    weights = {x: known[x] * unknown[names[x]] for x in support}
                    self._demand(system, position, weights)
            yield system

    def _known(self) -> list[Polynomial]:
        """Return for each node the product of what is played on its path, trembles left out."""
        game = self.game
        known = [Polynomial.constant(ONE) for _ in game.set_of]
        for node, successors in enumerate(game.children):
            if successors:
                for child, share in zip(successors, self._shares(node), strict=True):
                    known[child] = known[node] * share if share else known[node]
        return known

    def _bayesian(self, weights: Sequence[Polynomial]) -> Iterator[System]:
        order = self.search.search.order
        yield from self._bayesian_from(self.base.copy(), order, weights, {})

    def _bayesian_from(
        self,
        system: System,
        order: Sequence[int],
        weights: Sequence[Polynomial],
        chosen: dict[int, dict[int, Polynomial]],
    ) -> Iterator[System]:
        if not order:
            yield system
            return
        position, rest = order[0], order[1:]
        if position in self.reached:
            nodes = self.decisions[position].nodes
            known = {x: weights[x] for x in nodes if weights[x]}
            yield from self._bayesian_from(system, rest, weights, {**chosen, position: known})
            return
        derived = self._derived(position, self.search.search.sources[position], chosen)
        if derived is not None:
            choices = [(system.copy(), derived)]
        else:
            choices = [self._fresh(system, nodes) for nodes in self._belief_supports(position)]
        for extended, believed in choices:
            self._demand(extended, position, believed)
            if not extended.copy().is_impossible():
                yield from self._bayesian_from(
                    extended, rest, weights, {**chosen, position: believed}
                )

    def _belief_supports(self, position: int) -> list[tuple[int, ...]]:
        """Return the nonempty sets of histories of a set, large ones first."""
        nodes = self.decisions[position].nodes
        return [tuple(nodes[k] for k in places) for places in _subsets(len(nodes))][::-1]

    def _fresh(self, system: System, nodes: Sequence[int]) -> tuple[System, dict[int, Polynomial]]:
        """Return a system with an unknown weight for each of some nodes."""
        extended = system.copy()
        return extended, {x: Polynomial.unknown(extended.fresh(self._named(x))) for x in nodes}

    def _named(self, node: int) -> str:
        """Return a name for the weight of a history in a belief."""
        return f"weight({', '.join(f'{move} = {a}' for move, a in self.game.path(node))})"

    def _tremble(self, position: int, action: int) -> str:
        """Return a name for the size of a tremble."""
        head = self.decisions[position]
        return f"tremble({describe_set(head.move, head.information)}: {head.actions[action]})"

    def _derived(
        self,
        position: int,
        sources: Sequence[tuple[tuple[int, ...], int | None]],
        chosen: Mapping[int, dict[int, Polynomial]],
    ) -> dict[int, Polynomial] | None:
        """Return the weights that follow by Bayes' rule from the last source that reaches a set."""
        game = self.game
        for nodes, action in sources:
            start = chosen.get(game.set_of[nodes[0]], {nodes[0]: Polynomial.constant(ONE)})
            found = {}
            for x in self.decisions[position].nodes:
                weight, y = Polynomial.constant(ONE), x
                while weight and y not in nodes:
                    before = game.parent[y]
                    if not (before in nodes and action is not None):
                        weight = weight * self._shares(before)[game.children[before].index(y)]
                    y = before
                if weight and y in start:
                    found[x] = start[y] * weight
            if found:
                return found
        return None

    # -- results --------------------------------------------------------------------------------

    def profile(self, point: Sequence[Fraction]) -> dict[int, tuple[Fraction, ...]]:
        """Return the profile at a point of a system."""
        found = {}
        for position, head in self.decisions.items():
            actions = self.played[position]
            if len(actions) == 1:
                found[position] = tuple(
                    ONE if a == actions[0] else ZERO for a in range(len(head.actions))
                )
            else:
                found[position] = tuple(
                    point[self.number[position, a]] if a in actions else ZERO
                    for a in range(len(head.actions))
                )
        return found

    def sets(self, system: System) -> tuple[EquilibriumSet, ...]:
        """Return the profiles for which a system has a solution, as sets without beliefs."""
        space = self.search.space
        weak = [p for p in self.decisions if self.search.nash and p not in self.reached]
        shares = {number: space.number[place] for place, number in self.number.items()}
        hidden = [k for k in range(system.unknowns) if k not in shares]
        wide = Domain(space, self.played, frozenset(weak), len(hidden))
        unknowns = {k: wide.shares[number] for k, number in shares.items()}
        unknowns.update({k: wide.weight(place) for place, k in enumerate(hidden)})
        relations = [Relation(wide.form(p, unknowns), "=") for p in system.equations]
        relations += [Relation(wide.form(p, unknowns), ">=") for p in system.inequalities]
        cases = without_weights(wide, relations)
        if cases is None:
            cases = [factored(wide, relations)]
        domain = Domain(space, self.played, frozenset(weak))
        found = []
        for case in cases:
            if any(any(relation.form.degrees()[space.size :]) for relation in case):
                names = tuple(system.names[k] for k in hidden)
                one = EquilibriumSet(wide, (*wide.positive(), *case), names)
            else:
                narrow = [Relation(_narrowed(domain, one), one.sign) for one in case]
                one = EquilibriumSet(domain, (*domain.positive(), *narrow))
            if not self.search.arithmetic.is_empty(one):
                found.append(one)
        return tuple(found)


def _narrowed(domain: Domain, relation: Relation) -> fmpq_mpoly:
    """Return a polynomial without weights in a domain without them."""
    terms = coefficients(relation.form)
    return domain.from_terms({m[: max(domain.size, 1)]: a for m, a in terms.items()})
